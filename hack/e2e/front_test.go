//go:build unix

package e2e_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"supportd/hack/testkit"
)

// cmdFront makes a host of its own for a relay, whose ports are those that programs
// try by themselves.
func cmdFront(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 3, "front VARIABLE ADDRESS PORT...")
	to := args[1]
	host, listeners := frontHost(ts, args[2:])
	var serving sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	for _, l := range listeners {
		serving.Go(func() {
			for {
				nc, err := l.Accept()
				if err != nil {
					return
				}
				mu.Lock()
				open[nc] = true
				mu.Unlock()
				serving.Go(func() {
					join(nc, to)
					mu.Lock()
					delete(open, nc)
					mu.Unlock()
				})
			}
		})
	}
	ts.Defer(func() {
		for _, l := range listeners {
			l.Close()
		}
		mu.Lock()
		for nc := range open {
			nc.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
	ts.Setenv(args[0], host)
}

func cmdCertificate(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 3, "certificate FILE KEYFILE HOST...")
	_, err := testkit.NewCertificate(ts.MkAbs(args[0]), ts.MkAbs(args[1]), time.Hour, args[2:]...)
	ts.Check(err)
}

// frontHost is a loopback address at which the ports are free.
func frontHost(ts *testscript.TestScript, ports []string) (host string, listeners []net.Listener) {
	for range 20 {
		host = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(200), rand.IntN(250), 2+rand.IntN(250))
		listeners = nil
		for _, port := range ports {
			l, err := net.Listen("tcp", net.JoinHostPort(host, port))
			if errors.Is(err, syscall.EADDRINUSE) {
				break
			}
			ts.Check(err)
			listeners = append(listeners, l)
		}
		if len(listeners) == len(ports) {
			return host, listeners
		}
		for _, l := range listeners {
			l.Close()
		}
	}
	ts.Fatalf("no loopback address has the ports %v free", ports)
	return "", nil
}

// join copies both ways between a connection and what listens at an address, and
// passes on the end of each half.
func join(nc net.Conn, to string) {
	defer nc.Close()
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer far.Close()
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(far, nc) // either end may break off: the other is closed then
		_ = far.(*net.TCPConn).CloseWrite()
	})
	_, _ = io.Copy(nc, far)
	nc.Close()
	up.Wait()
}
