package sshd

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

func TestOptionsAreRequired(t *testing.T) {
	all := newWorld(t, nil).server.opts
	for name, change := range map[string]func(*Options){
		"keys": func(o *Options) { o.HostKeys = nil }, "authentication": func(o *Options) { o.Authenticate = nil }, "log": func(o *Options) { o.Log = nil },
	} {
		opts := all
		if change(&opts); opts.Software == "" {
			t.Error("the software has no name")
		}
		if _, err := New(opts); err == nil {
			t.Errorf("a server without %s was made", name)
		}
	}
}

func TestH1_G3_NoAuthIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	for name, auth := range map[string][]ssh.AuthMethod{
		"none":     nil,
		"password": {ssh.Password("alice")},
		"keyboard": {ssh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) { return nil, nil })},
	} {
		cfg := w.config("alice")
		cfg.Auth = auth
		if c, err := w.login(cfg); err == nil {
			c.Close()
			t.Errorf("%s: let in", name)
		}
	}
}

func TestH2_OnlyPublickeyIsOffered(t *testing.T) {
	w := newWorld(t, nil)
	cfg := w.config("alice")
	cfg.Auth = []ssh.AuthMethod{ssh.Password("x")}
	_, err := w.login(cfg)
	var tried string
	if err != nil {
		tried = err.Error()
	}
	// The client attempted none only: no other method it has is offered.
	if !strings.Contains(tried, "attempted methods [none]") {
		t.Errorf("the client found another method to try: %v", err)
	}
}

// queried is a signer whose key is offered but that cannot prove it.
type queried struct{ ssh.Signer }

func (queried) Sign(io.Reader, []byte) (*ssh.Signature, error) {
	return nil, errors.New("no private key")
}

