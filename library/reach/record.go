package reach

import (
	"encoding/binary"
	"errors"
	"net"
	"syscall"
)

const (
	// recordHeader is how many bytes a TLS record begins with; the last two are the length
	// of what follows (RFC 8446 section 5.1).
	recordHeader = 5
	// recordBytes is for how many bytes from its beginning on a connection is read record
	// by record: a TLS handshake, the request for a WebSocket, and a login.
	recordBytes = 2 * loginBytes
)

// ByRecord is nc, whose client begins with TLS, for the TLS library to read from. At first
// a read ends where a record does. The library would make room for what has come along
// with a record, and keep it as long as the connection stands: most tunnels idle from then
// on.
func ByRecord(nc net.Conn) net.Conn { return &recordConn{Conn: nc, little: recordBytes} }

// recordConn is a connection that is read record by record at first. What follows Conn is
// the reader's alone.
type recordConn struct {
	net.Conn
	header [recordHeader]byte
	have   int // bytes of the header that have been read
	left   int // bytes behind it that have not
	little int // bytes that are still to be read so
}

// Read waits for the whole record, or as much of it as p has room for, as the library
// would.
func (c *recordConn) Read(p []byte) (n int, err error) {
	if c.little <= 0 && c.have == 0 && c.left == 0 {
		return c.Conn.Read(p)
	}
	for n < len(p) && err == nil {
		read := 0
		if c.left > 0 {
			read, err = c.Conn.Read(p[n:min(len(p), n+c.left)])
			c.left -= read
		} else {
			read, err = c.Conn.Read(p[n:min(len(p), n+recordHeader-c.have)])
			if c.have += copy(c.header[c.have:], p[n:n+read]); c.have == recordHeader {
				c.have, c.left = 0, int(binary.BigEndian.Uint16(c.header[recordHeader-2:]))
			}
		}
		if n += read; c.have == 0 && c.left == 0 {
			break
		}
	}
	c.little -= n
	if n > 0 {
		return n, nil // an error comes again
	}
	return 0, err
}

// SyscallConn implements [syscall.Conn], where the connection can.
func (c *recordConn) SyscallConn() (syscall.RawConn, error) {
	if has, ok := c.Conn.(syscall.Conn); ok {
		return has.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// CloseWrite ends the own direction, where the connection can.
func (c *recordConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Proxied reports whether a trusted proxy has told whose connection this is.
func (c *recordConn) Proxied() bool {
	told, ok := c.Conn.(interface{ Proxied() bool })
	return ok && told.Proxied()
}
