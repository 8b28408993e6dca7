package sshd

import (
	"context"
	"io"
	"slices"

	"supportd/library/panics"
)

// WatchInterrupt ends the session's context with [ErrInterrupted] when Ctrl-C is
// typed into the client's terminal, which sends it as a byte. Only for programs
// that do not read; it does nothing without a terminal. It ends with the channel.
func (s *Session) WatchInterrupt() {
	if s.Terminal == nil {
		return
	}
	const ctrlC = 3
	s.tasks.Go(func() {
		defer panics.Keep(s.Conn.server.opts.Log, "interrupt", nil)
		for buf := make([]byte, 256); ; {
			n, err := s.ch.Read(buf)
			if slices.Contains(buf[:n], ctrlC) {
				s.cancel(ErrInterrupted)
			}
			if err != nil {
				return
			}
		}
	})
}

// Input gives what the client sends as it comes, for programs that wait for
// other things too; it is closed at the client's EOF. Nobody may call Read then.
// It ends with the channel, or when ctx is done.
func (s *Session) Input(ctx context.Context) <-chan []byte {
	in := make(chan []byte)
	s.tasks.Go(func() {
		defer panics.Keep(s.Conn.server.opts.Log, "input", nil)
		defer close(in)
		for {
			buf := make([]byte, 4096)
			n, err := s.ch.Read(buf)
			if n > 0 {
				select {
				case in <- buf[:n]:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	})
	return in
}

// Until is what the client sends, for a program that only reads. When ctx is done, a
// Read ends with its cause; [Session.Read] would go on waiting. Nobody else may read
// then.
func (s *Session) Until(ctx context.Context) io.Reader { return &input{session: s, ctx: ctx} }

type input struct {
	session *Session
	ctx     context.Context
	come    <-chan []byte // nil until the first Read
	rest    []byte
}

// Read implements [io.Reader].
func (r *input) Read(p []byte) (int, error) {
	if r.come == nil {
		r.come = r.session.Input(r.ctx)
	}
	for len(r.rest) == 0 {
		select {
		case data, more := <-r.come:
			if !more && r.ctx.Err() == nil {
				return 0, io.EOF
			}
			r.rest = data
		case <-r.ctx.Done():
		}
		if r.ctx.Err() != nil {
			return 0, context.Cause(r.ctx)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
