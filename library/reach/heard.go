package reach

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"sync/atomic"
)

// maxBefore bounds what a server may say before its version line, in bytes (RFC
// 4253 section 4.2 allows any number of lines).
const maxBefore = 8 << 10

// heardConn watches the first bytes that arrive for the beginning of SSH. A peer
// that says something else is cut off: a handshake that waits for SSH there would
// wait in vain.
type heardConn struct {
	net.Conn
	once  func() // is called when SSH has begun
	heard atomic.Bool

	mu    sync.Mutex // no other lock is taken under it
	first []byte
	fault *notRelayError
}

func (h *heardConn) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if n == 0 || h.heard.Load() {
		return n, err
	}
	if fault := h.note(p[:n]); fault != nil {
		return 0, fault
	}
	return n, err
}

// note looks at bytes that came before SSH has begun.
func (h *heardConn) note(p []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first = append(h.first, p...)
	switch verdict, said := begins(h.first); {
	case verdict == isSSH:
		h.first = nil
		h.heard.Store(true)
		h.once()
	case verdict == isOther:
		h.fault = &notRelayError{said: said}
		return h.fault
	}
	return nil
}

// failure is what the peer was instead of SSH; nil where it said nothing else.
func (h *heardConn) failure() *notRelayError {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fault == nil && !h.heard.Load() && !strings.HasPrefix("SSH-", string(h.first)) {
		return &notRelayError{said: "no SSH"}
	}
	return h.fault
}

type verdict int

const (
	isOpen verdict = iota // more bytes will tell
	isSSH
	isOther
)

// begins tells what the first bytes of a server are. said describes what is not
// SSH, in our own words. What it says of some bytes does not change with more.
func begins(first []byte) (v verdict, said string) {
	switch {
	case bytes.HasPrefix(first, []byte("HTTP/")):
		return isOther, "HTTP"
	case bytes.HasPrefix(bytes.TrimLeft(first, " \t\r\n"), []byte("<")):
		return isOther, "a web page"
	case len(first) >= 2 && first[0] >= 0x14 && first[0] <= 0x17 && first[1] == 3: // RFC 8446 section 5.1
		return isOther, "TLS"
	case bytes.HasPrefix(first, []byte("SSH-")):
		return isSSH, ""
	}
	line := []byte("\nSSH-")
	switch i := bytes.Index(first, line); {
	case i >= 0 && i < maxBefore:
		return isSSH, ""
	case len(first) >= maxBefore+len(line):
		return isOther, "no SSH"
	}
	return isOpen, ""
}
