package reach

import (
	"bufio"
	"bytes"
	"context"
	cryptotls "crypto/tls"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"time"

	"github.com/coder/websocket"
)

const (
	// webReadBuffer and webWriteBuffer are what an idle tunnel holds: net/http's own
	// are 4 KiB each. A frame's header fits, and with it what people type; more goes
	// past them, to the buffers of SSH and to that of wholeWrites.
	webReadBuffer  = 256
	webWriteBuffer = 128
	// maxControls bounds the pings and pongs that a client sends in a row of
	// controlTime; programs and proxies send one in 15 s or so.
	maxControls = 60
	controlTime = time.Minute
)

// ErrOrigin is a WebSocket that a web page opens: pages have no business here.
var ErrOrigin = errors.New("a WebSocket from a web page")

// Accept makes a connection of a request for a WebSocket, whose bytes are then the
// connection's. remote becomes its remote address. Where that fails Accept has
// answered the request: with 403 for one of a web page, which browsers mark with an
// Origin, whatever page it is.
//
// The connection outlives the request. Only binary messages of at most MaxMessage
// are taken; anything else, and a flood of pings, ends it. Its Close is immediate.
func Accept(w nethttp.ResponseWriter, r *nethttp.Request, remote net.Addr) (net.Conn, error) {
	if _, fromPage := r.Header["Origin"]; fromPage {
		nethttp.Error(w, "this address is not for web pages", nethttp.StatusForbidden)
		return nil, ErrOrigin
	}
	small := &smallBuffers{ResponseWriter: w}
	controls := &controls{}
	ws, err := websocket.Accept(small, r, &websocket.AcceptOptions{
		CompressionMode: websocket.CompressionDisabled,
		OnPingReceived:  func(context.Context, []byte) bool { return controls.mayGoOn() },
		OnPongReceived:  func(context.Context, []byte) { controls.mayGoOn() },
	})
	if err != nil {
		return nil, err
	}
	small.reader.Reset(small.from) // nothing has been read yet; this leaves a layer out
	controls.raw = bottom(small.conn)
	c := newWebConn(ws, sourced{controls.raw, remote}, small.whole)
	c.in = small.reader
	return c, nil
}

// controls counts the pings and pongs of a connection. Its reader alone uses it.
type controls struct {
	raw   net.Conn
	since time.Time
	count int
}

// mayGoOn counts one more; it closes the connection when there are too many.
func (c *controls) mayGoOn() bool {
	if now := time.Now(); now.Sub(c.since) >= controlTime {
		c.since, c.count = now, 0
	}
	if c.count++; c.count <= maxControls {
		return true
	}
	c.raw.Close() // the WebSocket's own end would wait for the reader, which is here
	return false
}

// bottom is the connection below TLS: TLS would first try to tell the peer that it
// ends, and wait for one that does not read.
func bottom(nc net.Conn) net.Conn {
	if inner, ok := nc.(*cryptotls.Conn); ok {
		return inner.NetConn()
	}
	return nc
}

// sourced is a connection that came from elsewhere than its peer.
type sourced struct {
	net.Conn
	remote net.Addr
}

// RemoteAddr is where the connection really came from.
func (s sourced) RemoteAddr() net.Addr { return s.remote }

// smallBuffers hands a request's connection over with buffers of its own size.
type smallBuffers struct {
	nethttp.ResponseWriter
	conn   net.Conn
	from   net.Conn      // conn with what had been read of it
	reader *bufio.Reader // reads from it
	whole  *wholeWrites
}

// Hijack implements [net/http.Hijacker].
func (s *smallBuffers) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := nethttp.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("taking the connection over: %w", err)
	}
	s.conn, s.from, s.whole = nc, nc, &wholeWrites{Conn: nc}
	if early, _ := rw.Reader.Peek(rw.Reader.Buffered()); len(early) > 0 {
		s.from = &begun{Conn: nc, first: bytes.Clone(early)}
	}
	s.reader = bufio.NewReaderSize(s.from, webReadBuffer)
	return s.from, bufio.NewReadWriter(s.reader, bufio.NewWriterSize(s.whole, webWriteBuffer)), nil
}
