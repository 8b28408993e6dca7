package sshd

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

func TestH14_OtherProtocolsAreTurnedAway(t *testing.T) {
	for name, hello := range map[string]string{
		"HTTP":            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"TLS":             "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n",
		"SSH-1":           "SSH-1.5-old\r\n",
		"1 MB banner":     strings.Repeat("x", 1<<20),
		"1 MB of lines":   strings.Repeat("hello\n", 1<<18),
		"NUL":             "\x00\x00\x00\n",
		"packet too soon": "\x00\x00\x00\x0c\x0a\x14\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				nc := w.dial()
				go func() { io.WriteString(nc, hello) }()
				answer, _ := io.ReadAll(nc)
				if !strings.Contains(string(answer), "this is an SSH server") {
					t.Errorf("answer %q", answer)
				}
				nc.Close()
				w.alice()
			})
		})
	}
}

// A client may call itself 1.99, which means 2.0 too (RFC 4253 section 5.1), and a
// version line may be as long as section 4.2 says.
func TestVersionsOfClients(t *testing.T) {
	w := newWorld(t, nil)
	for _, version := range []string{"SSH-2.0-x", "SSH-1.99-x"} {
		cfg := w.config("alice", w.keys["alice"])
		cfg.ClientVersion = version
		c, err := w.login(cfg)
		if err != nil {
			t.Fatalf("%s: %v", version, err)
		}
		c.Close()
	}
	full := strings.Repeat("x", maxVersionLine-1)
	for text, want := range map[string]error{full + "\n": nil, "\n": nil, full + "x\n": errNotSSH, full + "x": errNotSSH, full: io.EOF, "SSH-2.0": io.EOF, "": io.EOF} {
		line, err := readLine(bufio.NewReader(strings.NewReader(text)))
		if !errors.Is(err, want) || err == nil && string(line)+"\n" != text {
			t.Errorf("%d bytes: %q, %v, want %v", len(text), line, err, want)
		}
	}
}

// What greet has sent is not sent once more, however the library writes it.
func TestTheVersionLineIsSentOnce(t *testing.T) {
	const version, rest = "SSH-2.0-x\r\n", "the rest"
	for size := 1; size <= len(version+rest); size++ {
		near, far := pipe()
		c := &Conn{Conn: near, greeting: greeting{unsent: len(version)}}
		for part := range slices.Chunk([]byte(version+rest), size) {
			if n, err := c.Write(part); n != len(part) || err != nil {
				t.Errorf("in pieces of %d: %d, %v", size, n, err)
			}
		}
		near.Close()
		if got, _ := io.ReadAll(far); string(got) != rest {
			t.Errorf("in pieces of %d: %q", size, got)
		}
	}
}

// stuck is a connection whose other side takes nothing.
type stuck struct {
	net.Conn
	until chan time.Time // the deadline, once it is set
}

func (s *stuck) SetWriteDeadline(at time.Time) error { s.until <- at; return nil }

func (s *stuck) Write([]byte) (int, error) {
	<-time.After(time.Until(<-s.until))
	return 0, os.ErrDeadlineExceeded
}

// G9: who is turned away and does not even read that holds the server for a second.
func TestG9_TurningAwayTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := pipe()
		defer far.Close()
		c := newConn(t.Context(), newWorld(t, nil).server, &stuck{near, make(chan time.Time, 1)})
		began := time.Now()
		c.refuse("no")
		if took := time.Since(began); took != time.Second || c.Context().Err() == nil {
			t.Errorf("it took %v", took)
		}
	})
}

