//go:build linux

package ordeal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supportd/hack/internal/rig"
)

const (
	// frozenFor is how long a disk hangs.
	frozenFor = 1500 * time.Millisecond
	// quickly is how soon another support session at the same relay is answered.
	quickly = time.Second
	// mostMemory of the daemon, in KiB.
	mostMemory = 128 << 10
)

// moment is something that is done while the disk under the state directory is full,
// or hangs for a while. It checks what must hold while it is; full tells which.
type moment struct {
	name  string
	joins bool // it begins without a daemon
	ends  bool // and this without one
	act   func(f *faulty, ctx context.Context, full bool) error
}

func moments() []moment {
	return []moment{
		{"join", true, false, (*faulty).joins}, {"look", false, false, (*faulty).looks}, {"upload", false, false, (*faulty).uploads},
		{"run", false, false, (*faulty).runs}, {"end", false, true, (*faulty).ends}, {"stop", false, true, (*faulty).stops},
	}
}

// faulty is a world whose daemon has a disk of its own, and whose relay serves
// another support session besides.
type faulty struct {
	*world
	disk *disk
	eve  *world // the other support session
}

// Disk fills and freezes the disk under the state directory in each part of a support
// session, rounds times; 0 is twice in all, chosen at random. It returns an error unless what cannot be written down is
// refused, everything works again with room, the journal is whole in the end and nothing is
// left: the oracle of SECURITY.md. It needs root.
func Disk(ctx context.Context, p rig.Programs, dir string, rounds int, progress io.Writer) error {
	d, err := newDisk(filepath.Join(dir, "disk"))
	if err != nil {
		return err
	}
	defer d.close()
	w, err := newSession(ctx, p, dir, progress)
	if err != nil {
		return err
	}
	defer w.close()
	defer func() { d.thaw(); _ = d.free() }() // or the daemon waits for it
	eve := *w
	eve.state = w.path("eve")
	if eve.number, err = w.openSession(ctx); err != nil {
		return err
	}
	if err := eve.startAgent(); err != nil {
		return err
	}
	defer eve.agent.kill()
	if err := eve.active(ctx); err != nil {
		return err
	}
	w.state = d.path("state")
	f := &faulty{w, d, &eve}
	all := moments()
	times := rounds * len(all)
	if rounds == 0 {
		rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		times = 1
	}
	faults := 0
	for i := range times {
		// With one round each fault has a part of its own.
		for j, full := range []bool{true, false} {
			m := all[(i+j*(len(all)/2))%len(all)]
			fault := "a disk that hangs"
			if full {
				fault = "a full disk"
			}
			if err := f.play(ctx, m, full); err != nil {
				return fmt.Errorf("%s, with %s: %w\nthe daemon wrote:\n%.4000s", m.name, fault, err, w.agent.log)
			}
			faults++
			w.say("%s: held with %s", m.name, fault)
		}
	}
	w.say("%d faults: what could not be written was not done, every journal is whole, and nothing is left", faults)
	return nil
}

// play is one fault.
func (f *faulty) play(ctx context.Context, m moment, full bool) error {
	if !m.joins {
		if err := f.startAgent(); err != nil {
			return err
		}
		if err := f.active(ctx); err != nil {
			return err
		}
	}
	fault := f.disk.freeze
	if full {
		fault = f.disk.fill
	}
	if m.joins && full { // the directory is there, as it is after the first time
		if err := os.MkdirAll(f.state, 0o700); err != nil {
			return err
		}
	}
	if err := fault(); err != nil {
		return err
	}
	thawed := time.AfterFunc(frozenFor, f.disk.thaw)
	err := m.act(f, ctx, full)
	if err == nil {
		err = f.neighbour(ctx)
	}
	thawed.Stop()
	f.disk.thaw()
	if err := errors.Join(err, f.disk.free(), f.memory()); err != nil {
		return err
	}
	if m.ends {
		if err := f.exits(); err != nil {
			return err
		}
	}
	if m.ends || m.joins && full {
		return f.recovers(ctx)
	}
	if _, err := rig.Run(f.csr.SSH(ctx, f.number.Host(), "sysinfo", "os")); err != nil {
		return fmt.Errorf("with a disk that works again: %w", err)
	}
	return f.leaves(ctx)
}

// neighbour asks the other support session, of three times the quickest.
func (f *faulty) neighbour(ctx context.Context) error {
	best := patience
	for range 3 {
		began := time.Now()
		if _, err := rig.Run(f.csr.SSH(ctx, f.eve.number.Host(), "status")); err != nil {
			return fmt.Errorf("O4: %w", err)
		}
		best = min(best, time.Since(began))
	}
	if best > quickly {
		return fmt.Errorf("O4: another support session is answered after %v", best)
	}
	return nil
}

