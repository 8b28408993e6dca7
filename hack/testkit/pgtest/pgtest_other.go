//go:build !linux

package pgtest

// Server is a PostgreSQL server; only on Linux there is one.
type Server struct {
	opts Options
	port int
}

// Start is [ErrMissing] here.
func Start() (*Server, error) { return nil, ErrMissing }

// StartWith is [ErrMissing] here.
func StartWith(Options) (*Server, error) { return nil, ErrMissing }

// NewDatabase is [ErrMissing] here.
func (s *Server) NewDatabase() (string, error) { return "", ErrMissing }

// Close does nothing here.
func (s *Server) Close() error { return nil }
