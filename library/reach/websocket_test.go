package reach

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// rawWeb is a relay's web server that takes the WebSocket and then says exactly
// what the test says.
func rawWeb(after func(nc net.Conn, br *bufio.Reader)) peer {
	return func(nc net.Conn) {
		br := bufio.NewReader(nc)
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		sum := sha1.Sum([]byte(req.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455 section 1.3
		io.WriteString(nc, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
			base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
		after(nc, br)
	}
}

// Kinds of frames, RFC 6455 section 5.2.
const (
	frameMore   = 0x02 // binary, and there is more
	frameText   = 0x81
	frameBinary = 0x82
	frameClose  = 0x88
	framePing   = 0x89
)

// frame is a frame without a mask, as servers send it. Its length is what it says,
// whatever follows.
func frame(kind byte, length uint64, data string) string {
	return string(binary.BigEndian.AppendUint64([]byte{kind, 127}, length)) + data
}

// read opens a WebSocket and returns what was read from it until its end.
func (w *world) read(d *Dialer) (string, error) {
	w.t.Helper()
	var got strings.Builder
	var end error
	_, err := Connect(w.t.Context(), d, addresses(w.t, "https://relay.test"), true,
		func(_ context.Context, nc net.Conn, _ func() error) (int, error) {
			for p := make([]byte, 1000); end == nil; {
				var n int
				n, end = nc.Read(p)
				got.Write(p[:n])
			}
			if _, err := nc.Write([]byte("x")); err == nil {
				w.t.Error("after the error, the connection can still be written")
			}
			return 0, end
		})
	if err == nil {
		w.t.Error("the handshake's error was lost")
	}
	return got.String(), end
}

func TestW11_HostileFramesOfTheRelaysSide(t *testing.T) {
	hello := frame(frameBinary, 11, "SSH-2.0-x\r\n")
	for name, c := range map[string]struct {
		frames string
		want   string
		clean  bool // ends as a connection does that was closed
	}{
		"good":                       {hello + frame(frameBinary, 3, "abc") + frame(frameBinary, 0, "") + frame(frameClose, 2, "\x03\xe8"), "SSH-2.0-x\r\nabc", true},
		"going away":                 {hello + frame(frameClose, 2, "\x03\xe9"), "SSH-2.0-x\r\n", true},
		"text":                       {hello + frame(frameText, 3, "abc"), "SSH-2.0-x\r\n", false},
		"text first":                 {frame(frameText, 11, "SSH-2.0-x\r\n"), "", false},
		"a frame of 2^62 bytes":      {hello + frame(frameBinary, 1<<62, "abc"), "SSH-2.0-x\r\nabc", false},
		"a negative length":          {hello + frame(frameBinary, 1<<63, "abc"), "SSH-2.0-x\r\n", false},
		"a ping that is too long":    {hello + frame(framePing, 1<<20, "abc"), "SSH-2.0-x\r\n", false},
		"an unknown kind":            {hello + frame(0x83, 3, "abc"), "SSH-2.0-x\r\n", false},
		"compressed though not said": {hello + frame(0xc2, 3, "abc"), "SSH-2.0-x\r\n", false},
		"a new message inside one":   {hello + frame(frameMore, 3, "abc") + frame(frameBinary, 3, "def"), "SSH-2.0-x\r\nabc", false},
		"an end inside a frame":      {hello + frame(frameBinary, 30, "abc"), "SSH-2.0-x\r\nabc", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				ca := newAuthority(t, "Trusted")
				w.peers["relay.test:443"] = ca.serves("relay.test", rawWeb(func(nc net.Conn, br *bufio.Reader) {
					io.WriteString(nc, c.frames)
					if strings.Contains(name, "end inside") {
						return
					}
					io.Copy(io.Discard, br) // until the client closes
				}))
				d := w.dialer()
				d.Roots.AddCert(ca.cert)
				got, err := w.read(d)
				if got != c.want || (err == io.EOF) != c.clean {
					t.Errorf("read %q, %v; want %q, cleanly %v", got, err, c.want, c.clean)
				}
				if took := time.Since(w.begin); took > reachTime {
					t.Errorf("it took %v", took)
				}
			}))
		})
	}
}

