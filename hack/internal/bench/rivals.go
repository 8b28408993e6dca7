//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"supportd/hack/internal/rig"
)

const (
	// rivalPatience is how long a rival may take to be downloaded and built.
	rivalPatience = 5 * time.Minute
	// rivalTunnels is how many idle tunnels its relay is measured with: each has a program of
	// its own, as in life.
	rivalTunnels = 200
	// rivalTidies is when the garbage of their logins has gone: Go looks for it every two
	// minutes at least, in a program that does nothing.
	rivalTidies = 2*time.Minute + 10*time.Second
)

// clientSuffix is behind the name of the copy of a rival's program that customers and CSRs
// run. With the same file they would share memory with its relay, and less of it would
// count the more they are.
const clientSuffix = "-client"

// errNotHad says that a rival cannot be downloaded.
var errNotHad = errors.New("this program cannot be downloaded")

// rival is another program for the same work, which comes as a Go module and builds in a
// minute. It is measured beside ours and OpenSSH, and never judges.
type rival struct {
	name    string // of the program and of its column
	module  string // whose root the program is
	program string // the path, when it is built
	// relay starts an empty relay below dir.
	relay func(ctx context.Context, program, dir string) (*chisel, error)
	// side leads to the same sshd as those of ours and OpenSSH's; over pinned, ssh uses the
	// algorithms of [pinned]. What the rival encrypts itself it encrypts as it likes.
	side, pinned *side
	// idle is what an idle tunnel takes of its relay's memory, in bytes; 0 is not measured yet.
	idle float64
}

func rivals() []*rival {
	return []*rival{{name: "chisel", module: "github.com/jpillora/chisel", relay: startChisel}}
}

// build downloads the newest version and builds it below dir, in a module of its own: ours
// does not get to know it.
func (r *rival) build(ctx context.Context, dir string) (version string, err error) {
	limit, cancel := context.WithTimeout(ctx, rivalPatience)
	defer cancel()
	module := filepath.Join(dir, "rivals", r.name)
	if err := os.MkdirAll(module, 0o700); err != nil {
		return "", err
	}
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(limit, "go", args...)
		cmd.Dir, cmd.Env = module, append(os.Environ(), "GOWORK=off")
		return rig.Run(cmd)
	}
	if _, err := run("mod", "init", "rivals"); err != nil {
		return "", err
	}
	if _, err := run("get", r.module+"@latest"); err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		return "", fmt.Errorf("%s: %w: %w\nhint: measure without --rivals, or have GOPROXY name a module proxy that has %s", r.name, errNotHad, err, r.module)
	}
	r.program = filepath.Join(module, r.name)
	if _, err := run("build", "-o", r.program, r.module); err != nil {
		return "", err
	}
	if _, err := rig.Run(exec.CommandContext(limit, "cp", r.program, r.program+clientSuffix)); err != nil {
		return "", err
	}
	version, err = run("list", "-m", "-f", "{{.Version}}", r.module)
	return strings.TrimSpace(version), err
}

// buildRivals has the rivals ready to be set up, where they were asked for.
func (b *bench) buildRivals(ctx context.Context) error {
	for _, r := range b.rivals {
		from := time.Now()
		version, err := r.build(ctx, b.dir)
		if err != nil {
			return err
		}
		b.say("built %s %s in %.0f s", r.name, version, time.Since(from).Seconds())
	}
	return nil
}

// setUp starts both relays of a rival, and tunnels to the sshd at inner.
func (r *rival) setUp(ctx context.Context, dir, inner string) (stop func() error, err error) {
	var sides []*side
	stop = func() (err error) {
		for _, s := range sides {
			err = errors.Join(err, s.stop())
		}
		return err
	}
	for _, algorithms := range []string{"", pinned} {
		s, err := r.newSide(ctx, dir, inner, algorithms)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", r.name, err), stop())
		}
		sides = append(sides, s)
	}
	r.side, r.pinned = sides[0], sides[1]
	return stop, nil
}

func (r *rival) newSide(ctx context.Context, dir, inner, algorithms string) (s *side, err error) {
	place, err := os.MkdirTemp(dir, r.name+"-")
	if err != nil {
		return nil, err
	}
	relay, err := r.relay(ctx, r.program, place)
	if err != nil {
		return nil, err
	}
	s = &side{
		name: r.name, probe: []string{"echo", "ready"}, relay: relay.pid(), env: relay.env,
		bulk: map[string]commands{"sshd": shellCommands()},
	}
	s.onClose(func() error { relay.stop(); return nil })
	far, err := relay.tunnel(ctx, inner)
	if err == nil {
		err = listens(ctx, far, relay.gone())
	}
	if err == nil {
		s.config, err = relay.sshConfig(dir, filepath.Base(place), far, algorithms)
	}
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// rivalsIdle is what an idle tunnel takes of their memory, in kB. It is measured once: they
// do not judge, so no repetition needs it.
func (b *bench) rivalsIdle(ctx context.Context) (map[string]float64, error) {
	values := map[string]float64{}
	for _, r := range b.rivals {
		if r.idle == 0 {
			b.say("idle tunnels: %d of %s, until their garbage has gone", rivalTunnels, r.name)
			if err := r.measureIdle(ctx, b.dir, rivalTunnels, rivalTidies); err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
		}
		values[r.name] = r.idle / 1e3
	}
	return values, nil
}

// measureIdle measures what each of n idle tunnels takes of a relay's memory, as it is done
// with ours: the garbage of starting does not count, and has gone after tidies.
func (r *rival) measureIdle(ctx context.Context, dir string, n int, tidies time.Duration) error {
	place, err := os.MkdirTemp(dir, r.name+"-")
	if err != nil {
		return err
	}
	relay, err := r.relay(ctx, r.program, place)
	if err != nil {
		return err
	}
	defer relay.stop()
	empty, err := settledMemory(ctx, relay.pid())
	if err != nil {
		return err
	}
	for range n {
		if _, err := relay.tunnel(ctx, "127.0.0.1:9"); err != nil { // nobody uses it
			return err
		}
	}
	select {
	case <-time.After(tidies):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	full, err := settledMemory(ctx, relay.pid())
	r.idle = float64(full-empty) / float64(n)
	return err
}

// beside are the sides of ours and OpenSSH, and those of the rivals.
func (b *bench) beside(own, peer *side, of func(r *rival) *side) []*side {
	sides := []*side{own, peer}
	for _, r := range b.rivals {
		sides = append(sides, of(r))
	}
	return sides
}

// bySide are the rivals' values, of sides that [bench.beside] has put together.
func bySide[T any](sides []*side, values map[*side]T, value func(T) float64) map[string]float64 {
	named := map[string]float64{}
	for _, s := range sides[2:] {
		named[s.name] = value(values[s])
	}
	return named
}

func ofDefault(r *rival) *side { return r.side }
func ofPinned(r *rival) *side  { return r.pinned }
