package reach

import (
	"errors"
	"net"
	nethttp "net/http"
	"net/netip"
	"slices"
	"strings"

	"supportd/library/inbound"
)

// ErrForwarded is a request whose headers Forwarded and X-Forwarded-For leave open
// whose it is: one of them cannot be read as its standard says, or they name two
// different sources. Part of it is then the client's own invention.
var ErrForwarded = errors.New("the headers Forwarded and X-Forwarded-For do not say whose request it is")

// Source is whose request this is: the peer's, or, where the peer is one of the
// proxies, the last address in Forwarded (RFC 7239) or X-Forwarded-For that is none
// of them. What stands further left was told by somebody who is not believed, and can
// change nothing of what stands right of it. told is false where a proxy does not say
// whose request it brings (no header, or "unknown"): from is that proxy then.
func (p Proxies) Source(peer net.Addr, h nethttp.Header) (from net.Addr, told bool, err error) {
	if !p.Trust(peer) {
		return peer, true, nil
	}
	forwarded, err := forwardedFor(h.Values("Forwarded"))
	if err != nil {
		return nil, false, err
	}
	list, err := listedFor(h.Values("X-Forwarded-For"))
	if err != nil {
		return nil, false, err
	}
	a, aTold, err := p.last(inbound.Address(peer), forwarded)
	if err != nil {
		return nil, false, err
	}
	b, bTold, err := p.last(inbound.Address(peer), list)
	switch {
	case err != nil:
		return nil, false, err
	case len(forwarded) > 0 && len(list) > 0 && a != b:
		return nil, false, ErrForwarded
	case len(forwarded) == 0:
		a, aTold = b, bTold
	}
	if a == inbound.Address(peer) {
		return peer, aTold, nil
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)), aTold, nil
}

// last goes through the hops from the nearest one to the first that is not trusted.
func (p Proxies) last(peer netip.Addr, hops []string) (from netip.Addr, told bool, err error) {
	for i := len(hops) - 1; i >= 0 && p.trust(peer); i-- {
		next, ok := hop(hops[i])
		switch {
		case ok:
			peer = next
		case hops[i] == noFor, strings.EqualFold(hops[i], "unknown"), strings.HasPrefix(hops[i], "_"): // RFC 7239 section 6
			return peer, false, nil
		default:
			return peer, false, ErrForwarded
		}
	}
	return peer, len(hops) > 0, nil
}

// hop reads an address with or without a port: 192.0.2.1, 192.0.2.1:4711,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711.
func hop(text string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if text, ok = strings.CutSuffix(inner, "]"); !ok || !strings.Contains(text, ":") {
			return netip.Addr{}, false
		}
	}
	ip, err := netip.ParseAddr(text)
	return ip.Unmap().WithZone(""), err == nil
}

// listedFor lists the entries of X-Forwarded-For. An empty one is an error: a proxy
// may have meant to add an address there, and what stands before it is the client's.
func listedFor(lines []string) (hops []string, err error) {
	if allBlank(lines) {
		return nil, nil
	}
	for entry := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		entry = strings.Trim(entry, blank)
		if entry == "" {
			return nil, ErrForwarded
		}
		hops = append(hops, entry)
	}
	return hops, nil
}

// noFor is an element of Forwarded without a "for".
const noFor = "-"

// forwardedFor lists the "for" of each element of Forwarded. Each line is read by
// itself and has to be right as a whole: an open quote of the client would swallow
// what the proxy has added.
func forwardedFor(lines []string) (hops []string, err error) {
	if allBlank(lines) {
		return nil, nil
	}
	for _, line := range lines {
		for more := true; more; {
			var from string
			if from, line, more, err = forwardedElement(line); err != nil {
				return nil, err
			}
			hops = append(hops, from)
		}
	}
	return hops, nil
}

// forwardedElement reads the first element of a line, and reports whether more follow
// in rest: pairs NAME=VALUE with semicolons between them, of which one at most is
// "for" (RFC 7239 section 4).
func forwardedElement(line string) (from, rest string, more bool, err error) {
	from, rest = noFor, line
	var seen []string
	for {
		name, value, after, ok := forwardedPair(rest)
		name = strings.ToLower(name)
		if !ok || slices.Contains(seen, name) {
			return "", "", false, ErrForwarded
		}
		seen = append(seen, name)
		if name == "for" {
			from = value
		}
		switch after = strings.TrimLeft(after, blank); {
		case after == "":
			return from, "", false, nil
		case after[0] == ',':
			return from, after[1:], true, nil
		case after[0] != ';':
			return "", "", false, ErrForwarded
		default:
			rest = after[1:]
		}
	}
}

// forwardedPair reads NAME=VALUE; the value is not empty.
func forwardedPair(s string) (name, value, rest string, ok bool) {
	name, s = token(strings.TrimLeft(s, blank), "")
	after, has := strings.CutPrefix(s, "=")
	if name == "" || !has {
		return "", "", "", false
	}
	if strings.HasPrefix(after, `"`) {
		value, rest, ok = quotedString(after[1:])
	} else {
		value, rest = token(after, "[]:") // proxies forget the quotes around addresses
		ok = true
	}
	return name, value, rest, ok && value != ""
}

// quotedString reads up to the closing quote (RFC 9110 section 5.6.4).
func quotedString(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			return b.String(), s[i+1:], true
		}
		if c == '\\' {
			if i++; i == len(s) {
				break
			}
			c = s[i]
		}
		if c < ' ' && c != '\t' || c == 0x7f {
			break
		}
		b.WriteByte(c)
	}
	return "", "", false
}

// token reads a token (RFC 9110 section 5.6.2) in which also may stand.
func token(s, also string) (value, rest string) {
	i := 0
	for i < len(s) && (isAlphanumeric(s[i]) || strings.IndexByte("!#$%&'*+-.^_`|~"+also, s[i]) >= 0) {
		i++
	}
	return s[:i], s[i:]
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// blank is what may stand around the parts of a header's list.
const blank = " \t"

func allBlank(lines []string) bool {
	return strings.Trim(strings.Join(lines, ""), blank) == ""
}
