package link

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"

	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/reach"
	"supportd/library/wire"
)

// linkAt is a link whose relay has these addresses.
func linkAt(t *testing.T, typed ...string) *Link {
	t.Helper()
	var saved state.Saved
	for _, s := range typed {
		a, err := reach.ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		saved.Relay.Addresses = append(saved.Relay.Addresses, a)
	}
	return New(Options{Session: state.NewSession(t.Context(), nil, saved, state.Computer{}, "test")})
}

// learns has a relay tell of its group on a connection by this way from this address.
func (l *Link) learns(way, from string, w wire.Welcome) state.Group {
	l.Dialer.SetLast(way)
	l.learn(w, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from)))
	return l.Session.Saved().Group
}

func (l *Link) allowed(host, ip string) bool {
	may := l.Dialer.Screen(host)
	return may == nil || may(netip.MustParseAddr(ip)) == nil
}

// The computers of a relay that died go to each of the others, those of a living one stay,
// and the one that has just refused comes last.
func TestM1_ComputersSpreadOverTheOthers(t *testing.T) {
	l := linkAt(t, "a.test", "https://a.test", "b.test")
	l.Session.Change(func(s *state.Saved) { s.Group.Relays = []string{"c.test", "d.test"} })
	first := func() map[string]int {
		seen := map[string]int{}
		for range 1000 {
			list := l.addresses()
			if len(list) != 5 {
				t.Fatalf("%v", list)
			}
			i := slices.IndexFunc(list, func(a reach.Address) bool { return a.Host == "a.test" })
			if list[i].Web || !list[i+1].Web || list[i+1].Host != "a.test" {
				t.Fatalf("the addresses of one host are in another order: %v", list)
			}
			seen[list[0].Host]++
			seen["last "+list[4].Host]++
		}
		return seen
	}
	for host, n := range first() {
		if n < 150 {
			t.Errorf("%s: %d of 1000", host, n)
		}
	}
	l.Dialer.SetLast("ssh d.test:443 by proxy")
	l.refused = reach.Address{Host: "b.test"}
	if seen := first(); seen["d.test"] != 1000 || seen["last b.test"] != 1000 {
		t.Errorf("%v", seen)
	}
	l.turnAway(l.addresses())
	if seen := first(); l.Dialer.Last() != "" || seen["last d.test"] != 1000 || seen["d.test"] != 0 {
		t.Errorf("%v", seen)
	}
	// Where there is no other one, the way that works is not forgotten.
	alone := linkAt(t, "a.test", "a.test:443")
	alone.Dialer.SetLast("wss a.test:443")
	alone.turnAway(alone.addresses())
	if alone.Dialer.Last() != "wss a.test:443" {
		t.Errorf("%q", alone.Dialer.Last())
	}
}

// Two ports of one host can be two relays: the one that has refused comes last of all, the
// other one before it, and after other hosts.
func TestM1_TwoRelaysOnOneHost(t *testing.T) {
	for way, want := range map[string]string{"ssh a.test:22": "a.test:23 a.test:22", "ssh a.test:23": "a.test:22 a.test:23"} {
		for _, typed := range [][]string{{"a.test:22", "a.test:23"}, {"a.test:22", "b.test", "a.test:23"}} {
			l := linkAt(t, typed...)
			l.Dialer.SetLast(way)
			l.turnAway(l.addresses())
			list := l.addresses()
			if len(typed) == 3 && list[0].Host != "b.test" || l.Dialer.Last() != "" {
				t.Errorf("%s: %v, %q is kept", way, list, l.Dialer.Last())
			}
			if list = list[len(list)-2:]; list[0].Host+":"+list[0].Port+" "+list[1].Host+":"+list[1].Port != want {
				t.Errorf("%s: %v, want %s", way, list, want)
			}
		}
	}
	// Where no port is named, or one for a WebSocket, it is the same relay.
	for _, typed := range [][]string{{"a.test", "a.test:22"}, {"a.test:22", "https://a.test"}} {
		l := linkAt(t, typed...)
		l.Dialer.SetLast("ssh a.test:22")
		if l.turnAway(l.addresses()); l.Dialer.Last() == "" {
			t.Errorf("%q: the way that works is forgotten", typed)
		}
	}
}

// A long list does not crowd out what the customer was given, nor the relay that answers.
func TestAnAttemptTriesFewOfALongList(t *testing.T) {
	l := linkAt(t, "a.test:22", "b.test:22")
	var many []string
	for c := 'a'; c < 'q'; c++ {
		many = append(many, "dead-"+string(c)+".test")
	}
	l.Session.Change(func(s *state.Saved) { s.Group.Relays = many })
	seen := map[string]bool{}
	for range 1000 {
		list := l.addresses()
		if len(list) != 2+mostTold {
			t.Fatalf("%v", list)
		}
		for _, a := range list {
			seen[a.Host] = true
		}
	}
	if len(seen) != 18 {
		t.Errorf("%d hosts are tried: %v", len(seen), seen)
	}
	l.Dialer.SetLast("ssh dead-q.test:22")
	l.Session.Change(func(s *state.Saved) { s.Group.Relays = append(many, "dead-q.test:22") })
	for range 100 {
		if list := l.addresses(); list[0].Host != "dead-q.test" {
			t.Fatalf("%v", list)
		}
	}
}

