package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/journal"
)

// What is a journal by its name, and what only looks like one.
func TestNames(t *testing.T) {
	for name, stem := range map[string]string{
		"journal-20260301T090000Z.jsonl": "20260301T090000Z", "journal-x.jsonl": "x",
		"journal-x.json": "", "journal-x.jsonl.new": "", "other-x.jsonl": "", "../journal-x.jsonl": "", "journal-/x.jsonl": "", "": "", "journal-x": "",
	} {
		if IsName(name) != (stem != "") || Stem(name) != stem {
			t.Errorf("%q: %t, %q", name, IsName(name), Stem(name))
		}
	}
}

// Journals that begin in the same second have names of their own, a hundred and one
// of them.
func TestJournalsOfTheSameSecond(t *testing.T) {
	s := newRoot(t)
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.FixedZone("", 3600))
	var names []string
	for range 101 {
		j, name, err := Create(s, at)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if names[0] != "journal-20260301T080000Z.jsonl" || names[1] != "journal-20260301T080000Z-1.jsonl" || names[100] != "journal-20260301T080000Z-100.jsonl" {
		t.Errorf("%q", names)
	}
	if _, _, err := Create(s, at); !errors.Is(err, os.ErrExist) {
		t.Errorf("one more: %v", err)
	}
	s.Close()
	if _, _, err := Create(s, at); err == nil || errors.Is(err, os.ErrExist) {
		t.Errorf("in a directory that is closed: %v", err)
	}
}

// The code stands beside a reason that is ours. What a person wrote has none, even
// where it is in the same words.
func TestWhoseReasonItIs(t *testing.T) {
	for by, want := range map[string]journal.Cause{
		journal.ByDaemon: journal.CauseWindow, journal.ByRelay: journal.CauseWindow, journal.ByCustomer: "", "alice": "",
	} {
		j, _ := newJournal(t, newRoot(t))
		if err := j.End(by, by, journal.CauseWindow.Of("").English()); err != nil {
			t.Fatal(err)
		}
		end := journal.Of[journal.SessionEnd](j.last)
		if end.CauseCode != want || end.By != by || end.Summary == nil || j.last.Actor != by {
			t.Errorf("by %s: %+v", by, end)
		}
		if who, over := j.Over(); who != by || !over {
			t.Errorf("%s, %t", who, over)
		}
	}
}

// What cannot be written is an error of the journal, for every way to write.
func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	j, _ := newJournal(t, newRoot(t))
	if err := j.Append("", journal.ChatMessage{}); !errors.Is(err, ErrWrite) {
		t.Errorf("an event of nobody: %v", err)
	}
	if err := j.End("", "", ""); !errors.Is(err, ErrWrite) {
		t.Errorf("an end by nobody: %v", err)
	}
	if !j.Empty() || j.Head() != 0 {
		t.Error("something was written")
	}
	appendAll(t, j, journal.KindRunStart, journal.KindRebootRequest)
	if j.Empty() || j.Head() != 2 {
		t.Errorf("%d events", j.Head())
	}
	j.file.Close() // the disk is gone
	key := testkit.NewKey(t)
	for name, do := range map[string]func() error{
		"append": func() error { return j.Append("alice", journal.ChatMessage{Text: "x"}) }, "end": func() error { return j.End("alice", "alice", "") },
		"seal": func() error { return j.Seal(key, "482913077") }, "ends": func() error { return j.EndAborted(journal.CauseKilled) }, "restart": j.NotRestarted,
	} {
		if err := do(); !errors.Is(err, ErrWrite) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if j.Head() != 2 || j.sealed {
		t.Error("what was not written counts")
	}
	if err := j.Close(); err == nil {
		t.Error("a file that cannot be closed is no error")
	}
}

