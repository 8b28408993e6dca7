package reach

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// Two ways prove to be the relay: only the first logs in, and where it fails then,
// the other does.
func TestOneHandshakeGoesOnAfterKnown(t *testing.T) {
	for name, firstFails := range map[string]bool{"the first succeeds": false, "the first fails": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, inWorld(func(t *testing.T, w *world) {
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
			}))
		})
	}
}

// While a login goes on, no other way is begun; one that hangs ends after a while,
// and the next goes on.
func TestHangAfterKnownIsBounded(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"], w.peers["relay.test:443"] = w.relay, w.relay
		var calls atomic.Int32
		conn, err := Connect(t.Context(), w.dialer(), addresses(t, "relay.test"), true,
			func(ctx context.Context, nc net.Conn, known func() error) (ssh.Conn, error) {
				if calls.Add(1) > 1 {
					return w.login(ctx, nc, known)
				}
				if err := known(); err != nil {
					return nil, err
				}
				<-ctx.Done()
				return nil, ctx.Err()
			})
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		w.wantDials("0s relay.test:2222", "20s relay.test:443")
	}))
}

// SSH checks the host key in a goroutine of its own, which is still there when the
// connection breaks: it gets no turn any more.
func TestKnownAfterTheHandshakeIsOver(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"], w.peers["relay.test:443"] = silent, silent
		var calls atomic.Int32
		late := make(chan error, 1)
		_, err := Connect(t.Context(), w.dialer(), addresses(t, "relay.test:2222", "relay.test:443"), true,
			func(_ context.Context, _ net.Conn, known func() error) (int, error) {
				time.Sleep(500 * time.Millisecond)
				if calls.Add(1) == 1 {
					defer time.Sleep(5 * time.Second) // keeps its turn
					return 0, errors.Join(known(), io.EOF)
				}
				go func() { late <- known() }()
				synctest.Wait()
				return 0, io.EOF
			})
		wantKind(t, err, KindBroken, "")
		if err := <-late; err == nil {
			t.Error("a handshake that is over may go on")
		}
	}))
}

// A handshake that breaks the contract and goes on after known said no has lost all
// the same.
func TestKnownIsAskedForWhoDoesNotAsk(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"], w.peers["relay.test:443"] = silent, silent
		made, err := Connect(t.Context(), w.dialer(), addresses(t, "relay.test:2222", "relay.test:443"), true,
			func(_ context.Context, nc net.Conn, _ func() error) (time.Duration, error) {
				at := time.Since(w.begin)
				time.Sleep(time.Second)
				nc.Close()
				return at, nil
			})
		if err != nil || made != 0 {
			t.Errorf("the way that began after %v has won, %v", made, err)
		}
	}))
}