// memory is that of the daemon, if it lives.
func (f *faulty) memory() error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.agent.cmd.Process.Pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err == nil && kib > mostMemory {
		return fmt.Errorf("O5: the daemon has %d KiB", kib)
	}
	return nil
}

func (f *faulty) joins(ctx context.Context, full bool) error {
	if err := f.startAgent(); err != nil {
		return err
	}
	if !full {
		return f.active(ctx)
	}
	select {
	case <-f.agent.exited:
	case <-time.After(patience):
		return errors.New("the daemon does not say that it cannot write")
	}
	if code, text := f.agent.cmd.ProcessState.ExitCode(), f.agent.log.String(); code != 1 || !strings.Contains(text, "hint: ") {
		return fmt.Errorf("O1: exit code %d", code)
	}
	return nil
}

// refusedAtLast repeats a CSR's command until it is refused: what is left of the
// file's last block has room for a few lines.
func (f *faulty) refusedAtLast(ctx context.Context, full bool, args ...string) error {
	const most = 200
	for range most {
		var out, problem strings.Builder
		cmd := f.csr.SSH(ctx, append([]string{f.number.Host()}, args...)...)
		cmd.Stdout, cmd.Stderr = &out, &problem
		err := cmd.Run()
		switch {
		case !full && err != nil: // it only had to wait
			return fmt.Errorf("%w: %s", err, problem.String())
		case !full:
			return nil
		case err == nil:
			continue
		case out.Len() > 0 || !strings.Contains(problem.String(), "could not be written"):
			return fmt.Errorf("O1: it printed %q, and %q", out.String(), problem.String())
		}
		return nil
	}
	return errors.New("a full disk has room for everything")
}

func (f *faulty) looks(ctx context.Context, full bool) error {
	return f.refusedAtLast(ctx, full, "sysinfo", "os")
}

func (f *faulty) uploads(ctx context.Context, full bool) error {
	big := f.path("big.sh")
	if err := os.WriteFile(big, append([]byte("#!/bin/sh\n"), make([]byte, 200<<10)...), 0o600); err != nil {
		return err
	}
	_, err := rig.Run(f.csr.SFTP(ctx, f.number.Host(), "put "+big+"\n"))
	if full == (err == nil) {
		return fmt.Errorf("the upload: %w", err)
	}
	return nil
}

// runs has a script running already, or tries to begin one.
func (f *faulty) runs(ctx context.Context, full bool) error {
	if err := f.disk.free(); err != nil { // to upload it
		return err
	}
	f.disk.thaw()
	r := &run{name: "numbers.sh", lines: 200, pause: 10 * time.Millisecond}
	if err := f.start(ctx, r); err != nil {
		return err
	}
	if full {
		if err := f.disk.fill(); err != nil {
			return err
		}
	} else {
		if err := f.disk.freeze(); err != nil {
			return err
		}
		time.AfterFunc(frozenFor, f.disk.thaw)
	}
	select {
	case <-r.gone:
	case <-time.After(patience):
		return errors.New("the run does not end")
	}
	code, seen := r.cmd.ProcessState.ExitCode(), r.seen.String()
	switch {
	case !strings.HasPrefix(r.text(), seen):
		return fmt.Errorf("O2: the CSR was shown something else:\n%s", seen)
	case full && code != 1, !full && (code != 0 || seen != r.text()):
		return fmt.Errorf("O2: exit code %d, and %d bytes of %d", code, len(seen), len(r.text()))
	}
	return nil
}

// ends has the CSR end the support session when not even its last event fits, and
// stops the customer.
func (f *faulty) ends(ctx context.Context, full bool) error {
	if err := f.refusedAtLast(ctx, full, "sysinfo", "os"); err != nil {
		return err
	}
	if err := f.endSession(ctx); err != nil {
		return err
	}
	return f.endsNow(full)
}

func (f *faulty) stops(ctx context.Context, full bool) error {
	if err := f.refusedAtLast(ctx, full, "sysinfo", "os"); err != nil {
		return err
	}
	if err := f.agent.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return f.endsNow(full)
}

// endsNow waits for the daemon's end on a disk without room. Either the relay has the
// whole journal, or the customer reads that it is still to come.
func (f *faulty) endsNow(full bool) error {
	if !full {
		return nil
	}
	if err := f.exits(); err != nil {
		return err
	}
	data, err := os.ReadDir(f.state)
	if err != nil {
		return err
	}
	promised := strings.Contains(f.agent.log.String(), "tries it again when you use it next")
	owed := slices.ContainsFunc(data, func(e os.DirEntry) bool {
		return strings.HasPrefix(e.Name(), "owed-") || e.Name() == "session.json"
	})
	if promised != owed {
		return fmt.Errorf("O1: the customer is told of a rest: %v; there is one: %v", promised, owed)
	}
	return nil
}
