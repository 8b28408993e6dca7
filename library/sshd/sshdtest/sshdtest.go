// Package sshdtest is an SSH server for the tests of those who speak to a relay or a
// computer: it lets in one key as the account "alice". Only tests import it.
package sshdtest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
)

// Options are of one server; all but Requests are required.
type Options struct {
	HostKeys func() []ssh.Signer
	Admits   func() ssh.PublicKey // asked for at each login
	Channels map[string]sshd.ChannelHandler
	Requests map[string]sshd.RequestHandler
}

// New makes a server, which ends with the test.
func New(t testing.TB, o Options) *sshd.Server {
	t.Helper()
	s, err := sshd.New(sshd.Options{
		HostKeys: o.HostKeys, Channels: o.Channels, Requests: o.Requests, Log: slog.New(slog.DiscardHandler), Software: "supportd_test",
		Authenticate: func(_ ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
			if !bytes.Equal(key.Marshal(), o.Admits().Marshal()) {
				return nil, errors.New("another key")
			}
			return "alice", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Background: the test's own context has ended.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx, sshd.ErrShutdown); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return s
}
