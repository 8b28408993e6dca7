package client_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"

	"golang.org/x/crypto/ssh"

	"supportd/library/reach"
	"supportd/library/sshd"
	"supportd/relay/client"
)

// A CSR's program opens a support session. A relay with another key than the
// expected one gets nothing, not even the account's name.
func ExampleDial() {
	ctx := context.Background()
	relayKey, csrKey := newKey(1), newKey(2)
	address, stop := serve(ctx, relayKey)
	defer stop()

	opts := client.Options{
		Address: address, Dialer: &reach.Dialer{}, Account: "alice", Keys: []ssh.Signer{csrKey},
		HostKey: ssh.FingerprintSHA256(relayKey.PublicKey()),
	}
	relay, err := client.Dial(ctx, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer relay.Close()
	session, err := relay.Start(ctx, "T-17", false)
	fmt.Println("tell the customer:", session.Number.Spoken(), err)

	opts.HostKey = ssh.FingerprintSHA256(newKey(3).PublicKey())
	_, err = client.Dial(ctx, opts)
	fmt.Println("another relay:", errors.Is(err, client.ErrHostKey))
	// Output:
	// tell the customer: 482 913 077 <nil>
	// another relay: true
}

// newKey makes a key that is the same each time; a real one is random.
func newKey(seed byte) ssh.Signer {
	text := make([]byte, ed25519.SeedSize)
	text[0] = seed
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(text))
	if err != nil {
		panic(err) // an Ed25519 key is always taken
	}
	return signer
}

// serve is a relay that knows one command.
func serve(ctx context.Context, key ssh.Signer) (address reach.Address, stop func()) {
	sessions := sshd.Sessions{Exec: func(_ context.Context, s *sshd.Session) int {
		if s.Command != "session start --ticket=T-17 --json" {
			return 2
		}
		_, _ = io.WriteString(s, `{"number":"482913077","state":"waiting"}`)
		return 0
	}}
	server, err := sshd.New(sshd.Options{
		HostKeys:     func() []ssh.Signer { return []ssh.Signer{key} },
		Authenticate: func(meta ssh.ConnMetadata, _ ssh.PublicKey) (any, error) { return meta.User(), nil },
		Channels:     map[string]sshd.ChannelHandler{"session": sessions.Handle},
		Log:          slog.New(slog.DiscardHandler), Software: "example",
	})
	if err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	address, err = reach.ParseAddress(l.Addr().String())
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	return address, func() { cancel(); <-ended }
}
