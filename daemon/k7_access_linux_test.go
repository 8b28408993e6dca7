package daemon

import (
	"io"
	"slices"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/wire"
)

// Access is looked at again at every use: a connection whose key is not on the list
// any more, and that has not been ended yet, can do nothing.
func TestK7T3_AccessIsCheckedAtEveryUse(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) { o.Join.Allow = consent.Kinds() })
	c := w.csr()
	if got := run(t, c, "status"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	talk, keys := onTerminal(t, c, "chat")
	list := func(people map[string]consent.Person) map[string]consent.Person {
		a := &w.daemon.access
		a.mu.Lock()
		defer a.mu.Unlock()
		old := a.people
		a.people = people
		return old
	}
	alice := list(nil) // between the change of the list and the end of the connection
	before := len(w.events())
	for _, command := range []string{"status", "help", "sysinfo os", "run x.sh", "cancel", "chat --send hello", "logon-as root", "reboot", "logoff"} {
		if got := run(t, c, command); got.code != cmdline.ExitAuth || got.out != "" || !strings.Contains(got.err, "you have no access to this support session any more") {
			t.Errorf("%s: %+v", command, got)
		}
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RequestSubsystem("sftp"); err == nil {
		if got, err := io.ReadAll(answer); err != nil || len(got) > 0 {
			t.Errorf("sftp answers %q, %v", got, err)
		}
	}
	if _, err := keys.Write([]byte("a message\r\x04")); err != nil {
		t.Fatal(err)
	}
	_ = talk.Wait()
	for _, e := range w.events()[before:] {
		if e.Kind == journal.KindChatMessage || e.Kind == journal.KindSysInfoView {
			t.Errorf("%s happened without access", e.Kind)
		}
	}
	list(alice)
	if got := run(t, c, "status"); got.code != 0 {
		t.Errorf("with access again: %+v", got)
	}
}

// Where it cannot be written down that somebody may enter, they may not, also later.
// Who was on the list before, and still is, stays.
func TestK7T3_ANewPersonNeedsALineInTheJournal(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	bob := testkit.NewKey(t)
	repair := w.breakDisk()
	list := wire.Authorize{Entries: []wire.Entry{entry("alice", w.alice), entry("bob", bob)}}
	if ok, _, err := w.relay.open().SSH().SendRequest(wire.AuthorizeRequest, true, list.Marshal()); ok || err != nil {
		t.Errorf("the relay is told %v, %v", ok, err)
	}
	repair()
	if got := run(t, c, "status"); got.code != 0 || strings.Contains(got.out, "BOB") {
		t.Errorf("alice, who was there before: %+v", got)
	}
	if other, err := w.connect(bob); err == nil {
		other.Close()
		t.Error("bob, whose access is in no journal, came in")
	}
	w.relay.authorize(list.Entries...)
	other, err := w.connect(bob)
	if err != nil {
		t.Fatal("with a journal that works: ", err)
	}
	other.Close()
}

// Everyone on the list may enter, and only they; whoever is taken off it goes, in the
// journal too.
func TestK7T3_TheJournalNamesWhoMayEnter(t *testing.T) {
	w := newWorld(t, nil)
	bob := testkit.NewKey(t)
	w.relay.authorize(entry("alice", w.alice), entry("bob", bob), wire.Entry{Account: "not an account", Key: bob.PublicKey().Marshal()}, wire.Entry{Account: "carol", Key: []byte("no key")})
	var last journal.AccessChange
	for _, e := range w.events() {
		if e.Kind == journal.KindAccessChange {
			last = journal.Of[journal.AccessChange](e)
		}
	}
	var names []string
	for _, p := range last.May {
		names = append(names, p.Account)
	}
	if !slices.Equal(names, []string{"alice", "bob"}) {
		t.Errorf("the journal has %q", names)
	}
	if !w.daemon.access.may("bob") || w.daemon.access.may("carol") || w.daemon.access.may("") {
		t.Error("not exactly alice and bob may enter")
	}
}
