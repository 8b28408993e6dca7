package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

var (
	errNoRoom   = errors.New("no room")
	errNoEvents = errors.New("the events cannot be read")
)

// roomFor is a writer with room for so many bytes.
type roomFor struct {
	left, written int
}

func (r *roomFor) Write(p []byte) (int, error) {
	n := min(len(p), r.left)
	r.left, r.written = r.left-n, r.written+n
	if n < len(p) {
		return n, errNoRoom
	}
	return n, nil
}

// forms are all the ways to write a report.
func forms(s Source) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"text": func(w io.Writer) error { return s.Text(w, Style{}) }, "html": func(w io.Writer) error { return s.HTML(w, Style{}) },
		"csv": func(w io.Writer) error { return s.CSV(w, Style{}) }, "json": s.JSON, "jsonl": s.Write,
	}
}

// wherever the disk is full, the report that is not whole is an error, and
// not much more of the journal is read for it.
func TestK4_AReportThatIsNotWholeIsAnError(t *testing.T) {
	events := chained(t, "kim")
	var more journal.Event
	for range 12 { // several buffers full
		e, err := journal.New(events[0].Time, "alice", journal.ChatMessage{Text: strings.Repeat("x", 4000)})
		if err != nil {
			t.Fatal(err)
		}
		more = events[len(events)-1]
		e.Seal(more)
		events = append(events, e)
	}
	s := source(t, events, "T-17")
	for name, write := range forms(s) {
		whole := &roomFor{left: 1 << 30}
		if err := write(whole); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, room := range []int{0, 1, 100, 1000, 5000, 16 << 10, 32 << 10, 40_000, whole.written / 2, whole.written - 100, whole.written - 2, whole.written - 1} {
			if err := write(&roomFor{left: room}); !errors.Is(err, errNoRoom) {
				t.Errorf("%s with room for %d of %d bytes: %v", name, room, whole.written, err)
			}
		}
		if err := write(&roomFor{left: whole.written}); err != nil {
			t.Errorf("%s with room for exactly all: %v", name, err)
		}
	}
}

// broken yields some events, and then an error.
func broken(events []journal.Event, after int) iter.Seq2[journal.Event, error] {
	return func(yield func(journal.Event, error) bool) {
		for _, e := range events[:after] {
			if !yield(e, nil) {
				return
			}
		}
		yield(journal.Event{}, errNoEvents)
	}
}

// A journal that cannot be read to its end makes no report, whatever its form, and is
// not proved.
func TestAJournalThatCannotBeReadIsAnError(t *testing.T) {
	events := chained(t, "kim")
	for after := range len(events) + 1 {
		s := source(t, events, "")
		s.Events = func() iter.Seq2[journal.Event, error] { return broken(events, after) }
		s.Outline = func() iter.Seq2[journal.Event, error] { return WithoutOutput(broken(events, after)) }
		for name, write := range forms(s) {
			if err := write(io.Discard); !errors.Is(err, errNoEvents) {
				t.Errorf("%s, unreadable after %d events: %v", name, after, err)
			}
		}
		if v, err := s.Verify(); !errors.Is(err, errNoEvents) || v.Proof != "" {
			t.Errorf("unreadable after %d events: %+v, %v", after, v, err)
		}
		if h, err := HeaderOf(broken(events, after), "key"); !errors.Is(err, errNoEvents) || h.State != "" {
			t.Errorf("unreadable after %d events: %+v, %v", after, h, err)
		}
		// Only the last section reads everything again.
		s.Outline = func() iter.Seq2[journal.Event, error] { return WithoutOutput(all(events)) }
		if err := s.Text(io.Discard, Style{}); !errors.Is(err, errNoEvents) {
			t.Errorf("unreadable after %d events, in the scripts: %v", after, err)
		}
	}
}

