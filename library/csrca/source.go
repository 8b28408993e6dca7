package csrca

import (
	"net"
	"net/netip"
	"strings"

	"golang.org/x/crypto/ssh"
)

// mayComeFrom reports whether an address is one for which a certificate is good: it is
// in the list of its critical option "source-address", addresses and networks separated
// by commas, or there is no such option. A list that cannot be read is good for nothing.
func mayComeFrom(cert *ssh.Certificate, from net.Addr) bool {
	list, limited := cert.CriticalOptions[sourceAddress]
	if !limited {
		return true
	}
	ip, known := addressOf(from)
	found := false
	for entry := range strings.SplitSeq(list, ",") {
		network, err := netip.ParsePrefix(entry)
		if err != nil {
			single, err := netip.ParseAddr(entry)
			if err != nil || single.Zone() != "" {
				return false
			}
			network = netip.PrefixFrom(single, single.BitLen())
		}
		if network != network.Masked() {
			return false // as OpenSSH: perhaps a slip, and a wider network than was meant
		}
		found = found || known && network.Contains(ip)
	}
	return found
}

// addressOf is the IP address of HOST or HOST:PORT.
func addressOf(from net.Addr) (ip netip.Addr, ok bool) {
	if from == nil {
		return ip, false
	}
	host := from.String()
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(host)
	return ip.Unmap().WithZone(""), err == nil
}
