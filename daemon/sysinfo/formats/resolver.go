package formats

import (
	"bytes"
	"strings"
)

// maxServers is how many name servers the C library asks: MAXNS of resolv.conf(5).
const maxServers = 3

// Resolver reads resolv.conf: the servers that programs ask, and the domains that they
// append.
func Resolver(text []byte) (servers, search []string) {
	Lines(bytes.NewReader(text), func(line string) bool {
		line, _, _ = strings.Cut(line, "#")
		line, _, _ = strings.Cut(line, ";")
		switch f := strings.Fields(line); {
		case len(f) < 2:
		case f[0] == "nameserver" && len(servers) == maxServers: // nobody asks it
		case f[0] == "nameserver":
			servers = append(servers, f[1])
		case f[0] == "search", f[0] == "domain":
			search = f[1:]
		}
		return true
	})
	return servers, search
}

// ScutilDNS reads macOS's scutil --dns, which knows whom programs ask; resolv.conf
// there is for a few only. Servers of the first block count for everything.
func ScutilDNS(out []byte) (servers, search []string) {
	seen := map[string]bool{}
	Lines(bytes.NewReader(out), func(line string) bool {
		key, value, ok := strings.Cut(strings.TrimSpace(line), " : ")
		value = strings.TrimSpace(value)
		switch {
		case strings.HasPrefix(line, "DNS configuration (for scoped"): // the same again, by adapter
			return false
		case !ok || value == "" || seen[key[:min(6, len(key))]+value]:
		case strings.HasPrefix(key, "nameserver["):
			servers = append(servers, value)
			seen[key[:6]+value] = true
		case strings.HasPrefix(key, "search domain["):
			search = append(search, value)
			seen[key[:6]+value] = true
		}
		return true
	})
	return servers, search
}
