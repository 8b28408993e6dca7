package reach

import (
	"bufio"
	"bytes"
	cryptotls "crypto/tls"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"os"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

// ErrOrigin is a WebSocket that a web page opens: pages have no business here.
var ErrOrigin = errors.New("a WebSocket from a web page")

// Accept makes a connection of a request for a WebSocket, whose bytes are then the
// connection's. remote becomes its remote address. Where that fails Accept has
// answered the request: with 403 for one of a web page, which browsers mark with an
// Origin, whatever page it is.
//
// It returns when the client has begun to use the connection, or has said nothing for a
// while: until then the connection keeps the place that it has as a request, because the
// SSH server has few for those that say nothing.
//
// The connection outlives the request. Only binary messages of at most MaxMessage
// are taken; anything else, and a flood of pings, ends it. Its Close is immediate.
func Accept(w nethttp.ResponseWriter, r *nethttp.Request, remote net.Addr) (net.Conn, error) {
	if _, fromPage := r.Header["Origin"]; fromPage {
		nethttp.Error(w, "this address is not for web pages", nethttp.StatusForbidden)
		return nil, ErrOrigin
	}
	taken := &takenConn{ResponseWriter: w}
	ws, err := websocket.Accept(taken, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil, err
	}
	_ = ws.CloseNow() // it has done the handshake; the connection stays, as keptOpen is all it has
	first, err := taken.begin()
	if err != nil {
		taken.conn.Close()
		return nil, err
	}
	c := &serverConn{in: taken.conn, out: taken.conn, raw: bottom(taken.conn), remote: remote}
	if len(first) > 0 {
		c.in = &begun{Conn: taken.conn, first: first}
	}
	if c.raw != taken.conn {
		c.socket = socketOf(c.raw)
	}
	return c, nil
}

// socketOf is the socket of a connection, nil where it has none or where the system
// tells nothing of it.
func socketOf(nc net.Conn) syscall.RawConn {
	has, ok := nc.(syscall.Conn)
	if !ok || !tellsBytes {
		return nil
	}
	socket, err := has.SyscallConn()
	if err != nil {
		return nil
	}
	return socket
}

// bottom is the connection below TLS.
func bottom(nc net.Conn) net.Conn {
	if inner, ok := nc.(*cryptotls.Conn); ok {
		return inner.NetConn()
	}
	return nc
}

// takenConn takes a request's connection over from the HTTP server, and from the
// WebSocket library when that has done the handshake.
type takenConn struct {
	nethttp.ResponseWriter
	conn  net.Conn
	early []byte // what had been read of it
}

// Hijack implements [net/http.Hijacker].
func (t *takenConn) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := nethttp.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("taking the connection over: %w", err)
	}
	early, _ := rw.Reader.Peek(rw.Reader.Buffered())
	t.conn, t.early = nc, bytes.Clone(early)
	return keptOpen{nc}, rw, nil
}

// begin waits until the client has begun inside the WebSocket, which it cannot do before it
// has read our answer, and returns what has come. One that waits for the server's first word
// is let through after a while.
func (t *takenConn) begin() (first []byte, err error) {
	if len(t.early) > 0 {
		return t.early, nil
	}
	first = make([]byte, 1)
	_ = t.conn.SetReadDeadline(time.Now().Add(silence))
	n, err := t.conn.Read(first)
	if n == 0 && !errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, fmt.Errorf("waiting for the client to begin: %w", err)
	}
	return first[:n], t.conn.SetReadDeadline(time.Time{})
}

// keptOpen is a connection that another owner closes.
type keptOpen struct{ net.Conn }

// Close does nothing.
func (keptOpen) Close() error { return nil }
