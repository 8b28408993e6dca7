// Package ops is what machines ask a relay's own computer: whether the relay lives,
// whether it can take somebody new, and its numbers, in the form of Prometheus. The
// program support-relay serves it on loopback.
//
// It promises that no session number, key, address and no name of a person stands in
// what it tells: every label has few values, which stand in this program.
package ops

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"supportd/relay"
)

const (
	// requestTime bounds a request and its answer; maxHeader is in bytes.
	requestTime = 10 * time.Second
	maxHeader   = 8 << 10
	// readyTime is how long the database may take to answer.
	readyTime = 2 * time.Second
	// maxInFlight bounds the answers with numbers that are made at once.
	maxInFlight = 3
)

// Options make a [Server]. Version and Log are required.
type Options struct {
	Version string
	// LostLines is how many lines of the log were lost; nil is not told.
	LostLines func() int64
	Log       *slog.Logger
}

// Server answers on one listener. All methods are safe for concurrent use.
type Server struct {
	http    *http.Server
	metrics *metrics
	telling chan struct{} // full while as many answers with numbers are made as may be
}

// New makes a server that knows no relay yet: it lives and is not ready.
func New(opts Options) (*Server, error) {
	if opts.Version == "" || opts.Log == nil {
		return nil, errors.New("ops: Version and Log are required")
	}
	s := &Server{metrics: newMetrics(opts), telling: make(chan struct{}, maxInFlight)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /metrics", s.tell)
	s.http = &http.Server{
		Handler: local(mux), ReadHeaderTimeout: requestTime, ReadTimeout: requestTime, WriteTimeout: 2 * requestTime, IdleTimeout: time.Minute,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(opts.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// local refuses requests under another name than this computer's own: a page of the
// web, whose name was made to lead here, may not read it.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.Trim(host, "[]")
		addr, err := netip.ParseAddr(host)
		if !strings.EqualFold(host, "localhost") && (err != nil || !addr.IsLoopback()) {
			http.Error(w, "this is for the relay's own computer", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// Watch makes it tell of a relay.
func (s *Server) Watch(r *relay.Relay) { s.metrics.relay.Store(r) }

// Observe is [relay.Options.Observe].
func (s *Server) Observe(what string, took time.Duration) {
	if h := s.metrics.took[what]; h != nil {
		h.observe(took.Seconds())
	}
}

// tell answers with the numbers.
func (s *Server) tell(w http.ResponseWriter, _ *http.Request) {
	select {
	case s.telling <- struct{}{}:
		defer func() { <-s.telling }()
	default:
		http.Error(w, "the numbers are being asked for too often at once", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(s.metrics.text())
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	watched := s.metrics.relay.Load()
	switch {
	case watched == nil:
		http.Error(w, "not ready: the relay is starting", http.StatusServiceUnavailable)
	case watched.Ready(ctx) != nil:
		// The cause may name files; the log has it.
		http.Error(w, "not ready: the relay is stopping, or its database does not answer", http.StatusServiceUnavailable)
	default:
		_, _ = io.WriteString(w, "ready\n")
	}
}

// Serve answers on l until [Server.Close].
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends it at once.
func (s *Server) Close() error { return s.http.Close() }
