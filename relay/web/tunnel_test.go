package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"supportd/library/reach"
)

// upgrade is a request for a WebSocket, with more header lines.
func upgrade(more string) string {
	return "GET /ssh HTTP/1.1\r\nHost: relay.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + more + "\r\n"
}

// open opens a WebSocket by hand: the client's raw bytes, and the connection inside.
func (s *site) open(addr, more string) (raw net.Conn, inside net.Conn) {
	s.t.Helper()
	raw = s.dial(addr)
	go io.WriteString(raw, upgrade(more))
	// One byte after the other: what follows the answer belongs to the WebSocket.
	resp, err := http.ReadResponse(bufio.NewReaderSize(oneByte{raw}, 16), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		s.t.Fatal(resp.Status)
	}
	return raw, <-s.tunnels
}

type oneByte struct{ io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.Reader.Read(p[:min(1, len(p))]) }

// frame is one of a client, masked with zeros. length is what its header says.
func frame(first byte, length uint64, payload string) []byte {
	b := []byte{first}
	switch {
	case length < 126:
		b = append(b, 0x80|byte(length))
	case length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), length)
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

const fin, textFrame, binaryFrame, closeFrame, ping, pong = 0x80, 1, 2, 8, 9, 10

// W11: a web page, whichever it is, opens no WebSocket here.
func TestW11_NoWebSocketFromAWebPage(t *testing.T) {
	s := newSite(t, nil)
	for _, origin := range []string{"https://evil.example", "https://relay.example", "http://relay.example", "null", "", "file://"} {
		resp, body := s.ask(visitor, upgrade("Origin: "+origin+"\r\n"))
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("Origin %q: %v %q", origin, resp.Status, body)
		}
	}
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"no upgrade":        {"GET /ssh HTTP/1.1\r\nHost: r\r\n\r\n", http.StatusUpgradeRequired},
		"another method":    {strings.Replace(upgrade(""), "GET", "PUT", 1), http.StatusMethodNotAllowed},
		"another version":   {strings.Replace(upgrade(""), "13", "12", 1), http.StatusBadRequest},
		"a key that is bad": {strings.Replace(upgrade(""), "dGhl", "====", 1), http.StatusBadRequest},
		"HTTP/1.0":          {strings.Replace(upgrade(""), "HTTP/1.1", "HTTP/1.0", 1), http.StatusUpgradeRequired},
	} {
		if resp, body := s.ask(visitor, c.request); resp.StatusCode != c.want {
			t.Errorf("%s: %v %q", name, resp.Status, body)
		}
	}
	if len(s.tunnels) > 0 {
		t.Error("a tunnel was opened")
	}
}

// W11: frames that are none of ours end the connection, with bounded memory.
func TestW11_FramesThatEndTheConnection(t *testing.T) {
	chunk := strings.Repeat("x", 32<<10)
	for name, c := range map[string]struct {
		frames  []byte
		forever []byte // sent again and again then
		reads   string // what the server may have read by then
	}{
		"text":                              {frames: frame(fin|textFrame, 2, "hi")},
		"text after data":                   {frames: append(frame(fin|binaryFrame, 2, "hi"), frame(fin|textFrame, 2, "ho")...), reads: "hi"},
		"a huge message in one frame":       {frames: frame(fin|binaryFrame, 1<<62, ""), forever: []byte(chunk)},
		"a negative length":                 {frames: frame(fin|binaryFrame, 1<<63+1, "")},
		"a huge message in many frames":     {frames: frame(binaryFrame, 1, "x"), forever: frame(0, uint64(len(chunk)), chunk)},
		"a huge ping":                       {frames: frame(fin|ping, 126, chunk[:126])},
		"a flood of pings":                  {forever: frame(fin|ping, 4, "ping")},
		"a flood of pongs":                  {forever: frame(fin|pong, 4, "pong")},
		"a ping in pieces":                  {frames: frame(ping, 1, "x")},
		"without a mask":                    {frames: []byte{fin | binaryFrame, 1, 'x'}},
		"an unknown kind":                   {frames: frame(fin|3, 1, "x")},
		"reserved bits":                     {frames: frame(fin|0x40|binaryFrame, 1, "x")},
		"a continuation of nothing":         {frames: frame(fin, 1, "x")},
		"a message inside another one":      {frames: append(frame(binaryFrame, 1, "x"), frame(fin|binaryFrame, 1, "y")...), reads: "x"},
		"a close with a reason that is bad": {frames: frame(fin|closeFrame, 1, "x")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, nil)
				raw, inside := s.open(visitor, "")
				defer inside.Close()
				done := make(chan struct{})
				go func() { // the client: it also reads, else the server's pongs would wait
					defer close(done)
					go io.Copy(io.Discard, raw)
					if _, err := raw.Write(c.frames); err != nil {
						return
					}
					for len(c.forever) > 0 {
						if _, err := raw.Write(c.forever); err != nil {
							return
						}
					}
				}()
				got := &capped{}
				_, err := io.Copy(got, inside)
				if err == nil || got.n > reach.MaxMessage+1 || c.reads != "" && got.begin.String() != c.reads {
					t.Errorf("%d bytes, %.20q, and %v", got.n, got.begin.String(), err)
				}
				inside.Close()
				<-done
			})
		})
	}
}

