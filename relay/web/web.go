// Package web is the relay's web port: the join page where a customer begins, the
// programs that it gives them, the WebSocket through which computers and CSRs reach SSH
// where nothing but HTTPS goes out, and the answer to whoever asks whether the relay is
// there. The program support-relay runs it behind a [reach.Split].
//
// It promises that what a stranger can make it hold is bounded in time, size and
// number; that what a request carries, a session number too, is in no log, no Referer
// and no cache; that the page is the same for every number that can be one, so that it
// tells nobody which are open; and that no web page can open a WebSocket here.
package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"supportd/library/inbound"
	"supportd/library/panics"
	"supportd/library/reach"
	"supportd/library/wire"
)

const (
	// headerTime bounds the TLS handshake and a request's header, requestTime the
	// whole request, answerTime the answer, idleTime the pause before the next request.
	headerTime  = 10 * time.Second
	requestTime = 20 * time.Second
	answerTime  = 30 * time.Second
	idleTime    = 30 * time.Second
	// maxHeader bounds a request's header in bytes; net/http allows 4 KiB more.
	maxHeader = 8 << 10
	// maxURL bounds the address in bytes: nothing here needs a long one.
	maxURL = 1 << 10
	// maxConns bounds the connections that are no tunnels, all together, and
	// maxConnsPerSource those of one source: an office, or a mobile network behind one
	// address, has many browsers. One more ends the oldest one of its source.
	maxConns          = 1000
	maxConnsPerSource = 100
	// silentInterval is how often a proxy that tells no source is told of.
	silentInterval = time.Hour
	// maxSilent bounds the proxies for which that is remembered: there are few.
	maxSilent = 1000
)

// Options make a [Server]. SSH and Log are required.
type Options struct {
	// SSH takes the connection inside a WebSocket over; it must return soon.
	SSH func(net.Conn)
	// Certificates make TLS possible. Nil is no TLS.
	Certificates *Certificates
	// Plain serves everybody over HTTP without TLS. Otherwise only the clients of
	// trusted proxies are served so, and others are sent to https.
	Plain bool
	// Proxies are believed when they say whose request they bring.
	Proxies reach.Proxies
	// Fingerprint is that of the relay's host key, for programs that do not know it.
	// Nil is that it is not known.
	Fingerprint func() string
	// Page is what may change while the server runs.
	Page
	Log *slog.Logger
}

// Page is what the join page says and gives.
type Page struct {
	// Names are what the relay is called, HOST or HOST:PORT. The join page and the
	// programs are served under these, the certificates' names and loopback alone.
	Names []string
	// Organisation and Contact say on the page whose relay this is, and whom to ask. ""
	// is not said.
	Organisation, Contact string
	// Programs are what customers download. Nil is none: the page says whom to ask.
	Programs *Programs
}

// Server serves HTTP/1.1. All methods are safe for concurrent use.
type Server struct {
	opts             Options
	http             *http.Server
	come             *inbound.Queue
	anybody, proxies *inbound.Waiting
	slips            slips
	joins            joins
	silent           inbound.LogLimiter // of proxies that tell no source
	shown            atomic.Pointer[Page]
	turned           chan struct{} // has something when what is shown is another page
}

