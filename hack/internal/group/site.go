//go:build linux

package group

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/hack/testkit/pgtest"
	"supportd/library/sshd"
)

// site is a group of relays with its database, and computers.
type site struct {
	*campaign
	dir    string
	server *pgtest.Server
	url    string // of the database
	nodes  []*node
	loads  []*customers.Load // one for each node whose computers they are at first
	lost   int               // connections, see reset
	close  []func() error
}

// node is a relay of the group, and a CSR there.
type node struct {
	*rig.Relay
	site    *site
	name    string
	program string // "" is the relay as it was built
	host    string // "" is loopback
	ops     string // HOST:PORT
	csr     rig.CSR
	api     *ssh.Client // of that CSR
}

// durable has the database keep what it has acknowledged when it is killed.
func durable() pgtest.Options { return pgtest.Options{Settings: []string{"synchronous_commit=on"}} }

// newSite starts a database and so many relays.
func (c *campaign) newSite(ctx context.Context, relays int) (*site, error) {
	server, err := pgtest.StartWith(durable())
	if err != nil {
		return nil, err
	}
	return c.siteOn(ctx, relays, server, server.URL(), nil)
}

// siteOn is newSite on a database that runs, and which it closes. prepare, where there is
// one, is called for each relay before it starts.
func (c *campaign) siteOn(ctx context.Context, relays int, server *pgtest.Server, url string, prepare func(n *node, i int) error) (s *site, err error) {
	s = &site{campaign: c, server: server, url: url}
	s.onClose(server.Close)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.dir, err = c.place(); err != nil {
		return s, err
	}
	for i := range relays {
		n := &node{site: s, name: string(rune('a' + i))}
		s.nodes = append(s.nodes, n)
		if prepare != nil {
			if err := prepare(n, i); err != nil {
				return s, err
			}
		}
		if err := s.giveKeys(n); err != nil {
			return s, err
		}
		if err := n.start(ctx, ""); err != nil {
			return s, err
		}
		if err := s.hire(ctx, n); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *site) onClose(f func() error) { s.close = append(s.close, f) }

// stop ends everything, in the order opposite to that in which it was started.
func (s *site) stop() (err error) {
	for i := len(s.close) - 1; i >= 0; i-- {
		err = errors.Join(err, s.close[i]())
	}
	return err
}

func (n *node) data() string { return filepath.Join(n.site.dir, "data-"+n.name) }

// giveKeys copies the group's keys from the first relay, as the operator does.
func (s *site) giveKeys(n *node) error {
	if n == s.nodes[0] {
		return nil
	}
	if err := os.Mkdir(n.data(), 0o700); err != nil {
		return err
	}
	for _, name := range []string{"host_key", "ca_key"} {
		text, err := os.ReadFile(filepath.Join(s.nodes[0].data(), name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(n.data(), name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// start starts the relay, at an address where it has had one.
func (n *node) start(ctx context.Context, listen string, more ...string) (err error) {
	programs, host := n.site.programs, cmp.Or(n.host, "127.0.0.1")
	programs.Relay = cmp.Or(n.program, programs.Relay)
	if listen == "" {
		listen = host + ":0"
	}
	args := append([]string{"--database", n.site.url, "--node", n.name, "--peer-listen", host + ":0", "--ops", "127.0.0.1:0"}, more...)
	var echo io.Writer
	if n.site.Logs != "" {
		f, err := os.OpenFile(filepath.Join(n.site.Logs, filepath.Base(n.site.dir)+"-"+n.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		n.site.onClose(f.Close)
		echo = f
	}
	if n.Relay, err = rig.StartRelay(ctx, programs, n.data(), listen, echo, args...); err != nil {
		return fmt.Errorf("relay %s: %w", n.name, err)
	}
	relay := n.Relay
	n.site.onClose(func() error { relay.Kill(); return nil })
	n.ops, err = n.Ops(ctx)
	return err
}

// hire makes the account alice, or uses it at another relay.
func (s *site) hire(ctx context.Context, n *node) (err error) {
	dir := filepath.Join(s.dir, "alice-"+n.name)
	if n == s.nodes[0] {
		n.csr, err = rig.NewCSR(ctx, n.Relay, "alice", "Alice Kim", dir)
	} else {
		n.csr, err = at(ctx, s.nodes[0].csr, n, dir)
	}
	if err != nil {
		return err
	}
	return n.logIn()
}

// at is the same CSR at another relay.
func at(ctx context.Context, c rig.CSR, n *node, dir string) (rig.CSR, error) {
	text, err := os.ReadFile(c.Key())
	if err != nil {
		return rig.CSR{}, err
	}
	there := rig.CSR{Account: c.Account, Dir: dir}
	return there, errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(there.Key(), text, 0o600), there.Trust(ctx, n.Relay))
}

// logIn connects as the CSR for many commands.
func (n *node) logIn() error {
	api, err := dialAs(n, n.csr)
	if err != nil {
		return err
	}
	n.api = api
	n.site.onClose(func() error { _ = api.Close(); return nil }) // it may have ended
	return nil
}

// dialAs logs in as a CSR.
func dialAs(n *node, csr rig.CSR) (*ssh.Client, error) {
	key, err := customers.ReadKey(csr.Key())
	if err != nil {
		return nil, err
	}
	return ssh.Dial("tcp", n.Addr, &ssh.ClientConfig{
		Config: sshd.Algorithms(), User: csr.Account, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // of a process that we started
		Timeout:         rig.Patience,
	})
}

// command runs a command of the relay over the CSR's connection.
func (n *node) command(line string) (string, error) {
	session, err := n.api.NewSession()
	if err != nil {
		return "", err
	}
	defer session.Close()
	var problem strings.Builder
	session.Stderr = &problem
	out, err := session.Output(line)
	if err != nil {
		err = fmt.Errorf("%s at %s: %w: %s", line, n.name, err, strings.TrimSpace(problem.String()))
	}
	return string(out), err
}

// session starts a support session and returns its number.
func (n *node) session() (string, error) {
	text, err := n.command("session start --json")
	if err != nil {
		return "", err
	}
	var s struct{ Number string }
	return s.Number, json.Unmarshal([]byte(text), &s)
}

func (n *node) sessions(many int) (numbers []string, err error) {
	for range many {
		number, err := n.session()
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}

// login is a command of the CSR with stock ssh, which ends after a while.
func (n *node) login(ctx context.Context, args ...string) *exec.Cmd {
	return n.csr.SSH(ctx, append([]string{"-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2"}, args...)...)
}

// ready is what the relay says of itself.
func (n *node) ready(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.ops+"/readyz", nil)
	if err != nil {
		return 0
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// populate has so many computers join in all, shared among the relays: each hands over
// about an event in pace. They go to the other relays when they lose theirs.
func (s *site) populate(ctx context.Context, tunnels int, pace time.Duration) error {
	for i, n := range s.nodes {
		share := (tunnels + i) / len(s.nodes)
		numbers, err := n.sessions(share)
		if err != nil {
			return err
		}
		spec := customers.Spec{Addr: n.Addr, Numbers: numbers, Workers: 16, Inner: true, Key: n.csr.Key(), Live: true, Pace: pace.Seconds()}
		for j := range s.nodes {
			if other := s.nodes[(i+j)%len(s.nodes)]; other != n {
				spec.Others = append(spec.Others, other.Addr)
			}
		}
		l, err := customers.Start(ctx, spec)
		if err != nil {
			return err
		}
		s.loads = append(s.loads, l)
		s.onClose(l.Stop)
		s.say("%d computers joined at %s in %.1f s", l.Tunnels, n.name, l.Seconds)
	}
	return nil
}

// ask asks all computers.
func (s *site) ask(a customers.Ask) (all customers.Report, each []customers.Report, err error) {
	for _, l := range s.loads {
		r, err := l.Ask(a)
		if err != nil {
			return all, each, err
		}
		each = append(each, r)
	}
	return customers.Sum(each), each, nil
}

// joinStop ends a site, and adds what went wrong with that.
func joinStop(err error, s *site) error { return errors.Join(err, s.stop()) }