// capped counts what it is given and keeps the beginning.
type capped struct {
	begin bytes.Buffer
	n     int
}

func (c *capped) Write(p []byte) (int, error) {
	c.n += len(p)
	c.begin.Write(p[:min(len(p), max(0, 100-c.begin.Len()))])
	return len(p), nil
}

// Pings now and then are answered, for as long as one likes.
func TestW11_ModeratePingsAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		raw, inside := s.open(visitor, "")
		defer inside.Close()
		var got bytes.Buffer
		go io.Copy(&got, inside)
		answer := make([]byte, 6)
		for range 500 {
			time.Sleep(5 * time.Second)
			if _, err := raw.Write(frame(fin|ping, 4, "ping")); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(raw, answer); err != nil || string(answer) != "\x8a\x04ping" {
				t.Fatalf("%q %v", answer, err)
			}
		}
		// Data in pieces, with a ping between them, and an empty message before.
		for _, f := range [][]byte{frame(fin|binaryFrame, 0, ""), frame(binaryFrame, 2, "he"), frame(fin|ping, 4, "ping"), frame(0, 0, ""), frame(fin, 3, "llo")} {
			if _, err := raw.Write(f); err != nil {
				t.Fatal(err)
			}
			if f[0] == fin|ping {
				io.ReadFull(raw, answer)
			}
		}
		synctest.Wait()
		if got.String() != "hello" {
			t.Errorf("%q", got.String())
		}
	})
}

// A tunnel takes no place among the web's connections, and lives longer than them
// and than their server. Its source is the true one. What was sent with the request
// is not lost, and a close by one side reaches the other at once.
func TestW4_W11_ATunnel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proxies, err := reach.ParseProxies([]string{"192.0.2.10"})
		if err != nil {
			t.Fatal(err)
		}
		s := newSite(t, func(o *Options) { o.Proxies = proxies })
		for addr, want := range map[string]struct{ more, from string }{
			visitor:          {"", visitor},
			"192.0.2.10:99":  {"X-Forwarded-For: 203.0.113.66, 203.0.113.5\r\n", "203.0.113.5:0"},
			"198.51.100.2:1": {"X-Forwarded-For: 203.0.113.5\r\n", "198.51.100.2:1"},
		} {
			_, inside := s.open(addr, want.more)
			if inside.RemoteAddr().String() != want.from {
				t.Errorf("%s: a tunnel from %v, want %s", addr, inside.RemoteAddr(), want.from)
			}
			inside.Close()
		}
		raw := s.dial(visitor)
		go raw.Write(append([]byte(upgrade("")), frame(fin|binaryFrame, 5, "early")...))
		resp, err := http.ReadResponse(bufio.NewReaderSize(oneByte{raw}, 16), nil)
		if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(resp, err)
		}
		inside := <-s.tunnels
		got := make([]byte, 5)
		if _, err := io.ReadFull(inside, got); err != nil || string(got) != "early" {
			t.Errorf("%q %v", got, err)
		}
		synctest.Wait()
		if n, _ := s.server.anybody.Taken(); n != 0 {
			t.Errorf("a tunnel takes one of %d places", n)
		}
		s.stop()
		time.Sleep(24 * time.Hour)
		go inside.Write([]byte("still here"))
		if line := make([]byte, 12); true {
			if _, err := io.ReadFull(raw, line); err != nil || string(line) != "\x82\x0astill here" {
				t.Errorf("%q %v", line, err)
			}
		}
		began := time.Now()
		inside.Close()
		if _, err := raw.Read(got); !errors.Is(err, io.EOF) || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// A Close returns at once though the peer does not read, and ends a Read and a Write
