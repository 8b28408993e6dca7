package reach

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Kinds of frames, RFC 6455 section 5.2.
const (
	kindMore   = 0x0 // goes on with the message that has begun
	kindText   = 0x1
	kindBinary = 0x2
	kindClose  = 0x8
	kindPing   = 0x9
	kindPong   = 0xa

	finalFrame   = 0x80 // of the first byte: the last frame of its message
	reservedBits = 0x70 // of the first byte: no extension was agreed on
	maskedFrame  = 0x80 // of the second byte
	// leastHeader is the shortest header of a client: two bytes and the mask.
	leastHeader = 6
	// maxFrameHeader is the longest one: a length of eight bytes, and the mask.
	maxFrameHeader = 14
	// maxControl bounds what a ping, pong or close carries, in bytes.
	maxControl = 125
	// controlsLimit and controlTime bound the pings and pongs that a client sends:
	// programs and proxies send one in 15 s or so.
	controlsLimit = 60
	controlTime   = time.Minute
	// idleAfter is how long nothing must come until a connection in TLS counts as idle.
	idleAfter = time.Second
	// goodbyeTime is how long a client that has closed may take to hear the same.
	goodbyeTime = time.Second
)

// Codes of a close, RFC 6455 section 7.4.1.
const (
	closedNormally = 1000
	closedByLeave  = 1001
)

var (
	errFrame    = errors.New("a frame that no WebSocket's client sends")
	errTooLong  = errors.New("a WebSocket message that is too long")
	errControls = errors.New("too many pings")
)

// serverConn is the server's end of a WebSocket after its handshake, as a [net.Conn]:
// each write is a binary message or several, reads do not show where one ends.
//
// The frames are read and written here because an idle tunnel, of which a relay has
// thousands, shall hold next to nothing: no buffer, and a small stack for its reader.
// Close is immediate. A deadline that passes closes the connection for good.
type serverConn struct {
	in  net.Conn // what is read, with what the client has sent too early
	out net.Conn // where answers go: in, without that
	// raw is below TLS, which would first try to tell the peer that it ends, and wait for
	// one that does not read.
	raw    net.Conn
	remote net.Addr
	// socket is raw's, where in is TLS and the system can tell whether bytes have come; or
	// else nil. Waiting for them in TLS takes a stack that is twice as large, and most
	// tunnels do nothing else.
	socket syscall.RawConn
	timer  timer

	writing sync.Mutex // held while a frame is written; no other lock is taken under it

	// What follows is the reader's alone.
	header [maxFrameHeader]byte
	inside bool // a message, whose last frame has not come
	masked int  // how many bytes of the frame have been read: the mask's place
	mask   [4]byte
	left   int // bytes of the frame that have not been read
	length int // bytes of the message, this frame's too
	since  time.Time
	count  int // of pings and pongs since then
}

// Read has one caller at a time, as SSH reads. An error ends the connection.
func (c *serverConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for c.left == 0 {
		// A client's header has leastHeader bytes at least; of one without a mask, which is
		// refused, not even so many may come.
		var n int
		var err error
		if c.socket == nil {
			n, err = c.in.Read(c.header[:leastHeader])
		} else if n, err = c.readSoon(c.header[:leastHeader]); isTimeout(err) {
			// Here an idle tunnel waits.
			if err = c.socket.Read(hasBytes); err == nil {
				continue
			}
		}
		switch {
		case n > 0:
			err = c.next(n)
		case err != nil:
			err = noEOF(err)
		}
		if err != nil {
			return 0, c.ended(err)
		}
	}
	n, err := c.in.Read(p[:min(len(p), c.left)])
	unmask(p[:n], c.mask, c.masked)
	c.masked, c.left = c.masked+n, c.left-n
	if n > 0 {
		return n, nil // an error comes again
	}
	return 0, c.ended(noEOF(err))
}

