package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/journal"
)

func newRoot(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func newJournal(t *testing.T, s *os.Root) (*Journal, string) {
	t.Helper()
	j, name, err := Create(s, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, name
}

// note is a payload of any kind.
type note struct {
	kind string
	journal.Mark
	Text string `json:"text"`
}

func (n note) Kind() string { return n.kind }

func appendAll(t *testing.T, j *Journal, kinds ...string) {
	t.Helper()
	for _, k := range kinds {
		if err := j.Append("alice", note{k, journal.Mark{ID: "1"}, "a <b> & \u2028 \x1b"}); err != nil {
			t.Fatal(err)
		}
	}
}

func kindsOf(t *testing.T, j *Journal) (kinds []string) {
	t.Helper()
	var last journal.Event
	for e, err := range j.Events(t.Context(), false) {
		if err == nil {
			err = e.Follows(last)
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds, last = append(kinds, e.Kind), e
	}
	return kinds
}

func TestJournalIsVerifiedAndContinued(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join", "consent.answer")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append("alice", note{kind: "late.note"}); !errors.Is(err, ErrWrite) {
		t.Errorf("a closed journal took an event: %v", err)
	}
	again, err := Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	appendAll(t, again, "session.resume")
	if got := kindsOf(t, again); !slices.Equal(got, []string{"session.join", "consent.answer", "session.resume"}) {
		t.Error(got)
	}
}

// A daemon that was killed left things begun and a line half written.
func TestA1_KilledDaemonsJournalIsCompleted(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join", "connection.open", "run.start", "script.start", "script.exit", "script.start")
	j.Close()
	path := filepath.Join(s.Name(), name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(whole, `{"seq":7,"time":"2026-`...), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	got := kindsOf(t, again)
	want := []string{"session.join", "connection.open", "run.start", "script.start", "script.exit", "script.start", "script.exit", "run.end", "connection.close"}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	data, err := os.ReadFile(path)
	if err != nil || strings.Count(string(data), `"aborted":true`) != 3 {
		t.Errorf("%v\n%s", err, data)
	}
}

func TestChangedJournalIsRefused(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join", "run.start", "run.end")
	j.Close()
	path := filepath.Join(s.Name(), name)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(good), "\n")
	for name, bad := range map[string]string{
		"changed": strings.Replace(string(good), "alice", "mallo", 1),
		"dropped": lines[0] + lines[2],
		"moved":   lines[1] + lines[0] + lines[2],
		"added":   lines[0] + lines[0] + lines[1] + lines[2],
		"noise":   "x\n" + string(good),
	} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if j, err := Open(t.Context(), s, filepath.Base(path)); err == nil {
			t.Errorf("%s: accepted", name)
			j.Close()
		}
	}
}

func TestJournalFollows(t *testing.T) {
	s := newRoot(t)
	j, _ := newJournal(t, s)
	appendAll(t, j, "session.join")
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan string)
	done := make(chan error)
	go func() {
		for e, err := range j.Events(ctx, true) {
			if err != nil {
				done <- err
				return
			}
			seen <- e.Kind
		}
	}()
	if k := <-seen; k != "session.join" {
		t.Error(k)
	}
	appendAll(t, j, "run.start", "run.end")
	if a, b := <-seen, <-seen; a != "run.start" || b != "run.end" {
		t.Error(a, b)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestEventThatIsTooLargeIsRefused(t *testing.T) {
	s := newRoot(t)
	j, _ := newJournal(t, s)
	fits := journal.MaxEvent - len(`{"text":""}`)
	if err := j.Append("alice", journal.ChatMessage{Text: strings.Repeat("x", fits)}); err != nil {
		t.Error(err)
	}
	if err := j.Append("alice", journal.ChatMessage{Text: strings.Repeat("x", fits+1)}); !errors.Is(err, ErrWrite) {
		t.Errorf("one byte over: %v", err)
	}
	if n := len(kindsOf(t, j)); n != 1 {
		t.Errorf("%d events", n)
	}
}

// An event that is not on the disk yet is read by nobody, also not by the relay; the next one
// that is waited for brings it along, and after a crash it may be missing.
func TestAppendSoon(t *testing.T) {
	root := newRoot(t)
	j, name := newJournal(t, root)
	if err := j.Append("alice", journal.ChatMessage{Text: "first"}); err != nil {
		t.Fatal(err)
	}
	read := func() (n int) {
		for _, err := range j.Events(t.Context(), false) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		return n
	}
	onDisk, err := j.AppendSoon("alice", journal.ChatMessage{Text: "second"})
	if err != nil || read() != 1 || j.Head() != 1 {
		t.Errorf("%v: %d events are read, the last is %d", err, read(), j.Head())
	}
	changed := j.changed
	for range 2 {
		if err := onDisk(); err != nil || read() != 2 || j.Head() != 2 {
			t.Errorf("%v: %d events are read, the last is %d", err, read(), j.Head())
		}
	}
	select {
	case <-changed:
	default:
		t.Error("nobody who waits for it is woken")
	}
	later, err := j.AppendSoon("alice", journal.ChatMessage{Text: "third"})
	if err := errors.Join(err, j.Append("alice", journal.ChatMessage{Text: "fourth"})); err != nil || read() != 4 {
		t.Errorf("%v: %d events are read", err, read())
	}
	last, err := j.AppendSoon("alice", journal.ChatMessage{Text: "fifth"})
	if err := errors.Join(err, later(), j.Seal(testkit.NewKey(t), "482913077"), last()); err != nil || read() != 5 {
		t.Errorf("%v: %d events are read", err, read())
	}
	if _, err := j.AppendSoon("alice", journal.ChatMessage{Text: "sixth"}); !errors.Is(err, errSealed) {
		t.Error(err)
	}
	if err := errors.Join(j.Close(), last()); err != nil { // it is there
		t.Error(err)
	}
	again, err := Open(t.Context(), root, name)
	if err != nil || again.Head() != 5 {
		t.Fatal(err)
	}
	again.Close()
}

// Where the disk has not taken an event, nothing more is written, and nobody reads it.
func TestAppendSoonWithABrokenDisk(t *testing.T) {
	j, _ := newJournal(t, newRoot(t))
	if err := j.Append("alice", journal.ChatMessage{Text: "first"}); err != nil {
		t.Fatal(err)
	}
	onDisk, err := j.AppendSoon("alice", journal.ChatMessage{Text: "second"})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.file.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := onDisk(); !errors.Is(err, ErrWrite) || j.Head() != 1 {
			t.Errorf("%v, the last is %d", err, j.Head())
		}
	}
	if err := j.Append("alice", journal.ChatMessage{Text: "third"}); !errors.Is(err, ErrWrite) {
		t.Error(err)
	}
	if _, err := j.AppendSoon("alice", journal.ChatMessage{Text: "third"}); !errors.Is(err, ErrWrite) {
		t.Error(err)
	}
}
