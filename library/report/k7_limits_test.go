package report

import (
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"supportd/library/journal"
	"supportd/library/text"
)

// A line of a report's file has so many bytes, line end included, and one that is longer
// or cut short is said to be.
func TestLinesAtTheirLimit(t *testing.T) {
	const most = 2 * (64<<10 + 4<<10)
	for size, want := range map[int]string{most - 1: "", most: "", most + 1: "longer than any line", 3 * most: "longer than any line"} {
		r := NewReader(strings.NewReader(strings.Repeat("x", size-1) + "\n"))
		line, err := r.peek()
		if len(line) != size && want == "" || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: %d are read, %v", size, len(line), err)
		}
	}
	r := NewReader(strings.NewReader("cut"))
	var broken *Broken
	if _, err := r.peek(); !errors.As(err, &broken) || broken.Line != 1 || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("%v", err)
	}
	if _, err := NewReader(strings.NewReader("")).peek(); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	if maxNamed != 12 || maxPeople != 200 || maxUnknown != 500 {
		t.Error("a limit of what a report shows is another one")
	}
}

// What a computer says of its boots is cut, so that no line is a page.
func TestBootsAreCut(t *testing.T) {
	for _, l := range text.Languages() {
		said := newTeller(l).tell(event(t, journal.ByDaemon, journal.RebootReturn{Before: strings.Repeat("q", 100), Boot: strings.Repeat("z", 100)}))
		if strings.Count(said, "q") != 39 || strings.Count(said, "z") != 39 {
			t.Errorf("%q", said)
		}
	}
}

// "table" is the text where there is one, and nothing else is called so.
func TestATableIsText(t *testing.T) {
	if f, err := ParseForm(table, []Form{AsText, AsHTML}); f != AsText || err != nil {
		t.Errorf("%q, %v", f, err)
	}
	if f, err := ParseForm(table, []Form{AsHTML}); err == nil {
		t.Errorf("%q where there is no text", f)
	}
	for form, people := range map[Form]bool{AsText: true, AsHTML: true, AsJSON: false, AsCSV: false} {
		if form.ForPeople() != people {
			t.Errorf("%s is for people: %t", form, !people)
		}
	}
	if f, err := ParseForm(string(AsHTML), []Form{AsText, AsHTML}); f != AsHTML || err != nil {
		t.Errorf("%q, %v", f, err)
	}
}

// brokenPipe takes nothing.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Whoever waits for a report sees that it begins before its events come, and one that
// cannot be written is an error, however long its header.
func TestAReportBeginsAtOnce(t *testing.T) {
	var out strings.Builder
	s := Source{Events: func() iter.Seq2[journal.Event, error] {
		return func(func(journal.Event, error) bool) {
			if out.Len() == 0 {
				t.Error("its events are waited for before it begins")
			}
		}
	}}
	if err := errors.Join(s.Write(&out), func() error { out.Reset(); return s.CSV(&out, Style{}) }()); err != nil {
		t.Error(err)
	}
	s.Events = func() iter.Seq2[journal.Event, error] { return func(func(journal.Event, error) bool) {} }
	for _, reason := range []string{"", strings.Repeat("x", 100_000)} {
		s.Header.Reason = reason
		if err := s.Write(brokenPipe{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a header of %d bytes: %v", len(reason), err)
		}
	}
}
