package reach

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

func TestDirectWayIsEnough(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.peers["relay.test:2222"] = w.relay
		d := w.dialer()
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		if d.Last() != "ssh relay.test:2222" {
			t.Errorf("the last way is %q", d.Last())
		}
		w.wantDials("0s relay.test:2222")
	})
}

func TestOnePortMeansThatPortOnly(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.peers["relay.test:2222"] = w.relay
		err := w.join(w.dialer(), "relay.test:7000")
		failed := wantKind(t, err, KindRefused, "")
		if strings.Join(failed.Tried, " ") != "7000" {
			t.Errorf("tried %v", failed.Tried)
		}
		w.wantDials("0s relay.test:7000", "0s relay.test:80")
	})
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
			inWorld(t, func(t *testing.T, w *world) {
				hang(w)
				if err := w.join(w.dialer(), "relay.test", "two.test:443"); err != nil {
					t.Fatal(err)
				}
				w.wantDials("0s relay.test:2222", "250ms two.test:443")
			})
		})
	}
}

func TestWaysStartOneAfterTheOther(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		for _, a := range []string{"relay.test:2222", "two.test:2222"} {
			w.fails[a] = errBlackHole
		}
		tlsPeer := ca.serves("relay.test", web(w.relay, page))
		first := true
		w.peers["two.test:443"] = silent
		w.peers["relay.test:443"] = func(nc net.Conn) { // SSH is not answered here, TLS is
			if first {
				first = false
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
	})
}

func TestFailureStartsTheNextAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.peers["relay.test:443"] = w.relay
		if err := w.join(w.dialer(), "relay.test"); err != nil {
			t.Fatal(err)
		}
		w.wantDials("0s relay.test:2222", "0s relay.test:443")
	})
}

// A busy relay is not given more connections of one client as long as it answers.
func TestHeardWayGetsTimeBeforeTheNextStarts(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.peers["relay.test:2222"] = func(nc net.Conn) {
			nc.Write([]byte("SSH-2.0-busy\r\n"))
			silent(nc)
		}
		w.peers["relay.test:443"] = w.relay
		if err := w.join(w.dialer(), "relay.test"); err != nil {
			t.Fatal(err)
		}
		w.wantDials("0s relay.test:2222", "2s relay.test:443")
	})
}

func TestRememberedWayGoesFirst(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.fails["relay.test:2222"] = errBlackHole
		w.peers["relay.test:443"] = w.relay
		d := w.dialer()
		d.SetLast("ssh relay.test:443")
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		w.wantDials("0s relay.test:443")
	})
	inWorld(t, func(t *testing.T, w *world) { // in another network now: it costs a second
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
	})
}

func TestForeignRememberedWayHasNoEffect(t *testing.T) {
	for _, last := range []string{"ssh evil.test:2222", "ssh relay.test:22", "\x1b[31m", "wss relay.test:443 by proxy", strings.Repeat("x", 1<<20)} {
		inWorld(t, func(t *testing.T, w *world) {
			w.peers["relay.test:2222"] = w.relay
			d := w.dialer()
			d.SetLast(last)
			if err := w.join(d, "relay.test"); err != nil {
				t.Fatal(err)
			}
			w.wantDials("0s relay.test:2222")
		})
	}
}

// Two ways prove to be the relay: only the first logs in, and where it fails then,
// the other does.
func TestOneHandshakeGoesOnAfterKnown(t *testing.T) {
	for name, firstFails := range map[string]bool{"the first succeeds": false, "the first fails": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.peers["relay.test:2222"] = func(nc net.Conn) { time.Sleep(time.Second); w.relay(nc) }
				w.peers["relay.test:443"] = func(nc net.Conn) { time.Sleep(time.Second); w.relay(nc) }
				var order []string
				past := 0
				made, err := Connect(t.Context(), w.dialer(), addresses(t, "relay.test:2222", "relay.test:443"), true,
					func(ctx context.Context, nc net.Conn, known func() error) (string, error) {
						defer nc.Close()
						if _, err := nc.Read(make([]byte, 100)); err != nil {
							return "", err
						}
						if err := known(); err != nil {
							return "", err
						}
						if past++; past != 1 {
							t.Error("two handshakes are past known at once")
						}
						defer func() { past-- }()
						order = append(order, time.Since(w.begin).String())
						time.Sleep(3 * time.Second)
						if firstFails && len(order) == 1 {
							return "", errors.New("it broke off")
						}
						return strings.Join(order, " "), known()
					})
				want := "1s"
				if firstFails {
					want = "1s 4s"
				}
				if err != nil || made != want {
					t.Errorf("made %q, %v; want %q", made, err, want)
				}
			})
		})
	}
}

