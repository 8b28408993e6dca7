package link

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"

	"supportd/daemon/state"
	"supportd/library/reach"
	"supportd/library/wire"
)

// mostTold bounds the addresses of the relay's list that one attempt tries, so that a list
// of dead ones, or of a relay that lies, holds nobody up for long.
const mostTold = 3

// errInside is why a name of the relay's list is not dialed.
var errInside = errors.New("the relay's list leads into a network of this computer's own")

// checkGeneration refuses a relay that holds the support session by an older lease than one
// before it did: another relay has taken it over since. An equal one is the same relay,
// which a lost connection does not cost its lease; 0 comes from relays that do not count.
func (l *Link) checkGeneration(told uint64) error {
	if known := l.Session.Saved().Group.Generation; told != 0 && told < known {
		return busy(l.relay, fmt.Sprintf("its lease of the support session is number %d, and another relay has had number %d", told, known))
	}
	return nil
}

// learn keeps what a welcome tells of the relay's group.
func (l *Link) learn(w wire.Welcome, from net.Addr) {
	host, proxied := hostOfWay(l.Dialer.Last())
	l.Session.Change(func(s *state.Saved) {
		earlier := s.Group
		s.Group = state.Group{Generation: max(w.Generation, earlier.Generation), Relays: w.Relays, Inside: earlier.Inside}
		if !s.Relay.Has(host) { // the relay tells of the others; this one has to stay known
			i := slices.IndexFunc(earlier.Relays, func(a string) bool { return hostOf(a) == host })
			if i >= 0 {
				s.Group.Relays = append(slices.Clone(w.Relays), earlier.Relays[i])
			}
		} else if at, err := netip.ParseAddrPort(from.String()); err == nil && !proxied {
			s.Group.Inside = reach.Inside(at.Addr())
		}
	})
}

// hostOf is the host of an address, "" of what is none.
func hostOf(address string) string {
	a, _ := reach.ParseAddress(address)
	return a.Host
}

// hostOfWay is the host to which a way leads, and whether by a proxy.
func hostOfWay(way string) (host string, proxied bool) {
	address, proxied := reach.ShowWay(way)
	return hostOf(address), proxied
}

// addresses are those that the next attempt tries, in this order: that which worked last,
// the others at random, so that the computers of a relay that died spread over the others,
// and at the end the one that has just refused us.
func (l *Link) addresses() []reach.Address {
	saved := l.Session.Saved()
	last, _ := hostOfWay(l.Dialer.Last())
	few := inOrder(told(saved), last, l.refused)
	few = few[:min(len(few), mostTold)]
	return inOrder(append(few, saved.Relay.Addresses...), last, l.refused)
}

// Addresses are those that a next attempt would try, once Run has ended: of its group, the
// relay that answered last may be the only one left.
func (l *Link) Addresses() []reach.Address { return l.addresses() }

// inOrder sorts addresses by host; those of one host stay as they are, but for the one that
// has refused us: another port of a host may be another relay's.
func inOrder(list []reach.Address, first string, refused reach.Address) []reach.Address {
	rank := map[string]int64{}
	for _, a := range list {
		rank[a.Host] = 1 + rand.Int64N(math.MaxInt64-2)
	}
	rank[first], rank[refused.Host] = 0, math.MaxInt64-1
	of := func(a reach.Address) int64 {
		if a == refused {
			return math.MaxInt64
		}
		return rank[a.Host]
	}
	for i := range list { // they are few, and the library's sort is 5 kB of this program
		for ; i > 0 && of(list[i]) < of(list[i-1]); i-- {
			list[i], list[i-1] = list[i-1], list[i]
		}
	}
	return list
}

// told are the addresses that the relay has told of and that may be tried: names, whole
// ones, in the form that the internet has for them.
func told(saved state.Saved) (list []reach.Address) {
	for _, s := range saved.Group.Relays {
		a, err := reach.ParseAddress(s)
		_, name := netip.ParseAddr(a.Host)
		top := a.Host[strings.LastIndexByte(a.Host, '.')+1:]
		if err != nil || name == nil || top == a.Host || top[0] < 'a' || slices.Contains(saved.Relay.Addresses, a) || slices.Contains(list, a) {
			continue
		}
		list = append(list, a)
	}
	return list
}

// screen is [reach.Dialer.Screen]: a name that only the relay has told of leads to no
// network of this computer's own, unless the relay that the customer was given is in such a
// one, too.
func (l *Link) screen(host string) func(netip.Addr) error {
	saved := l.Session.Saved()
	if saved.Relay.Has(host) {
		return nil
	}
	return func(ip netip.Addr) error {
		if in := reach.Inside(ip); in != "" && in != saved.Group.Inside {
			return fmt.Errorf("%w: %s", errInside, ip)
		}
		return nil
	}
}

// turnAway has the next attempt try another relay first: the one of this attempt has
// refused us. That is another host, or another port of the same one where both are named.
func (l *Link) turnAway(tried []reach.Address) {
	way, _ := reach.ShowWay(l.Dialer.Last())
	l.refused, _ = reach.ParseAddress(way)
	named := !l.refused.Web && slices.Contains(tried, l.refused)
	if slices.ContainsFunc(tried, func(a reach.Address) bool {
		return a.Host != l.refused.Host || named && !a.Web && a.Port != "" && a.Port != l.refused.Port
	}) {
		l.Dialer.SetLast("")
	}
}
