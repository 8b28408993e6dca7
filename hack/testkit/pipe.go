package testkit

import (
	"io"
	"net"
	"sync"
	"time"
)

// Pipe is a connection in memory with room for everything that is written: with the
// unbuffered net.Pipe, a handshake in which both sides write first never ends. It may be
// used inside synctest, and has no deadlines.
func Pipe() (a, b net.Conn) {
	x, y := newHalf(), newHalf()
	return &pipeEnd{in: x, out: y}, &pipeEnd{in: y, out: x}
}

// half is one direction.
type half struct {
	mu     sync.Mutex
	more   sync.Cond
	data   []byte
	closed bool
}

func newHalf() *half { h := &half{}; h.more.L = &h.mu; return h }

func (h *half) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.more.Broadcast()
}

type pipeEnd struct{ in, out *half }

func (p *pipeEnd) Read(b []byte) (int, error) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for len(p.in.data) == 0 && !p.in.closed {
		p.in.more.Wait()
	}
	if len(p.in.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.in.data)
	p.in.data = p.in.data[n:]
	return n, nil
}

func (p *pipeEnd) Write(b []byte) (int, error) {
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	if p.out.closed {
		return 0, io.ErrClosedPipe
	}
	p.out.data = append(p.out.data, b...)
	p.out.more.Broadcast()
	return len(b), nil
}

// Close closes both directions.
func (p *pipeEnd) Close() error { p.in.close(); p.out.close(); return nil }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "192.0.2.1:1" }

func (p *pipeEnd) LocalAddr() net.Addr              { return pipeAddr{} }
func (p *pipeEnd) RemoteAddr() net.Addr             { return pipeAddr{} }
func (p *pipeEnd) SetDeadline(time.Time) error      { return nil }
func (p *pipeEnd) SetReadDeadline(time.Time) error  { return nil }
func (p *pipeEnd) SetWriteDeadline(time.Time) error { return nil }