// A sealed journal takes nothing more, ends where it is read, and is sealed when it is
// opened again.
func TestASealedJournal(t *testing.T) {
	s, key := newRoot(t), testkit.NewKey(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join")
	if err := j.End("alice", "alice", ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := j.Seal(key, "482913077"); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(bytes.Split(before, []byte("\n"))[2], []byte(`{"seal":`)) || bytes.Count(before, []byte("\n")) != 3 {
		t.Fatalf("%s", before)
	}
	if err := j.Append("alice", journal.ChatMessage{Text: "x"}); !errors.Is(err, ErrWrite) || !strings.Contains(err.Error(), "sealed") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n := 0
	for _, err := range j.Events(ctx, true) { // it does not wait for more
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d events", n)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.Append("alice", journal.ChatMessage{Text: "x"}); !errors.Is(err, ErrWrite) {
		t.Errorf("%v", err)
	}
	if err := again.Seal(key, "482913077"); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(again.Path()); err != nil || !bytes.Equal(after, before) {
		t.Errorf("%v\n%s", err, after)
	}
	if at, err := again.place(again.file, 2); err != nil || at != int64(bytes.Index(before, []byte(`{"seal":`))) {
		t.Errorf("the seal is at %d, %v", at, err)
	}
}

// A seal that does not fit the journal makes it one that was changed.
func TestAWrongSealIsRefused(t *testing.T) {
	s, key := newRoot(t), testkit.NewKey(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join", "session.end")
	first := j.last
	first.Seq--
	j.Close()
	seal, err := journal.NewSeal(key, "482913077", first)
	if err != nil {
		t.Fatal(err)
	}
	line, err := seal.Line()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Name(), name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string][]byte{"another event's": line, "none": []byte("{\"seal\":null}\n")} {
		if err := os.WriteFile(path, slices.Concat(whole, end), 0o600); err != nil {
			t.Fatal(err)
		}
		if j, err := Open(t.Context(), s, filepath.Base(path)); err == nil {
			j.Close()
			t.Errorf("%s is accepted", name)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error does not name the file: %v", name, err)
		}
	}
}

// Reading a journal of a gigabyte ends with ctx, for its reason.
func TestReadingEndsWithItsContext(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join")
	j.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the customer pressed Stop")
	cancel(cause)
	if j, err := Open(ctx, s, name); !errors.Is(err, cause) {
		t.Errorf("%v, %v", j, err)
	}
	if j, err := Open(t.Context(), s, "journal-none.jsonl"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, %v", j, err)
	}
	if err := s.Remove(name); err != nil {
		t.Fatal(err)
	}
	for _, err := range j.Events(t.Context(), false) {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a journal that is gone: %v", err)
		}
	}
}

// A restart that was allowed and did not come is written down, once, and one that
// came is not.
func TestARestartThatDidNotCome(t *testing.T) {
	j, _ := newJournal(t, newRoot(t))
	refused := func() (n int) {
		for _, kind := range kindsOf(t, j) {
			if kind == journal.KindRebootRefuse {
				n++
			}
		}
		return n
	}
	step := func(want int, p journal.Payload) {
		t.Helper()
		if p != nil {
			if err := j.Append("alice", p); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.NotRestarted(); err != nil {
			t.Fatal(err)
		}
		if got := refused(); got != want {
			t.Errorf("after %T: %d, want %d", p, got, want)
		}
	}
	step(0, nil)
	step(1, journal.RebootRequest{Boot: "b1"})
	step(1, nil)
	if e := journal.Of[journal.RebootRefuse](j.last); e.CauseCode != journal.CauseRestartKilled || e.Why != e.English() || j.last.Actor != journal.ByDaemon {
		t.Errorf("%+v", e)
	}
	if j.Returned() != "" {
		t.Errorf("it returned as %q", j.Returned())
	}
	if err := errors.Join(j.Append("alice", journal.RebootRequest{Boot: "b1"}), j.Append(journal.ByDaemon, journal.RebootReturn{Boot: "b2", Before: "b1"})); err != nil {
		t.Fatal(err)
	}
	step(1, nil)
	if j.Returned() != "b2" {
		t.Errorf("it returned as %q", j.Returned())
	}
	if err := errors.Join(j.Append("alice", journal.RebootRequest{}), j.Append(journal.ByDaemon, journal.RebootRefuse{})); err != nil {
		t.Fatal(err)
	}
	step(2, nil)
}

// Ends find their own start, also where two have begun, and are written from the
// inside out, with who it was.
func TestEndsAreWrittenFromTheInsideOut(t *testing.T) {
	j, _ := newJournal(t, newRoot(t))
	who := consent.Person{Name: "Kim", Account: "alice"}
	for _, p := range []journal.Payload{
		journal.ConnectionOpen{Mark: journal.Mark{ID: "c1"}, Who: who}, journal.ConnectionOpen{Mark: journal.Mark{ID: "c2"}, Who: who},
		journal.RunStart{Mark: journal.Mark{ID: "r"}, Run: "r"}, journal.ConnectionClose{Mark: journal.Mark{ID: "c1"}},
		journal.LogonStart{Mark: journal.Mark{ID: "r"}, User: "root"}, // the same mark, of another kind
	} {
		if err := j.Append("alice", p); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.EndAborted(journal.CauseKilled); err != nil {
		t.Fatal(err)
	}
	got := kindsOf(t, j)[5:]
	if !slices.Equal(got, []string{journal.KindLogonEnd, journal.KindRunEnd, journal.KindConnClose}) {
		t.Errorf("%q", got)
	}
	if last := journal.Of[journal.ConnectionClose](j.last); last.ID != "c2" || last.Who != who || !last.Aborted {
		t.Errorf("%+v", last)
	}
	if err := j.EndAborted(journal.CauseKilled); err != nil || len(kindsOf(t, j)) != 8 {
		t.Errorf("twice: %v", err)
	}
}

// How long a journal may get, to the byte: other things, ends, and the last event.
func TestTheLimitsOfAJournal(t *testing.T) {
	for kind, room := range map[string]int64{
		journal.KindChatMessage: spare, journal.KindRunStart: spare,
		journal.KindConnClose: spare / 2, journal.KindScriptExit: spare / 2, journal.KindRunEnd: spare / 2, journal.KindLogonEnd: spare / 2, journal.KindRebootRefuse: spare / 2,
		journal.KindRebootReturn: spare / 2, journal.KindSessionLost: spare / 2, journal.KindSessionResume: spare / 2, journal.KindSessionEnd: 0,
	} {
		j, _ := newJournal(t, newRoot(t))
		e, err := journal.New(time.Now(), "alice", note{kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		j.weight = journal.MaxBytes - room - e.Weight() + 1
		if err := j.Append("alice", note{kind: kind}); !errors.Is(err, errLong) {
			t.Errorf("%s, one byte too much: %v", kind, err)
		}
		j.weight--
		if err := j.Append("alice", note{kind: kind}); err != nil {
			t.Errorf("%s, just full: %v", kind, err)
		}
		if spare != 8<<20 || journal.MaxBytes != 1<<30 || journal.MaxEvent != 64<<10 || journal.MaxMessage != 4<<10 || journal.MaxLine != journal.MaxEvent+4<<10 {
			t.Error("a limit is another one")
		}
	}
}

// Of several journals the one that was written last counts, and only files do.
func TestTheLatestIsAFile(t *testing.T) {
	s := newRoot(t)
	at := time.Unix(1_000_000, 0)
	put := func(name string, after time.Duration) {
		path := filepath.Join(s.Name(), name)
		if err := errors.Join(os.WriteFile(path, []byte(name), 0o600), os.Chtimes(path, at.Add(after), at.Add(after))); err != nil {
			t.Fatal(err)
		}
	}
	put("journal-1.jsonl", time.Second)
	put("journal-2.jsonl", 0)
	if err := errors.Join(s.Mkdir("journal-3.jsonl", 0o700), s.Symlink("journal-2.jsonl", "journal-4.jsonl")); err != nil {
		t.Fatal(err)
	}
	f, err := Latest(s)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := io.ReadAll(f); err != nil || string(data) != "journal-1.jsonl" {
		t.Errorf("%s, %v", data, err)
	}
	s.Close()
	if f, err := Latest(s); err == nil || errors.Is(err, ErrNone) {
		t.Errorf("a directory that is closed: %v, %v", f, err)
	}
}
