//go:build linux

package customers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
)

// innerServer is the far end of our tunnel as the daemon has it: the product's
// SSH server on the tunnel's channels. The daemon's own commands are bounded in
// what they transfer, so this one has two that are not: "zeros N" writes N bytes,
// "swallow" says "ready", reads everything, and says how much it was, and "stay" says
// "ready" and stays.
func innerServer(identity ssh.Signer, certificate []byte, client ssh.PublicKey) (*sshd.Server, error) {
	key, err := ssh.ParsePublicKey(certificate)
	if err != nil {
		return nil, err
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return nil, errors.New("the relay's certificate is none")
	}
	certified, err := ssh.NewCertSigner(cert, identity)
	if err != nil {
		return nil, err
	}
	return sshd.New(sshd.Options{
		HostKeys: func() []ssh.Signer { return []ssh.Signer{certified, identity} },
		Authenticate: func(_ ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
			if !bytes.Equal(key.Marshal(), client.Marshal()) {
				return nil, errors.New("another key")
			}
			return struct{}{}, nil
		},
		Channels: map[string]sshd.ChannelHandler{"session": sshd.Sessions{Exec: execBulk}.Handle},
		Log:      slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
}

// visits is how many commands run now.
var visits atomic.Int64

func execBulk(ctx context.Context, s *sshd.Session) int {
	visits.Add(1)
	defer visits.Add(-1)
	var n int64
	var err error
	switch {
	case strings.HasPrefix(s.Command, "zeros "):
		if _, err = fmt.Sscanf(s.Command, "zeros %d", &n); err == nil {
			_, err = io.CopyN(s, zeros{}, n)
		}
	case s.Command == "stay":
		fmt.Fprintln(s, "ready")
		<-ctx.Done()
	case s.Command == "swallow":
		fmt.Fprintln(s, "ready")
		n, err = io.Copy(io.Discard, s)
		fmt.Fprintln(s, n)
	default:
		err = errors.New("no such command")
	}
	if err != nil {
		fmt.Fprintln(s.Stderr(), err)
		return 1
	}
	return 0
}

// zeros is /dev/zero.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// serveInner serves what comes through the tunnel with server.
func serveInner(server *sshd.Server, channels <-chan ssh.NewChannel) {
	for nc := range channels {
		ch, requests, err := nc.Accept()
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		go server.ServeConn(context.Background(), sshd.ChannelConn(ch, new(net.TCPAddr)))
	}
}
