package page

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// policy lets the page load its own script, style and picture, speak to this server,
// and nothing else. Nothing that is text can become HTML or code in it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// protect sets the headers of every answer. There are none of CORS: no other page may
// read anything here, and what a browser asks beforehand is not answered.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), display-capture=()")
	h.Set("Cache-Control", "no-store")
}

// refuses says why a request is not served whoever makes it; "" is none.
func (s *Server) refuses(r *http.Request) string {
	switch {
	case !s.mayCome(r):
		return "another user of this computer"
	case r.Host != s.host: // a name that leads here would let other pages read this one (DNS rebinding)
		return "another host name"
	}
	site := r.Header.Get("Sec-Fetch-Site") // W3C Fetch Metadata; older browsers have none
	if strings.HasPrefix(r.URL.Path, api) {
		switch {
		case r.Method != http.MethodPost:
			return "not asked with POST"
		case r.Header.Get("Origin") != "http://"+s.host: // every browser sends it with POST
			return "another page asks"
		case site != "" && site != "same-origin":
			return "another site asks"
		case r.Header.Get("Content-Type") != "application/json": // a form cannot send it
			return "not JSON"
		}
		return ""
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return "not asked with GET"
	case r.URL.Path == "/":
		// Whoever leads here opens the empty page, e.g. a file on this computer. It is
		// only ever a tab of its own.
		if dest := r.Header.Get("Sec-Fetch-Dest"); dest != "" && dest != "document" {
			return "not a page of its own"
		}
	case site != "" && site != "same-origin" && site != "none":
		return "another site asks"
	}
	return ""
}

// connKey is the context key of a connection.
type connKey struct{}

// connection is what is known of the connection of a request.
type connection struct {
	conn net.Conn
	user func() (int, peer) // whose it is; looked up once, when it is asked for
}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, &connection{c, sync.OnceValues(func() (int, peer) {
		from, ok1 := c.RemoteAddr().(*net.TCPAddr)
		to, ok2 := c.LocalAddr().(*net.TCPAddr)
		if !ok1 || !ok2 {
			return 0, peerUnknown
		}
		return userOf(from.AddrPort(), to.AddrPort())
	})})
}

// connectionOf is that of a request.
func connectionOf(r *http.Request) *connection {
	c, ok := r.Context().Value(connKey{}).(*connection)
	if !ok {
		panic("a request without connection") // net/http gives each its own
	}
	return c
}

// peer says what is known of the user at the other end of a connection.
type peer int

const (
	peerUnknown peer = iota // the system tells it, but not of this connection
	peerUntold              // the system does not tell it
	peerKnown
)

// mayCome reports whether the browser is of a user who may see the page.
func (s *Server) mayCome(r *http.Request) bool {
	user, known := connectionOf(r).user()
	s.admitting.Lock()
	defer s.admitting.Unlock()
	return known == peerUntold || known == peerKnown && slices.Contains(s.users, user)
}

// Admit lets the browser of another user come too. It is safe for concurrent use.
func (s *Server) Admit(user int) {
	s.admitting.Lock()
	defer s.admitting.Unlock()
	s.users = append(s.users, user)
}
