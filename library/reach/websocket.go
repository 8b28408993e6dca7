package reach

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"supportd/library/panics"
	"supportd/library/text"
)

const (
	// WebPath is where a relay takes WebSockets.
	WebPath = "/ssh"
	// MaxMessage bounds a WebSocket message in bytes. Both ends keep to it: one write
	// of SSH fits many times.
	MaxMessage = 1 << 20
)

// notRelayError is an answer that no relay gives.
type notRelayError struct {
	said    string // harmless to show
	trusted bool   // TLS has proved that the relay's host says so
}

func (e *notRelayError) Error() string { return "something else than a relay answers: " + e.said }

// webSocket makes a WebSocket inside TLS over l. HTTP is version 1.1, since a
// WebSocket in HTTP/2 is another protocol.
func (d *Dialer) webSocket(ctx context.Context, l *line, w way) (net.Conn, error) {
	inner, err := d.secure(ctx, l, w.host)
	if err != nil {
		return nil, tlsFailure(err, w.host)
	}
	whole := &wholeWrites{Conn: inner, login: loginBytes}
	host := hostInURL(w.host)
	if w.port != httpsPort {
		host = net.JoinHostPort(w.host, w.port)
	}
	// The client is made for this one request, so nothing of the process, as a proxy
	// or cookies, has a part in it.
	ws, _, err := websocket.Dial(ctx, "https://"+host+WebPath, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: upgrade{whole}},
		HTTPHeader: http.Header{"User-Agent": {userAgent}},
	})
	if err != nil {
		return nil, err
	}
	return newWebConn(ws, l, whole), nil
}

// secure begins TLS as the client. It ends with ctx at once, also where Windows or
// macOS still check the certificate: they may ask the network of whoever made it,
// which nothing can end but their own limit. Then they do so in vain.
func (d *Dialer) secure(ctx context.Context, nc net.Conn, host string) (*tls.Conn, error) {
	inner := tls.Client(nc, &tls.Config{
		RootCAs: d.Roots, ServerName: host, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		// The first message of the post-quantum curves needs two packets, which not every
		// box on the way can take, and a relay would keep room for it as long as the tunnel
		// lives. They would protect nothing here: SSH inside has them.
		CurvePreferences:            []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
		DynamicRecordSizingDisabled: true, // it would begin with small records
	})
	done := make(chan error, 1)
	go func() {
		defer panics.Keep(d.logger(), "TLS", func() { done <- errPanicked })
		done <- inner.HandshakeContext(ctx)
	}()
	select {
	case err := <-done:
		return inner, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// upgrade sends one request over a connection, and hands the connection on where
// the answer is 101.
type upgrade struct{ nc net.Conn }

func (u upgrade) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, rest, err := exchange(u.nc, req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, &notRelayError{said: "HTTP status " + text.Plain(resp.Status, maxShown), trusted: true}
	}
	resp.Body = rest.(io.ReadWriteCloser)
	return resp, nil
}

var errText = errors.New("a WebSocket message of text, where only binary ones are allowed")

// newWebConn makes a net.Conn of a client's WebSocket that writes to whole and whose
// bytes go over raw: each write is a binary message, reads do not show where one ends.
// Close is immediate. As with every WebSocket, a deadline that passes closes the
// connection for good: enough for a login that must not take for ever, and nothing
// else should be built on it.
func newWebConn(ws *websocket.Conn, raw net.Conn, whole *wholeWrites) *webConn {
	ws.SetReadLimit(MaxMessage)
	return &webConn{ws: ws, raw: raw, whole: whole}
}

type webConn struct {
	ws    *websocket.Conn
	raw   net.Conn
	whole *wholeWrites // what ws writes to

	rest  io.Reader // of the message that is being read
	timer timer
}

// Read has one caller at a time, as SSH reads. An error ends the connection.
func (c *webConn) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if c.rest == nil {
			// Background: a read ends with the connection, as any net.Conn's.
			kind, r, err := c.ws.Reader(context.Background())
			switch {
			case err != nil:
				return 0, c.ended(err)
			case kind != websocket.MessageBinary:
				return 0, c.ended(errText)
			}
			c.rest = r
		}
		n, err := c.rest.Read(p)
		if errors.Is(err, io.EOF) {
			c.rest, err = nil, nil
		}
		if err != nil {
			return n, c.ended(err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, nil
}

// ended closes the connection after an error of reading, and returns what to tell.
func (c *webConn) ended(err error) error {
	c.Close()
	return endOf(err)
}

// endOf makes io.EOF of a WebSocket's two good ends.
func endOf(err error) error {
	if code := websocket.CloseStatus(err); code == websocket.StatusNormalClosure || code == websocket.StatusGoingAway {
		return io.EOF
	}
	return err
}

func (c *webConn) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		n := min(len(p), MaxMessage)
		if err := c.writeMessage(p[:n]); err != nil {
			return written, err
		}
		written, p = written+n, p[n:]
	}
	return written, nil
}

func (c *webConn) writeMessage(p []byte) error {
	c.whole.begin()
	// Background: so does a write.
	err := c.ws.Write(context.Background(), websocket.MessageBinary, p)
	return errors.Join(err, c.whole.end())
}

// Close ends the connection without the WebSocket's own leave-taking, which would
// wait for the peer.
func (c *webConn) Close() error {
	c.timer.set(time.Time{}, nil)
	err := c.raw.Close()
	c.ws.CloseNow()
	return err
}

func (c *webConn) LocalAddr() net.Addr                { return c.raw.LocalAddr() }
func (c *webConn) RemoteAddr() net.Addr               { return c.raw.RemoteAddr() }
func (c *webConn) SetReadDeadline(t time.Time) error  { return c.SetDeadline(t) }
func (c *webConn) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

func (c *webConn) SetDeadline(t time.Time) error {
	c.timer.set(t, func() { c.raw.Close() })
	return nil
}
