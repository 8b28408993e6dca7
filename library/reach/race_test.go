package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

func TestDirectWayIsEnough(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"] = w.relay
		d := w.dialer()
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		if d.Last() != "ssh relay.test:2222" {
			t.Errorf("the last way is %q", d.Last())
		}
		w.wantDials("0s relay.test:2222")
	}))
}

func TestOnePortMeansThatPortOnly(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"] = w.relay
		err := w.join(w.dialer(), "relay.test:7000")
		failed := wantKind(t, err, KindRefused, "")
		if strings.Join(failed.Tried, " ") != "7000" {
			t.Errorf("tried %v", failed.Tried)
		}
		w.wantDials("0s relay.test:7000", "0s relay.test:80")
	}))
}

// A way that hangs, wherever it does, delays the next by the stagger and no more.
func TestHangingWayHoldsUpNoOther(t *testing.T) {
	for name, hang := range map[string]func(w *world){
		"before it is connected": func(w *world) {
			w.fails["relay.test:2222"], w.fails["relay.test:443"] = errBlackHole, errBlackHole
			w.peers["two.test:443"] = w.relay
		},
		"after it is connected": func(w *world) {
			w.peers["relay.test:2222"], w.peers["relay.test:443"] = silent, silent
			w.peers["two.test:443"] = w.relay
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
				hang(w)
				if err := w.join(w.dialer(), "relay.test", "two.test:443"); err != nil {
					t.Fatal(err)
				}
				w.wantDials("0s relay.test:2222", "250ms two.test:443")
			}))
		})
	}
}

func TestWaysStartOneAfterTheOther(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		for _, a := range []string{"relay.test:2222", "two.test:2222"} {
			w.fails[a] = errBlackHole
		}
		tlsPeer := ca.serves("relay.test", web(w.relay, page))
		var taken atomic.Bool
		w.peers["two.test:443"] = silent
		w.peers["relay.test:443"] = func(nc net.Conn) { // SSH is not answered here, TLS is
			if !taken.Swap(true) {
				silent(nc)
				return
			}
			tlsPeer(nc)
		}
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		if err := w.join(d, "relay.test", "two.test"); err != nil {
			t.Fatal(err)
		}
		w.wantDials("0s relay.test:2222", "250ms two.test:2222", "500ms relay.test:443", "750ms two.test:443", "1s relay.test:443")
		if d.Last() != "wss relay.test:443" {
			t.Errorf("the last way is %q", d.Last())
		}
	}))
}

// Also with many relays, what leads there is begun within seconds.
func TestManyAddresses(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		var to []string
		behind := map[string]peer{}
		for n := range 16 {
			host := fmt.Sprintf("relay%d.test", n)
			to = append(to, host)
			w.fails[host+":2222"], w.fails[host+":443"], w.fails[host+":80"] = errBlackHole, errBlackHole, errBlackHole
			behind[host+":2222"] = w.relay
		}
		w.peers["proxy.test:8080"] = connectProxy("", behind)
		d := w.dialer()
		d.Proxy = proxies("http://proxy.test:8080")
		if err := w.join(d, to...); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(w.begin); took > startTime {
			t.Errorf("it took %v", took)
		}
	}))
}

func TestFailureStartsTheNextAtOnce(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:443"] = w.relay
		if err := w.join(w.dialer(), "relay.test"); err != nil {
			t.Fatal(err)
		}
		w.wantDials("0s relay.test:2222", "0s relay.test:443")
	}))
}

// A busy relay is not given more connections of one client as long as it answers.
func TestHeardWayGetsTimeBeforeTheNextStarts(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"] = func(nc net.Conn) {
			nc.Write([]byte("SSH-2.0-busy\r\n"))
			silent(nc)
		}
		w.peers["relay.test:443"] = w.relay
		if err := w.join(w.dialer(), "relay.test"); err != nil {
			t.Fatal(err)
		}
		w.wantDials("0s relay.test:2222", "2s relay.test:443")
	}))
}

func TestRememberedWayGoesFirst(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.fails["relay.test:2222"] = errBlackHole
		w.peers["relay.test:443"] = w.relay
		d := w.dialer()
		d.SetLast("ssh relay.test:443")
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		w.wantDials("0s relay.test:443")
	}))
	synctest.Test(t, inWorld(func(t *testing.T, w *world) { // in another network now: it costs a second
		w.fails["relay.test:443"] = errBlackHole
		w.peers["relay.test:2222"] = w.relay
		d := w.dialer()
		d.SetLast("ssh relay.test:443")
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		w.wantDials("0s relay.test:443", "1s relay.test:2222")
		if d.Last() != "ssh relay.test:2222" {
			t.Errorf("the last way is %q", d.Last())
		}
	}))
}

