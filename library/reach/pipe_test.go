package reach

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// pipe is a buffered connection in memory: with the unbuffered net.Pipe, a
// handshake in which both sides write first never ends.
func pipe() (a, b net.Conn) {
	x, y := newHalf(), newHalf()
	return &pipeEnd{in: x, out: y}, &pipeEnd{in: y, out: x}
}

// half is one direction.
type half struct {
	mu     sync.Mutex
	more   sync.Cond
	data   []byte
	closed bool
	past   bool // a deadline for reading has passed
	most   int  // what fits; 0 is everything
}

func newHalf() *half { h := &half{}; h.more.L = &h.mu; return h }

type pipeEnd struct {
	in, out *half
	closed  atomic.Bool
	reset   bool // is guarded by the lock of out
	timer   timer
}

func (p *pipeEnd) Read(b []byte) (int, error) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for len(p.in.data) == 0 && !p.in.closed && !p.in.past {
		p.in.more.Wait()
	}
	switch {
	case p.closed.Load():
		return 0, net.ErrClosed
	case p.in.past:
		return 0, os.ErrDeadlineExceeded
	case len(p.in.data) == 0:
		return 0, io.EOF
	}
	n := copy(b, p.in.data)
	p.in.data = p.in.data[n:]
	p.in.more.Broadcast()
	return n, nil
}

func (p *pipeEnd) Write(b []byte) (int, error) {
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	for p.out.most > 0 && len(p.out.data) >= p.out.most && !p.out.closed {
		p.out.more.Wait()
	}
	if p.closed.Load() {
		return 0, net.ErrClosed
	}
	if p.out.closed { // as with TCP, the first write after the peer has gone succeeds
		if p.reset {
			return 0, syscall.EPIPE
		}
		p.reset = true
		return len(b), nil
	}
	p.out.data = append(p.out.data, b...)
	p.out.more.Broadcast()
	return len(b), nil
}

func (p *pipeEnd) Close() error {
	p.closed.Store(true)
	p.timer.set(time.Time{}, nil)
	for _, h := range []*half{p.in, p.out} {
		h.mu.Lock()
		h.closed = true
		h.more.Broadcast()
		h.mu.Unlock()
	}
	return nil
}

func (p *pipeEnd) SetReadDeadline(t time.Time) error {
	past := func(is bool) {
		p.in.mu.Lock()
		defer p.in.mu.Unlock()
		p.in.past = is
		p.in.more.Broadcast()
	}
	past(false)
	p.timer.set(t, func() { past(true) })
	return nil
}

func (p *pipeEnd) SetDeadline(t time.Time) error    { return p.SetReadDeadline(t) }
func (p *pipeEnd) SetWriteDeadline(time.Time) error { return nil }
func (p *pipeEnd) LocalAddr() net.Addr              { return pipeAddr{} }
func (p *pipeEnd) RemoteAddr() net.Addr             { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "192.0.2.1:1" }
