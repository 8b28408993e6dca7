package page

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"supportd/library/panics"
)

const (
	// maxHeader bounds the header of a request, in bytes; a browser's has 1 or 2 KiB.
	maxHeader = 16 << 10
	// headerPatience, bodyPatience and idle bound how long a request, its body and a
	// connection without a request may take: all of them come from this computer.
	headerPatience = 5 * time.Second
	bodyPatience   = 10 * time.Second
	idle           = 30 * time.Second
)

// Server is the customer's page. It is a [consent.Prompter]. It is safe for concurrent
// use, also before and after [Server.Serve].
type Server struct {
	files    map[string]string // the page, by name; they do not change
	opts     Options
	listener net.Listener
	host     string // 127.0.0.1:PORT, as a browser has to ask for it
	http     *http.Server
	entry    entry
	hub      hub

	ending context.Context // done: everything ends
	end    context.CancelFunc

	admitting sync.Mutex // held for moments only
	users     []int      // whose browser may come

	connections sync.WaitGroup // of net/http, which adds to it within Serve only
	crowd       crowd
}

// New makes a page and listens; nobody is served before [Server.Serve]. The owner must
// call Serve or [Server.Close].
func New(opts Options) (*Server, error) {
	if opts.Customer == nil || opts.Log == nil {
		return nil, errors.New("page: Customer and Log are required")
	}
	s := &Server{opts: opts, listener: opts.Listener, users: slices.Clone(opts.Users)}
	var err error
	if s.files, err = unpack(); err != nil {
		return nil, fmt.Errorf("the page in this program is damaged: %w", err)
	}
	if s.users == nil {
		s.users = []int{os.Getuid()}
	}
	if s.listener == nil {
		if s.listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("listening for the customer's page: %w", err)
		}
	}
	s.host = s.listener.Addr().String()
	s.entry.init()
	s.crowd.init()
	s.hub.init()
	s.ending, s.end = context.WithCancel(context.Background()) // [Server.Close] ends it, and nothing else
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: headerPatience, ReadTimeout: bodyPatience, IdleTimeout: idle, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(opts.Log.Handler(), slog.LevelDebug), ConnState: s.track, ConnContext: withConn,
	}
	return s, nil
}

// Serve serves the page until ctx is done, or [Server.Shutdown] or [Server.Close] is
// called, which is no error. When it returns nothing of the page runs any more.
func (s *Server) Serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { s.Close() })()
	err := s.http.Serve(&limited{s.listener, &s.crowd})
	s.Close()
	s.connections.Wait()
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serving the customer's page: %w", err)
}

// Shutdown waits until every page that is open holds all that was told, with the report
// in [PhaseEnded], so that it stays readable without the program; then it ends Serve.
// When ctx ends first it ends Serve all the same, and returns the cause.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.Close()
	select {
	case <-s.hub.leave():
		return nil
	case <-s.ending.Done():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close ends Serve at once, and voids tickets, codes and secrets. It does not wait; who
// waits is Serve.
func (s *Server) Close() error {
	s.end()
	s.entry.void()
	err := s.http.Close()
	return errors.Join(err, ignoreClosed(s.listener.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// URL is the bare address, such as http://127.0.0.1:40123/: it holds no secret. Whoever
// opens it is asked for a [Server.Code].
func (s *Server) URL() string { return "http://" + s.host + "/" }

// Ticket is the address with a new ticket in its fragment. It lets one tab in, once,
// within 60 seconds. It is a secret: it goes into no command line, environment or log.
// Of several the newest few count. over is closed when it has been used or is void: a
// ticket that waits does not outlive the start of a run, which could read it.
func (s *Server) Ticket() (address string, over <-chan struct{}) {
	t, over := s.entry.ticket()
	return s.URL() + "#" + t, over
}

// Code is a new code of 6 digits, which a person reads elsewhere and types at
// [Server.URL]. It lets one tab in, and counts for 10 minutes and three tries. A new
// one voids the one before.
func (s *Server) Code() string { return s.entry.newCode() }

// track counts the connections, so that Serve can wait for them.
func (s *Server) track(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connections.Add(1)
	case http.StateClosed:
		s.crowd.leave(c)
		s.connections.Done()
	}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.serve(w, r) {
		panic(http.ErrAbortHandler) // what was sent is not whole, and the browser has to know
	}
}

// serve reports whether the answer has to be broken off.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) (broken bool) {
	defer panics.Keep(s.opts.Log, "the customer's page", func() { broken = true })
	protect(w.Header())
	if why := s.refuses(r); why != "" {
		http.Error(w, why, http.StatusForbidden)
		return false
	}
	return s.route(w, r)
}