func TestRefusalEndsEverything(t *testing.T) {
	refusal := errors.New("this account is disabled")
	inWorld(t, func(t *testing.T, w *world) {
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
	})
}

// Nothing is left when the caller gives up, wherever the ways are just then.
func TestCancelClosesEverythingAtOnce(t *testing.T) {
	stopped := errors.New("the customer has stopped it")
	inWorld(t, func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		w.fails["one.test:2222"] = errBlackHole                                                         // is being connected
		w.peers["one.test:443"] = silent                                                                // TLS and SSH wait for an answer
		w.peers["two.test:443"] = ca.serves("two.test", web(silent, page))                              // a WebSocket without SSH in it
		w.peers["three.test:2222"] = says("SSH-2.0-x\r\n")                                              // breaks off
		w.peers["four.test:2222"] = func(nc net.Conn) { nc.Write([]byte("SSH-2.0-x\r\n")); silent(nc) } // waits for a key
		w.peers["proxy.test:8080"], w.peers["one.test:80"] = silent, silent                             // a proxy that never answers
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		d.Proxy = proxies("http://proxy.test:8080")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3900*time.Millisecond, func() { cancel(stopped) })
		err := w.joinPinned(ctx, d, true, "one.test", "two.test", "https://two.test", "three.test:2222", "four.test:2222")
		if !errors.Is(err, stopped) {
			t.Errorf("error %v, want the cause", err)
		}
		if took := time.Since(w.begin); took != 3900*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.open != 0 {
			t.Errorf("%d connections are open when Connect has returned", w.open)
		}
	})
}

// Closing and giving up must not wait for a peer that reads nothing.
func TestCancelWithFullBuffers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ca := newAuthority(t, "Trusted")
		over := make(chan struct{})
		defer close(over)
		w.peers["relay.test:443"] = ca.serves("relay.test", web(func(net.Conn) { <-over }, page))
		ctx, cancel := context.WithCancel(t.Context())
		d := w.dialer()
		d.Roots.AddCert(ca.cert)
		d.Net = func(ctx context.Context, network, addr string) (net.Conn, error) {
			nc, err := w.dial(ctx, network, addr)
			if err == nil {
				nc.(*counted).Conn.(*pipeEnd).out.most = 64 << 10
			}
			return nc, err
		}
		time.AfterFunc(2*time.Second, cancel)
		_, err := Connect(ctx, d, addresses(t, "https://relay.test"), true,
			func(_ context.Context, nc net.Conn, _ func() error) (int, error) {
				for { // what is written is read by nobody
					if _, err := nc.Write(make([]byte, 32<<10)); err != nil {
						return 0, err
					}
				}
			})
		if took := time.Since(w.begin); !errors.Is(err, context.Canceled) || took != 2*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// Without a pin nobody in between may be trusted, and with one it does not matter.
func TestUntrustedTLSWithoutPin(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ca := newAuthority(t, "Eavesdropper Inc")
		w.fails["relay.test:2222"] = errBlackHole
		w.peers["relay.test:443"] = ca.serves("relay.test", web(w.relay, page))
		w.peers["two.test:2222"] = func(nc net.Conn) { time.Sleep(5 * time.Second); w.relay(nc) }
		to := []string{"https://relay.test", "two.test:2222"}
		err := w.joinPinned(t.Context(), w.dialer(), false, to...)
		wantKind(t, err, KindUntrusted, "Eavesdropper Inc")
		w.peers["relay.test:443"] = ca.serves("other.test", web(w.relay, page))
		err = w.joinPinned(t.Context(), w.dialer(), false, to...)
		wantKind(t, err, KindNotRelay, "")
		if err := w.join(w.dialer(), to...); err != nil {
			t.Errorf("with a pin: %v", err)
		}
	})
}

func TestPanicOfAHandshakeIsOneWaysFailure(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.peers["relay.test:2222"], w.peers["relay.test:443"] = w.relay, w.relay
		calls := 0
		conn, err := Connect(t.Context(), w.dialer(), addresses(t, "relay.test"), true,
			func(ctx context.Context, nc net.Conn, known func() error) (ssh.Conn, error) {
				if calls++; calls == 1 {
					panic("a mistake")
				}
				return w.login(ctx, nc, known)
			})
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if !strings.Contains(w.log.String(), "a handler panicked") {
			t.Error("the log does not tell the panic")
		}
	})
}

// What a program that does the handshake by itself has said goes over every way,
// and it reads all that the relay has said.
func TestOpenForStockSSH(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
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
	})
}

// saidAlready leaves out the version line, which Open has sent.
type saidAlready struct{ net.Conn }

func (s saidAlready) Write(p []byte) (int, error) {
	if string(p) == "SSH-2.0-stock\r\n" {
		return len(p), nil
	}
	return s.Conn.Write(p)
}
