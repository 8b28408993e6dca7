package reach

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// settingsAge is how long the operating system's settings are believed: to read
// them takes a program on macOS, and a computer may move to another network.
const settingsAge = 10 * time.Second

// System is the system's proxies, for [Dialer.Proxy]: those of the environment
// (HTTPS_PROXY, else ALL_PROXY, and NO_PROXY, or the same in lower case), else
// those of the Windows or macOS settings. env looks a variable up; it is os.Getenv,
// which only programs call. The proxies are http://, https:// and socks5:// URLs,
// with a user and a password where the setting has them. Addresses of this computer
// itself need no proxy.
func System(env func(string) string) func(*url.URL) (*url.URL, error) {
	cached := &cachedSettings{read: systemSettings}
	return func(u *url.URL) (*url.URL, error) {
		first := func(names ...string) (string, string) {
			for _, n := range names {
				for _, name := range []string{strings.ToLower(n), n} {
					if v := env(name); v != "" {
						return name, v
					}
				}
			}
			return "", ""
		}
		name, setting := first("HTTPS_PROXY", "ALL_PROXY")
		_, except := first("NO_PROXY")
		if setting == "" {
			return cached.get().proxyFor(u)
		}
		if needsNoProxy(except, u) {
			return nil, nil
		}
		return parseProxy(name, setting)
	}
}

// SettingError is a setting of the proxy that is not understood. It has the setting's
// name alone: the setting may hold a password.
type SettingError struct{ Name string }

func (e *SettingError) Error() string {
	return "the setting " + e.Name + " of the proxy is not understood; http://USER:PASSWORD@HOST:PORT is, with %40 for @, %2F for / and the like in the password"
}

// parseProxy reads the setting of that name: HOST:PORT or a URL without a path.
func parseProxy(name, setting string) (*url.URL, error) {
	if !strings.Contains(setting, "://") {
		setting = "http://" + setting
	}
	u, err := url.Parse(setting)
	if err != nil || u.Hostname() == "" || strings.Contains(u.Hostname(), ":") && !strings.HasPrefix(u.Host, "[") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(setting, "#") {
		return nil, &SettingError{name}
	}
	return u, nil
}

// cachedSettings reads the settings again when they are old.
type cachedSettings struct {
	read func() settings

	mu   sync.Mutex // no other lock is taken under it
	at   time.Time
	last settings
}

func (c *cachedSettings) get() settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() || time.Since(c.at) > settingsAge {
		c.last, c.at = c.read(), time.Now()
	}
	return c.last
}

// proxySetting is a proxy as an operating system keeps it.
type proxySetting struct {
	name string // of the setting, as people find it there
	addr string // HOST:PORT or a URL; "" for none
	odd  bool   // it is switched on, and a part of it is missing
}

// settings are an operating system's proxies.
type settings struct {
	https, socks proxySetting
	except       []string // patterns of hosts without a proxy, see excepted
	plainNames   bool     // names without a dot need no proxy
}

// proxyFor is the proxy that leads to a URL, nil for none. A setting that is not
// understood is a [*SettingError]: without the proxy nothing may go out, and nobody
// would know why.
func (s settings) proxyFor(u *url.URL) (*url.URL, error) {
	if s.excepted(u.Hostname(), u.Port()) {
		return nil, nil
	}
	set, scheme := s.https, "http://"
	if set.addr == "" && !set.odd {
		set, scheme = s.socks, "socks5://"
	}
	switch {
	case set.odd:
		return nil, &SettingError{set.name}
	case set.addr == "":
		return nil, nil
	case !strings.Contains(set.addr, "://"):
		set.addr = scheme + set.addr
	}
	return parseProxy(set.name, set.addr)
}

// excepted reports whether a host needs no proxy. A pattern is a name or an
// address with any number of *, a suffix that begins with a dot, or a network such
// as 169.254/16; a port may follow, and a scheme may stand in front.
func (s settings) excepted(host, port string) bool {
	host = strings.ToLower(host)
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "localhost", err == nil && ip.IsLoopback():
		return true
	case s.plainNames && err != nil && !strings.Contains(host, "."):
		return true
	}
	for _, p := range s.except {
		p = strings.ToLower(strings.TrimSpace(p))
		if _, rest, has := strings.Cut(p, "://"); has {
			p = rest
		}
		if h, only, err := net.SplitHostPort(p); err == nil {
			if only != orElse(port, httpsPort) {
				continue
			}
			p = h
		}
		p = strings.Trim(p, "[]")
		if strings.HasPrefix(p, ".") {
			p = "*" + p
		}
		if p != "" && matches(p, host) || err == nil && inNetwork(p, ip) {
			return true
		}
	}
	return false
}

// matches reports whether s fits a pattern in which * stands for any text.
func matches(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, first) || !strings.HasSuffix(s[len(first):], last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return true
}

// inNetwork reports whether ip lies in a network, whose address may lack its last
// zeros as macOS writes it.
func inNetwork(network string, ip netip.Addr) bool {
	addr, bits, ok := strings.Cut(network, "/")
	if !ok {
		return false
	}
	if !strings.Contains(addr, ":") {
		for strings.Count(addr, ".") < 3 {
			addr += ".0"
		}
	}
	prefix, err := netip.ParsePrefix(addr + "/" + bits)
	return err == nil && prefix.Contains(ip.Unmap())
}

// windowsSettings reads ProxyServer and ProxyOverride of the Internet Settings, as
// WinINet documents them: one HOST:PORT for all, or SCHEME=HOST:PORT for each,
// separated by semicolons or spaces; patterns of hosts, and <local> for names
// without a dot.
func windowsSettings(server, override string) settings {
	split := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' || r == '\r' || r == '\n' })
	}
	const name = "ProxyServer"
	var s settings
	for _, entry := range split(server) {
		scheme, addr, has := strings.Cut(entry, "=")
		switch {
		case !has:
			s.https = proxySetting{name: name, addr: entry}
		case strings.EqualFold(scheme, "https"):
			s.https = proxySetting{name: name, addr: addr}
		case strings.EqualFold(scheme, "socks"):
			s.socks = proxySetting{name: name, addr: addr}
		}
	}
	for _, p := range split(override) {
		if strings.EqualFold(p, "<local>") {
			s.plainNames = true
			continue
		}
		s.except = append(s.except, p)
	}
	return s
}

// macSettings reads what "scutil --proxy" prints. What stands in dictionaries
// inside, one for each network interface, is left out.
func macSettings(out string) settings {
	values := map[string]string{}
	var s settings
	depth, list := 0, ""
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		key, value, has := strings.Cut(line, " : ")
		switch {
		case strings.HasSuffix(line, "{"):
			if depth++; depth == 2 {
				list = key
			}
		case line == "}":
			if depth--; depth == 1 {
				list = ""
			}
		case has && depth == 1:
			values[key] = value
		case has && depth == 2 && list == "ExceptionsList":
			s.except = append(s.except, value)
		}
	}
	set := func(kind string) proxySetting {
		p := proxySetting{name: kind + "Proxy"}
		host, port := values[kind+"Proxy"], values[kind+"Port"]
		if values[kind+"Enable"] != "1" {
			return p
		}
		if p.odd = host == "" || port == ""; !p.odd {
			p.addr = net.JoinHostPort(host, port)
		}
		return p
	}
	s.https, s.socks = set("HTTPS"), set("SOCKS")
	s.plainNames = values["ExcludeSimpleHostnames"] == "1"
	return s
}
