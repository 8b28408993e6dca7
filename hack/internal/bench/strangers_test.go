//go:build linux

package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/sshd"
	"supportd/library/sshd/sshdtest"
)

// serve hands each connection to a function until the test ends, and returns the address.
func serve(t *testing.T, handle func(context.Context, net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { handle(t.Context(), nc) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	})
	return l.Addr().String()
}

func TestKeysAreOfferedUntilARefusal(t *testing.T) {
	host, right := testkit.NewKey(t), testkit.NewKey(t)
	server := sshdtest.New(t, sshdtest.Options{
		HostKeys: func() []ssh.Signer { return []ssh.Signer{host} }, Admits: right.PublicKey,
	})
	addr := serve(t, func(ctx context.Context, nc net.Conn) { server.ServeConn(ctx, nc) })
	n, err := offerKeys(addr, 3*sshd.MaxAuthTries)
	if err != nil || n != sshd.MaxAuthTries {
		t.Errorf("%d keys were offered, %v; want %d", n, err, sshd.MaxAuthTries)
	}
	if n, err = offerKeys(addr, 2); err != nil || n != 2 {
		t.Errorf("of 2 keys, %d were offered, %v", n, err)
	}
}

// Whoever finds nobody, or is cut off, was not refused: no key was counted.
func TestAFailedConnectionIsNoRefusal(t *testing.T) {
	closed := serve(t, func(_ context.Context, nc net.Conn) { nc.Close() })
	other := serve(t, func(_ context.Context, nc net.Conn) {
		_, _ = nc.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		nc.Close()
	})
	for name, addr := range map[string]string{"closed": closed, "another protocol": other, "nobody": "127.0.0.1:0"} {
		if n, err := offerKeys(addr, 3); n != 0 || !errors.Is(err, errNotRefused) {
			t.Errorf("%s: %d keys, %v", name, n, err)
		}
	}
}

// A value of 0 says that nothing was measured: no limit may hold for it.
func TestNothingIsNoResult(t *testing.T) {
	for _, r := range []row{
		exactly("exactly", "", 0, 6), exactly("exactly", "", 5, 6), exactly("exactly", "", 7, 6),
		between("between", "", 0, 1, 100), between("between", "", 101, 1, 100),
	} {
		if r.Holds {
			t.Errorf("%s, wanted %s: %g holds", r.Name, r.Wanted, r.Ours)
		}
	}
	for _, r := range []row{exactly("exactly", "", 6, 6), between("between", "", 1, 1, 100), between("between", "", 100, 1, 100)} {
		if !r.Holds {
			t.Errorf("%s, wanted %s: %g does not hold", r.Name, r.Wanted, r.Ours)
		}
	}
}
