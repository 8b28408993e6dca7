package link

import (
	"net/url"
	"slices"

	"supportd/daemon/state"
	"supportd/library/reach"
)

// Remember prepares a dialer, before its first use, for a relay that was reached
// before: the way that worked goes first, and where the system names no proxy now, the
// one that it named then is used. What starts this program after a restart need not
// have the environment in which the customer started it.
func Remember(d *reach.Dialer, relay state.Relay) {
	d.SetLast(relay.Way)
	kept, err := url.Parse(relay.Proxy)
	if err != nil || kept.Host == "" || kept.User != nil || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, kept.Scheme) {
		return
	}
	now := d.Proxy
	d.Proxy = func(u *url.URL) (*url.URL, error) {
		if now != nil {
			if proxy, err := now(u); proxy != nil || err != nil {
				return proxy, err
			}
		}
		return kept, nil
	}
}

// keepWay keeps the way to the relay for the next start, unless it leads to an address that
// only the relay has told of: what stays behind of a support session has none of these.
func (l *Link) keepWay(relay state.Relay) {
	way, proxy := l.Dialer.Last(), l.Dialer.ProxyTo(relay.Addresses[0])
	if host, _ := hostOfWay(way); !relay.Has(host) {
		way = relay.Way
	}
	l.Session.Change(func(s *state.Saved) { s.Relay.Way, s.Relay.Proxy = way, proxy })
}
