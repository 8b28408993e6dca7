package reach

import (
	"errors"
	"net"
	"sync"
)

// wholeSize is two TLS records.
const wholeSize = 32 << 10

// wholeWrites makes one write of the pieces in which a WebSocket writes a message:
// each would be a TLS record and a call of the system by itself. It keeps a buffer
// of wholeSize, so it is for the end that has few connections.
type wholeWrites struct {
	net.Conn

	mu      sync.Mutex // held while it writes; no other lock is taken under it
	inside  bool       // a message
	pending []byte
}

// begin starts a message. Where two overlap, their bytes keep the order in which
// they came, in more pieces.
func (w *wholeWrites) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inside = true
}

// end writes what is left, with pongs that the reader wrote meanwhile.
func (w *wholeWrites) end() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inside = false
	return w.flush()
}

// flush needs the lock.
func (w *wholeWrites) flush() error {
	if len(w.pending) == 0 {
		return nil
	}
	_, err := w.Conn.Write(w.pending)
	w.pending = w.pending[:0]
	return err
}

// Write keeps what belongs to a message until there is enough of it.
func (w *wholeWrites) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inside && len(w.pending)+len(p) <= wholeSize {
		w.pending = append(w.pending, p...)
		return len(p), nil
	}
	before := w.flush()
	n, err := w.Conn.Write(p)
	return n, errors.Join(before, err)
}