func TestWhatARelayMayTellOf(t *testing.T) {
	l := linkAt(t, "relay.test", "192.0.2.1:22")
	for s, want := range map[string]bool{
		"b.test": true, "B.test.:443": true, "b.xn--3e0b707e": true, "relay.test:443": true,
		"relay.test": false, "192.0.2.1:22": false, "192.0.2.1:23": false, "192.0.2.2": false, "[2001:db8::1]:22": false, "127.0.0.1": false, "127.1": false,
		"127.0.0.0x1": false, "0x7f000001": false, "2130706433": false, "localhost": false, "intranet": false, "intranet.": false, "b.test:0": false, "b.test:70000": false,
		"-oProxyCommand=x": false, "b..test": false, "https://b.test": true, "csr@b.test": false, "b.test/x": false, "b.test\n": true, "\x1b[2J.test": false, "": false, "_.b": true,
	} {
		l.Session.Change(func(s2 *state.Saved) { s2.Group.Relays = []string{s, s} })
		if list := told(l.Session.Saved()); len(list) > 1 || (len(list) == 1) != want {
			t.Errorf("%q: %v", s, list)
		}
	}
}

// Names that only the relay has told of lead where the internet leads, and into the kind of
// network in which the relay is that the customer was given.
func TestANameOfTheListLeadsToNoNetworkOfTheCustomers(t *testing.T) {
	inside := []string{"127.0.0.1", "::1", "10.0.0.1", "192.168.0.1", "fd00::1", "169.254.169.254", "fe80::1", "0.0.0.0", "::ffff:127.0.0.1", "224.0.0.1"}
	list := wire.Welcome{Generation: 1, Relays: []string{"b.test"}}
	l := linkAt(t, "relay.test")
	l.learns("ssh relay.test:2222", "192.0.2.7:2222", list)
	for _, ip := range inside {
		if l.allowed("b.test", ip) || !l.allowed("relay.test", ip) {
			t.Errorf("%s", ip)
		}
	}
	if err := l.screen("b.test")(netip.MustParseAddr("10.0.0.1")); !errors.Is(err, errInside) || !l.allowed("b.test", "192.0.2.8") {
		t.Error(err)
	}
	l.learns("ssh relay.test:2222", "10.0.0.7:2222", list)
	for _, ip := range inside {
		if want := ip == "10.0.0.1" || ip == "192.168.0.1" || ip == "fd00::1"; l.allowed("b.test", ip) != want {
			t.Errorf("beside a private relay %s: %v", ip, !want)
		}
	}
	// Neither a proxy's address nor that of a name of the list says where our relay is.
	l.learns("ssh relay.test:2222", "192.0.2.7:2222", list)
	l.learns("ssh relay.test:443 by proxy", "10.0.0.3:3128", list)
	l.learns("ssh b.test:2222", "10.0.0.3:2222", list)
	if l.allowed("b.test", "10.0.0.1") {
		t.Error("a private address is taken")
	}
}

// The newest list counts, beside the address by which we are here; the highest generation
// does, too.
func TestM6_WhatIsKeptOfAGroup(t *testing.T) {
	l := linkAt(t, "relay.test")
	got := l.learns("ssh relay.test:2222", "192.0.2.7:2222", wire.Welcome{Generation: 5, Relays: []string{"b.test:443", "c.test"}})
	if got.Generation != 5 || !slices.Equal(got.Relays, []string{"b.test:443", "c.test"}) {
		t.Errorf("%+v", got)
	}
	for range 3 { // it does not grow
		got = l.learns("wss b.test:443", "192.0.2.8:443", wire.Welcome{Generation: 6, Relays: []string{"d.test"}})
	}
	if got.Generation != 6 || !slices.Equal(got.Relays, []string{"d.test", "b.test:443"}) {
		t.Errorf("%+v", got)
	}
	got = l.learns("ssh relay.test:2222", "192.0.2.7:2222", wire.Welcome{})
	if got.Generation != 6 || len(got.Relays) != 0 {
		t.Errorf("%+v", got)
	}
	for told, ok := range map[uint64]bool{0: true, 5: false, 6: true, 7: true, 1<<64 - 1: true} {
		if err := l.checkGeneration(told); (err == nil) != ok {
			t.Errorf("%d: %v", told, err)
		}
	}
}

// Where the customer's own addresses lead is what they are warned of.
func TestAWrongListIsNobodyInBetween(t *testing.T) {
	relay := linkAt(t, "relay.test").Session.Saved().Relay
	attempt := func(way string, err error) reach.Attempt { return reach.Attempt{Way: way, Err: err} }
	other := &otherKey{"SHA256:c"}
	for name, c := range map[string]struct {
		attempts []reach.Attempt
		want     notice.Problem
	}{
		"the list":   {[]reach.Attempt{attempt("ssh relay.test:22", net.ErrClosed), attempt("ssh b.test:22", other)}, notice.ProblemBroken},
		"both":       {[]reach.Attempt{attempt("ssh b.test:22", other), attempt("ssh relay.test:22", other)}, notice.ProblemHostKey},
		"the relay":  {[]reach.Attempt{attempt("ssh relay.test:22", other), attempt("ssh b.test:22", net.ErrClosed)}, notice.ProblemHostKey},
		"both, late": {[]reach.Attempt{attempt("ssh relay.test:22", other), attempt("ssh b.test:22", other)}, notice.ProblemHostKey},
	} {
		var e *RelayError
		err := relayError(&reach.Error{Kind: reach.KindHostKey, Err: other, Attempts: c.attempts}, relay)
		if !errors.As(err, &e) || e.Problem != c.want || (e.Key != "") != (c.want == notice.ProblemHostKey) {
			t.Errorf("%s: %+v", name, err)
		}
	}
}
