//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"supportd/hack/internal/rig"
)

const (
	// far is how long a byte takes in each direction over the link of [bench.distance].
	far = 25 * time.Millisecond
	// heldLimit is how many round trips the second supportctl command may take.
	heldLimit = 3
)

// distance counts the round trips of commands over a link of 50 ms: what it takes longer
// than without the link, by 50 ms.
func (b *bench) distance(ctx context.Context) (rows []row, err error) {
	b.say("round trips over a link of %v: %d rounds", 2*far, b.rounds)
	o, err := b.newRelay(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.stop()) }()
	link, err := newLink(o.relay.Addr)
	if err != nil {
		return nil, err
	}
	defer link.stop()
	near, err := b.newRep(ctx, o, o.relay.Addr)
	if err != nil {
		return nil, err
	}
	away, err := b.newRep(ctx, o, link.Addr().String())
	if err != nil {
		return nil, err
	}
	defer near.leave()
	defer away.leave()
	for _, c := range []struct {
		name  string
		limit float64 // 0 is none
		cmd   func(r *rep) *exec.Cmd
		warm  func(r *rep, ctx context.Context) error
	}{
		{"ssh relay whoami", 0, func(r *rep) *exec.Cmd { return r.ssh(ctx) }, nil},
		{"the first supportctl command", 0, func(r *rep) *exec.Cmd { return r.supportctl(ctx, "--no-keep", "whoami") }, nil},
		{"the second supportctl command", heldLimit, func(r *rep) *exec.Cmd { return r.supportctl(ctx, "whoami") }, (*rep).keep},
	} {
		took := map[*rep][]float64{}
		for _, r := range []*rep{near, away} {
			if c.warm != nil {
				if err := c.warm(r, ctx); err != nil {
					return nil, err
				}
			}
			for range max(b.rounds, 5) {
				from := time.Now()
				if _, err := rig.Run(c.cmd(r)); err != nil {
					return nil, err
				}
				took[r] = append(took[r], time.Since(from).Seconds())
			}
		}
		trips := (median(took[away]) - median(took[near])) / (2 * far.Seconds())
		name := fmt.Sprintf("round trips of %s", c.name)
		if c.limit == 0 {
			rows = append(rows, told(name, "", trips))
			continue
		}
		const noise = 0.4 // of a round trip: that is 20 ms
		r := within(name, "", trips, c.limit+noise)
		rows = append(rows, r)
	}
	return rows, nil
}

// rep is a support rep at some distance from the relay.
type rep struct {
	dir, addr, config, control string
}

// newRep logs one in at an address of the relay.
func (b *bench) newRep(ctx context.Context, o *ours, addr string) (*rep, error) {
	dir, err := b.place("rep")
	if err != nil {
		return nil, err
	}
	r := &rep{dir: dir, addr: addr, control: b.programs.Control}
	if err := os.Mkdir(filepath.Join(dir, "run"), 0o700); err != nil {
		return nil, err
	}
	known, err := o.command("known-hosts")
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(addr)
	hosts := fmt.Sprintf("Host relay\n    HostName %s\n    Port %s\n    User alice\n    HostKeyAlias %s\n", host, port, aliasOf(o.relay.Addr))
	if r.config, err = writeConfig(b.dir, filepath.Base(dir), hosts, known); err != nil {
		return nil, err
	}
	pin, err := o.relay.Admin(ctx, "fingerprint")
	if err != nil {
		return nil, err
	}
	_, err = rig.Run(r.supportctl(ctx, "login", "alice@"+addr, "--relay-key", firstWord(pin), "--identity", filepath.Join(b.dir, "id_ed25519")))
	return r, err
}

// aliasOf is how known_hosts calls an address.
func aliasOf(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	return fmt.Sprintf("[%s]:%s", host, port)
}

func (r *rep) ssh(ctx context.Context) *exec.Cmd {
	return exec.CommandContext(ctx, "ssh", "-F", r.config, "relay", "whoami")
}

func (r *rep) supportctl(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.control, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "HOME="+r.dir, "XDG_CONFIG_HOME="+r.dir, "XDG_RUNTIME_DIR="+filepath.Join(r.dir, "run"), "SSH_AUTH_SOCK=")
	return cmd
}

// keep has the first command at a terminal start what keeps the connection, and waits for it.
func (r *rep) keep(ctx context.Context) error {
	c, err := rig.OpenConsole(r.supportctl(ctx, "whoami"), nil)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	if code, err := c.Wait(ctx); err != nil || code != 0 {
		return errors.Join(fmt.Errorf("supportctl whoami: exit code %d: %s", code, c.Screen()), err)
	}
	for {
		entries, _ := os.ReadDir(filepath.Join(r.dir, "run", "supportctl")) // made by the program
		for _, e := range entries {
			if e.Type()&os.ModeSocket != 0 {
				return nil
			}
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return errors.New("no connection is kept")
		}
	}
}

// leave logs out, which ends what keeps the connection.
func (r *rep) leave() { _, _ = rig.Run(r.supportctl(context.Background(), "logout")) }

// link is a link with a delay, to one address.
type link struct {
	net.Listener
	to   string
	wait sync.WaitGroup
}

func newLink(to string) (*link, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	k := &link{Listener: l, to: to}
	k.wait.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			k.wait.Go(func() { k.carry(near) })
		}
	})
	return k, nil
}

func (k *link) stop() {
	_ = k.Close()
	k.wait.Wait()
}

func (k *link) carry(near net.Conn) {
	defer near.Close()
	other, err := net.Dial("tcp", k.to)
	if err != nil {
		return
	}
	defer other.Close()
	var both sync.WaitGroup
	both.Go(func() { delay(other, near) })
	both.Go(func() { delay(near, other) })
	both.Wait()
}

// delay copies, each chunk [far] later.
func delay(to, from net.Conn) {
	type chunk struct {
		due  time.Time
		data []byte
	}
	line := make(chan chunk, 1<<12)
	go func() {
		defer close(line)
		for buf := make([]byte, 64<<10); ; {
			n, err := from.Read(buf)
			if n > 0 {
				line <- chunk{time.Now().Add(far), bytes.Clone(buf[:n])}
			}
			if err != nil {
				return
			}
		}
	}()
	for c := range line {
		time.Sleep(time.Until(c.due))
		if _, err := to.Write(c.data); err != nil {
			break
		}
	}
	if half, ok := to.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
	_ = from.SetReadDeadline(time.Now()) // the reader ends
	for range line {
	}
}
