package sshd

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

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

// A client that waits for our KEXINIT before it sends its own is served too.
func TestGreetingDoesNotWaitForever(t *testing.T) {
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
	f.Fuzz(func(t *testing.T, packet []byte) {
		for _, c := range kexInitCiphers(packet) {
			if !bytes.Contains(packet, []byte(c)) {
				t.Errorf("%x holds no %q", packet, c)
			}
		}
	})
}
