package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"supportd/library/journal"
	"supportd/library/text"
)

// maxLine is the longest line of a report's file, in bytes: the longest of a
// journal is shorter, and so is any header.
const maxLine = 2 * journal.MaxLine

// headerLine is how a header stands among the lines of a report.
type headerLine struct {
	Report *Header `json:"report"`
}

const headerBegin = `{"report":`

// Write writes the report as lines of JSON: the header, the events exactly as
// they were hashed, and the seal where there is one. This form can be verified.
func (s Source) Write(w io.Writer) error {
	line, err := json.Marshal(headerLine{&s.Header})
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 32<<10)
	if _, err := b.WriteString(text.EscapeJSON(string(line)) + "\n"); err != nil {
		return err
	}
	if err := b.Flush(); err != nil { // whoever waits sees that it begins
		return err
	}
	for e, err := range s.Events() {
		if err != nil {
			return errors.Join(err, b.Flush())
		}
		line, err := e.Line()
		if err != nil {
			return err
		}
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	if s.Seal != nil {
		line, err := s.Seal.Line()
		if err != nil {
			return err
		}
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	return b.Flush()
}

// Reader reads a file of one or more reports, each as [Source.Write] wrote it,
// or a journal that has no header. It holds one line at a time.
type Reader struct {
	in   *bufio.Reader
	line int
	next []byte // the line that comes next, if it was looked at already
	seal *journal.Seal
}

// NewReader returns a Reader at the beginning of r.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(r, maxLine)} }

// Line is the number of the line that was read last, from 1.
func (r *Reader) Line() int { return r.line }

// peek looks at the next line; [io.EOF] is the end.
func (r *Reader) peek() ([]byte, error) {
	if r.next != nil {
		return r.next, nil
	}
	line, err := r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, r.broken("it is longer than any line of a report", nil)
	case errors.Is(err, io.EOF) && len(line) > 0:
		return nil, r.broken("it is cut short", nil)
	case err != nil:
		return nil, err
	}
	r.next = line
	return line, nil
}

func (r *Reader) take() { r.line, r.next = r.line+1, nil }

// broken is the error for the next line, which is taken: what follows it can be
// read.
func (r *Reader) broken(why string, err error) error {
	r.take()
	return &Broken{Line: r.line, Why: why, Err: err}
}

// Next goes to the next report and reads its header; the zero Header stands for
// a journal without one, [io.EOF] for the end of the file. What is left of the
// report before is skipped.
func (r *Reader) Next() (Header, error) {
	for r.line > 0 {
		line, err := r.peek()
		if err != nil {
			return Header{}, err
		}
		if bytes.HasPrefix(line, []byte(headerBegin)) {
			break
		}
		r.take()
	}
	r.seal = nil
	line, err := r.peek()
	if err != nil || !bytes.HasPrefix(line, []byte(headerBegin)) {
		return Header{}, err
	}
	var h headerLine
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil || h.Report == nil {
		return Header{}, r.broken("it is no header of a report", err)
	}
	again, err := json.Marshal(h)
	// Names stood there as they are once.
	if have := strings.TrimSuffix(string(line), "\n"); err != nil || have != string(again) && have != text.EscapeJSON(string(again)) {
		return Header{}, r.broken("the header is not in the form in which reports are written", err)
	}
	r.take()
	return *h.Report, nil
}

// Event reads the next event of this report; [io.EOF] is the end of the report,
// and only then [Reader.Seal] is known.
func (r *Reader) Event() (journal.Event, error) {
	line, err := r.peek()
	switch {
	case err != nil:
		return journal.Event{}, err
	case bytes.HasPrefix(line, []byte(headerBegin)):
		return journal.Event{}, io.EOF
	case r.seal != nil:
		return journal.Event{}, r.broken("something follows the seal", nil)
	case !journal.IsSealLine(line):
		e, err := journal.ParseEvent(line)
		if err != nil && !bytes.HasPrefix(line, []byte("{")) {
			return journal.Event{}, r.broken("it is no line of a report in the form jsonl, the only one that can be proved", err)
		}
		if err != nil {
			return journal.Event{}, r.broken("it is no event", err)
		}
		r.take()
		return e, nil
	}
	seal, err := journal.ParseSeal(line)
	if err != nil {
		return journal.Event{}, r.broken("it is no seal", err)
	}
	r.take()
	r.seal = &seal
	return r.Event()
}

// Seal is the seal of the report whose events have been read, or nil.
func (r *Reader) Seal() *journal.Seal { return r.seal }

// Events are those of this report that are left.
func (r *Reader) Events() iter.Seq2[journal.Event, error] {
	return func(yield func(journal.Event, error) bool) {
		for {
			e, err := r.Event()
			if errors.Is(err, io.EOF) || !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Open reads the first report of a file, which stays open and is read again as
// often as its events are.
func Open(f io.ReadSeeker) (Source, error) {
	rewind := func() (*Reader, Header, error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, Header{}, err
		}
		r := NewReader(f)
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: it is empty", ErrNoReport)
		}
		return r, h, err
	}
	events := func() iter.Seq2[journal.Event, error] {
		return func(yield func(journal.Event, error) bool) {
			r, _, err := rewind()
			if err != nil {
				yield(journal.Event{}, err)
				return
			}
			r.Events()(yield)
		}
	}
	s := Source{Events: events, Outline: func() iter.Seq2[journal.Event, error] { return WithoutOutput(events()) }}
	r, h, err := rewind()
	if err != nil {
		return Source{}, err
	}
	bare, err := HeaderOf(r.Events(), "")
	if err != nil {
		return Source{}, err
	}
	s.told = &bare.Presence
	if s.Header, s.Seal = h, r.Seal(); h.Number == "" {
		if s.Header = bare; s.Seal != nil {
			s.Header.Key = s.Seal.Key
		}
	}
	return s, nil
}

// ErrNoReport is wrapped by the error for a file that is no report.
var ErrNoReport = errors.New("this is no report")
