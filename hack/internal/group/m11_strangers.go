//go:build linux

package group

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/library/sshd"
)

const (
	// strangersAtOnce try the peer port at the same time, each from an address of their own,
	// and silentOnes connect and say nothing.
	strangersAtOnce, silentOnes = 40, 150
	// strangersFor is how long they do.
	strangersFor = 40 * time.Second
)

// strangers has many who are no relays at a peer port, while relays pass CSRs on.
func (c *campaign) strangers(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, 40, time.Second); err != nil {
		return err
	}
	near, far := s.nodes[0], s.nodes[1]
	peer, err := far.peer(ctx)
	if err != nil {
		return err
	}
	keys, err := s.strangersKeys()
	if err != nil {
		return err
	}
	storm, stop := context.WithTimeout(ctx, strangersFor)
	defer stop()
	var in, tries atomic.Int64
	var working sync.WaitGroup
	for i := range strangersAtOnce {
		working.Go(func() {
			for j := i; storm.Err() == nil; j++ {
				tries.Add(1)
				if knock(storm, peer, i, []string{"peer", "alice", "customer", "root"}[j%4], keys[j/4%len(keys)]) {
					in.Add(1)
				}
			}
		})
	}
	for i := range silentOnes {
		working.Go(func() { idle(storm, peer, i) })
	}
	number := s.loads[1].Numbers[0]
	reach, stopReach := rig.LogInAgain(storm, loginPause, func(ctx context.Context) *exec.Cmd { return near.login(ctx, number+".support", "zeros", "3") })
	if err := pause(ctx, strangersFor/3); err != nil {
		return err
	}
	// Its relay passes on over another connection from now on.
	near.Kill()
	stopReach()
	if err := near.start(ctx, near.Addr); err != nil {
		return err
	}
	again, stopAgain := rig.LogInAgain(storm, loginPause, func(ctx context.Context) *exec.Cmd { return near.login(ctx, number+".support", "zeros", "3") })
	working.Wait()
	stopAgain()
	did := fmt.Sprintf("%d strangers at a peer port at once, and %d who say nothing", strangersAtOnce, silentOnes)
	s.row(did, "none of them gets in", in.Load() == 0 && tries.Load() > 10*strangersAtOnce, "%d of %d tries", in.Load(), tries.Load())
	if reach.Problem != nil && reach.Served == reach.All-1 {
		reach.All-- // the one that the kill has cut
	}
	s.served(reach, "CSRs are passed on")
	s.served(again, "CSRs are passed on by a relay that was started meanwhile")
	lines := strings.Count(far.Log.String(), "event=peer.refused")
	s.row("", "the log tells of them", lines > 0, "%d lines for %d tries", lines, tries.Load())
	return nil
}

// peer is the address of the port for other relays.
func (n *node) peer(ctx context.Context) (string, error) {
	line, err := n.Log.Await(ctx, nil, "for relays of its group")
	if err != nil {
		return "", err
	}
	return strings.Fields(line)[2], nil
}

// strangersKeys are a stranger's, a CSR's, and both keys of the group itself: that by which
// relays know each other is another one.
func (s *site) strangersKeys() (keys []ssh.Signer, err error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	stranger, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return nil, err
	}
	keys = append(keys, stranger)
	for _, path := range []string{s.nodes[0].csr.Key(), filepath.Join(s.nodes[0].data(), "host_key"), filepath.Join(s.nodes[0].data(), "ca_key")} {
		key, err := customers.ReadKey(path)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// knock tries to log in at a peer port, and reports whether it could.
func knock(ctx context.Context, addr string, i int, name string, key ssh.Signer) bool {
	nc, err := from(ctx, addr, i)
	if err != nil {
		return false
	}
	defer nc.Close()
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	conn, _, _, err := ssh.NewClientConn(nc, addr, &ssh.ClientConfig{
		Config: sshd.Algorithms(), User: name, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // it is they who are checked here
	})
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// idle keeps a connection that says nothing.
func idle(ctx context.Context, addr string, i int) {
	for ctx.Err() == nil {
		nc, err := from(ctx, addr, 1000+i)
		if err != nil {
			continue
		}
		stop := context.AfterFunc(ctx, func() { nc.Close() })
		for buf := make([]byte, 256); err == nil; _, err = nc.Read(buf) {
		}
		stop()
		_ = nc.Close()
		_ = pause(ctx, 100*time.Millisecond)
	}
}

// from connects from an address that i stands for.
func from(ctx context.Context, addr string, i int) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 9, byte(i>>7), 2+byte(i&127))}, Timeout: 10 * time.Second}
	return d.DialContext(ctx, "tcp", addr)
}
