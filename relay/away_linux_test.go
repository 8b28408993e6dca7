package relay

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/hack/testkit/pgtest"
	"supportd/library/journal"
	"supportd/relay/store"
)

// M3: a computer that has something to say while the database is away is let wait: it hands
// its journal over once over one connection, and that may last for days.
func TestM3_AJournalOpenedWhileTheDatabaseIsAwayWaitsForIt(t *testing.T) {
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	w := newWorld(t, func(o *Options) { o.Database = server.URL() })
	key := testkit.NewKey(t)
	keys, err := ParseKeys(ssh.MarshalAuthorizedKey(key.PublicKey()), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.relay.data.Store.AddAccount(t.Context(), store.Account{Name: "alice", Created: time.Now(), Keys: keys}, false); err != nil {
		t.Fatal(err)
	}
	alice := w.login("alice", key)
	p := w.joined(alice.start())
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	d := p.journal()
	testkit.Eventually(t, "the relay says that a computer waits", func() bool { return strings.Contains(w.log.String(), "its computer waits") })
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	d.answer("0")
	d.send(follow(journal.Event{}, 3, "said meanwhile")...)
	d.answer("3")
}
