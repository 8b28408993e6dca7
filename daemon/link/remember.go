package link

import (
	"net"
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

// proxyTo is the proxy that a dialer uses for a relay, without user and password, which
// are kept nowhere; "" for none.
func proxyTo(d *reach.Dialer, relay state.Relay) string {
	if d.Proxy == nil || len(relay.Addresses) == 0 {
		return ""
	}
	u := &url.URL{Scheme: "https", Host: reach.Address{Host: relay.Addresses[0].Host}.String()}
	if port := relay.Addresses[0].Port; port != "" {
		u.Host = net.JoinHostPort(relay.Addresses[0].Host, port)
	}
	proxy, err := d.Proxy(u)
	if err != nil || proxy == nil {
		return ""
	}
	return (&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String()
}
