package report

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// What can be read is written again byte for byte, and nothing that is read
// does harm.
func FuzzReader(f *testing.F) {
	good := file(f, source(f, chained(f, "plain")[:4], "T"))
	f.Add(good)
	f.Add(append(bytes.Clone(good), good...))
	f.Add([]byte("{\"report\":{}}\n"))
	f.Add([]byte("{\"report\":null}\n{\"seal\":null}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(bytes.NewReader(data))
		for range 1 + bytes.Count(data, []byte("\n")) + len(data)/maxLine + 1 {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				_, _ = Verify(r, h)
			}
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("the reader does not come to an end: %v", err)
		}
		src, err := Open(bytes.NewReader(data))
		if err != nil {
			return
		}
		if h, err := NewReader(bytes.NewReader(data)).Next(); err != nil || h.Number == "" {
			return // the header was made from the journal
		}
		var again bytes.Buffer
		if err := src.Write(&again); err != nil || !bytes.HasPrefix(data, again.Bytes()) {
			t.Errorf("%q became %q, %v", data, again.Bytes(), err)
		}
		for _, render := range []func(io.Writer) error{
			func(w io.Writer) error { return src.Text(w, Style{}) }, func(w io.Writer) error { return src.HTML(w, Style{}) },
			func(w io.Writer) error { return src.CSV(w, Style{}) }, src.JSON,
		} {
			if err := render(io.Discard); err != nil {
				t.Error(err)
			}
		}
	})
}
