//go:build linux

package ordeal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay"
)

// stopLimit is what the product promises: a Stop ends everything within it.
const stopLimit = time.Second

// The faults under which a Stop has to hold, and the ways to stop.
const (
	frozenDisk   = "frozen disk"
	deadRelay    = "dead relay"
	frozenDead   = "frozen disk, dead relay"
	stoppedTerm  = "stopped terminal"
	frozenLog    = "frozen disk with the log on it"
	deafRun      = "script that stops its supervisor"
	ctrlC        = "Ctrl-C"
	sigterm      = "SIGTERM"
	sighup       = "SIGHUP"
	closedWindow = "closed window"
	stopCommand  = "support-agent stop"
)

// Stop stops a support session times times while its disk is frozen, its relay is
// dead or its terminal takes nothing, in each way there is, with a script that does
// not want to end, and with an open question. It returns an error unless the script, the
// question and the CSR's connections end within a second each time, and the
// journal of each is whole at the relay afterwards. It needs root, for a disk of its
// own that can be frozen.
func Stop(ctx context.Context, p rig.Programs, dir string, times int, progress io.Writer) error {
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
	faults := []string{frozenDisk, deadRelay, frozenDead, stoppedTerm, frozenLog, deafRun}
	ways := []string{ctrlC, sigterm, sighup, closedWindow, stopCommand}
	var numbers []wire.Number
	slowest := time.Duration(0)
	for i := range times {
		// Each of the first six has another fault, and of the first five another way.
		k := i * (len(faults) + 1) % (len(faults) * len(ways))
		s := &stopping{world: w, disk: d, nth: i, fault: faults[k%len(faults)], way: ways[k/len(faults)]}
		took, err := s.play(ctx)
		if err != nil {
			return fmt.Errorf("Stop %d, %s, %s: %w", i+1, s.fault, s.way, err)
		}
		slowest = max(slowest, took)
		w.say("Stop %d of %d: %s, %s: %v", i+1, times, s.fault, s.way, took.Round(time.Millisecond))
		numbers = append(numbers, w.number)
		if err := w.nextSession(ctx); err != nil {
			return err
		}
	}
	// What a dead relay could not be given, the next support session brings.
	s := &stopping{world: w, disk: d, nth: times, way: ctrlC}
	if _, err := s.play(ctx); err != nil {
		return err
	}
	for _, number := range numbers {
		if err := w.stoppedByCustomer(ctx, number); err != nil {
			return err
		}
	}
	w.say("%d of %d: everything ended within %v, and each journal is whole", times, times, slowest.Round(time.Millisecond))
	return nil
}

// stopping is one Stop.
type stopping struct {
	*world
	disk       *disk
	nth        int
	fault, way string

	screen *rig.Console
	csr    []*exec.Cmd // what the CSR runs
	ended  []chan struct{}
	limit  time.Duration // within which everything has to end
}

// play joins, runs, breaks, stops, and mends. It returns how long the slowest
// thing took to end.
func (s *stopping) play(ctx context.Context) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer func() {
		if s.screen == nil {
			return
		}
		if err != nil {
			err = fmt.Errorf("%w\nthe customer's screen:\n%s", err, s.screen.Screen())
		}
		s.disk.thaw()
		s.screen.Close()
	}()
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	if err := s.breakIt(); err != nil {
		return 0, err
	}
	if err := errors.Join(s.listens(), s.allow()); err != nil {
		return 0, err
	}
	began := time.Now()
	stopped, err := s.stop(ctx)
	if err != nil {
		return 0, err
	}
	if took, err = s.gone(began); err != nil {
		return 0, err
	}
	return took, s.mend(ctx, stopped)
}

