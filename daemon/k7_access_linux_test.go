package daemon

import (
	"slices"
	"strings"
	"testing"

	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/wire"
)

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
	other, err := w.connect(bob)
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
}
