package visit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/wire"
)

// place is a customer's computer without a relay: CSRs come through the loopback interface.
type place struct {
	t       *testing.T
	server  *Server
	session *state.Session
	alice   ssh.Signer
}

// newPlace makes one where the kinds are allowed and alice may enter.
func newPlace(t *testing.T, allow ...consent.Kind) *place {
	t.Helper()
	return newPlaceWith(t, func(*Options) {}, allow...)
}

// newPlaceWith is newPlace with other options.
func newPlaceWith(t *testing.T, change func(*Options), allow ...consent.Kind) *place {
	t.Helper()
	dir, err := state.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	j, name, err := local.Create(dir.Root(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, alice: testkit.NewKey(t)}
	p.session = state.NewSession(context.Background(), dir, state.Saved{
		Number: "482913077", Identity: make([]byte, 32), Journal: name, Allow: allow,
	}, state.Computer{Host: "PC-0417", OS: "TestOS 1"}, "test")
	key, h := testkit.NewKey(t), &heldUp{}
	opts := Options{
		Session: p.session, Journal: j, Relay: h, HostKeys: func() []ssh.Signer { return []ssh.Signer{key} },
		UI: h, Supervisor: []string{"unused"}, Power: h, Log: slog.New(slog.DiscardHandler),
	}
	change(&opts)
	p.server, err = New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.session.Stop(errors.New("the test is over"))
		p.server.Close()
		if err := errors.Join(p.server.Remove(), j.Close(), dir.Close()); err != nil {
			t.Error(err)
		}
	})
	if err := p.server.Authorize(wire.Authorize{Entries: []wire.Entry{{Account: "alice", Name: "Alice Kim", Key: p.alice.PublicKey().Marshal()}}}); err != nil {
		t.Fatal(err)
	}
	return p
}

// csr is a connection of alice's.
func (p *place) csr() *ssh.Client {
	p.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	defer l.Close()
	served := make(chan struct{})
	go func() {
		defer close(served)
		if far, err := l.Accept(); err == nil {
			p.server.ssh.ServeConn(context.Background(), far)
		}
	}()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		p.t.Fatal(err)
	}
	conn, channels, requests, err := ssh.NewClientConn(near, "computer", &ssh.ClientConfig{
		User: "anyone", Auth: []ssh.AuthMethod{ssh.PublicKeys(p.alice)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	c := ssh.NewClient(conn, channels, requests)
	p.t.Cleanup(func() { c.Close(); <-served })
	return c
}

// outcome is what a command left; code is -1 where the channel closed without one.
type outcome struct {
	out, err string
	code     int
}

func run(t *testing.T, c *ssh.Client, command string) outcome {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var out, problems bytes.Buffer
	s.Stdout, s.Stderr = &out, &problems
	code := 0
	if err := s.Run(command); err != nil {
		code = -1
		if exit := (*ssh.ExitError)(nil); errors.As(err, &exit) {
			code = exit.ExitStatus()
		}
	}
	return outcome{out.String(), problems.String(), code}
}
