package reach

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// lookTime is how long a name server is asked about a host to which a proxy leads.
const lookTime = time.Second

// shared are the addresses behind a provider's own network (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// Inside says in what kind of network an IP address lies to which no way leads from the
// internet; "" is in none.
func Inside(ip netip.Addr) string {
	ip = ip.Unmap()
	switch {
	case ip.IsLoopback(), ip.IsUnspecified(): // which systems take for themselves
		return "loopback"
	case ip.IsLinkLocalUnicast():
		return "link-local"
	case ip.IsPrivate(), shared.Contains(ip):
		return "private"
	case !ip.IsGlobalUnicast():
		return "none"
	}
	return ""
}

// screen is [Dialer.Screen] of a host.
func (d *Dialer) screen(host string) func(netip.Addr) error {
	if d.Screen == nil {
		return nil
	}
	return d.Screen(host)
}

// screened has may asked before each connection, when a name has been looked up.
func screened(may func(netip.Addr) error) *net.Dialer {
	if may == nil {
		return new(net.Dialer)
	}
	return &net.Dialer{Control: func(_, addr string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(addr)
		if err != nil {
			return err
		}
		return may(to.Addr())
	}}
}

// screenProxied asks about a host to which a proxy leads: it may be the same one as from
// here. Where this computer does not know the name, the proxy decides.
func (d *Dialer) screenProxied(ctx context.Context, host string) (err error) {
	may, lookup := d.screen(host), d.lookup
	if lookup == nil && d.Net == nil {
		lookup = net.DefaultResolver.LookupIPAddr
	}
	if may == nil || lookup == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	found, _ := lookup(ctx, host)
	for _, at := range found {
		ip, _ := netip.AddrFromSlice(at.IP)
		if no := may(ip); no != nil {
			err = no
		}
	}
	return err
}