// New checks the options and makes a server.
func New(opts Options) (*Server, error) {
	if opts.SSH == nil || opts.Log == nil {
		return nil, errors.New("web: SSH and Log are required")
	}
	s := &Server{
		opts: opts, come: inbound.NewQueue(&net.TCPAddr{}), silent: inbound.LogLimiter{Every: silentInterval, Most: maxSilent},
		anybody: inbound.NewWaiting(inbound.Limits{All: maxConns, PerSource: maxConnsPerSource}),
		proxies: inbound.NewWaiting(inbound.Limits{All: maxConns, PerSource: maxConns}),
	}
	s.turned = make(chan struct{}, 1)
	s.SetPage(opts.Page)
	s.opts.Page = Page{} // what is shown may change: see now
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader,
		// "OPTIONS *" is a request like others.
		DisableGeneralOptionsHandler: true,
		Protocols:                    onlyHTTP1(),
		ConnContext:                  withConn,
		// It tells of clients that break off, with their addresses and nothing of the request.
		ErrorLog: slog.NewLogLogger(opts.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// SetPage makes the server say and give something else from the next request on. What
// is being downloaded goes on, and programs that are not given any more stay the
// caller's to close, after the server has ended.
func (s *Server) SetPage(p Page) {
	s.shown.Store(&p)
	select {
	case s.turned <- struct{}{}:
	default:
	}
}

// now is the page of this moment.
func (s *Server) now() *Page { return s.shown.Load() }

// prepare has the programs ready, and again when there are others, until ctx is done.
func (s *Server) prepare(ctx context.Context) {
	for {
		select {
		case <-s.turned:
			s.now().Programs.prepare(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func onlyHTTP1() *http.Protocols {
	p := &http.Protocols{}
	p.SetHTTP1(true)
	return p
}

// Serve serves what [Server.TakeHTTP] and [Server.TakeTLS] are given until ctx is
// done, closes all connections but tunnels, and returns the cause of ctx.
func (s *Server) Serve(ctx context.Context) error {
	defer s.come.Close()
	defer context.AfterFunc(ctx, func() { s.http.Close() })()
	var preparing sync.WaitGroup
	defer preparing.Wait()
	preparing.Go(func() { s.prepare(ctx) })
	if err := s.http.Serve(s.come); ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}

// TakeHTTP serves a connection whose client speaks HTTP.
func (s *Server) TakeHTTP(nc net.Conn) {
	if c := s.enter(nc); c != nil {
		s.come.Put(c)
	}
}

// TakeTLS serves a connection whose client begins with TLS, and then speaks HTTP.
func (s *Server) TakeTLS(nc net.Conn) {
	if c := s.enter(reach.ByRecord(nc)); c != nil {
		s.come.Put(s.opts.Certificates.server(c))
	}
}

// enter gives the connection a place, or closes it.
func (s *Server) enter(nc net.Conn) *conn {
	waiting := s.anybody
	if s.opts.Proxies.Trust(nc.RemoteAddr()) {
		waiting = s.proxies
	}
	c := &conn{Conn: nc}
	if c.place = waiting.Enter(inbound.Source(nc.RemoteAddr()), func() { nc.Close() }); c.place == nil {
		nc.Close()
		return nil
	}
	return c
}

// conn is a connection with its place among those that are no tunnels.
type conn struct {
	net.Conn
	place *inbound.Place // nil once it is a tunnel
}

// Close gives the place back.
func (c *conn) Close() error {
	if c.place != nil {
		c.place.Leave()
	}
	return c.Conn.Close()
}

// CloseWrite ends the own direction, so that a client can read why it is cut off.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SyscallConn implements [syscall.Conn], where the connection can.
func (c *conn) SyscallConn() (syscall.RawConn, error) {
	if has, ok := c.Conn.(syscall.Conn); ok {
		return has.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// proxied reports whether a trusted proxy has told whose connection this is.
func (c *conn) proxied() bool {
	told, ok := c.Conn.(interface{ Proxied() bool })
	return ok && told.Proxied()
}

type connKey struct{}

// withConn puts the connection into the context of its requests.
func withConn(ctx context.Context, nc net.Conn) context.Context {
	if inner, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = inner.NetConn() // below TLS
	}
	return context.WithValue(ctx, connKey{}, nc)
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer panics.Keep(s.opts.Log, "web request", func() { panic(http.ErrAbortHandler) }) // which closes the connection
	c, ok := r.Context().Value(connKey{}).(*conn)
	if !ok {
		panic("web: a request of a foreign server")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	from, told, err := s.opts.Proxies.Source(c.RemoteAddr(), r.Header)
	switch {
	case len(r.RequestURI) > maxURL:
		refuse(w, http.StatusRequestURITooLong)
	case r.ContentLength != 0:
		refuse(w, http.StatusRequestEntityTooLarge) // nothing here takes a body
	case err != nil:
		refuse(w, http.StatusBadRequest)
	case forBrowsers(r.URL.Path) && !s.knownHost(r.Host) && s.named():
		refuse(w, http.StatusMisdirectedRequest)
	case r.TLS == nil && !s.opts.Plain && !s.opts.Proxies.Trust(c.RemoteAddr()) && !c.proxied():
		s.redirect(w, r)
	default:
		if !told && r.URL.Path == reach.WebPath { // what a proxy asks for itself has no source
			s.tellSilent(from)
		}
		s.route(w, r, c, from)
	}
}

// forBrowsers reports whether a path is one of the join page. The others are for
// programs, which know the relay by its SSH host key and may call it as they like.
func forBrowsers(path string) bool { return path != "/healthz" && path != reach.WebPath }

// named reports whether the relay knows any name of its own.
func (s *Server) named() bool { return len(s.now().Names) > 0 || s.opts.Certificates != nil }

// tellSilent tells of a proxy that does not say whose connections it brings: limits
// and logs then have its address for everybody behind it.
func (s *Server) tellSilent(proxy net.Addr) {
	if count, now := s.silent.Tell(inbound.Source(proxy)); now {
		s.opts.Log.Warn("a trusted proxy does not tell whose requests it brings, so that all of them have its address: let it set Forwarded or X-Forwarded-For",
			"proxy", inbound.Address(proxy), "count", count)
	}
}

// route answers a request that came in a way that is allowed.
func (s *Server) route(w http.ResponseWriter, r *http.Request, c *conn, from net.Addr) {
	switch r.URL.Path {
	case "/healthz":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok")
	case reach.WebPath:
		s.tunnel(w, r, c, from)
	default:
		s.browse(w, r, from)
	}
}

// browse answers what is for browsers.
func (s *Server) browse(w http.ResponseWriter, r *http.Request, from net.Addr) {
	protect(w.Header())
	switch {
	case !s.knownHost(r.Host):
		refuse(w, http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
	case !s.page(w, r, from):
		s.nothing(w, r)
	}
}

// tunnel hands over what is inside a WebSocket. The request's goroutine and its
// buffers end here: a tunnel may live for days.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request, c *conn, from net.Addr) {
	nc, err := reach.Accept(w, r, from)
	if err != nil {
		s.opts.Log.Debug("a request for a WebSocket was refused", "from", from) // the error may quote what was sent
		return
	}
	c.place.Leave()
	c.place = nil // a tunnel lives long
	s.opts.SSH(nc)
}

// refuse answers with a status and ends the connection: what the client sends
// next, a long body perhaps, is not waited for.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Connection", "close")
	http.Error(w, http.StatusText(status), status)
}

// redirect sends a client to the same address with TLS: on this port where it
// speaks TLS, else on that of HTTPS.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request) {
	host := r.Host
	if s.opts.Certificates == nil {
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
			if strings.Contains(h, ":") {
				host = "[" + h + "]"
			}
		}
	}
	path := r.URL.RequestURI()
	if !wire.IsWebHost(host) || !strings.HasPrefix(path, "/") {
		refuse(w, http.StatusBadRequest)
		return
	}
	w.Header().Set("Connection", "close")
	w.Header().Set("Location", "https://"+host+path)
	w.WriteHeader(http.StatusPermanentRedirect)
}
