package web

import (
	"net"
	"net/netip"
	"strings"

	"supportd/library/wire"
)

// knownHost reports whether a request's Host is one that this relay is called: one of
// its names, a name of its certificates, or this computer's own. What was opened
// under any other name is no page of the operator's.
func (s *Server) knownHost(hostport string) bool {
	host := hostOf(hostport)
	if host == "" || !wire.IsWebHost(hostport) {
		return false
	}
	if isLoopback(host) {
		return true
	}
	for _, name := range s.now().Names {
		if strings.EqualFold(hostOf(name), host) {
			return true
		}
	}
	if s.opts.Certificates == nil || s.opts.Certificates.current == nil {
		return false
	}
	for _, leaf := range s.opts.Certificates.current() {
		if leaf.VerifyHostname(host) == nil {
			return true
		}
	}
	return false
}

// hostOf is the host of HOST or HOST:PORT, without brackets and the last dot.
func hostOf(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	return strings.TrimSuffix(strings.Trim(host, "[]"), ".")
}

// isLoopback reports whether a host can only be the visitor's own computer.
func isLoopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// origin is the page's own address as its visitor knows it, without a path: what the
// line to paste begins with.
func (s *Server) origin(hostport string, tls bool) string {
	if s.opts.Plain && !tls && isLoopback(hostOf(hostport)) {
		return "http://" + hostport
	}
	return "https://" + hostport
}