func TestForeignRememberedWayHasNoEffect(t *testing.T) {
	for _, last := range []string{"ssh evil.test:2222", "ssh relay.test:22", "\x1b[31m", "wss relay.test:443 by proxy", strings.Repeat("x", 1<<20)} {
		synctest.Test(t, inWorld(func(t *testing.T, w *world) {
			w.peers["relay.test:2222"] = w.relay
			d := w.dialer()
			d.SetLast(last)
			if err := w.join(d, "relay.test"); err != nil {
				t.Fatal(err)
			}
			w.wantDials("0s relay.test:2222")
		}))
	}
}

func TestRefusalEndsEverything(t *testing.T) {
	refusal := errors.New("this account is disabled")
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"], w.peers["relay.test:443"] = w.relay, w.relay
		_, err := Connect(t.Context(), w.dialer(), addresses(t, "relay.test"), true,
			func(_ context.Context, _ net.Conn, known func() error) (int, error) {
				if err := known(); err != nil {
					return 0, err
				}
				return 0, Final(refusal)
			})
		if err != refusal {
			t.Errorf("error %v, want the refusal as it was", err)
		}
		w.wantDials("0s relay.test:2222")
	}))
}

// Without a pin nobody in between may be trusted, and with one it does not matter.
func TestUntrustedTLSWithoutPin(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "Eavesdropper Inc")
		w.fails["relay.test:2222"] = errBlackHole
		w.peers["relay.test:443"] = ca.serves("relay.test", web(w.relay, page))
		w.peers["two.test:2222"] = func(nc net.Conn) { time.Sleep(5 * time.Second); w.relay(nc) }
		to := []string{"https://relay.test", "two.test:2222"}
		err := w.joinPinned(t.Context(), w.dialer(), false, to...)
		wantKind(t, err, KindUntrusted, "Eavesdropper Inc")
		w.peers["relay.test:443"] = ca.serves("other.test", web(w.relay, page))
		err = w.joinPinned(t.Context(), w.dialer(), false, to...)
		wantKind(t, err, KindOtherName, "other.test")
		if err := w.join(w.dialer(), to...); err != nil {
			t.Errorf("with a pin: %v", err)
		}
	}))
}

func TestPanicOfAHandshakeIsOneWaysFailure(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"], w.peers["relay.test:443"] = w.relay, w.relay
		var calls atomic.Int32
		conn, err := Connect(t.Context(), w.dialer(), addresses(t, "relay.test"), true,
			func(ctx context.Context, nc net.Conn, known func() error) (ssh.Conn, error) {
				if calls.Add(1) == 1 { // past known, while the next one waits for its turn
					time.Sleep(300 * time.Millisecond)
					if err := known(); err != nil {
						return nil, err
					}
					time.Sleep(time.Second)
					panic("a mistake")
				}
				time.Sleep(500 * time.Millisecond)
				return w.login(ctx, nc, known)
			})
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if !strings.Contains(w.log.String(), "a handler panicked") {
			t.Error("the log does not tell the panic")
		}
	}))
}

// What a program that does the handshake by itself has said goes over every way,
// and it reads all that the relay has said.
func TestOpenForStockSSH(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"] = says("HTTP/1.1 400 Bad Request\r\n\r\n")
		w.peers["relay.test:443"] = w.relay
		nc, err := Open(t.Context(), w.dialer(), addresses(t, "relay.test"), true, []byte("SSH-2.0-stock\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		conn, _, requests, err := ssh.NewClientConn(saidAlready{nc}, "relay", &ssh.ClientConfig{User: "x", Auth: []ssh.AuthMethod{ssh.PublicKeys(testkit.NewKey(t))},
			HostKeyCallback: ssh.FixedHostKey(w.host.PublicKey()), ClientVersion: "SSH-2.0-stock"})
		if err != nil {
			t.Fatal(err)
		}
		go ssh.DiscardRequests(requests)
		conn.Close()
	}))
}

// saidAlready leaves out the version line, which Open has sent.
type saidAlready struct{ net.Conn }

func (s saidAlready) Write(p []byte) (int, error) {
	if string(p) == "SSH-2.0-stock\r\n" {
		return len(p), nil
	}
	return s.Conn.Write(p)
}

// The zero Dialer reaches a relay over a real network.
func TestZeroDialer(t *testing.T) {
	w := &world{t: t, host: testkit.NewKey(t)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if nc, err := l.Accept(); err == nil {
			w.relay(nc)
			nc.Close()
		}
	}()
	defer func() { l.Close(); <-served }()
	d := &Dialer{}
	if err := w.join(d, l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if d.Last() != "ssh "+l.Addr().String() {
		t.Errorf("the last way is %q", d.Last())
	}
}
