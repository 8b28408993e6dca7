package reach

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// Nothing is left when the caller gives up, wherever the ways are just then.
func TestCancelClosesEverythingAtOnce(t *testing.T) {
	stopped := errors.New("the customer has stopped it")
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
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
	}))
}

// Closing and giving up must not wait for a peer that reads nothing.
func TestCancelWithFullBuffers(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
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
	}))
}

// A success that comes together with the caller's giving up is not lost: nobody
// else could close it.
func TestSuccessAtTheLastMoment(t *testing.T) {
	for range 50 {
		synctest.Test(t, inWorld(func(t *testing.T, w *world) {
			w.peers["relay.test:2222"] = silent
			ctx, cancel := context.WithCancel(t.Context())
			made := false
			nc, err := Connect(ctx, w.dialer(), addresses(t, "relay.test"), true,
				func(_ context.Context, nc net.Conn, known func() error) (net.Conn, error) {
					if err := known(); err != nil {
						return nil, err
					}
					made = true
					go cancel()
					return nc, nil
				})
			switch {
			case err == nil:
				nc.Close()
			case !made || !errors.Is(err, context.Canceled):
				t.Errorf("error %v", err)
			}
		}))
	}
}
