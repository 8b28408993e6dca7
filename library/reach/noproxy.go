package reach

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// needsNoProxy reports whether NO_PROXY, or that it is an address of this computer
// itself, says that a URL is reached without a proxy. NO_PROXY has what curl, Go and
// others document, separated by commas: an address, a network (10.0.0.0/8), a name,
// which stands for all below it too, a name that begins with a dot or *., which
// stands for those below it alone, or * for everything. Names and addresses may end
// in a port. A test compares it with golang.org/x/net/http/httpproxy, which would
// bring tables that the program has already, see asciiHost.
func needsNoProxy(except string, u *url.URL) bool {
	host, port := u.Hostname(), orElse(u.Port(), httpsPort)
	if ascii, err := asciiHost(host); err == nil {
		host = ascii
	}
	ip, err := netip.ParseAddr(host)
	isIP := err == nil
	if host == "localhost" || isIP && ip.Unmap().IsLoopback() {
		return true
	}
	host = strings.ToLower(strings.TrimSpace(host))
	for entry := range strings.SplitSeq(except, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "*" {
			return true
		}
		if _, network, err := net.ParseCIDR(entry); err == nil {
			if isIP && network.Contains(ip.AsSlice()) {
				return true
			}
			continue
		}
		name, only, err := net.SplitHostPort(entry)
		if err != nil {
			name, only = entry, ""
		}
		if only != "" && only != port || name == "" {
			continue
		}
		if want := net.ParseIP(name); want != nil {
			if isIP && want.Equal(ip.AsSlice()) {
				return true
			}
			continue
		}
		if !isIP && namesHost(name, host) {
			return true
		}
	}
	return false
}

// namesHost reports whether a name of NO_PROXY stands for a host.
func namesHost(name, host string) bool {
	if strings.HasPrefix(name, "*.") {
		name = name[1:]
	}
	itself := name[0] != '.'
	if itself {
		name = "." + name
	}
	if ascii, err := asciiHost(name); err == nil {
		name = ascii
	}
	return strings.HasSuffix(host, name) || itself && host == name[1:]
}
