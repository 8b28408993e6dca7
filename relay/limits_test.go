package relay

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/wire"
)

// The limits that SECURITY.md names, and how long the relay waits for whom.
func TestLimitsAreThoseOfTheReadme(t *testing.T) {
	for name, same := range map[string]bool{
		"sessions":  maxOpen == 10_000,
		"joining":   joinGrace == 10*time.Second && answerGrace == time.Second && maxTries == 5 && maxFruitless == 20 && leastPause == wire.JoinPause/2,
		"computers": confirmGrace == 15*time.Second && readyPatience == 3*time.Second && endGrace == 5*time.Second, "database": writePatience == 30*time.Second && retryPause == 10*time.Second,
	} {
		if !same {
			t.Errorf("%s: another limit", name)
		}
	}
}

// count is how many open sessions the relay counts for an account.
func (w *world) count(account string) int {
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	return w.relay.owned[account]
}

// The open sessions of an account are bounded; each that ends, in whatever way,
// makes room for one.
func TestK7T5_OpenSessionsOfAnAccount(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice, bob := w.login("alice", key), w.login("bob", w.account("bob", false))
	first, second := alice.start(), alice.start()
	p := w.joined(second)
	w.relay.mu.Lock()
	w.relay.owned["alice"] += maxOpen - 3 // as if there were more
	w.relay.mu.Unlock()
	full := func() {
		t.Helper()
		for range 2 {
			_, problems, code := alice.run("", "session start")
			if code != 1 || !strings.Contains(problems, "10000 sessions of this account are open") || !strings.Contains(problems, "hint: end some of them first") {
				t.Fatalf("one too many: %d, %s", code, problems)
			}
		}
	}
	alice.start() // the last one
	full()
	bob.start()
	alice.ok("session end " + string(first))
	last := alice.start()
	full()
	if ok, _, err := p.SendRequest(wire.EndRequest, true, wire.End{Reason: "enough"}.Marshal()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	alice.start()
	full()
	// What cannot be stored counts for nothing.
	alice.ok("session end " + string(last))
	w.sql(`CREATE TRIGGER broken BEFORE INSERT ON sessions BEGIN SELECT RAISE(FAIL, 'no'); END`)
	for range 3 {
		if _, problems, code := alice.run("", "session start"); code != 1 || !strings.Contains(problems, "the relay cannot do it now") {
			t.Fatalf("%d, %s", code, problems)
		}
	}
	w.sql(`DROP TRIGGER broken`)
	alice.start()
	full()
	if w.count("alice") != maxOpen || w.count("bob") != 1 {
		t.Errorf("%d and %d are counted", w.count("alice"), w.count("bob"))
	}
	// The next relay counts what is there.
	w.restart(nil)
	if n := w.count("alice"); n != 3 {
		t.Errorf("%d are counted after a restart", n)
	}
	alice = w.login("alice", key)
	for _, v := range w.relay.sessions() {
		if row := v.row.Load(); row.Owner == "alice" {
			alice.ok("session end " + string(row.Number))
		}
	}
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	if _, left := w.relay.owned["alice"]; left {
		t.Error("nothing is open, and it is counted")
	}
}

// However many are started at once, the limit holds.
func TestK7T5_ManyStartsAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.relay.mu.Lock()
	w.relay.owned["alice"] = maxOpen - 3
	w.relay.mu.Unlock()
	release := w.slowDatabase()
	var tasks sync.WaitGroup
	codes := make(chan error, 10)
	for range cap(codes) {
		tasks.Go(func() { _, err := w.relay.open(context.Background(), "alice", ""); codes <- err })
	}
	for range cap(codes) - 3 { // who is not among the three hears it at once
		if err := receive(t, codes); err != errTooMany {
			t.Errorf("%v", err)
		}
	}
	release()
	tasks.Wait()
	if len(codes) != 3 || w.count("alice") != maxOpen {
		t.Errorf("%d are left, %d are counted", len(codes), w.count("alice"))
	}
	for range 3 {
		if err := <-codes; err != nil {
			t.Error(err)
		}
	}
}

// An account that is removed has no sessions any more, and one that comes back
// under its name begins with none.
func TestK7T5_ARemovedAccountsSessionsAreNotCounted(t *testing.T) {
	w := newWorld(t, nil)
	alice, admin := w.login("alice", w.account("alice", false)), w.login("admin", w.account("admin", true))
	n := alice.start()
	if w.count("alice") != 1 {
		t.Error("it is not counted")
	}
	admin.ok("csr remove alice")
	admin.await(n, api.Ended)
	testkit.Eventually(t, "nothing is counted", func() bool { return w.count("alice") == 0 })
}
