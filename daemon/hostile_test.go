package daemon

import (
	"os"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// What the customer's computer says about itself drives no CSR's terminal, and
// what one CSR is called drives no other's.
func TestC12_HostileComputer(t *testing.T) {
	const evil = "PC\x1b]52;c;ZXZpbA==\x07\u202e\u200b\u009b2J\r\n"
	w := newWorld(t, func(w *world, o *Options) {
		o.Computer = Computer{Host: evil, OS: evil}
		o.Join.Allow = []consent.Kind{consent.SysInfo}
		w.relay.access[0].Name = evil
	})
	c := w.csr()
	for _, command := range []string{"status", "status --json", "sysinfo summary", "journal", "journal --json", "run nothing.sh", evil, "status " + evil} {
		got := run(t, c, command)
		for line := range strings.Lines(got.out + got.err) {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), text.Hostile) {
				t.Errorf("%q: %q", command, line)
			}
		}
	}
}

// breakDisk makes every write to the journal fail until the returned function
// repairs it.
func (w *world) breakDisk() (repair func()) {
	w.t.Helper()
	j := w.daemon.journal
	readOnly, err := os.Open(j.Path())
	if err != nil {
		w.t.Fatal(err)
	}
	swap := func(f *os.File) *os.File {
		j.mu.Lock()
		defer j.mu.Unlock()
		old := j.file
		j.file, j.broken = f, nil
		return old
	}
	good := swap(readOnly)
	return func() { swap(good); readOnly.Close() }
}

func TestD1_NothingHappensThatCannotBeWrittenDown(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) { o.Join.Allow = []consent.Kind{consent.SysInfo, consent.Script} })
	c := w.csr()
	stage(t, c, map[string]string{"x.sh": "#!/bin/sh\necho ran\n"})
	before := len(w.events())
	repair := w.breakDisk()
	for _, command := range []string{"sysinfo os", "run x.sh", "chat --send hello"} {
		got := run(t, c, command)
		if got.code != cmdline.ExitFailed || got.out != "" || !strings.Contains(got.err, "journal could not be written") {
			t.Errorf("%s: %+v", command, got)
		}
	}
	if other, err := w.connect(w.alice); err == nil {
		other.Close()
		t.Error("a connection that is not in the journal was let in")
	}
	bob := testkit.NewKey(t)
	ok, _, err := w.relay.open().SSH().SendRequest(wire.AuthorizeRequest, true, wire.Authorize{Entries: []wire.Entry{entry("bob", bob)}}.Marshal())
	if ok || err != nil {
		t.Errorf("a change of access that is not in the journal: %v, %v", ok, err)
	}
	if err := c.Wait(); err == nil {
		t.Error("alice, who is not on the list any more, is still there")
	}
	repair()
	for _, e := range w.events()[before:] { // how alice's connection ended may come in time again
		if e.Kind != journal.KindConnClose {
			t.Errorf("%s was written all the same", e.Kind)
		}
	}
	w.relay.authorize(entry("alice", w.alice))
	if got := run(t, w.csr(), "run x.sh"); got.code != 0 || got.out != "ran\n" {
		t.Errorf("with a disk that works again: %+v", got)
	}
}

// Two CSRs ask at once: one question after the other, each answer for its own.
func TestC5_TwoCSRsAreAskedForOneByOne(t *testing.T) {
	w := newWorld(t, nil)
	bob := testkit.NewKey(t)
	w.relay.authorize(entry("alice", w.alice), entry("bob", bob))
	second, err := w.connect(bob)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	looks := map[string]func() outcome{"alice": start(t, w.csr(), "sysinfo os")}
	first := <-w.screen.questions
	looks["bob"] = start(t, second, "sysinfo os")
	if first.Who.Account != "alice" || len(w.screen.questions) > 0 {
		t.Fatalf("%+v", first)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := looks["alice"](); got.code != 0 {
		t.Errorf("alice: %+v", got)
	}
	if q := <-w.screen.questions; q.Who.Account != "bob" || q.ID == first.ID {
		t.Errorf("%+v", q)
	}
	w.screen.answers <- consent.Answer{}
	if got := looks["bob"](); got.code != cmdline.ExitDenied || got.out != "" {
		t.Errorf("bob: %+v", got)
	}
}
