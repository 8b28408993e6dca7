package journal

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"supportd/library/journal"
)

// The relay can go on from any event.
func TestTheHandoverBeginsAnywhere(t *testing.T) {
	s := newRoot(t)
	const n = 2*markEvery + 3
	var text []byte
	var last journal.Event
	for range n {
		e := journal.Event{Time: time.Now(), Kind: journal.KindProblem, Actor: journal.ByDaemon, Data: []byte(`{}`)}
		e.Seal(last)
		line, err := e.Line()
		if err != nil {
			t.Fatal(err)
		}
		text, last = append(text, line...), e
	}
	const name = prefix + "x" + suffix
	if err := os.WriteFile(filepath.Join(s.Name(), name), text, 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	f, err := os.Open(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, after := range []uint64{0, 1, markEvery - 1, markEvery, markEvery + 1, 2 * markEvery, n - 1, n} {
		at, err := j.place(f, after)
		if err != nil {
			t.Fatal(after, err)
		}
		line, err := bufio.NewReader(io.NewSectionReader(f, at, j.size-at)).ReadBytes('\n')
		if after == n {
			if !errors.Is(err, io.EOF) {
				t.Errorf("behind the last one: %s", line)
			}
			continue
		}
		if e, err := journal.ParseEvent(line); err != nil || e.Seq != after+1 {
			t.Errorf("after %d comes %d, %v", after, e.Seq, err)
		}
	}
	if _, err := j.place(f, n+1); !errors.Is(err, journal.ErrChain) {
		t.Errorf("the relay has more: %v", err)
	}
}
