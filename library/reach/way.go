package reach

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"supportd/library/wire"
)

const (
	httpsPort = "443"
	// connectTime is enough for a TCP connection whose first two packets got lost.
	connectTime = 4 * time.Second
)

// way is one way to a relay.
type way struct {
	host, port string
	web        bool     // a WebSocket inside TLS
	proxy      *url.URL // nil: direct
	broken     error    // why it is not known which proxy; proxy has no host then
}

// String is the way for [Dialer.Last] and [Attempt]: without the proxy's name,
// which the system may change, and without its password.
func (w way) String() string {
	s := "ssh " + net.JoinHostPort(w.host, w.port)
	if w.web {
		s = "wss " + net.JoinHostPort(w.host, w.port)
	}
	if w.proxy != nil {
		s += byProxy
	}
	return s
}

// byProxy ends the text of a way by a proxy.
const byProxy = " by proxy"

// ShowWay is what [Dialer.Last] says of a way as people write addresses: HOST:PORT, or
// https://HOST:PORT for a WebSocket, and whether a proxy leads there.
func ShowWay(last string) (address string, proxy bool) {
	address, proxy = strings.CutSuffix(last, byProxy)
	if web, ok := strings.CutPrefix(address, "wss "); ok {
		return "https://" + web, proxy
	}
	return strings.TrimPrefix(address, "ssh "), proxy
}

// tried names the way's port as [Error.Tried] does.
func (w way) tried() string {
	switch {
	case !w.web:
		return w.port
	case w.port == httpsPort:
		return "https"
	}
	return "https:" + w.port
}

// waysTo are the ways to one address in the order in which they are tried: the
// cheapest first, direct ones before those by a proxy, and what a proxy refuses
// most often last.
func waysTo(a Address, proxyFor func(host, port string) (*url.URL, error)) []way {
	var direct, proxied []way
	switch {
	case a.Web:
		direct = []way{{host: a.Host, port: orElse(a.Port, httpsPort), web: true}}
		proxied = direct
	case a.Port != "":
		direct = []way{{host: a.Host, port: a.Port}}
		proxied = direct
	default:
		first := way{host: a.Host, port: wire.DefaultPort}
		second := way{host: a.Host, port: httpsPort}
		web := way{host: a.Host, port: httpsPort, web: true}
		direct = []way{first, second, web}
		proxied = []way{second, web, first}
	}
	ways := slices.Clone(direct)
	for _, w := range proxied {
		if w.proxy, w.broken = proxyFor(w.host, w.port); w.broken != nil {
			w.proxy = &url.URL{} // a way that fails at once, and is told of where the others fail too
		}
		if w.proxy != nil {
			ways = append(ways, w)
		}
	}
	return ways
}

// ways are all ways to the addresses, each once: the first way to each address,
// then the second to each, and so on, but before all others the one that worked
// last. remembered reports whether that one is among them.
func (d *Dialer) ways(to []Address) (all []way, remembered bool) {
	var lists [][]way
	longest := 0
	for _, a := range to {
		lists = append(lists, waysTo(a, d.proxyFor))
		longest = max(longest, len(lists[len(lists)-1]))
	}
	known := map[string]bool{}
	for i := range longest {
		for _, l := range lists {
			if i < len(l) && !known[l[i].String()] {
				known[l[i].String()] = true
				all = append(all, l[i])
			}
		}
	}
	last := d.Last()
	if i := slices.IndexFunc(all, func(w way) bool { return w.String() == last }); i >= 0 {
		w := all[i]
		return slices.Insert(slices.Delete(all, i, i+1), 0, w), true
	}
	return all, false
}

// proxyFor is the proxy that leads to a host, nil for none.
func (d *Dialer) proxyFor(host, port string) (*url.URL, error) {
	if d.Proxy == nil {
		return nil, nil
	}
	u := &url.URL{Scheme: "https", Host: net.JoinHostPort(host, port)}
	if port == httpsPort {
		u.Host = hostInURL(host)
	}
	proxy, err := d.Proxy(u)
	if err != nil {
		// The error may hold the setting, and the setting a password.
		d.logger().Warn("the setting of the proxy is not understood", "host", host)
		var known *SettingError
		if !errors.As(err, &known) {
			known = &SettingError{}
		}
		return nil, known
	}
	return proxy, nil
}

// ProxyTo is the proxy by which the dialer reaches an address, as a URL without user and
// password; "" for none.
func (d *Dialer) ProxyTo(a Address) string {
	proxy, err := d.proxyFor(a.Host, orElse(a.Port, httpsPort))
	if err != nil || proxy == nil {
		return ""
	}
	return (&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String()
}

func hostInURL(host string) string {
	return Address{Host: host}.String()
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// line is a connection over some layers. Close closes the lowest layer first,
// because the others would take leave of a peer that may not read.
type line struct {
	net.Conn
	raw net.Conn
}

// Close ends the connection at once.
func (l *line) Close() error {
	err := l.raw.Close()
	if l.Conn != l.raw {
		l.Conn.Close()
	}
	return err
}

// open makes the connection up to where SSH begins. It ends with ctx.
func (d *Dialer) open(ctx context.Context, w way) (*line, error) {
	l, err := d.openTCP(ctx, w)
	if err != nil {
		return nil, err
	}
	if !w.web {
		return l, nil
	}
	stop := context.AfterFunc(ctx, func() { l.raw.Close() })
	defer stop()
	nc, err := d.webSocket(ctx, l, w)
	if err != nil {
		l.Close()
		return nil, err
	}
	return &line{nc, l.raw}, nil
}

// openTCP makes the connection to the way's host and port.
func (d *Dialer) openTCP(ctx context.Context, w way) (*line, error) {
	if w.broken != nil {
		return nil, w.broken
	}
	if w.proxy != nil {
		if err := d.screenProxied(ctx, w.host); err != nil {
			return nil, err
		}
		return d.openByProxy(ctx, w.proxy, net.JoinHostPort(w.host, w.port))
	}
	nc, err := d.dial(ctx, net.JoinHostPort(w.host, w.port), d.screen(w.host))
	if err != nil {
		return nil, err
	}
	return &line{nc, nc}, nil
}

// dial makes a TCP connection within [connectTime], where may allows the IP address.
func (d *Dialer) dial(ctx context.Context, addr string, may func(netip.Addr) error) (net.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, connectTime, errNoAnswer)
	defer cancel()
	dial := d.Net
	if dial == nil {
		dial = screened(may).DialContext
	}
	nc, err := dial(ctx, "tcp", addr)
	var lookup *net.DNSError
	if err != nil && ctx.Err() != nil && !errors.As(err, &lookup) { // a name server that does not answer is another cause
		return nil, context.Cause(ctx)
	}
	return nc, err
}
