package reach

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	"supportd/library/wire"
)

// maxBefore bounds what a server may say before its version line, in bytes (RFC
// 4253 section 4.2 allows any number of lines).
const maxBefore = 8 << 10

// heardConn watches the first bytes that arrive for the beginning of SSH. A peer
// that says something else is cut off: a handshake that waits for SSH there would
// wait in vain. Of one that speaks SSH it looks at the first packet, too: the SSH library
// has no type for a DISCONNECT.
type heardConn struct {
	net.Conn
	once func() // is called when SSH has begun
	done atomic.Bool

	mu    sync.Mutex // no other lock is taken under it
	first []byte     // until it is done
	heard bool       // SSH has begun, and first with it
	full  bool
	fault *notRelayError
}

func (h *heardConn) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if n == 0 || h.done.Load() {
		return n, err
	}
	if fault := h.note(p[:n]); fault != nil {
		return 0, fault
	}
	return n, err
}

// note looks at the first bytes that came.
func (h *heardConn) note(p []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first = append(h.first, p...)
	if !h.heard {
		switch verdict, said := begins(h.first); verdict {
		case isOther:
			h.fault = &notRelayError{said: said}
			return h.fault
		case isOpen:
			return nil
		}
		h.first = h.first[bytes.Index(h.first, []byte("SSH-")):]
		h.heard = true
		h.once()
	}
	var known bool
	if h.full, known = saysFull(h.first); known {
		h.first = nil
		h.done.Store(true)
	}
	return nil
}

// saysFull reports whether a DISCONNECT for too many connections follows the version line,
// with which said begins; known is false while that needs more bytes.
func saysFull(said []byte) (full, known bool) {
	// RFC 4253 sections 6 and 11.1: the length of the packet (4 bytes) and of its padding (1),
	// the number of the message (1), and of a DISCONNECT the reason (4).
	const disconnect, before, least = 1, 4 + 1, 4 + 1 + 1 + 4
	line, packet, ended := bytes.Cut(said, []byte("\n"))
	switch {
	case len(line) > maxVersion:
		return false, true
	case !ended || len(packet) < least:
		return false, false
	}
	return packet[before] == disconnect && binary.BigEndian.Uint32(packet[before+1:]) == wire.ReasonTooManyConnections, true
}

// errFull is the answer of a relay that has no place for another login.
var errFull = errors.New(wire.Full)

// failure is what the peer said instead of SSH; nil where it said nothing else.
func (h *heardConn) failure() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.fault != nil:
		return h.fault
	case h.full:
		return errFull
	case h.heard, strings.HasPrefix("SSH-", string(h.first)):
		return nil
	case bytes.HasPrefix(h.first, []byte(wire.Full)):
		return errFull
	}
	return &notRelayError{said: "no SSH"}
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
