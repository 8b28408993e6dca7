package reach

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/proxy"

	"supportd/library/text"
)

// proxyError is a proxy that cannot be reached, or that answered no.
type proxyError struct {
	proxy    string // HOST:PORT, harmless to show
	password bool   // it wants a user and a password, or others
	err      error  // has no password in it
}

func (e *proxyError) Error() string { return fmt.Sprintf("the proxy %s: %v", e.proxy, e.err) }
func (e *proxyError) Unwrap() error { return e.err }

var (
	errProxyKind    = errors.New("this kind of proxy is not supported; http://, https:// and socks5:// are")
	errNoPassword   = errors.New("it wants a user and a password, and the setting has none")
	errPassword     = errors.New("it does not accept the user and password of the setting")
	errNotBasic     = errors.New("it wants a kind of login that is not supported; only Basic is")
	errSOCKSRefused = errors.New("it does not connect to the relay")
)

// proxyAddress is a proxy's HOST:PORT.
func proxyAddress(u *url.URL) string {
	port := map[string]string{"http": "80", "https": httpsPort}[u.Scheme]
	return net.JoinHostPort(u.Hostname(), orElse(u.Port(), orElse(port, "1080")))
}

// openByProxy makes a connection to addr by a proxy. It ends with ctx.
func (d *Dialer) openByProxy(ctx context.Context, u *url.URL, addr string) (*line, error) {
	name := proxyAddress(u)
	failed := func(err error) error {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		var known *proxyError
		if errors.As(err, &known) {
			return err
		}
		return &proxyError{proxy: text.Plain(name, maxShown), err: err}
	}
	var layer func(context.Context, net.Conn, *url.URL, string) (net.Conn, error)
	switch u.Scheme {
	case "http", "https":
		layer = d.connectRequest
	case "socks5", "socks5h":
		layer = socks
	default:
		return nil, failed(errProxyKind)
	}
	raw, err := d.dial(ctx, name, nil)
	if err != nil {
		return nil, failed(err)
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	nc, err := layer(ctx, raw, u, addr)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		raw.Close()
		return nil, failed(err)
	}
	return &line{nc, raw}, nil
}

// connectRequest asks an HTTP proxy for a tunnel (RFC 9110 section 9.3.6).
func (d *Dialer) connectRequest(ctx context.Context, nc net.Conn, u *url.URL, addr string) (net.Conn, error) {
	if u.Scheme == "https" {
		inner, err := d.secure(ctx, nc, u.Hostname())
		if err != nil {
			return nil, err
		}
		nc = inner
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{"User-Agent": {userAgent}}}
	if u.User != nil {
		password, _ := u.User.Password()
		login := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password)) // RFC 7617
		req.Header.Set("Proxy-Authorization", "Basic "+login)
	}
	resp, tunnel, err := exchange(nc, req)
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode/100 == 2:
		return tunnel, nil
	case resp.StatusCode == http.StatusProxyAuthRequired:
		err := errNoPassword
		if u.User != nil {
			err = errPassword
		}
		if offers := resp.Header.Values("Proxy-Authenticate"); len(offers) > 0 && !offersBasic(offers) {
			err = errNotBasic
		}
		return nil, &proxyError{proxy: text.Plain(proxyAddress(u), maxShown), password: true, err: err}
	}
	return nil, fmt.Errorf("it answered %s to CONNECT %s", text.Plain(resp.Status, maxShown), addr)
}

// offersBasic reads Proxy-Authenticate (RFC 9110 section 11.7.1).
func offersBasic(offers []string) bool {
	for _, offer := range offers {
		for part := range strings.SplitSeq(offer, ",") {
			scheme, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			if strings.EqualFold(scheme, "Basic") {
				return true
			}
		}
	}
	return false
}

// socks asks a SOCKS5 proxy for a connection (RFC 1928, and RFC 1929 for the
// password). The proxy looks the name up.
func socks(ctx context.Context, nc net.Conn, u *url.URL, addr string) (net.Conn, error) {
	var auth *proxy.Auth
	if u.User != nil {
		password, _ := u.User.Password()
		auth = &proxy.Auth{User: u.User.Username(), Password: password}
	}
	noted := &notedConn{Conn: nc}
	dialer, err := proxy.SOCKS5("tcp", proxyAddress(u), auth, givenConn{noted})
	if err != nil {
		return nil, err
	}
	tunnel, err := dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", addr)
	if err == nil {
		noted.full = true
		return tunnel, nil
	}
	// The library's errors are texts, so what the proxy said is looked at instead.
	said := noted.first
	const version, noMethod, withPassword = 5, 0xff, 2
	wants := func(err error) error {
		return &proxyError{proxy: text.Plain(proxyAddress(u), maxShown), password: true, err: err}
	}
	switch {
	case len(said) < 2 || said[0] != version:
		return nil, err
	case said[1] == noMethod && auth == nil:
		return nil, wants(errNoPassword)
	case said[1] == noMethod, said[1] == withPassword && len(said) >= 4 && said[3] != 0:
		return nil, wants(errPassword)
	}
	if said[1] == withPassword {
		said = said[2:]
	}
	if len(said) >= 4 && said[3] != 0 {
		return nil, fmt.Errorf("%w (SOCKS5 reply %d)", errSOCKSRefused, said[3])
	}
	return nil, err
}

// givenConn is a dialer that returns one connection.
type givenConn struct{ nc net.Conn }

func (g givenConn) Dial(_, _ string) (net.Conn, error) { return g.nc, nil }

func (g givenConn) DialContext(context.Context, string, string) (net.Conn, error) { return g.nc, nil }

// notedConn keeps the first bytes that arrive until full is set.
type notedConn struct {
	net.Conn
	first []byte
	full  bool
}

func (n *notedConn) Read(p []byte) (int, error) {
	got, err := n.Conn.Read(p)
	const enough = 16
	if room := enough - len(n.first); !n.full && room > 0 {
		n.first = append(n.first, p[:min(got, room)]...)
	}
	return got, err
}