// A message that never ends costs no memory, and ends the connection at the limit.
func TestW11_HugeMessageIsCutOff(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		chunk := strings.Repeat("x", 64<<10)
		var sent atomic.Int64
		w.peers["relay.test:443"] = ca.serves("relay.test", rawWeb(func(nc net.Conn, br *bufio.Reader) {
			w.wait.Go(func() { io.Copy(io.Discard, br) })
			io.WriteString(nc, frame(frameBinary, 11, "SSH-2.0-x\r\n"))
			io.WriteString(nc, frame(frameMore, uint64(len(chunk)), chunk))
			for err := error(nil); err == nil && sent.Load() < 64<<20; sent.Add(int64(len(chunk))) {
				_, err = io.WriteString(nc, frame(0, uint64(len(chunk)), chunk)) // goes on with the message
				time.Sleep(time.Millisecond)
			}
		}))
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		got, err := w.read(d)
		if len(got) > MaxMessage+100 || err == nil {
			t.Errorf("%d bytes were read, %v", len(got), err)
		}
		if n := sent.Load(); n > 4*MaxMessage {
			t.Errorf("the relay could send %d bytes", n)
		}
	}))
}

// Empty messages and pings cost the other side as much as us, and hold up no end.
func TestW11_FloodEndsWithTheConnection(t *testing.T) {
	for name, flood := range map[string]string{"pings": frame(framePing, 2, "hi"), "empty messages": frame(frameBinary, 0, "")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				ca := newAuthority(t, "Trusted")
				w.peers["relay.test:443"] = ca.serves("relay.test", rawWeb(func(nc net.Conn, br *bufio.Reader) {
					w.wait.Go(func() { io.Copy(io.Discard, br) })
					endless("", flood)(saidOnly{nc})
				}))
				d := w.dialer()
				d.Roots.AddCert(ca.cert)
				failed := wantKind(t, w.join(d, "https://relay.test"), KindTimeout, "")
				if took := time.Since(w.begin); took < reachTime || took > reachTime+portalLimit {
					t.Errorf("%v after %v", failed, took)
				}
			}))
		})
	}
}

// saidOnly leaves the reading to somebody else.
type saidOnly struct{ net.Conn }

func (saidOnly) Read([]byte) (int, error) { return 0, io.EOF }

func TestWebSocketIsAsked(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		inner := web(w.relay, page)
		w.peers["[2001:db8::5]:8443"] = ca.serves("2001:db8::5", func(nc net.Conn) {
			var asked strings.Builder
			defer func() {
				head, _, _ := strings.Cut(asked.String(), "\r\n\r\n")
				for _, want := range []string{"GET /ssh HTTP/1.1\r\n", "\r\nHost: [2001:db8::5]:8443\r\n", "\r\nSec-Websocket-Version: 13\r\n"} {
					if !strings.Contains(head, want) {
						t.Errorf("%q lacks %q", head, want)
					}
				}
				if strings.Contains(head, "Origin") || strings.Contains(head, "Extensions") || strings.Contains(head, "Go-http") {
					t.Errorf("%q says too much", head)
				}
			}()
			inner(&buffered{nc, bufio.NewReader(io.TeeReader(nc, &asked))})
		})
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		if err := w.join(d, "https://[2001:db8::5]:8443"); err != nil {
			t.Fatal(attempts(wantKind(t, err, KindBroken, "")))
		}
	}))
}

func TestAnswersThatAreNoWebSocket(t *testing.T) {
	for name, answer := range map[string]string{
		"a page":           page,
		"a redirect":       "HTTP/1.1 302 Found\r\nLocation: https://evil.test/ssh\r\n\r\n",
		"a wrong accept":   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\nSSH-2.0-x\r\n",
		"another protocol": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
		"HTTP/2":           "\x00\x00\x00\x04\x00\x00\x00\x00\x00",
		"nothing":          "",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				ca := newAuthority(t, "Trusted")
				w.peers["relay.test:443"] = ca.serves("relay.test", says(answer))
				d := w.dialer()
				d.Roots.AddCert(ca.cert)
				if err := w.join(d, "https://relay.test"); err == nil {
					t.Error("it worked")
				}
				w.wantDials("0s relay.test:443", "0s relay.test:80")
			}))
		})
	}
}