// TestH3_G2_IdentityIsTheProvenKey offers the admin's public key first, whose private
// half the client lacks, as an attacker does who has read somebody's .pub file.
// OpenSSH hears that it would do, cannot sign, and goes on with its own key.
func TestH3_G2_IdentityIsTheProvenKey(t *testing.T) {
	admin, own := testkit.NewKey(t), filepath.Join(t.TempDir(), "own")
	mine := writeKey(t, own)
	stolen := own + "-stolen.pub"
	if err := os.WriteFile(stolen, ssh.MarshalAuthorizedKey(admin.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	var queries atomic.Int32
	w := newWorld(t, func(o *Options) {
		o.Authenticate = func(_ ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
			switch string(key.Marshal()) {
			case string(admin.PublicKey().Marshal()):
				queries.Add(1)
				return "admin", nil
			case string(mine.Marshal()):
				return "plain", nil
			}
			return nil, errUnknown
		}
	})
	out, err := exec.Command("ssh", "-F", "none", "-p", w.listen(), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes",
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", stolen, "-i", own, "alice@127.0.0.1", "whoami").Output()
	if want := "plain " + ssh.FingerprintSHA256(mine); err != nil || string(out) != want {
		t.Errorf("identity %q, %v; want %q", out, err, want)
	}
	if queries.Load() == 0 {
		t.Error("the admin's key was never offered: this proved nothing")
	}
}

func TestH4_SomebodyElsesPublicKeyIsNotEnough(t *testing.T) {
	w := newWorld(t, nil)
	if _, err := w.login(w.config("alice", queried{w.keys["alice"]})); err == nil {
		t.Error("let in with a public key alone")
	}
	forged := forger{w.keys["alice"].PublicKey(), w.keys["mallory"]}
	if _, err := w.login(w.config("alice", forged)); err == nil {
		t.Error("let in with another key's signature")
	}
}

// forger offers one key and signs with another.
type forger struct {
	public ssh.PublicKey
	signer ssh.Signer
}

func (f forger) PublicKey() ssh.PublicKey { return f.public }
func (f forger) Sign(r io.Reader, data []byte) (*ssh.Signature, error) {
	return f.signer.Sign(r, data)
}

// TestH5_G1 tells the attack: on one connection, fail as one user, then log in as
// another with the first user's key. The user that counts is the one of the
// request that was proven.
func TestH5_G1_UserSwitchedDuringAuthentication(t *testing.T) {
	w := newWorld(t, nil)
	w.keys["bobby"] = testkit.NewKey(t)
	for _, c := range []struct {
		first, then string
		key         ssh.Signer
		want        string
	}{
		{"bobby", "alice", w.keys["bobby"], ""},
		{"bobby", "alice", w.keys["alice"], "alice"},
		{"alice", "bobby", w.keys["alice"], ""},
	} {
		// The client library keeps one user name for all attempts, so the test
		// writes another into the name's own bytes.
		name := []byte(c.first)
		cfg := w.config(unsafe.String(&name[0], len(name)), testkit.NewKey(t), switching{c.key, func() { copy(name, c.then) }})
		client, err := w.login(cfg)
		got := ""
		if err == nil {
			got = strings.Fields(output(t, client, "whoami"))[0]
			client.Close()
		}
		if got != c.want {
			t.Errorf("as %s, then %s: identity %q, %v; want %q", c.first, c.then, got, err, c.want)
		}
	}
}

// switching is a signer that does something before its key is offered.
type switching struct {
	ssh.Signer
	before func()
}

func (s switching) PublicKey() ssh.PublicKey { s.before(); return s.Signer.PublicKey() }

func TestH6_KeyQueriesAreCutOff(t *testing.T) {
	w := newWorld(t, nil)
	offered := 0
	count := w.server.opts.Authenticate
	w.server.opts.Authenticate = func(m ssh.ConnMetadata, k ssh.PublicKey) (any, error) { offered++; return count(m, k) }
	var keys []ssh.Signer
	for range 200 {
		keys = append(keys, testkit.NewKey(t))
	}
	if _, err := w.login(w.config("alice", append(keys, w.keys["alice"])...)); err == nil {
		t.Error("let in after 200 wrong keys")
	}
	w.shutdown()
	if offered != MaxAuthTries {
		t.Errorf("%d keys were looked at, want %d", offered, MaxAuthTries)
	}
}

// C1: the right key behind others is found, as with OpenSSH; whoever has more than
// that is told how to name it.
func TestK5C1_SixTriesAndAHint(t *testing.T) {
	w := newWorld(t, nil)
	keys := func(before int) (all []ssh.Signer) {
		for range before {
			all = append(all, testkit.NewKey(t))
		}
		return append(all, w.keys["alice"])
	}
	told := ""
	config := func(before int) *ssh.ClientConfig {
		cfg := w.config("alice", keys(before)...)
		cfg.BannerCallback = func(text string) error { told += text; return nil }
		return cfg
	}
	c, err := w.login(config(5))
	if err != nil || told != "" {
		t.Fatalf("the sixth key: %v, told %q", err, told)
	}
	c.Close()
	if _, err := w.login(config(6)); err == nil || !strings.Contains(told, "IdentitiesOnly=yes") {
		t.Errorf("the seventh key: %v, told %q", err, told)
	}
}

func TestH15_WeakKeysAndCertificates(t *testing.T) {
	rsaKey := func(bits int) ssh.PublicKey {
		// A modulus of the right size is enough: it is looked at before it is used.
		pub, err := ssh.NewPublicKey(&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), uint(bits-1)), E: 65537})
		if err != nil {
			t.Fatal(err)
		}
		return pub
	}
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ecPub, _ := ssh.NewPublicKey(&ec.PublicKey)
	ca, user := testkit.NewKey(t), testkit.NewKey(t)
	cert := &ssh.Certificate{Key: user.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"alice"}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key ssh.PublicKey
		ok  bool
	}{
		"ed25519": {user.PublicKey(), true}, "ecdsa": {ecPub, true}, "rsa 2048": {rsaKey(2048), true},
		"rsa 2047": {rsaKey(2047), false}, "rsa 8192": {rsaKey(8192), true}, "rsa 8193": {rsaKey(8193), false}, "certificate of an unknown CA": {cert, false},
	} {
		if err := CheckKey(c.key); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t, nil)
	w.keys["alice"] = user
	signer, err := ssh.NewCertSigner(cert, user)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.login(w.config("alice", signer)); err == nil {
		t.Error("a user certificate was accepted")
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if w.keys["alice"], err = ssh.NewSignerFromKey(short); err != nil {
		t.Fatal(err)
	}
	if _, err := w.login(w.config("alice", w.keys["alice"])); err == nil {
		t.Error("a key of 1024 bits was accepted, because it is known")
	}
}

