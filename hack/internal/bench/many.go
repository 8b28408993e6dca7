//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"supportd/hack/internal/rig"
)

const (
	// manySessions is how many customers one CSR helps at once.
	manySessions = 50
	// manyLimit is how many times as long that may take as one of them.
	manyLimit = 3
)

// crowd is a relay of its own with many real computers and one CSR.
type crowd struct {
	dir      string
	programs rig.Programs
	relay    *rig.Relay
	csr      rig.CSR
	numbers  []string
	agents   []*exec.Cmd
}

// spent is what one command came to in each round: seconds on the clock, and CPU
// seconds of all who took part, the customers' computers included.
type spent struct{ wall, cpu []float64 }

// add runs cmd.
func (s *spent) add(cmd *exec.Cmd) error {
	before, err := cpuOf(os.Getpid())
	if err != nil {
		return err
	}
	from := time.Now()
	if _, err := rig.Run(cmd); err != nil {
		return err
	}
	s.wall = append(s.wall, time.Since(from).Seconds())
	after, err := cpuOf(os.Getpid())
	s.cpu = append(s.cpu, (after - before).Seconds())
	return err
}

// many runs a small script on one computer and on many of them, and does the
// same also as a CSR without supportctl would, with a shell loop over sftp and
// ssh, and as one without the product would, with a shell loop over OpenSSH's own tunnel.
func (b *bench) many(ctx context.Context) (rows []row, err error) {
	b.say("script run on %d sessions: %d rounds", manySessions, b.rounds)
	c := &crowd{dir: filepath.Join(b.dir, "crowd"), programs: b.programs}
	defer func() { err = errors.Join(err, c.disperse()) }()
	if err := c.gather(ctx); err != nil {
		return nil, err
	}
	var one, all, oneSecond, allSecond, loop, peerOne, peerAll spent
	run := func(script string, where ...string) *exec.Cmd {
		return c.supportctl(ctx, append([]string{"script", "run", script}, where...)...)
	}
	for range b.rounds {
		for _, m := range []struct {
			into *spent
			cmd  *exec.Cmd
		}{
			{&one, run("small.sh", "--session", c.numbers[0])},
			{&peerOne, c.peerLoop(ctx, b.peer, 1)},
			{&all, run("small.sh", "--all")},
			{&loop, c.shellLoop(ctx)},
			{&peerAll, c.peerLoop(ctx, b.peer, manySessions)},
			{&oneSecond, run("second.sh", "--session", c.numbers[0])},
			{&allSecond, run("second.sh", "--all")},
		} {
			if err := m.into.add(m.cmd); err != nil {
				return nil, err
			}
		}
	}
	where := fmt.Sprintf("on %d sessions", manySessions)
	// All computers are this one: what each costs its processors adds up here, and
	// nowhere else, so a script that takes no time shows the processors' speed, and
	// the CPU time is told too. One that waits shows what is done side by side.
	return []row{
		within("script run on one session", "s", median(one.wall), 1),
		compare("script run "+where, "s", median(all.wall), median(peerAll.wall), false, 1),
		compare("script run "+where+", by a shell loop", "s", median(all.wall), median(loop.wall), false, 1),
		compared("script run "+where+", by one session", "×", median(all.wall)/median(one.wall), median(peerAll.wall)/median(peerOne.wall)),
		within("1 s script "+where+", by one session", "×", median(allSecond.wall)/median(oneSecond.wall), manyLimit),
		compared("script run on one session, CPU of all", "s", median(one.cpu), median(peerOne.cpu)),
		compared("script run "+where+", CPU of all", "s", median(all.cpu), median(peerAll.cpu)),
	}, nil
}