// readSoon reads from TLS, but waits no longer than idleAfter. Nothing is lost then: the
// bytes of half a record stay with TLS.
func (c *serverConn) readSoon(p []byte) (int, error) {
	if err := c.raw.SetReadDeadline(time.Now().Add(idleAfter)); err != nil {
		return 0, err
	}
	n, err := c.in.Read(p)
	return n, errors.Join(err, c.raw.SetReadDeadline(time.Time{}))
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// noEOF makes an error of a connection that ends without the WebSocket's close: what
// is missing nobody knows.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ended closes the connection after an error of reading, and returns what to tell.
func (c *serverConn) ended(err error) error {
	c.Close()
	return err
}

// next reads the header of a frame, of which it has so many bytes, and a control frame
// as a whole. io.EOF is a good end.
func (c *serverConn) next(have int) error {
	if have < 2 {
		n, err := io.ReadAtLeast(c.in, c.header[have:leastHeader], 2-have)
		if err != nil {
			return noEOF(err)
		}
		have += n
	}
	first, second := c.header[0], c.header[1]
	if first&reservedBits != 0 || second&maskedFrame == 0 {
		return errFrame
	}
	need, short := leastHeader, second&^maskedFrame
	switch short {
	case 126:
		need += 2
	case 127:
		need += 8
	}
	if _, err := io.ReadFull(c.in, c.header[have:need]); err != nil {
		return noEOF(err)
	}
	length := uint64(short)
	switch short {
	case 126:
		length = uint64(binary.BigEndian.Uint16(c.header[2:]))
	case 127:
		length = binary.BigEndian.Uint64(c.header[2:])
	}
	c.mask, c.masked = [4]byte(c.header[need-4:need]), 0
	kind, final := first&^finalFrame, first&finalFrame != 0
	switch kind {
	case kindMore, kindBinary:
		return c.data(kind, final, length)
	case kindPing, kindPong, kindClose:
		if !final || length > maxControl {
			return errFrame
		}
		return c.control(kind, int(length))
	case kindText:
		return errText
	}
	return errFrame
}

// data begins a frame of data.
func (c *serverConn) data(kind byte, final bool, length uint64) error {
	if c.inside != (kind == kindMore) {
		return errFrame
	}
	if !c.inside {
		c.length = 0
	}
	if length > uint64(MaxMessage-c.length) {
		return errTooLong
	}
	c.length, c.left, c.inside = c.length+int(length), int(length), !final
	return nil
}

// control reads and answers a ping, pong or close, between the frames of data.
func (c *serverConn) control(kind byte, length int) error {
	payload := make([]byte, length)
	if _, err := io.ReadFull(c.in, payload); err != nil {
		return noEOF(err)
	}
	unmask(payload, c.mask, 0)
	if kind == kindClose {
		return c.closed(payload)
	}
	if now := time.Now(); now.Sub(c.since) >= controlTime {
		c.since, c.count = now, 0
	}
	if c.count++; c.count > controlsLimit {
		return errControls
	}
	if kind == kindPing {
		return c.write(kindPong, payload)
	}
	return nil
}

// closed answers a client that closes, and is what its close means: io.EOF for the
// two good ends.
func (c *serverConn) closed(payload []byte) error {
	if len(payload) == 1 {
		return errFrame
	}
	_ = c.raw.SetWriteDeadline(time.Now().Add(goodbyeTime)) // also for a write that waits
	_ = c.write(kindClose, payload[:min(len(payload), 2)])  // it need not read any more
	if len(payload) == 0 {
		return io.ErrUnexpectedEOF
	}
	switch code := binary.BigEndian.Uint16(payload); code {
	case closedNormally, closedByLeave:
		return io.EOF
	default:
		return fmt.Errorf("the WebSocket was closed with code %d", code)
	}
}

// Write may be called while another one or a Read goes on.
func (c *serverConn) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		n := min(len(p), wholeSize-maxFrameHeader)
		if err := c.write(kindBinary, p[:n]); err != nil {
			return written, err
		}
		written, p = written+n, p[n:]
	}
	return written, nil
}

// write writes a frame that fits into one of wholeBuffers: one call of the system,
// and one record of TLS or two.
func (c *serverConn) write(kind byte, p []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	buffer := wholeBuffers.Get().(*[wholeSize]byte)
	defer wholeBuffers.Put(buffer)
	f := append(buffer[:0], finalFrame|kind)
	switch {
	case len(p) < 126:
		f = append(f, byte(len(p)))
	case len(p) < 1<<16:
		f = binary.BigEndian.AppendUint16(append(f, 126), uint16(len(p)))
	default:
		f = binary.BigEndian.AppendUint64(append(f, 127), uint64(len(p)))
	}
	_, err := c.out.Write(append(f, p...))
	return err
}

// unmask undoes a client's mask (RFC 6455 section 5.3) in place; before is how many
// bytes of the frame were unmasked already.
func unmask(p []byte, mask [4]byte, before int) {
	var turned [8]byte
	for i := range turned {
		turned[i] = mask[(before+i)%4]
	}
	whole := binary.NativeEndian.Uint64(turned[:])
	for ; len(p) >= 8; p = p[8:] {
		binary.NativeEndian.PutUint64(p, binary.NativeEndian.Uint64(p)^whole)
	}
	for i := range p {
		p[i] ^= turned[i]
	}
}

// Close ends the connection without the WebSocket's own leave-taking, which would
// wait for the peer.
func (c *serverConn) Close() error {
	c.timer.set(time.Time{}, nil)
	return c.raw.Close()
}

func (c *serverConn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr is where the connection really came from.
func (c *serverConn) RemoteAddr() net.Addr               { return c.remote }
func (c *serverConn) SetReadDeadline(t time.Time) error  { return c.SetDeadline(t) }
func (c *serverConn) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

func (c *serverConn) SetDeadline(t time.Time) error {
	c.timer.set(t, func() { c.raw.Close() })
	return nil
}
