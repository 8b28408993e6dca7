package relay

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/wire"
	"supportd/relay/store"
	"supportd/relay/unjoined"
)

// status is what an operator beside the relay sees.
func (w *world) status() (v api.Status) {
	w.t.Helper()
	data, err := OpenPlace(w.t.Context(), w.place, false)
	if err != nil {
		w.t.Fatal(err)
	}
	defer data.Close()
	if v, err = data.Status(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return v
}

// An operator beside the relay sees who is slowed and unlocks them: whoever waits
// joins then. The log has a line for each, with the address and without a number.
func TestO7_TheOperatorSeesAndUnlocks(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	alice.start()
	w.joined(alice.start())
	if v := w.status(); !v.Serving || v.Waiting != 2 || v.Active != 1 || v.Connected != 1 || len(v.Slowed) > 0 || !v.Alarm.IsZero() {
		t.Errorf("%+v", v)
	}
	for _, from := range []string{"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"} {
		w.slow(from)
	}
	var v api.Status
	testkit.Eventually(t, "the database has it", func() bool { v = w.status(); return len(v.Slowed) == 4 && !v.Alarm.IsZero() })
	if s := v.Slowed[0]; s.From != "127.0.0.2" || time.Until(s.Until).Round(time.Minute) != unjoined.MissWindow || time.Until(s.Next) > unjoined.SlowPause {
		t.Errorf("%+v", s)
	}
	joined := make(chan wire.Welcome)
	p := w.computer(testkit.NewKey(t), "127.0.0.2")
	go func() { m, _ := p.persist(n); joined <- m }()
	testkit.Eventually(t, "it waits", func() bool { return alice.session("session show --json "+string(n)).Delay != nil })
	from := netip.MustParsePrefix("127.0.0.2/32")
	unlock := func() (was bool, wrong int) {
		w.beside(func(s *store.Store) (err error) {
			was, wrong, err = (&Data{Store: s}).Unlock(t.Context(), from)
			return err
		})
		return was, wrong
	}
	if was, wrong := unlock(); !was || wrong != unjoined.MaxMisses {
		t.Errorf("%v, %d", was, wrong)
	}
	began := time.Now()
	if m := receive(t, joined); m.Code != wire.CodeOK {
		t.Errorf("%+v", m)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if was, wrong := unlock(); was || wrong > 0 {
		t.Errorf("again: %v, %d", was, wrong)
	}
	if v := w.status(); len(v.Slowed) != 3 || v.Slowed[0].From == "127.0.0.2" {
		t.Errorf("%+v", v)
	}
	log := w.log.String()
	for line, want := range map[string]int{
		`a wrong session number was tried" event=number.wrong from=127.0.0.2`: unjoined.MaxMisses, `this address is slowed" event=number.slowed from=127.0.0.2`: 1, `unlocked this address" event=number.unlocked from=127.0.0.2`: 1,
		`ALARM: `: 1, `event=number.alarm from=127.0.0.5`: 1,
	} {
		if got := strings.Count(log, line); got != want {
			t.Errorf("%d lines with %s, want %d", got, line, want)
		}
	}
	if number := regexp.MustCompile(`\b[1-9][0-9]{8}\b`).FindString(log); number != "" {
		t.Errorf("the log has %s", number)
	}
}

// Slowing outlives the relay, and where it was killed nobody counts as connected.
func TestW4_SlowingOutlivesTheRelay(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	w.slow("127.0.0.2")
	testkit.Eventually(t, "the database has it", func() bool { return len(w.status().Slowed) == 1 })
	w.stop()
	w.sql(`UPDATE sessions SET state = 'active'`) // as a kill leaves it
	if v := w.status(); v.Serving || v.Connected != 0 || v.Active != 0 || v.Away != 1 || len(v.Slowed) != 1 {
		t.Errorf("%+v", v)
	}
	w.sql(`UPDATE sessions SET state = 'waiting'`)
	w.restart(nil)
	if m := w.computer(testkit.NewKey(t), "127.0.0.2").join(n); m.Code != wire.CodeLimited {
		t.Errorf("%+v", m)
	}
	if m := w.computer(testkit.NewKey(t), "127.0.0.3").join(n); m.Code != wire.CodeOK {
		t.Errorf("%+v", m)
	}
}

// A database that takes nothing holds up no join and no answer, and is told when it
// does again.
func TestW4_CountingWaitsForNoDisk(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	db := w.database()
	defer db.Close()
	tx, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	w.slow("127.0.0.2")
	if m := w.guess("127.0.0.2"); m.Code != wire.CodeLimited {
		t.Errorf("%+v", m)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the answers took %v", took)
	}
	if len(w.status().Slowed) > 0 {
		t.Error("it was stored in spite of the lock")
	}
	if _, err := tx.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the database has it", func() bool { return len(w.status().Slowed) == 1 })
	if m := w.computer(testkit.NewKey(t), "127.0.0.3").join(n); m.Code != wire.CodeOK {
		t.Errorf("%+v", m)
	}
}

func TestParseSource(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "203.0.113.7/32": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7",
		"2001:db8::7": "2001:db8::/64", "2001:DB8:0:0:1::7": "2001:db8::/64", "2001:db8::/64": "2001:db8::/64", "fe80::1%eth0": "fe80::/64",
		"": "", "203.0.113.0/24": "", "2001:db8::/48": "", "relay.example": "", "203.0.113.7:2222": "", "\x1b[2J": "",
	} {
		got, err := ParseSource(in)
		if (err == nil) != (want != "") || err == nil && Address(got) != want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q", err)
		}
	}
}

// What is near a limit is named, so that the operator knows whom to ask for what.
func TestNearLimitsOfTheProcessInWords(t *testing.T) {
	for _, c := range []struct {
		files, memory *api.Usage
		want          string
	}{
		{nil, nil, ""},
		{&api.Usage{Have: 100}, &api.Usage{Have: 1 << 40}, ""},
		{&api.Usage{Have: 799, Most: 1000}, &api.Usage{Have: 79 << 20, Most: 100 << 20}, ""},
		{&api.Usage{Have: 800, Most: 1000}, &api.Usage{Have: 80 << 20, Most: 100 << 20},
			"the relay: 800 of 1000 open files, of which each connection is one; the relay: 80 of 100 MiB of memory"},
	} {
		if got := strings.Join(nearOf(api.Status{Files: c.files, Memory: c.memory}), "; "); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}

func TestNearLimitsInWords(t *testing.T) {
	for want, n := range map[string]store.Near{
		"alice: 8000 of 10000 open support sessions":                 {Owner: "alice", What: store.OpenSessions, Have: 8000, Most: 10000},
		"alice: 900 of 1000 scripts":                                 {Owner: "alice", What: store.Scripts, Have: 900, Most: 1000},
		"alice: 250 of 256 MiB for scripts and their older versions": {Owner: "alice", What: store.ScriptBytes, Have: 250<<20 + 5, Most: 256 << 20},
	} {
		if got := nearWords(n); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