// A journal that becomes unreadable while its report is made is an error, too.
func TestAJournalThatBreaksWhileItIsRead(t *testing.T) {
	events := chained(t, "kim")
	for good := range 2 { // the times that it can be read
		s, reads := source(t, events, ""), 0
		s.Events = func() iter.Seq2[journal.Event, error] {
			if reads++; reads > good {
				return broken(events, 3)
			}
			return all(events)
		}
		if err := s.Text(io.Discard, Style{}); !errors.Is(err, errNoEvents) {
			t.Errorf("readable %d times: %v", good, err)
		}
	}
}

// An event that cannot be written is an error, in every form that writes events as they
// are.
func TestAnEventThatCannotBeWrittenIsAnError(t *testing.T) {
	events := chained(t, "kim")
	s, late := source(t, events, ""), source(t, events, "")
	late.Header.Created = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) // RFC 3339 ends before
	events[3].Data = []byte("{")
	s.Events = s.over(events)
	for name, write := range map[string]func(io.Writer) error{"jsonl": s.Write, "json": s.JSON, "header, jsonl": late.Write, "header, json": late.JSON} {
		if err := write(io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The error says where the change is: event and line, as far as they are known.
func TestABrokenReportSaysWhere(t *testing.T) {
	for want, b := range map[string]*Broken{
		"event 3 (line 4): why": {Seq: 3, Line: 4, Why: "why"}, "event 3: why": {Seq: 3, Why: "why"}, "line 4: why": {Line: 4, Why: "why"}, "why": {Why: "why"},
		"event 1 (line 1): x": {Seq: 1, Line: 1, Why: "x", Err: io.ErrShortWrite},
	} {
		if b.Error() != want {
			t.Errorf("%q, want %q", b.Error(), want)
		}
		if b.Err != nil && !errors.Is(b, b.Err) {
			t.Errorf("%v is not its cause", b)
		}
	}
}

// What is no report is told apart from one that was changed.
func TestWhatIsNoReport(t *testing.T) {
	whole := string(file(t, source(t, chained(t, "plain")[:3], "")))
	lines := strings.SplitAfter(whole, "\n")
	for name, c := range map[string]struct{ data, want string }{
		"text":               {lines[0] + "hello\n", "in the form jsonl"},
		"another object":     {lines[0] + "{\"a\":1}\n", "it is no event"},
		"cut short":          {whole[:len(whole)-1], "it is cut short"},
		"a seal too much":    {whole + lines[1], "something follows the seal"},
		"two seals":          {whole + lines[len(lines)-2], "something follows the seal"},
		"no seal":            {lines[0] + lines[1] + `{"seal":1}` + "\n", "it is no seal"},
		"too long":           {lines[0] + strings.Repeat("x", maxLine) + "\n", "longer than any line"},
		"header alone":       {`{"report":null}` + "\n", "it is no header"},
		"more in the header": {strings.Replace(lines[0], `{"report":{`, `{"report":{"more":1,`, 1), "it is no header"},
		"spaced header":      {strings.Replace(lines[0], `{"report":{`, `{"report": {`, 1), "not in the form in which reports are written"},
	} {
		_, err := verify([]byte(c.data))
		var b *Broken
		if !errors.As(err, &b) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if s, err := Open(strings.NewReader(c.data)); err == nil {
			t.Errorf("%s is opened: %+v", name, s.Header)
		}
	}
	if _, err := Open(strings.NewReader("")); !errors.Is(err, ErrNoReport) {
		t.Errorf("an empty file: %v", err)
	}
	if s, err := Open(strings.NewReader(whole)); err != nil || s.Header.Number != number || s.Seal == nil {
		t.Errorf("a whole one: %v", err)
	}
}

// badSeeker is a file that cannot be read again.
type badSeeker struct{ io.Reader }

func (badSeeker) Seek(int64, int) (int64, error) { return 0, errNoEvents }

func TestAFileThatCannotBeReadAgain(t *testing.T) {
	if _, err := Open(badSeeker{strings.NewReader("")}); !errors.Is(err, errNoEvents) {
		t.Error(err)
	}
	f := &onceFile{Reader: bytes.NewReader(file(t, source(t, chained(t, "kim"), "")))}
	s, err := Open(f)
	if err != nil {
		t.Fatal(err)
	}
	f.broken = true
	if err := s.Text(io.Discard, Style{}); !errors.Is(err, errNoEvents) {
		t.Error(err)
	}
	if v, err := s.Verify(); !errors.Is(err, errNoEvents) {
		t.Errorf("%+v, %v", v, err)
	}
}

type onceFile struct {
	*bytes.Reader
	broken bool
}

func (f *onceFile) Seek(offset int64, whence int) (int64, error) {
	if f.broken {
		return 0, errNoEvents
	}
	return f.Reader.Seek(offset, whence)
}

// A reader of events may stop at any of them.
func TestWhoReadsMayStop(t *testing.T) {
	data := file(t, source(t, chained(t, "kim"), ""))
	s, err := Open(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, events := range []iter.Seq2[journal.Event, error]{s.Events(), s.Outline(), WithoutOutput(all(chained(t, "kim")))} {
		n := 0
		for range events {
			if n++; n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("%d events", n)
		}
	}
	kinds := map[string]bool{}
	for e, err := range s.Outline() {
		if err != nil {
			t.Fatal(err)
		}
		kinds[e.Kind] = true
	}
	if kinds[journal.KindScriptOutput] || !kinds[journal.KindScriptExit] || !kinds[journal.KindSessionEnd] {
		t.Errorf("%v", kinds)
	}
}

// How long the session was open is known only when it was opened and has ended; a
// report of a session that goes on says so.
func TestTheHeaderOfAJournal(t *testing.T) {
	events := chained(t, "kim")
	end := len(events) - 1
	open, err := HeaderOf(all(events[:end]), "key")
	if err != nil || open.State != "active" || !open.Ended.IsZero() || open.Duration() != 0 || open.Number != number || open.Owner != "alice" || open.Key != "key" {
		t.Errorf("%+v, %v", open, err)
	}
	ended, err := HeaderOf(all(events), "key")
	if err != nil || ended.State != Ended || ended.EndedBy != "customer" || ended.Reason != "kim" || ended.Duration() != ended.Ended.Sub(ended.Joined) || ended.Duration() == 0 {
		t.Errorf("%+v, %v", ended, err)
	}
	ended.Created = ended.Created.AddDate(-3000, 0, 0)
	for _, h := range []Header{{Created: events[0].Time}, {Ended: events[0].Time}} {
		if h.Duration() != 0 {
			t.Errorf("%+v lasted %v", h, h.Duration())
		}
	}
	if got := (Verdict{Key: "nonsense"}).Fingerprint(); got != "" {
		t.Errorf("no key has the fingerprint %q", got)
	}
}

// What prune left and yet an event is no report of the two.
func TestATombstoneHasNoEvents(t *testing.T) {
	events := summed(t, "plain")
	s := buried(t, events, "")
	s.Events = s.over(events[:1])
	var b *Broken
	if v, err := s.Verify(); !errors.As(err, &b) || b.Seq != 1 || !errors.Is(err, journal.ErrChain) {
		t.Errorf("%+v, %v", v, err)
	}
}

// Where events are missing before the seal, that is said, with the first of them.
func TestWhatIsMissingIsNamed(t *testing.T) {
	events := chained(t, "plain")
	for name, c := range map[string]struct {
		events []journal.Event
		seq    uint64
		want   string
	}{
		"the last":   {events[:len(events)-1], uint64(len(events)), "it is missing, the computer signed 24 events"},
		"all":        {nil, 1, "it is missing, the computer signed 24 events"},
		"the second": {append(events[:1:1], events[2:]...), 2, "it is missing, event 3 stands in its place"},
	} {
		s := source(t, events, "")
		s.Events = s.over(c.events)
		var b *Broken
		if v, err := s.Verify(); !errors.As(err, &b) || b.Seq != c.seq || b.Why != c.want {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	other := chained(t, "other")
	s := source(t, events, "")
	s.Events = s.over(append(events[:2:2], other[2:]...))
	if _, err := s.Verify(); err == nil || !strings.Contains(err.Error(), "event 3: it does not follow the event before it") {
		t.Error(err)
	}
	changed := append(events[:2:2], events[2:]...)
	changed[2].Actor = "mallory"
	s.Events = s.over(changed)
	if _, err := s.Verify(); err == nil || !strings.Contains(err.Error(), "event 3: it does not fit its hash") {
		t.Error(err)
	}
}

// How far something is proved is said in both languages, each in its own words, with
// the number of events and the key where one signed.
func TestEveryProofHasItsSentence(t *testing.T) {
	key := source(t, chained(t, "x"), "").Seal.Key
	for _, l := range text.Languages() {
		seen := map[string]Proof{}
		for _, p := range []Proof{Proved, StillOpen, Unsealed, PrunedProved, PrunedSealed, PrunedOnly} {
			v := Verdict{Proof: p, Last: journal.Event{Seq: 4711}}
			if p == PrunedProved || p == PrunedSealed || p == PrunedOnly {
				v.Last.Seq, v.Header.Pruned = 1, &Pruned{Seq: 4711}
			}
			if p == Proved || p == PrunedProved || p == PrunedSealed {
				v.Key = key
			}
			s := v.Sentence(l)
			if !strings.Contains(s, "4711") || strings.Contains(s, "%!") || seen[s] != "" || (v.Key != "") != strings.Contains(s, "SHA256:") {
				t.Errorf("%s %s: %q", l, p, s)
			}
			seen[s] = p
		}
	}
	if got := fmt.Sprint(Proved.OK(), PrunedProved.OK(), PrunedSealed.OK(), PrunedOnly.OK(), Unsealed.OK(), StillOpen.OK()); got != "true true false false false false" {
		t.Error(got)
	}
}

// The last event is kept only where it is of this session and drives no terminal.
func TestWhatIsKeptOfAPrunedReport(t *testing.T) {
	events := summed(t, "plain")
	last := events[len(events)-1]
	h := source(t, events, "").Header
	if h.Bury(last.Time, last, true).Pruned.End == nil {
		t.Fatal("a true one is not kept")
	}
	owned := h
	owned.Owner = "mallory"
	longer := h
	longer.Connected++
	loud := last
	loud.Actor = "al\u202eice"
	loud.Seal(events[len(events)-2])
	for name, left := range map[string]Header{
		"another owner": owned.Bury(last.Time, last, true), "other times": longer.Bury(last.Time, last, true), "a loud event": h.Bury(last.Time, loud, true), "no end": h.Bury(last.Time, events[0], true),
		"an end that tells nothing": h.Bury(last.Time, chained(t, "plain")[23], true), "not signed": h.Bury(last.Time, last, false),
	} {
		if left.Pruned == nil || left.Pruned.End != nil {
			t.Errorf("%s: %+v", name, left.Pruned)
		}
	}
}

// An event in which programs may read different things is no part of a report, though its
// hash and its signature are in order.
func TestAnEventThatCanBeReadTwoWays(t *testing.T) {
	for _, data := range []string{`{"number":"482913077","owner":"alice","owner":"bob"}`, `{"number":"482913077","Owner":"bob"}`} {
		s := source(t, chain(t, [2]string{journal.KindSessionJoin, data}), "")
		var b *Broken
		if v, err := s.Verify(); !errors.As(err, &b) || b.Seq != 1 || !errors.Is(err, journal.ErrKeys) {
			t.Errorf("%s: %+v, %v", data, v, err)
		}
	}
}