// H7, H8: what is not the next message of the protocol ends the connection.
func TestH7_H8_MalformedMessagesBeforeTheKeyExchange(t *testing.T) {
	packet := func(payload ...byte) []byte {
		b := make([]byte, 5, 64)
		binary.BigEndian.PutUint32(b, uint32(1+len(payload)+8))
		b[4] = 8
		return append(append(b, payload...), make([]byte, 8)...)
	}
	random := make([]byte, 4096)
	rand.Read(random)
	for name, data := range map[string][]byte{
		"channel open before auth": packet(append([]byte{90}, ssh.Marshal(struct {
			Type    string
			A, B, C uint32
		}{"session", 0, 1 << 20, 1 << 15})...)...),
		"empty packet":        packet(),
		"unknown message":     packet(255, 1, 2, 3),
		"kexinit cut short":   packet(20, 1, 2, 3),
		"length 4 GiB":        {0xff, 0xff, 0xff, 0xff, 4, 20},
		"length 0":            {0, 0, 0, 0, 0, 0, 0, 0},
		"padding longer":      {0, 0, 0, 4, 200, 20, 0, 0},
		"random":              random,
		"service request":     packet(append([]byte{5}, ssh.Marshal(struct{ S string }{"ssh-userauth"})...)...),
		"userauth before kex": packet(append([]byte{50}, ssh.Marshal(struct{ A, B, C string }{"alice", "ssh-connection", "none"})...)...),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				nc := w.dial()
				nc.Write(append([]byte("SSH-2.0-fuzz\r\n"), data...))
				_, _ = io.Copy(io.Discard, nc) // the server ends it, at the latest after LoginGrace
				nc.Close()
				if len(w.server.Conns()) > 0 {
					t.Error("it counts as logged in")
				}
				w.alice()
			})
		})
	}
}

// A client that waits for our KEXINIT before it sends its own is served too, after a
// quarter of a second.
func TestGreetingDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc := newWorld(t, nil).dial()
		defer nc.Close()
		began := time.Now()
		r := bufio.NewReader(nc)
		if _, err := io.WriteString(nc, "SSH-2.0-x\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.ReadString('\n'); err != nil || time.Since(began) != 0 {
			t.Errorf("our version came after %v, %v", time.Since(began), err)
		}
		if _, err := r.ReadByte(); err != nil || time.Since(began) != 250*time.Millisecond {
			t.Errorf("our KEXINIT came after %v, %v", time.Since(began), err)
		}
	})
	w := newWorld(t, nil)
	nc := w.dial()
	late := &lateWriter{Conn: nc, allow: make(chan struct{})}
	cfg := w.config("alice", w.keys["alice"])
	go func() {
		// The server's KEXINIT comes although the client has sent its version only.
		testkit.Eventually(t, "KEXINIT", func() bool { return late.read.Load() > 200 })
		close(late.allow)
	}()
	conn, _, _, err := ssh.NewClientConn(late, "test", cfg)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestCipherIsChosenForSpeed(t *testing.T) {
	if !fastAES() {
		t.Log("this CPU has no AES instructions: every client is offered everything")
	}
	openssh := []string{ssh.CipherChaCha20Poly1305, ssh.CipherAES128CTR, ssh.CipherAES256CTR, ssh.CipherAES128GCM, ssh.CipherAES256GCM}
	for name, c := range map[string]struct{ theirs, want []string }{
		"stock OpenSSH":   {openssh, []string{ssh.CipherAES128GCM, ssh.CipherAES256GCM}},
		"without GCM":     {[]string{ssh.CipherAES256CTR}, Ciphers()},
		"nothing is said": {nil, Ciphers()},
	} {
		want := c.want
		if !fastAES() {
			want = Ciphers()
		}
		if got := preferredCiphers(c.theirs); !slices.Equal(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, theirs := range [][]string{openssh, {ssh.CipherChaCha20Poly1305}, {ssh.CipherAES256CTR, ssh.CipherAES128CTR}} {
		w := newWorld(t, nil)
		cfg := w.config("alice", w.keys["alice"])
		cfg.Ciphers = theirs
		c, err := w.login(cfg)
		if err != nil {
			t.Fatalf("%v: %v", theirs, err)
		}
		if got := c.Conn.(ssh.AlgorithmsConnMetadata).Algorithms().Read.Cipher; fastAES() && slices.Contains(theirs, ssh.CipherAES128GCM) && got != ssh.CipherAES128GCM {
			t.Errorf("%v: negotiated %s", theirs, got)
		}
		c.Close()
	}
}

func FuzzKexInit(f *testing.F) {
	type kexInit struct {
		Cookie                  [16]byte `sshtype:"20"`
		Kex, HostKey            []string
		CiphersOut, CiphersBack []string
		Rest                    []byte `ssh:"rest"`
	}
	body := ssh.Marshal(kexInit{CiphersOut: []string{"aes128-ctr", "a"}, CiphersBack: []string{"aes128-ctr"}})
	f.Add(append([]byte{0}, body...))
	f.Add([]byte{200, 20})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packet []byte) {
		for _, c := range kexInitCiphers(packet) {
			if !bytes.Contains(packet, []byte(c)) {
				t.Errorf("%x holds no %q", packet, c)
			}
		}
	})
}