func TestG9_LoginGraceAndShutdownReachSilentClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		nc := w.dial()
		start := time.Now()
		_, _ = io.Copy(io.Discard, nc)
		if took := time.Since(start); took != LoginGrace {
			t.Errorf("a silent client was closed after %v, want %v", took, LoginGrace)
		}
		silent := w.dial()
		synctest.Wait()
		w.shutdown()
		if _, err := io.Copy(io.Discard, silent); err != nil {
			t.Error(err)
		}
	})
}

func TestN3_StrangersAreBoundedPerSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		var held []io.Closer
		for range MaxPerSource {
			held = append(held, w.dial())
		}
		synctest.Wait()
		text, _ := io.ReadAll(w.dial())
		if !strings.Contains(string(text), "too many connections") {
			t.Errorf("one more: %q", text)
		}
		held[0].Close()
		synctest.Wait()
		w.alice() // a place is free again, and who has logged in takes none
		w.alice()
		for _, c := range held {
			c.Close()
		}
	})
}

// Strangers from fifty addresses cannot keep a real login out.
func TestN2_StrangersOfManySourcesMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		for i := range 500 {
			client, server := pipe()
			server.(*pipeEnd).addr = fmt.Sprintf("198.51.100.%d:1", i%50)
			w.server.start(t.Context(), server)
			t.Cleanup(func() { client.Close() })
		}
		synctest.Wait()
		start := time.Now()
		w.alice()
		if took := time.Since(start); took >= time.Second {
			t.Errorf("the login took %v", took)
		}
		if n, _ := w.server.silent.Taken(); n > MaxUnauthenticated || n < MaxUnauthenticated-1 {
			t.Errorf("%d strangers are held", n)
		}
	})
}

func TestN1_ASilentConnectionIsLostWithin45Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var causes []error
		w := newWorld(t, func(o *Options) {
			o.Closed = func(c *Conn) { causes = append(causes, context.Cause(c.Context())) }
		})
		nc := w.dial().(*pipeEnd)
		client, err := NewClient(t.Context(), nc, w.config("alice", w.keys["alice"]))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute) // keepalives keep it open
		synctest.Wait()
		if len(causes) > 0 {
			t.Fatalf("an idle connection was closed: %v", causes)
		}
		nc.cut()
		start := time.Now()
		if err := client.Wait(); !errors.Is(err, ErrLost) || time.Since(start) > 45*time.Second {
			t.Errorf("client: %v after %v", err, time.Since(start))
		}
		time.Sleep(45*time.Second - time.Since(start))
		synctest.Wait()
		if len(causes) != 1 || !errors.Is(causes[0], ErrLost) {
			t.Errorf("server: %v", causes)
		}
	})
}

func TestOpenedCanRefuseAndClosedIsCalledOnce(t *testing.T) {
	refuse := true
	closed := make(chan any, 9)
	w := newWorld(t, func(o *Options) {
		o.Opened = func(*Conn) error {
			if refuse {
				return errUnknown
			}
			return nil
		}
		o.Closed = func(c *Conn) { closed <- c.Identity() }
	})
	if _, err := w.login(w.config("alice", w.keys["alice"])); err == nil {
		t.Fatal("let in although Opened refused")
	}
	refuse = false
	w.alice().Close()
	if who := <-closed; who != "alice" || len(closed) > 0 {
		t.Errorf("closed for %v, and %d more", who, len(closed))
	}
}

func TestAlgorithms(t *testing.T) {
	cfg := Algorithms()
	if cfg.KeyExchanges[0] != ssh.KeyExchangeMLKEM768X25519 || cfg.Ciphers[0] != ssh.CipherAES128GCM {
		t.Errorf("%+v", cfg)
	}
	insecure := ssh.InsecureAlgorithms()
	for _, list := range [][]string{cfg.KeyExchanges, cfg.Ciphers, cfg.MACs, signatureAlgorithms, HostKeyAlgorithms()} {
		for _, name := range list {
			if slices.Contains(slices.Concat(insecure.Ciphers, insecure.KeyExchanges, insecure.MACs, insecure.HostKeys), name) {
				t.Errorf("%s is insecure", name)
			}
		}
	}
}