// begin brings the support session to where it is stopped: a script writes, and a
// question stands.
func (s *stopping) begin(ctx context.Context) error {
	args := []string{
		"join", string(s.number), "--relay", s.relay.Addr, "--relay-key", s.key, "--allow", "script", "--state", s.disk.path("state"),
	}
	if s.fault == frozenLog {
		args = append(args, "--log", s.disk.path("log"))
	}
	cmd := exec.Command(s.programs.Agent, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=dumb")
	var err error
	if s.screen, err = rig.OpenConsole(cmd, nil); err != nil {
		return err
	}
	if err := s.screen.Expect(ctx, "Connected."); err != nil {
		return err
	}
	first := ""
	if s.fault == deafRun {
		first = "kill -STOP $PPID"
	}
	script := fmt.Sprintf("#!/bin/sh\n%s\ntrap '' TERM INT HUP\necho started\n( while :; do echo tick; sleep 0.05; done ) &\nsetsid sleep %s &\nsleep %s\n", first, s.mark(), s.mark())
	file := s.path("long.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return err
	}
	if _, err := rig.Run(s.world.csr.SFTP(ctx, s.number.Host(), "put "+file+"\n")); err != nil {
		return err
	}
	seen, err := s.asCSR(ctx, "run", "long.sh")
	if err != nil {
		return err
	}
	if _, err := seen.Await(ctx, s.ended[0], "started"); err != nil {
		return err
	}
	if _, err := s.asCSR(ctx, "sysinfo", "os"); err != nil {
		return err
	}
	return s.screen.Expect(ctx, "Do you allow this?")
}

// mark is in the command line of what the script starts.
func (s *stopping) mark() string { return fmt.Sprintf("%d.%d", 4000+s.nth, os.Getpid()) }

// asCSR starts a command on the computer and returns what it prints.
func (s *stopping) asCSR(ctx context.Context, args ...string) (*rig.Log, error) {
	cmd, out, gone := s.world.csr.SSH(ctx, append([]string{s.number.Host()}, args...)...), rig.NewLog(nil), make(chan struct{})
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(gone)
		_ = cmd.Wait() // ProcessState says how it ended
	}()
	s.csr, s.ended = append(s.csr, cmd), append(s.ended, gone)
	return out, nil
}

func (s *stopping) breakIt() error {
	switch s.fault {
	case frozenDisk, frozenLog:
		return s.disk.freeze()
	case deadRelay:
		s.relay.Kill()
	case frozenDead:
		err := s.disk.freeze()
		s.relay.Kill()
		return err
	case stoppedTerm:
		return s.screen.Type("\x13") // Ctrl-S
	}
	return nil
}

// allow says how long the end may take. A program that is started to stop another one
// has the time that it takes this machine to start it.
func (s *stopping) allow() error {
	s.limit = stopLimit
	if s.way != stopCommand {
		return nil
	}
	began := time.Now()
	_, err := rig.Run(exec.Command(s.programs.Agent, "--version"))
	s.limit += time.Since(began)
	return err
}

// stop stops, and returns the program that was used for it, or nil.
func (s *stopping) stop(ctx context.Context) (*exec.Cmd, error) {
	switch s.way {
	case sigterm:
		return nil, s.screen.Process().Signal(syscall.SIGTERM)
	case sighup:
		return nil, s.screen.Process().Signal(syscall.SIGHUP)
	case closedWindow:
		return nil, s.screen.HangUp()
	case stopCommand:
		cmd := exec.CommandContext(ctx, s.programs.Agent, "stop", "--state", s.disk.path("state"))
		return cmd, cmd.Start()
	}
	return nil, s.screen.Type("\x03")
}

// gone waits until nothing of the support session runs or is connected.
func (s *stopping) gone(began time.Time) (time.Duration, error) {
	left := time.NewTimer(2 * stopLimit)
	defer left.Stop()
	for {
		runs, err := running("sleep\x00"+s.mark(), s.disk.path("state/work/"))
		if err != nil {
			return 0, err
		}
		if len(runs) == 0 {
			break
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-left.C:
			return 0, fmt.Errorf("after %v there still run %q", time.Since(began), runs)
		}
	}
	for i, gone := range s.ended {
		select {
		case <-gone:
		case <-left.C:
			return 0, fmt.Errorf("after %v the CSR is still connected: %v", time.Since(began), s.csr[i].Args)
		}
		if s.csr[i].ProcessState.Success() {
			return 0, fmt.Errorf("it went well: %v", s.csr[i].Args)
		}
	}
	took := time.Since(began)
	if took > s.limit {
		return 0, fmt.Errorf("it took %v", took)
	}
	return took, nil
}