// gather starts everything and waits until every computer has joined.
func (c *crowd) gather(ctx context.Context) (err error) {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{"small.sh": "#!/bin/sh\necho done\n", "second.sh": "#!/bin/sh\nsleep 1\necho done\n"} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if c.relay, err = rig.StartRelay(ctx, c.programs, filepath.Join(c.dir, "relay"), "", nil); err != nil {
		return err
	}
	if c.csr, err = rig.NewCSR(ctx, c.relay, "alice", "Alice", filepath.Join(c.dir, "alice")); err != nil {
		return err
	}
	pin, err := c.relay.Admin(ctx, "fingerprint")
	if err != nil {
		return err
	}
	pin = strings.TrimSpace(pin)
	if _, err := rig.Run(c.supportctl(ctx, "login", "alice@"+c.relay.Addr, "--relay-key", pin, "--identity", c.csr.Key())); err != nil {
		return err
	}
	for i := range manySessions {
		if err := c.join(ctx, pin, fmt.Sprintf("pc%d", i)); err != nil {
			return err
		}
	}
	return nil
}

// join lets one more computer in. It allows scripts beforehand: nobody types here.
func (c *crowd) join(ctx context.Context, pin, name string) error {
	out, err := rig.Run(c.csr.SSH(ctx, "relay", "session", "start", "--json"))
	if err != nil {
		return err
	}
	var s struct{ Number string }
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		return err
	}
	log := rig.NewLog(nil)
	agent := exec.CommandContext(ctx, c.programs.Agent, "join", s.Number, "--relay", c.relay.Addr, "--relay-key", pin,
		"--allow", "script", "--ui", "none", "--state", filepath.Join(c.dir, name))
	agent.Stdout, agent.Stderr = log, log
	if err := agent.Start(); err != nil {
		return err
	}
	c.agents, c.numbers = append(c.agents, agent), append(c.numbers, s.Number)
	for {
		out, err := rig.Run(c.csr.SSH(ctx, "relay", "session", "show", s.Number))
		if err != nil {
			return err
		}
		if strings.Contains(out, "active") {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s has not joined: %w: %s", name, context.Cause(ctx), log)
		}
	}
}

func (c *crowd) supportctl(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(filepath.Dir(c.programs.Relay), "supportctl"), args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "HOME="+c.dir, "XDG_CONFIG_HOME="+filepath.Join(c.dir, "config"), "SSH_AUTH_SOCK=")
	return cmd
}

// shellLoop is the same work with OpenSSH alone. Eight at a time are as many as a
// relay lets log in from one address without turning any away.
func (c *crowd) shellLoop(ctx context.Context) *exec.Cmd {
	one := `sftp -q -F "$0" -b small.batch "$1.support" >/dev/null && ssh -F "$0" "$1.support" run small.sh >/dev/null`
	script := `echo 'put small.sh' >small.batch; printf '%s\n' "$@" | xargs -P 8 -n 1 sh -c '` + one + `' "$0"`
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", script, c.csr.Config()}, c.numbers...)...)
	cmd.Dir = c.dir
	return cmd
}

// peerLoop is what people do without us: n times ssh through the side's relay
// and tunnel, all at once.
func (c *crowd) peerLoop(ctx context.Context, peer *side, n int) *exec.Cmd {
	script := `n=$1; while [ "$n" -gt 0 ]; do { ssh -F "$0" computer sh -s <small.sh || echo >failed; } & n=$((n - 1)); done; wait; ! [ -e failed ]`
	cmd := exec.CommandContext(ctx, "sh", "-c", script, peer.config, strconv.Itoa(n))
	cmd.Dir = c.dir
	return cmd
}

// disperse ends everything that was started.
func (c *crowd) disperse() (err error) {
	for _, agent := range c.agents {
		err = errors.Join(err, agent.Process.Signal(syscall.SIGTERM))
	}
	for _, agent := range c.agents {
		var exit *exec.ExitError
		if e := agent.Wait(); e != nil && !errors.As(e, &exit) {
			err = errors.Join(err, e)
		}
	}
	if c.relay != nil {
		err = errors.Join(err, c.relay.Stop())
	}
	return err
}
