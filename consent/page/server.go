package page

import (
	"context"
	"errors"
	"time"

	"supportd/consent"
)

// Server is the customer's page. It is a [consent.Prompter]. It is safe for concurrent
// use, also before and after [Server.Serve].
type Server struct{ opts Options }

// New makes a page and listens; nobody is served before [Server.Serve]. The owner must
// call Serve or [Server.Close].
func New(opts Options) (*Server, error) {
	if opts.Customer == nil || opts.Log == nil {
		return nil, errors.New("page: Customer and Log are required")
	}
	return &Server{opts: opts}, nil
}

// Serve serves the page until ctx is done, or [Server.Shutdown] or [Server.Close] is
// called, which is no error. When it returns nothing of the page runs any more.
func (s *Server) Serve(ctx context.Context) error { return errors.ErrUnsupported }

// Shutdown waits until every page that is open holds all that was told, with the report
// in [PhaseEnded], so that it stays readable without the program; then it ends Serve.
// When ctx ends first it ends Serve all the same, and returns the cause.
func (s *Server) Shutdown(ctx context.Context) error { return errors.ErrUnsupported }

// Close ends Serve at once, and voids tickets, codes and secrets.
func (s *Server) Close() error { return errors.ErrUnsupported }

// URL is the bare address, such as http://127.0.0.1:40123/: it holds no secret. Whoever
// opens it is asked for a [Server.Code].
func (s *Server) URL() string { return "" }

// Ticket is the address with a new ticket in its fragment. It lets one tab in, once,
// within 60 seconds. It is a secret: it goes into no command line, environment or log.
// Of several the newest few count.
func (s *Server) Ticket() string { return "" }

// Code is a new code of 6 digits, which a person reads elsewhere and types at
// [Server.URL]. It lets one tab in, and counts for 10 minutes and three tries. A new
// one voids the one before.
func (s *Server) Code() string { return "" }

// Opened is closed when a page has been open for the first time.
func (s *Server) Opened() <-chan struct{} { return nil }

// Present reports whether a page is open now, and since when that is so. Before the
// first one it counts from [New].
func (s *Server) Present() (open bool, since time.Time) { return false, time.Time{} }

// Gone waits until no page has been open for d without a break, and returns nil, or the
// cause of ctx. The time that the computer slept does not count.
func (s *Server) Gone(ctx context.Context, d time.Duration) error { return errors.ErrUnsupported }

// SetState shows a new state. It never waits.
func (s *Server) SetState(State) {}

// Event adds to what happened. It never waits.
func (s *Server) Event(Event) {}

// Chat adds a message to the chat. It never waits.
func (s *Server) Chat(Chat) {}

// Output adds to what the program of a run has written; step counts from 1. It never
// waits, and only the last part of much output is kept.
func (s *Server) Output(step int, written string) {}

// Name implements [consent.Prompter].
func (s *Server) Name() string { return "page" }

// Ask implements [consent.Prompter]. It shows the question on every page that is open
// or comes to be open, until one of them answers or ctx is done. Where no page has shown
// it, the error is [consent.ErrNobody].
func (s *Server) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	return consent.Answer{}, consent.ErrNobody
}
