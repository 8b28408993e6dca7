package reach

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/pires/go-proxyproto"

	"supportd/library/inbound"
)

// Proxies are the networks of the proxies that are believed when they say whose
// connection they bring. The zero value believes nobody. A proxy that is named
// here has to tell the source of everything it passes on; where it only passes
// bytes on, its clients could tell one of their choice.
type Proxies []netip.Prefix

var errEverybody = errors.New("that would believe everybody")

// ParseProxies reads addresses and networks such as 192.0.2.1 and 2001:db8::/32.
func ParseProxies(texts []string) (Proxies, error) {
	var p Proxies
	for _, text := range texts {
		net, err := netip.ParsePrefix(text)
		if ip, single := netip.ParseAddr(text); single == nil && ip.Zone() == "" {
			net, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("%q is no address or network such as 192.0.2.1 or 2001:db8::/32", text)
		case net.Bits() == 0:
			return nil, fmt.Errorf("%q: %w", text, errEverybody)
		case net.Addr().Is4In6():
			return nil, fmt.Errorf("%q: write it as an IPv4 address", text)
		}
		p = append(p, net.Masked())
	}
	return p, nil
}

// Trust reports whether the peer at addr is one of the proxies.
func (p Proxies) Trust(addr net.Addr) bool {
	return len(p) > 0 && p.trust(inbound.Address(addr))
}

func (p Proxies) trust(ip netip.Addr) bool {
	for _, net := range p {
		if net.Contains(ip) {
			return true
		}
	}
	return false
}

// errGone is a connection that ended before it said anything, as a proxy makes to see
// whether somebody listens.
var errGone = errors.New("the connection has ended")

// maxProxyHeader is enough for both versions of the PROXY protocol with what
// proxies add: 107 bytes, and 16 with addresses and a certificate's name.
const maxProxyHeader = 2048

// readProxyHeader reads a header of the PROXY protocol where there is one; what came
// with it stays to be read. A connection that the proxy made for itself, as for a
// health check, keeps the proxy's address.
func (c *begun) readProxyHeader(began time.Time) error {
	_ = c.SetReadDeadline(began.Add(silence))
	r := bufio.NewReaderSize(c.Conn, maxProxyHeader)
	if _, err := r.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil // SSH that waits for our line, and no header
	} else if err != nil {
		return errGone
	}
	_ = c.SetReadDeadline(began.Add(tellTime))
	header, err := proxyproto.Read(r)
	if err != nil && !errors.Is(err, proxyproto.ErrNoProxyProtocol) {
		return err
	}
	if header != nil && header.Command.IsProxy() {
		if from, to, ok := header.TCPAddrs(); ok {
			c.remote, c.local = from, to
		}
	}
	rest, _ := r.Peek(r.Buffered())
	c.first = bytes.Clone(rest)
	return nil
}

// ErrForwarded is a request whose headers Forwarded and X-Forwarded-For name two
// different sources: one of them is the client's own invention.
var ErrForwarded = errors.New("the headers Forwarded and X-Forwarded-For do not agree")

// Source is whose request this is: the peer's, or, where the peer is one of the
// proxies, the last address in Forwarded (RFC 7239) or X-Forwarded-For that is none
// of them. What stands further left was told by somebody who is not believed. Where
// nothing usable stands there, it is the last proxy itself.
func (p Proxies) Source(peer net.Addr, h nethttp.Header) (net.Addr, error) {
	if !p.Trust(peer) {
		return peer, nil
	}
	forwarded, list := h.Values("Forwarded"), h.Values("X-Forwarded-For")
	a := p.last(inbound.Address(peer), forwardedFor(forwarded))
	b := p.last(inbound.Address(peer), strings.Split(strings.Join(list, ","), ","))
	switch {
	case len(forwarded) > 0 && len(list) > 0 && a != b:
		return nil, ErrForwarded
	case len(forwarded) == 0:
		a = b
	}
	if a == inbound.Address(peer) {
		return peer, nil
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)), nil
}

// last goes through the hops from the nearest one to the first that is not trusted.
func (p Proxies) last(peer netip.Addr, hops []string) netip.Addr {
	for i := len(hops) - 1; i >= 0 && p.trust(peer); i-- {
		next, ok := hop(hops[i])
		if !ok {
			return peer
		}
		peer = next
	}
	return peer
}

// hop reads an address with or without a port: 192.0.2.1, 192.0.2.1:4711,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711.
func hop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	ip, err := netip.ParseAddr(text)
	return ip.Unmap().WithZone(""), err == nil
}

// forwardedFor lists the "for" of each element of Forwarded; "" where it has none.
func forwardedFor(values []string) []string {
	var hops []string
	for _, element := range splitQuoted(strings.Join(values, ","), ',') {
		from := ""
		for _, pair := range splitQuoted(element, ';') {
			name, value, _ := strings.Cut(pair, "=")
			if strings.EqualFold(strings.TrimSpace(name), "for") {
				from = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
		hops = append(hops, from)
	}
	return hops
}

// splitQuoted splits at sep outside of quotes (RFC 9110 section 5.6.4).
func splitQuoted(s string, sep byte) (parts []string) {
	from, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}
