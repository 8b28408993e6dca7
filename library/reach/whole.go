package reach

import (
	"errors"
	"net"
	"sync"
)

// wholeSize is two TLS records: a message that holds a packet of SSH fits.
const wholeSize = 32<<10 + 256

const (
	// loginBytes is how much a client sends to log in and to join, and loginRecord how
	// large a TLS record it makes of that. A server keeps room for the largest record that
	// has come as long as the connection stands, and most tunnels idle from then on.
	loginBytes  = 8 << 10
	loginRecord = 250
)

// wholeBuffers are lent for as long as a message is being written.
var wholeBuffers = sync.Pool{New: func() any { return new([wholeSize]byte) }}

// wholeWrites makes one write of the pieces in which a WebSocket writes a message:
// each would be a TLS record and a call of the system by itself. It holds a buffer
// only while a message is being written, so an idle connection costs nothing.
type wholeWrites struct {
	net.Conn

	mu     sync.Mutex       // held while it writes; no other lock is taken under it
	buffer *[wholeSize]byte // nil outside of a message
	used   int              // how many bytes of it wait
	login  int              // how many bytes still go in small pieces
}

// begin starts a message. Where two overlap, their bytes keep the order in which
// they came, in more pieces.
func (w *wholeWrites) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buffer == nil {
		w.buffer = wholeBuffers.Get().(*[wholeSize]byte)
	}
}

// end writes what is left, with pongs that the reader wrote meanwhile.
func (w *wholeWrites) end() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.flushLocked()
	if w.buffer != nil {
		wholeBuffers.Put(w.buffer)
		w.buffer = nil
	}
	return err
}

func (w *wholeWrites) flushLocked() error {
	if w.used == 0 {
		return nil
	}
	_, err := w.sendLocked(w.buffer[:w.used])
	w.used = 0
	return err
}

// sendLocked writes to the connection, what belongs to the login in small pieces.
func (w *wholeWrites) sendLocked(p []byte) (written int, err error) {
	for len(p) > 0 {
		piece := p
		if w.login > 0 {
			piece = p[:min(len(p), loginRecord)]
		}
		n, err := w.Conn.Write(piece)
		if written, w.login = written+n, w.login-n; err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}

// Write keeps what belongs to a message until there is enough of it.
func (w *wholeWrites) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buffer != nil && len(p) <= len(w.buffer)-w.used {
		w.used += copy(w.buffer[w.used:], p)
		return len(p), nil
	}
	before := w.flushLocked()
	n, err := w.sendLocked(p)
	return n, errors.Join(before, err)
}
