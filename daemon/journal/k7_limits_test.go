package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/wire"
)

func TestTheLimitsOfTheDaemonsJournal(t *testing.T) {
	if channelIdle != 20*time.Second || markEvery != 1024 || MaxDetail != 300 || spare != 8388608 {
		t.Error("a limit is another one")
	}
}

// What the customer has allowed beforehand is the last word on it, without what they have
// taken back, also when the journal is opened again.
func TestWhatWasAllowedBeforehand(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	expect := func(what string, want ...consent.Kind) {
		t.Helper()
		p, known := j.Presented()
		if known != (want != nil) || !slices.Equal(p.Allow, want) {
			t.Errorf("%s: %q, %t; want %q", what, p.Allow, known, want)
		}
	}
	tell := func(p journal.Payload) {
		t.Helper()
		if err := j.Append(journal.ByCustomer, p); err != nil {
			t.Fatal(err)
		}
	}
	expect("nothing")
	tell(journal.ConsentRevoke{Allowed: consent.Script})
	expect("taken back before it was given")
	tell(journal.ChatMessage{Text: "x"})
	expect("something else")
	tell(journal.SessionJoin{Presented: journal.Presented{Name: "Kim", Allow: []consent.Kind{consent.Script, consent.SysInfo}}})
	expect("given", consent.Script, consent.SysInfo)
	tell(journal.ConsentRevoke{Question: &consent.Question{ID: 1}, Allowed: consent.Script})
	expect("the answer to one question taken back", consent.Script, consent.SysInfo)
	before, _ := j.Presented()
	tell(journal.ConsentRevoke{Allowed: consent.Script})
	expect("one taken back", consent.SysInfo)
	if !slices.Equal(before.Allow, []consent.Kind{consent.Script, consent.SysInfo}) {
		t.Errorf("what was returned before has changed: %q", before.Allow)
	}
	j.Close()
	var err error
	if j, err = Open(t.Context(), s, name); err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	expect("opened again", consent.SysInfo)
	tell(journal.SessionResume{Presented: journal.Presented{Allow: []consent.Kind{consent.Script}}})
	expect("given anew", consent.Script)
}