// Close does not wait for the peer, whatever either side does just then, and wakes
// whoever reads or writes.
func TestCloseOfAWebSocketIsImmediate(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		over := make(chan struct{})
		w.peers["relay.test:443"] = ca.serves("relay.test", web(func(nc net.Conn) {
			io.WriteString(nc, "SSH-2.0-x protocol-1\r\n")
			<-over
		}, page))
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		d.Net = func(ctx context.Context, network, addr string) (net.Conn, error) {
			nc, err := w.dial(ctx, network, addr)
			nc.(*counted).Conn.(*pipeEnd).out.most = 64 << 10
			return nc, err
		}
		nc, err := Open(t.Context(), d, addresses(t, "https://relay.test"), true, []byte("SSH-2.0-y\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		ends := make(chan error, 2)
		go func() { _, err := io.Copy(io.Discard, nc); ends <- err }()
		go func() {
			for {
				if _, err := nc.Write(make([]byte, 32<<10)); err != nil {
					ends <- err
					return
				}
			}
		}()
		synctest.Wait() // the reader waits for bytes, the writer for room
		nc.Close()
		for range 2 {
			if err := <-ends; err == nil {
				t.Error("reading ended without an error")
			}
		}
		if took := time.Since(w.begin); took != 0 {
			t.Errorf("it took %v", took)
		}
		close(over)
	}))
}

// A deadline is good for one thing: to bound a login.
func TestDeadlineClosesAWebSocket(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		w.peers["relay.test:443"] = ca.serves("relay.test", web(w.relay, page))
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		nc, err := Open(t.Context(), d, addresses(t, "https://relay.test"), true, []byte("SSH-2.0-y\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		nc.SetDeadline(time.Now().Add(time.Minute))
		nc.SetDeadline(time.Time{}) // takes it back
		time.Sleep(2 * time.Minute)
		nc.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := io.Copy(io.Discard, nc); err == nil {
			t.Error("no error after the deadline")
		}
		if took := time.Since(w.begin); took != 3*time.Minute {
			t.Errorf("it took %v", took)
		}
	}))
}

// What is written arrives whole and in order, also while pings are answered in
// between and two write at once.
func TestWritesOfAWebSocketArriveWhole(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		const writes, writers = 36, 2
		var got [writers]int // the length of the last write of each
		w.peers["relay.test:443"] = ca.serves("relay.test", func(nc net.Conn) {
			br := bufio.NewReader(nc)
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			ws, err := websocket.Accept(&takenOver{nc: nc, br: br, header: http.Header{}}, req, nil)
			if err != nil {
				t.Error(err)
				return
			}
			ws.SetReadLimit(MaxMessage)
			pinging, stop := context.WithCancel(t.Context())
			var wait sync.WaitGroup
			wait.Go(func() {
				for ws.Ping(pinging) == nil {
				}
			})
			defer wait.Wait()
			defer stop()
			defer ws.CloseNow()
			for range writes * writers {
				_, p, err := ws.Read(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				who := p[0]
				if got[who]++; len(p) != sizeOfWrite(got[who]) || strings.Trim(string(p), string(rune(who))) != "" {
					t.Errorf("message %d of %d has %d bytes, want %d of one kind", got[who], who, len(p), sizeOfWrite(got[who]))
					return
				}
			}
		})
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		_, err := Connect(t.Context(), d, addresses(t, "https://relay.test"), true, func(_ context.Context, nc net.Conn, _ func() error) (int, error) {
			var wait sync.WaitGroup
			for who := range writers {
				wait.Go(func() {
					for n := range writes {
						if _, err := nc.Write(bytes.Repeat([]byte{byte(who)}, sizeOfWrite(n+1))); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			_, err := io.Copy(io.Discard, nc) // answers the pings until the server closes
			wait.Wait()
			nc.Close()
			return 0, Final(errors.Join(err, io.EOF))
		})
		if err == nil || got != [writers]int{writes, writes} {
			t.Errorf("%d messages arrived, %v", got, err)
		}
	}))
}

// sizeOfWrite is the size of the n-th write: around every limit there is.
func sizeOfWrite(n int) int {
	sizes := []int{1, 125, 126, 4000, 4096, 4100, 16 << 10, wholeSize - 14, wholeSize - 3, wholeSize, wholeSize + 1, 70000}
	return sizes[n%len(sizes)]
}
