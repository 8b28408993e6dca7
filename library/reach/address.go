package reach

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"supportd/library/text"
)

// Address is one address of a relay as people write it:
//
//	HOST                 every way
//	HOST:PORT            SSH on that port only
//	https://HOST[:PORT]  a WebSocket at /ssh only
//
// HOST is a name or an IP address; an IPv6 address stands in brackets. Addresses
// are comparable: two that mean the same are equal.
type Address struct {
	Host string // a name in ASCII and lower case, or an IP address without brackets
	Port string // "" for every way, or where Web is true for 443
	Web  bool   // a WebSocket only
}

// AddressProblem is what is wrong with an address.
type AddressProblem int

// The problems of addresses.
const (
	AddressEmpty    AddressProblem = iota // there is nothing
	AddressScheme                         // it begins with another scheme than https://
	AddressUser                           // it names a user
	AddressPath                           // it has a path other than /ssh, a query or a fragment
	AddressHost                           // the host can be neither a name nor an IP address
	AddressPort                           // the port is no number from 1 to 65535
	AddressBrackets                       // an IPv6 address without brackets, or brackets around something else
)

// AddressError is an address that cannot be understood.
type AddressError struct {
	Address string // as it was written: foreign text
	Problem AddressProblem
}

// Error says what is wrong and what would be right; it is harmless to show.
func (e *AddressError) Error() string {
	if e.Problem == AddressEmpty {
		return "the address of the relay is empty: write HOST, HOST:PORT or https://HOST"
	}
	why := map[AddressProblem]string{
		AddressScheme:   "only https:// may stand in front of the host",
		AddressUser:     "the address names a user",
		AddressPath:     "no path other than /ssh may follow the host",
		AddressHost:     "the host is neither a name nor an IP address",
		AddressPort:     "the port is not a number from 1 to 65535",
		AddressBrackets: "an IPv6 address, and only that, stands in brackets: [2001:db8::1]",
	}[e.Problem]
	return fmt.Sprintf("%q is not an address of a relay: %s", text.Plain(e.Address, maxShown), why)
}

const (
	// maxShown bounds foreign text that we show, in runes.
	maxShown = 80
	// maxName is RFC 1035 section 2.3.4's limit, without the last dot.
	maxName, maxLabel = 253, 63
)

// ParseAddress reads an address. Space around it, a slash at its end, capital
// letters, a dot at the end of a name and names beyond ASCII (RFC 5891) are
// understood. The error is an [*AddressError].
func ParseAddress(s string) (Address, error) {
	a, problem, ok := parseAddress(strings.TrimSpace(s))
	if !ok {
		return Address{}, &AddressError{Address: s, Problem: problem}
	}
	return a, nil
}

func parseAddress(s string) (a Address, problem AddressProblem, ok bool) {
	if s == "" {
		return a, AddressEmpty, false
	}
	if scheme, rest, has := strings.Cut(s, "://"); has {
		if !strings.EqualFold(scheme, "https") {
			return a, AddressScheme, false
		}
		a.Web, s = true, rest
	}
	if i := strings.IndexAny(s, "/?#\\"); i >= 0 {
		if path := strings.TrimSuffix(s[i:], "/"); path != "" && (path != "/ssh" || !a.Web) {
			return a, AddressPath, false
		}
		s = s[:i]
	}
	if strings.Contains(s, "@") {
		return a, AddressUser, false
	}
	host, port, hasPort, problem, ok := splitPort(s)
	if !ok {
		return a, problem, false
	}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return a, AddressPort, false
		}
		a.Port = strconv.FormatUint(n, 10)
	}
	if a.Web && a.Port == "443" {
		a.Port = ""
	}
	if a.Host, ok = canonicalHost(host, !a.Web && hasPort); !ok {
		return a, AddressHost, false
	}
	return a, 0, true
}

// splitPort takes HOST[:PORT] or [IPv6][:PORT] apart.
func splitPort(s string) (host, port string, hasPort bool, problem AddressProblem, ok bool) {
	if inner, found := strings.CutPrefix(s, "["); found {
		host, rest, closed := strings.Cut(inner, "]")
		if _, err := netip.ParseAddr(host); !closed || err != nil || !strings.Contains(host, ":") {
			return "", "", false, AddressBrackets, false
		}
		port, hasPort = strings.CutPrefix(rest, ":")
		if rest != "" && !hasPort {
			return "", "", false, AddressPort, false
		}
		return host, port, hasPort, 0, true
	}
	if strings.Count(s, ":") > 1 || strings.Contains(s, "]") {
		return "", "", false, AddressBrackets, false
	}
	host, port, hasPort = strings.Cut(s, ":")
	return host, port, hasPort, 0, true
}

// canonicalHost makes of a host the one form that is kept. A zone (RFC 4007) is a
// matter of this computer's own networks, so TLS has no names for it.
func canonicalHost(host string, zone bool) (string, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		ok := ip.Zone() == "" || zone && plainName(ip.Zone(), maxLabel)
		return ip.String(), ok
	}
	if !utf8.ValidString(host) {
		return "", false
	}
	if !isASCII(host) {
		var err error
		if host, err = asciiHost(host); err != nil {
			return "", false
		}
		if ip, err := netip.ParseAddr(host); err == nil { // digits of another script
			return ip.String(), true
		}
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !plainName(host, maxName) {
		return "", false
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" || len(l) > maxLabel || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return "", false
		}
	}
	// A last label of digits alone is an IP address that is none, or a session number.
	return host, strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// plainName reports whether s is 1 to most letters, digits, dots, dashes and
// underscores of ASCII.
func plainName(s string, most int) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
	return s != "" && len(s) <= most && strings.Trim(s, allowed) == ""
}

// String is the address in the form that [ParseAddress] reads back to the same.
func (a Address) String() string {
	s := a.Host
	if strings.Contains(s, ":") {
		s = "[" + s + "]"
	}
	if a.Port != "" {
		s = net.JoinHostPort(a.Host, a.Port)
	}
	if a.Web {
		return "https://" + s
	}
	return s
}