// What a customer demanded when they joined is not taken away when their computer comes back
// without it; more may be demanded then.
func TestADemandStays(t *testing.T) {
	demand := func(least uint64, required bool, second ...string) journal.ListDemand {
		return journal.ListDemand{Least: least, Required: required, Second: second}
	}
	for name, c := range map[string]struct{ first, then, want journal.Presented }{
		"nothing then": {
			journal.Presented{CSRCA: []string{"ca"}, Revocations: demand(3, true, "Network"), RequireWords: true}, journal.Presented{},
			journal.Presented{CSRCA: []string{"ca"}, Revocations: demand(3, true, "Network"), RequireWords: true}},
		"nothing first": {
			journal.Presented{}, journal.Presented{CSRCA: []string{"ca"}, Revocations: demand(3, true, "Network"), RequireWords: true},
			journal.Presented{CSRCA: []string{"ca"}, Revocations: demand(3, true, "Network"), RequireWords: true}},
		"less, and more": {
			journal.Presented{CSRCA: []string{"ca"}, Revocations: demand(3, false, "Network", "Updates")}, journal.Presented{CSRCA: []string{"new"}, Revocations: demand(2, false, "Disks", "Network")},
			journal.Presented{CSRCA: []string{"new"}, Revocations: demand(3, false, "Disks", "Network", "Updates")}},
		"a newer list": {journal.Presented{Revocations: demand(3, false)}, journal.Presented{Revocations: demand(4, false)}, journal.Presented{Revocations: demand(4, false)}},
	} {
		j, _ := newJournal(t, newRoot(t))
		c.first.Number, c.then.Number = "482913077", "482913077"
		if err := errors.Join(j.Append(journal.ByCustomer, journal.SessionJoin{Presented: c.first}), j.Append(journal.ByCustomer, journal.SessionResume{Presented: c.then})); err != nil {
			t.Fatal(err)
		}
		got, ok := j.Presented()
		if a, b := got.Revocations, c.want.Revocations; !ok || !slices.Equal(got.CSRCA, c.want.CSRCA) || a.Least != b.Least || a.Required != b.Required || !slices.Equal(a.Second, b.Second) || got.RequireWords != c.want.RequireWords {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Only the customer says whether safety words are the same, and their last word counts.
func TestZ1_VerdictsAreTheCustomers(t *testing.T) {
	j, _ := newJournal(t, newRoot(t))
	who := func(key string) consent.Person { return consent.Person{Account: "alice", Fingerprint: key} }
	for _, e := range []struct {
		actor string
		p     journal.WordsVerdict
	}{
		{"alice", journal.WordsVerdict{Who: who("a"), Same: true}}, {journal.ByCustomer, journal.WordsVerdict{Who: who("b"), Same: true}},
		{journal.ByCustomer, journal.WordsVerdict{Who: who("c"), Same: true}}, {journal.ByCustomer, journal.WordsVerdict{Who: who("c")}},
	} {
		if err := j.Append(e.actor, e.p); err != nil {
			t.Fatal(err)
		}
	}
	if got := j.Verdicts(); len(got) != 2 || !got["b"] || got["c"] {
		t.Errorf("%v", got)
	}
}

// The picture is that of the events, also of those that an earlier daemon wrote.
func TestThePictureOfAJournal(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	if err := errors.Join(j.Append(journal.ByCustomer, journal.ChatMessage{Text: "1"}), j.Append(journal.ByCustomer, journal.ChatMessage{Text: "2"})); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if p := j.Picture(); p.Seq != 2 || p.Unread("alice") != 2 {
			t.Errorf("%+v", p)
		}
		j.Close()
		var err error
		if j, err = Open(t.Context(), s, name); err != nil {
			t.Fatal(err)
		}
		defer j.Close()
	}
}

// A problem is told to the operator and to whoever reads the report, cut to what an event
// quotes; what cannot be told there is told to the operator.
func TestAProblemIsTold(t *testing.T) {
	var lines bytes.Buffer
	log := slog.New(slog.NewTextHandler(&lines, nil))
	j, _ := newJournal(t, newRoot(t))
	j.Report(log, journal.Problem("x"), errors.New(strings.Repeat("q", 400)))
	if p := journal.Of[journal.ProblemReport](j.last); p.Problem != "x" || strings.Count(p.Detail, "q") != 299 || j.last.Actor != journal.ByDaemon {
		t.Errorf("%+v", p)
	}
	if strings.Count(lines.String(), "\n") != 1 || !strings.Contains(lines.String(), "qqq") {
		t.Errorf("%s", lines.String())
	}
	j.Close()
	j.Report(log, "y", io.ErrUnexpectedEOF)
	if got := lines.String(); strings.Count(got, "\n") != 3 || !strings.Contains(got, "not in the journal") {
		t.Errorf("%s", got)
	}
}

// deaf is a key that signs nothing.
type deaf struct{ ssh.Signer }

func (deaf) Sign(io.Reader, []byte) (*ssh.Signature, error) { return nil, io.ErrClosedPipe }

// A journal that cannot be sealed is not sealed, whatever the reason, and nothing is
// written; later it can be.
func TestAJournalThatCannotBeSealed(t *testing.T) {
	key := testkit.NewKey(t)
	j, _ := newJournal(t, newRoot(t))
	if err := j.End("alice", "alice", ""); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Seal(deaf{key}, "482913077"); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a key that signs nothing: %v", err)
	}
	unsynced := errors.New("nobody knows what the disk holds")
	j.broken = unsynced
	if err := j.Seal(key, "482913077"); !errors.Is(err, unsynced) {
		t.Errorf("a journal that is broken: %v", err)
	}
	j.broken = nil
	good := j.file
	if j.file, err = os.Open(j.Path()); err != nil { // for reading alone
		t.Fatal(err)
	}
	defer j.file.Close()
	if err := j.Seal(key, "482913077"); !errors.Is(err, ErrWrite) || j.broken == nil {
		t.Errorf("a disk that takes nothing: %v, then %v", err, j.broken)
	}
	if now, err := os.ReadFile(j.Path()); err != nil || !bytes.Equal(now, before) || j.sealed {
		t.Errorf("sealed %t, %v, %s", j.sealed, err, now)
	}
	j.file.Close()
	j.file, j.broken = good, nil
	if err := j.Seal(key, "482913077"); err != nil || !j.sealed {
		t.Error(err)
	}
	if err := j.appendLocked(journal.Event{Kind: journal.KindSessionEnd, Data: []byte("{")}); !errors.Is(err, errSealed) {
		t.Errorf("%v", err)
	}
	other, _ := newJournal(t, newRoot(t))
	if err := other.appendLocked(journal.Event{Kind: journal.KindChatMessage, Data: []byte("{")}); !errors.Is(err, ErrWrite) || !other.Empty() {
		t.Errorf("what is no JSON: %v", err)
	}
}

// Who follows a journal gets its end when the seal comes.
func TestFollowingEndsWithTheSeal(t *testing.T) {
	key := testkit.NewKey(t)
	synctest.Test(t, func(t *testing.T) {
		j, _ := newJournal(t, newRoot(t))
		if err := j.End("alice", "alice", ""); err != nil {
			t.Fatal(err)
		}
		n := make(chan int, 1)
		go func() {
			seen := 0
			for _, err := range j.Events(context.WithoutCancel(t.Context()), true) {
				if err != nil {
					t.Error(err)
				}
				seen++
			}
			n <- seen
		}()
		synctest.Wait()
		if err := j.Seal(key, "482913077"); err != nil {
			t.Fatal(err)
		}
		if got := <-n; got != 1 {
			t.Errorf("%d events", got)
		}
	})
}

func TestReadingAJournalThatIsGone(t *testing.T) {
	j, _ := newJournal(t, newRoot(t))
	appendAll(t, j, "session.join")
	if err := os.Remove(j.Path()); err != nil {
		t.Fatal(err)
	}
	var all []error
	for _, err := range j.Events(t.Context(), false) {
		all = append(all, err)
	}
	if len(all) != 1 || !errors.Is(all[0], os.ErrNotExist) {
		t.Errorf("%v", all)
	}
}

// Reading stops at the first that cannot be read, says why once, and stops when nobody
// wants more.
func TestReadingStops(t *testing.T) {
	read := func(j *Journal) (good int, all []error) {
		for _, err := range j.Events(t.Context(), false) {
			if err == nil {
				good++
			} else {
				all = append(all, err)
			}
		}
		return good, all
	}
	make3 := func() (*Journal, []byte) {
		j, _ := newJournal(t, newRoot(t))
		appendAll(t, j, "session.join", "run.start", "run.end")
		data, err := os.ReadFile(j.Path())
		if err != nil {
			t.Fatal(err)
		}
		return j, data
	}
	for name, c := range map[string]struct {
		change func(path string, data []byte) error
		good   int
		want   error
	}{
		"cut": {func(path string, data []byte) error { return os.WriteFile(path, data[:len(data)-5], 0o600) }, 2, io.EOF},
		"overwritten": {func(path string, data []byte) error {
			return os.WriteFile(path, bytes.Replace(data, []byte("run.start"), []byte("run start"), 1), 0o600)
		}, 1, wire.ErrPayload},
	} {
		j, data := make3()
		if err := c.change(j.Path(), data); err != nil {
			t.Fatal(err)
		}
		if good, errs := read(j); good != c.good || len(errs) != 1 || !errors.Is(errs[0], c.want) {
			t.Errorf("%s: %d events, %v; want %d, %v", name, good, errs, c.good, c.want)
		}
	}
	j, _ := make3()
	for range j.Events(t.Context(), true) {
		break
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("over")
	cancel(over)
	n := 0
	for _, err := range j.Events(ctx, true) {
		if n++; (n == 4) != errors.Is(err, over) {
			t.Errorf("event %d: %v", n, err)
		}
	}
	if n != 4 {
		t.Errorf("%d, with the cause of the end", n)
	}
}

// An error of opening names what is wrong, and a session that has ended gets no more ends.
func TestOpeningSaysWhatIsWrong(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join", "run.start")
	if err := j.End("alice", "alice", ""); err != nil {
		t.Fatal(err)
	}
	j.Close()
	path := filepath.Join(s.Name(), name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, whole) {
		t.Errorf("something was written behind the end: %v\n%s", err, now)
	}
	for what, c := range map[string]struct {
		data string
		want error
	}{
		"no event": {"x\n", wire.ErrPayload}, "no seal": {string(whole) + "{\"seal\":null}\n", wire.ErrPayload}, "a broken chain": {string(bytes.SplitAfter(whole, []byte("\n"))[1]), journal.ErrChain},
	} {
		if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
			t.Fatal(err)
		}
		if j, err := Open(t.Context(), s, name); j != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := (&Journal{file: j.file}).load(t.Context()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

// Journals in which nothing stands are removed, and nothing else.
func TestEmptyJournalsAreRemoved(t *testing.T) {
	s := newRoot(t)
	for name, size := range map[string]int64{"journal-1.jsonl": 0, "journal-2.jsonl": 1, "journal-3.jsonl": 2, "other.jsonl": 0, "journal-4.jsonl": 0} {
		if err := os.WriteFile(filepath.Join(s.Name(), name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveEmpty(s); err != nil {
		t.Error(err)
	}
	var left []string
	entries, err := os.ReadDir(s.Name())
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if err != nil || !slices.Equal(left, []string{"journal-2.jsonl", "journal-3.jsonl", "other.jsonl"}) {
		t.Errorf("%q, %v", left, err)
	}
	s.Close()
	if err := RemoveEmpty(s); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a directory that is closed: %v", err)
	}
}

// An end belongs to what has its mark: the other of two that have begun stays open.
func TestAnEndHasTheMarkOfItsStart(t *testing.T) {
	for ended, left := range map[string]string{"c1": "c2", "c2": "c1"} {
		j, _ := newJournal(t, newRoot(t))
		for _, p := range []journal.Payload{journal.ConnectionOpen{Mark: journal.Mark{ID: "c1"}}, journal.ConnectionOpen{Mark: journal.Mark{ID: "c2"}}, journal.ConnectionClose{Mark: journal.Mark{ID: ended}}} {
			if err := j.Append("alice", p); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.EndAborted(journal.CauseKilled); err != nil || j.Head() != 4 {
			t.Fatalf("%d events, %v", j.Head(), err)
		}
		if got := journal.Of[journal.ConnectionClose](j.last).ID; got != left {
			t.Errorf("%s ended: then %s is, want %s", ended, got, left)
		}
	}
}