// that wait.
func TestW11_CloseWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		_, inside := s.open(visitor, "")
		ended := make(chan error, 2)
		go func() { _, err := inside.Read(make([]byte, 1)); ended <- err }()
		go func() { _, err := inside.Write(make([]byte, 1<<16)); ended <- err }()
		synctest.Wait()
		began := time.Now()
		inside.Close()
		for range 2 {
			if err := <-ended; err == nil {
				t.Error("no error")
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// The client of the same library, as our programs are, gets through.
func TestWebSocketOfAClient(t *testing.T) {
	s := newSite(t, nil)
	ws, _, err := websocket.Dial(t.Context(), "http://relay.example"+reach.WebPath, &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return s.dial(visitor), nil },
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	inside := <-s.tunnels
	defer inside.Close()
	sent := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
	go func() {
		io.Copy(inside, inside)
		inside.Close()
	}()
	nc := websocket.NetConn(t.Context(), ws, websocket.MessageBinary)
	go nc.Write(sent)
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(nc, got); err != nil || !bytes.Equal(got, sent) {
		t.Error("other bytes came back", err)
	}
	ws.Close(websocket.StatusNormalClosure, "")
}

// N12: while a client that has opened a WebSocket says nothing inside, it keeps its place
// among the requests. It is handed over with its first byte, or when it has been silent for a
// while.
func TestN12_ASilentWebSocketKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil)
		upgraded := func() net.Conn {
			t.Helper()
			raw := s.dial(visitor)
			go io.WriteString(raw, upgrade(""))
			resp, err := http.ReadResponse(bufio.NewReaderSize(oneByte{raw}, 16), nil)
			if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
				t.Fatal(resp, err)
			}
			return raw
		}
		taken := func() int {
			synctest.Wait()
			n, _ := s.server.anybody.Taken()
			return n
		}

		raw := upgraded()
		time.Sleep(time.Second)
		if n := taken(); n != 1 || len(s.tunnels) != 0 {
			t.Errorf("%d places are taken, and %d connections were handed over", n, len(s.tunnels))
		}
		go raw.Write(frame(fin|binaryFrame, 3, "SSH"))
		inside := <-s.tunnels
		got := make([]byte, 3)
		if _, err := io.ReadFull(inside, got); err != nil || string(got) != "SSH" || taken() != 0 {
			t.Errorf("%q, %v, %d places are taken", got, err, taken())
		}

		raw = upgraded() // one that waits for the server's word
		began := time.Now()
		inside = <-s.tunnels
		if took := time.Since(began); took <= time.Second || took > 2*time.Second || taken() != 0 {
			t.Errorf("handed over after %v, %d places are taken", took, taken())
		}
		time.Sleep(time.Hour) // nothing limits it any more
		go raw.Write(frame(fin|binaryFrame, 4, "late"))
		if _, err := io.ReadFull(inside, got); err != nil || string(got) != "lat" {
			t.Errorf("%q, %v", got, err)
		}

		upgraded().Close() // one that goes without a word
		if n := taken(); n != 0 || len(s.tunnels) != 0 {
			t.Errorf("%d places are taken, and %d connections were handed over", n, len(s.tunnels))
		}
	})
}
