package main

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"supportd/daemon/state"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
)

// apart takes a line apart into what stands between spaces and commas.
func apart(typed string) []string {
	return strings.FieldsFunc(plainTyped(typed), func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' })
}

// addresses reads the addresses of a relay as people type them: one or several, in
// the order in which they are preferred.
func addresses(typed ...string) (list []reach.Address, m *mistake) {
	words := apart(strings.Join(typed, " "))
	if len(words) == 0 {
		return nil, wrong(addressEmpty)
	}
	for i, word := range words {
		a, m := address(word)
		if _, err := strconv.ParseUint(word, 10, 16); m != nil && err == nil && i > 0 {
			m = meant(wrong(addressSign, strconv.QuoteRune(' ')), words[i-1]+":"+word)
		}
		if m != nil {
			return nil, m
		}
		if !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list, nil
}

// twoWords is the mistake of a space for a dot: each of two words could be a host of
// this network, but together they are mostly one name.
func twoWords(typed string) *mistake {
	w := strings.Fields(plainTyped(typed))
	if len(w) != 2 || strings.ContainsAny(w[0]+w[1], ".:,;/@=") || strings.HasPrefix(w[0], "-") || strings.EqualFold(w[1], "localhost") {
		return nil
	}
	if _, err := strconv.ParseUint(w[1], 10, 64); err == nil {
		return nil
	}
	if m := meant(wrong(addressSign, strconv.QuoteRune(' ')), w[0]+"."+w[1]); m.meant != "" {
		return m
	}
	return nil
}

// address reads one address.
func address(typed string) (reach.Address, *mistake) {
	s := plainTyped(typed)
	inner := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if ip, err := netip.ParseAddr(inner); err == nil && ip.Is6() {
		s = "[" + inner + "]"
		if ip.Zone() != "" { // of this computer's own networks, so only SSH leads there
			s += ":" + wire.DefaultPort
		}
	}
	a, err := reach.ParseAddress(s)
	if bad := (*reach.AddressError)(nil); errors.As(err, &bad) {
		return reach.Address{}, addressMistake(s, bad.Problem)
	}
	return a, nil
}

// addressMistake says what is wrong with an address.
func addressMistake(s string, problem reach.AddressProblem) *mistake {
	scheme, rest, hasScheme := strings.Cut(s, "://")
	if !hasScheme {
		rest = s
	}
	end := strings.IndexAny(rest, `/?#\`)
	if end < 0 {
		end = len(rest)
	}
	host, part := rest[:end], rest[end:]
	colon := strings.LastIndex(host, ":")
	switch problem {
	case reach.AddressScheme:
		return meant(wrong(addressScheme, scheme+"://"), host)
	case reach.AddressPath:
		if strings.EqualFold(scheme, "https") && hasScheme {
			host = "https://" + host
		}
		return meant(wrong(addressPart, part), host)
	case reach.AddressUser:
		before, after, _ := strings.Cut(s, "@")
		if strings.EqualFold(scheme, "https") && hasScheme {
			after = "https://" + after
		}
		return meant(wrong(addressBefore, before+"@"), after)
	case reach.AddressPort:
		return wrong(addressNumber, strconv.Quote(text.Plain(host[colon+1:], 20)))
	case reach.AddressHost:
		if colon >= 0 && !strings.HasPrefix(host, "[") {
			host = host[:colon]
		}
	}
	other := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_", r)
	}
	if at := strings.IndexFunc(host, other); at >= 0 {
		return wrong(addressSign, strconv.QuoteRune([]rune(host[at:])[0]))
	}
	return wrong(addressEmpty)
}

// meant adds what may have been meant, where that is an address.
func meant(m *mistake, guess string) *mistake {
	if _, bad := address(guess); bad == nil {
		m.meant = text.Plain(guess, 100)
	}
	return m
}

// keysOf reads fingerprints, each of which is one that the relay may have.
func keysOf(typed ...string) (keys []string, m *mistake) {
	for _, one := range strings.Split(strings.Join(typed, ","), ",") {
		key, m := keyOf(one)
		if m != nil {
			return nil, m
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// place reads addresses, with the fingerprints behind them where more of the line was
// typed that the CSR reads out. Keys are none where none was typed.
func place(typed string) (relay state.Relay, m *mistake) {
	if m := twoWords(typed); m != nil {
		return relay, m
	}
	var words []string
	for _, word := range apart(typed) {
		name, value, has := strings.Cut(word, "=")
		if has && strings.HasPrefix(word, "-") {
			words = append(words, name, value)
		} else {
			words = append(words, word)
		}
	}
	isFlag := func(word string) bool {
		return strings.HasPrefix(word, "-") && strings.HasPrefix(flagName(word), "relay")
	}
	if at := slices.IndexFunc(words, isFlag); at > 0 && flagName(words[at]) == "relay" {
		words = words[at:] // in front of it stands the rest of the line
	}
	var at, keys []string
	inKey := false
	for i, word := range words {
		if scheme := "http://"; len(word) > len(scheme) && strings.EqualFold(word[:len(scheme)], scheme) {
			word = word[len(scheme):] // browsers write it: every way to the host is tried
		}
		begins := strings.HasPrefix(strings.ToUpper(word), "SHA256:")
		switch {
		case flagName(word) == "relay" && (isFlag(word) || i == 0 && len(words) > 1):
			inKey = false
		case flagName(word) == "relay-key":
			inKey, keys = true, append(keys, "")
		case begins && (!inKey || keys[len(keys)-1] != ""):
			inKey, keys = true, append(keys, word)
		case inKey:
			keys[len(keys)-1] += word
		default:
			at = append(at, word)
		}
	}
	if len(keys) > 0 {
		if relay.Keys, m = keysOf(keys...); m != nil {
			return state.Relay{}, m
		}
	}
	relay.Addresses, m = addresses(at...)
	return relay, m
}

// flagName is the name of a flag that somebody typed, or any other word.
func flagName(word string) string { return strings.ToLower(strings.TrimLeft(word, "-")) }
