package x11

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"
)

// answers is a server that has written everything already, and takes everything.
type answers struct {
	net.Conn
	from io.Reader
}

func (a answers) Read(b []byte) (int, error)  { return a.from.Read(b) }
func (a answers) Write(b []byte) (int, error) { return len(b), nil }
func (a answers) SetDeadline(time.Time) error { return nil }

func displayOf(said []byte) *Display {
	conn := answers{from: bytes.NewReader(said)}
	return &Display{conn: conn, in: bufio.NewReader(conn), atoms: map[string]uint32{}}
}

// setup is how a server greets: one screen whose root window is 77.
func setup() []byte {
	vendor, formats := "Test", 1
	more := make([]byte, 32+len(vendor)+8*formats+40)
	order.PutUint16(more[16:], uint16(len(vendor)))
	more[20], more[21] = 1, byte(formats)
	order.PutUint32(more[32+len(vendor)+8*formats:], 77)
	head := []byte{1, 0, 11, 0, 0, 0}
	return append(order.AppendUint16(head, uint16(len(more)/4)), more...)
}

// replyTo answers request number n with 32-bit values, as GetProperty does.
func replyTo(n uint16, values ...uint32) []byte {
	b := make([]byte, 32)
	b[0], b[1] = 1, 32
	order.PutUint16(b[2:], n)
	order.PutUint32(b[4:], uint32(len(values)))
	order.PutUint32(b[8:], 300) // an atom, where that was asked for
	order.PutUint32(b[16:], uint32(len(values)))
	for _, v := range values {
		b = order.AppendUint32(b, v)
	}
	return b
}

// viewableReply answers GetWindowAttributes.
func viewableReply(n uint16) []byte {
	b := replyTo(n, 0, 0, 0)
	b[26] = 2
	return b
}

func TestTheWindowOfAProcess(t *testing.T) {
	said := bytes.Join([][]byte{
		setup(),
		replyTo(1), replyTo(2, 10, 11), // _NET_CLIENT_LIST
		make([]byte, 0), append([]byte{28}, make([]byte, 31)...), // an event in between
		replyTo(3), replyTo(4, 500), // _NET_WM_PID of 10
		replyTo(5, 600), viewableReply(6), // of 11
	}, nil)
	d := displayOf(said)
	if err := d.connect(nil); err != nil || d.root != 77 {
		t.Fatalf("root %d, %v", d.root, err)
	}
	if w, err := d.WindowOf(600); err != nil || w != 11 {
		t.Errorf("window %d, %v", w, err)
	}
}

// FuzzServer lets a server say anything: no call panics, waits or keeps much.
func FuzzServer(f *testing.F) {
	f.Add([]byte{})
	f.Add(setup())
	f.Add(bytes.Join([][]byte{setup(), replyTo(1), replyTo(2, 10), replyTo(3), replyTo(4, 600), viewableReply(5)}, nil))
	f.Add(append(setup(), 1, 32, 1, 0, 0xff, 0xff, 0xff, 0xff))
	f.Add([]byte{1, 0, 11, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, said []byte) {
		d := displayOf(said)
		if d.connect([]byte("cookie")) != nil {
			return
		}
		w, err := d.WindowOf(600)
		if err == nil && w != 0 {
			_ = d.Raise(w)
		}
	})
}

func entry(family uint16, fields ...string) []byte {
	b := binary.BigEndian.AppendUint16(nil, family)
	for _, f := range fields {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(f))), f...)
	}
	return b
}

func TestCookie(t *testing.T) {
	file := bytes.Join([][]byte{
		entry(0, "\x0a\x00\x00\x01", "0", cookieName, "another computer's"),
		entry(256, "host", "1", cookieName, "of one"),
		entry(256, "host", "0", "XDM-AUTHORIZATION-1", "another way"),
		entry(256, "host", "0", cookieName, "of nought"),
		entry(65535, "", "", cookieName, "of all"),
	}, nil)
	for number, want := range map[string]string{"0": "of nought", "1": "of one", "5": "of all"} {
		if got := string(Cookie(bytes.NewReader(file), number)); got != want {
			t.Errorf("display %s: %q, want %q", number, got, want)
		}
	}
	if got := Cookie(bytes.NewReader(file[:40]), "0"); got != nil {
		t.Errorf("a file that breaks off: %q", got)
	}
}

// FuzzCookie finds any cookie that is written as xauth does, and fails on nothing.
func FuzzCookie(f *testing.F) {
	f.Add("0", "secret", []byte{})
	f.Add("", "", entry(1, "x", "0", "y", "z"))
	f.Fuzz(func(t *testing.T, number, cookie string, before []byte) {
		_ = Cookie(bytes.NewReader(before), number)
		if len(number) > 1000 || len(cookie) > 1000 {
			return
		}
		file := entry(256, "host", number, cookieName, cookie)
		if got := Cookie(bytes.NewReader(file), number); string(got) != cookie {
			t.Errorf("%q, want %q", got, cookie)
		}
	})
}

func TestNumber(t *testing.T) {
	for display, want := range map[string]string{
		":0": "0", ":12.1": "12", "unix:3": "3", "": "", "localhost:10.0": "", "far:0": "", ":../../x": "", ":0\n": "", ":": "",
	} {
		if got := Number(display); got != want {
			t.Errorf("%q: %q, want %q", display, got, want)
		}
	}
	if _, err := Open("far:0", nil); err == nil {
		t.Error("another computer's display is opened")
	}
}
