package reach

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"supportd/hack/testkit"
)

// said is a connection on which a client has said something, and gone.
type said struct {
	net.Conn // nil: nothing else is needed
	in       io.Reader
	out      bytes.Buffer
}

func (s *said) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *said) Write(p []byte) (int, error) { return s.out.Write(p) }

// A mask is undone the same, however the bytes come.
func TestUnmask(t *testing.T) {
	mask := [4]byte{1, 2, 3, 4}
	for length := range 40 {
		for cut := range length + 1 {
			p := make([]byte, length)
			for i := range p {
				p[i] = byte(i) ^ mask[i%4]
			}
			unmask(p[:cut], mask, 0)
			unmask(p[cut:], mask, cut)
			for i := range p {
				if p[i] != byte(i) {
					t.Fatalf("%d bytes cut at %d: %v", length, cut, p)
				}
			}
		}
	}
}

// What the client of another's library writes is read as it was written, and the other
// way round, in sizes around every limit of a frame.
func TestFramesOfAClient(t *testing.T) {
	ended := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nc, err := Accept(w, r, addrOf("198.51.100.1:1"))
		if err != nil {
			ended <- err
			return
		}
		_, err = io.Copy(nc, struct{ io.Reader }{nc})
		nc.Close()
		ended <- err
	}))
	defer server.Close()
	ws, _, err := websocket.Dial(t.Context(), server.URL+WebPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	nc := websocket.NetConn(t.Context(), ws, websocket.MessageBinary)
	for i := range 48 {
		size := sizeOfWrite(i)
		sent := bytes.Repeat([]byte(fmt.Sprint(i, " ")), size)[:size]
		go nc.Write(sent)
		got := make([]byte, size)
		if _, err := io.ReadFull(nc, got); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("%d bytes: others came back, %v", size, err)
		}
	}
	ws.Close(websocket.StatusNormalClosure, "")
	if err := <-ended; err != nil {
		t.Errorf("a good end is %v", err)
	}
}

// Whatever a stranger sends is read in bounded memory and ends in an error; what was
// read was sent.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x82\x85\x00\x00\x00\x00hello\x88\x82\x00\x00\x00\x00\x03\xe8"))
	f.Add([]byte("\x02\x81\x01\x02\x03\x04x\x89\x80\x00\x00\x00\x00\x80\x81\x00\x00\x00\x00y"))
	f.Add([]byte("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00z"))
	f.Add([]byte("\x81\x81\x00\x00\x00\x00x"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		nc := &said{in: bytes.NewReader(sent)}
		c := &serverConn{in: nc, out: nc, raw: deaf{}}
		got, err := io.ReadAll(c)
		if len(got) > len(sent) || nc.out.Len() > 2*len(sent) {
			t.Errorf("%d bytes were read and %d written of %d", len(got), nc.out.Len(), len(sent))
		}
		if err == nil && !bytes.Contains(sent, []byte{0x88}) {
			t.Error("a good end without a close")
		}
	})
}

// deaf is a connection that can be closed.
type deaf struct{ net.Conn }

func (deaf) Close() error                     { return nil }
func (deaf) SetWriteDeadline(time.Time) error { return nil }

// A tunnel in TLS that idles waits below TLS, and loses nothing by it: also when half a
// record comes. Its Close still ends a Read at once.
func TestIdleTunnelsInTLSWaitBelowIt(t *testing.T) {
	if !tellsBytes {
		t.Skip("this system does not tell whether bytes have come")
	}
	taken := make(chan net.Conn, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nc, err := Accept(w, r, addrOf("198.51.100.1:1"))
		if err != nil {
			t.Error(err)
		}
		taken <- nc
	}))
	defer server.Close()
	slow := &halves{stopped: make(chan struct{}), rest: make(chan struct{})}
	client := server.Client()
	client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		nc, err := new(net.Dialer).DialContext(ctx, network, addr)
		slow.Conn = nc
		return slow, err
	}
	ws, _, err := websocket.Dial(t.Context(), server.URL+WebPath, &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	near, far := websocket.NetConn(t.Context(), ws, websocket.MessageBinary), <-taken
	defer far.Close()
	got, ended := make(chan byte), make(chan error, 1)
	go func() {
		for p := make([]byte, 1); ; {
			if _, err := far.Read(p); err != nil {
				ended <- err
				return
			}
			got <- p[0]
		}
	}()
	idle := func() {
		t.Helper()
		testkit.Eventually(t, "it waits for the socket", func() bool {
			stacks := make([]byte, 1<<20)
			return bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("RawRead"))
		})
	}
	for _, half := range []bool{false, true} {
		idle()
		slow.half.Store(half)
		go near.Write([]byte("ab"))
		if half {
			<-slow.stopped // the rest of the record is not there yet
			slow.rest <- struct{}{}
		}
		if a, b := <-got, <-got; a != 'a' || b != 'b' {
			t.Errorf("half %t: read %q", half, []byte{a, b})
		}
	}
	idle()
	far.Close()
	if err := <-ended; err == nil {
		t.Error("it ended without an error")
	}
}

// halves is a connection whose next write can be made to stop half-way.
type halves struct {
	net.Conn
	half          atomic.Bool
	stopped, rest chan struct{}
}

func (h *halves) Write(p []byte) (int, error) {
	if !h.half.CompareAndSwap(true, false) {
		return h.Conn.Write(p)
	}
	n, err := h.Conn.Write(p[:len(p)/2])
	if err != nil {
		return n, err
	}
	h.stopped <- struct{}{}
	<-h.rest
	more, err := h.Conn.Write(p[n:])
	return n + more, err
}
