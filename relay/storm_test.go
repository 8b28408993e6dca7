package relay

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// BenchmarkReturn is how thousands of computers come back to a relay that has restarted,
// each from an address of its own, while people log in. Computers and relay share the
// processors here; -benchtime 1x is one restart.
func BenchmarkReturn(b *testing.B) {
	const computers = 2000
	w := newWorld(b, nil)
	key := w.account("alice", false)
	w.login("alice", key)
	var comps []*returner
	for i := range computers {
		s, err := w.relay.open(b.Context(), "alice", "")
		if err != nil {
			b.Fatal(err)
		}
		from := netip.AddrFrom4([4]byte{127, 1 + byte(i>>14), byte(i >> 7 & 127), 2 + byte(i&127)})
		r := &returner{w: w, key: testkit.NewKey(b), from: from.String()}
		if err := r.enter(wire.JoinRequest, wire.Join{Version: wire.ProtocolVersion, Number: string(s.row.Load().Number)}.Marshal()); err != nil {
			b.Fatal(err)
		}
		comps = append(comps, r)
	}
	comps[0].ask()
	within := max(comps[0].within, time.Second)
	w.restart(nil)
	b.ResetTimer()
	var attempts, logins, failed atomic.Int64
	back := make(chan struct{})
	var all, people sync.WaitGroup
	began := time.Now()
	for _, r := range comps {
		all.Go(func() {
			for n := 0; ; n++ {
				<-time.After(rand.N(min(max(time.Second<<min(n, 10), within), 30*time.Second)))
				attempts.Add(1)
				if r.enter(wire.ResumeRequest, wire.Resume{Version: wire.ProtocolVersion}.Marshal()) == nil {
					return
				}
			}
		})
	}
	people.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-back:
				return
			case <-time.After(100 * time.Millisecond):
			}
			people.Go(func() {
				logins.Add(1)
				c, err := w.reach("alice", key, fmt.Sprintf("127.200.0.%d", 1+i%200), "SSH-2.0-OpenSSH_9.2")
				if err != nil {
					failed.Add(1)
					return
				}
				_ = c.Close()
			})
		}
	})
	all.Wait()
	b.ReportMetric(time.Since(began).Seconds(), "s-until-back")
	close(back)
	people.Wait()
	b.ReportMetric(within.Seconds(), "s-told")
	b.ReportMetric(float64(attempts.Load())/computers, "attempts/computer")
	b.ReportMetric(float64(logins.Load()), "logins")
	b.ReportMetric(float64(failed.Load()), "failed-logins")
	for _, r := range comps {
		_ = r.conn.Close()
	}
}

// reach logs in within the time that people's and computers' programs take at most.
func (w *world) reach(user string, key ssh.Signer, from, version string) (ssh.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: sshd.LoginGrace}
	ctx, cancel := context.WithTimeout(w.t.Context(), sshd.LoginGrace)
	defer cancel()
	nc, err := d.DialContext(ctx, "tcp", w.address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	conn, channels, requests, err := ssh.NewClientConn(nc, "relay:22", &ssh.ClientConfig{
		Config: sshd.Algorithms(), User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, ClientVersion: version,
		HostKeyCallback: ssh.FixedHostKey(w.relay.data.hostKey()), HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
	})
	if !stop() || err != nil {
		nc.Close()
		return nil, fmt.Errorf("no login: %w", err)
	}
	go func() {
		for r := range requests {
			_ = r.Reply(true, nil)
		}
	}()
	go func() {
		for c := range channels {
			_ = c.Reject(ssh.Prohibited, "")
		}
	}()
	return conn, nil
}

// returner is a computer that comes back.
type returner struct {
	w      *world
	key    ssh.Signer
	from   string
	conn   ssh.Conn
	within time.Duration
}

func (r *returner) enter(request string, payload []byte) error {
	c, err := r.w.reach(wire.CustomerUser, r.key, r.from, wire.Banner(wire.DaemonSoftware))
	if err != nil {
		return err
	}
	_, reply, err := c.SendRequest(request, true, payload)
	m, bad := wire.ParseWelcome(reply)
	if err != nil || bad != nil || m.Code != wire.CodeOK {
		c.Close()
		return fmt.Errorf("not let in: %v, %v, code %d", err, bad, m.Code)
	}
	r.conn = c
	return nil
}

func (r *returner) ask() {
	if ok, reply, err := r.conn.SendRequest(wire.ReturnRequest, true, nil); ok && err == nil {
		if m, err := wire.ParseReturn(reply); err == nil {
			r.within = time.Duration(m.Within) * time.Millisecond
		}
	}
}