// mend undoes the fault and waits for the daemon's end.
func (s *stopping) mend(ctx context.Context, stopped *exec.Cmd) error {
	s.disk.thaw()
	if s.fault == deadRelay || s.fault == frozenDead {
		if err := s.startRelay(ctx); err != nil {
			return err
		}
	}
	if s.fault == stoppedTerm && s.way != closedWindow {
		if err := s.screen.Type("\x11"); err != nil { // Ctrl-Q
			return err
		}
	}
	const interrupted = 130
	code, err := s.screen.Wait(ctx)
	if err == nil && code != interrupted {
		err = fmt.Errorf("the daemon ended with exit code %d", code)
	}
	if err != nil {
		return err
	}
	if stopped != nil {
		if err := stopped.Wait(); err != nil {
			return fmt.Errorf("%v: %w", stopped.Args, err)
		}
	}
	entries, err := os.ReadDir(s.disk.path("state"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if n := e.Name(); e.IsDir() || !strings.HasPrefix(n, "journal-") && !strings.HasPrefix(n, "owed-") && n != "lock" {
			return fmt.Errorf("left behind: %s", n)
		}
	}
	return nil
}

// nextSession opens another support session at the same relay.
func (w *world) nextSession(ctx context.Context) (err error) {
	w.number, err = w.openSession(ctx)
	return err
}

// stoppedByCustomer waits until the relay has the whole, signed journal of a support
// session that the customer has stopped.
func (w *world) stoppedByCustomer(ctx context.Context, number wire.Number) error {
	return eventually(ctx, "the journal of "+string(number), func() error {
		last, err := w.last(ctx, number)
		if err == nil && last.Actor != journal.ByCustomer {
			err = fmt.Errorf("the last event is by %s", last.Actor)
		}
		return err
	})
}

// last is the last event of a support session whose journal the relay has, whole and
// signed, and in which everything that has begun has ended.
func (w *world) last(ctx context.Context, number wire.Number) (last journal.Event, err error) {
	data, err := relay.OpenData(ctx, w.relay.Data, false)
	if err != nil {
		return last, err
	}
	defer data.Close()
	row, err := data.Store.SessionByNumber(ctx, number)
	if err != nil {
		return last, err
	}
	begun, ended := 0, 0
	for e, err := range data.Store.Events(ctx, row.ID, 0) {
		if err == nil {
			err = e.Follows(last)
		}
		if err != nil {
			return last, err
		}
		if last = e; journal.EndKind(e.Kind) != "" {
			begun++
		} else if journal.IsEnd(e.Kind) {
			ended++
		}
	}
	if last.Kind != journal.KindSessionEnd || begun != ended {
		return last, fmt.Errorf("the last event is %s by %s; %d things have begun, %d have ended", last.Kind, last.Actor, begun, ended)
	}
	seal, err := data.Store.Seal(ctx, row.ID)
	if err != nil {
		return last, err
	}
	return last, seal.Verify(last)
}

// running are the command lines of processes with one of the texts in it.
func running(texts ...string) (found []string, err error) {
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range names {
		line, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		for _, text := range texts {
			// Not the program itself, which names its directory.
			if bytes.Contains(line, []byte(text)) {
				found = append(found, string(line))
			}
		}
	}
	return found, err
}

// listens looks at the thread to which Linux gives a signal, the program's first: one
// that waits for a disk takes none (proc_pid_stat(5)).
func (s *stopping) listens() error {
	pid := s.screen.Process().Pid
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", pid, pid))
	if err == nil && bytes.Contains(stat, []byte(") D ")) {
		err = errors.New("the thread that takes the signals waits for the disk")
	}
	return err
}
