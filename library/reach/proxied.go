package reach

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
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
	c.own = header != nil && header.Command.IsLocal()
	if header != nil && header.Command.IsProxy() {
		if from, to, ok := header.TCPAddrs(); ok {
			c.remote, c.local = from, to
		}
	}
	rest, _ := r.Peek(r.Buffered())
	c.first = bytes.Clone(rest)
	return nil
}
