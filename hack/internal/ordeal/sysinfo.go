//go:build linux

package ordeal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"supportd/hack/internal/rig"
)

// situation is a computer whose system information is asked for.
type situation struct {
	name  string
	limit time.Duration                             // within which all categories are there
	alone bool                                      // it needs namespaces of its own, and so root
	make  func(dir string) (undo func(), err error) // runs in them
	holds *regexp.Regexp                            // what the answer has
	count map[string]int                            // how often the answer has these, at least
}

// The sizes of the computers, and what is promised for them.
const (
	busyLoops     = 20
	manyAdapters  = 3000
	manyMounts    = 1000
	quietLimit    = time.Second
	burdenedLimit = 2 * time.Second
)

func situations() []situation {
	return []situation{
		{name: "this computer", limit: quietLimit},
		{name: fmt.Sprintf("%d busy loops beside it", busyLoops), limit: burdenedLimit, make: loops},
		{name: fmt.Sprintf("%d network adapters", manyAdapters), limit: burdenedLimit, alone: true, make: adapters,
			holds: regexp.MustCompile(fmt.Sprintf(`Adapters \(%d\)`, manyAdapters+1))}, // and lo
		{name: fmt.Sprintf("%d mounts", manyMounts), limit: burdenedLimit, alone: true, make: mounts,
			count: map[string]int{"/" + mountsName + "/": manyMounts}},
	}
}

// Sysinfo asks tries times for all categories of system information, as a CSR does: login
// included, from the start of ssh. It does so on this computer, with busy programs beside
// it, with thousands of network adapters and with a thousand mounts. It returns an error
// where the median is over the limit, or something is missing in the answer. What else the
// machine does counts too: each line says how busy it was.
func Sysinfo(ctx context.Context, p rig.Programs, dir string, tries int, progress io.Writer) error {
	var failed []error
	for i, s := range situations() {
		if s.alone && os.Geteuid() != 0 {
			fmt.Fprintf(progress, "%s: left out, it needs root\n", s.name)
			continue
		}
		at := filepath.Join(dir, fmt.Sprint("computer", i))
		if err := os.Mkdir(at, 0o700); err != nil {
			return err
		}
		if err := s.inItsPlace(func() error { return s.measure(ctx, p, at, tries, progress) }); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	return errors.Join(failed...)
}

// inItsPlace calls f, on a thread with its own network and mounts where the situation
// needs that. The programs that f starts are there too; the thread ends with it.
func (s situation) inItsPlace(f func() error) error {
	if !s.alone {
		return f()
	}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: nobody else may get this thread
		err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		if err == nil {
			err = command("ip link set lo up")
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// measure plays a support session there.
func (s situation) measure(ctx context.Context, p rig.Programs, dir string, tries int, progress io.Writer) error {
	w, err := newWorld(ctx, p, dir, progress)
	if err != nil {
		return err
	}
	defer w.close()
	if s.make != nil {
		undo, err := s.make(dir)
		if err != nil {
			return err
		}
		defer undo()
	}
	var took, logins []time.Duration
	partial := 0
	for range tries {
		began := time.Now()
		if _, err := rig.Run(w.csr.SSH(ctx, w.number.Host(), "help")); err != nil {
			return err
		}
		logins = append(logins, time.Since(began))
		began = time.Now()
		out, err := rig.Run(w.csr.SSH(ctx, w.number.Host(), "sysinfo"))
		took = append(took, time.Since(began))
		switch {
		case err == nil && strings.Contains(out, "this computer is busy"):
			partial++ // and said
		case err == nil:
			err = s.complete(out)
		}
		if err != nil {
			return err
		}
	}
	slices.Sort(took)
	slices.Sort(logins)
	median := took[tries/2]
	w.say("%s: %v, of %d tries %v to %v (a login alone %v), %d of them partial; at most %v; load %s",
		s.name, round(median), tries, round(took[0]), round(took[tries-1]), round(logins[tries/2]), partial, s.limit, load())
	switch {
	case median > s.limit:
		return fmt.Errorf("it takes %v, at most %v are promised", round(median), s.limit)
	case s.alone && partial == tries:
		return errors.New("no answer was whole: measure when the machine has less to do")
	}
	return nil
}

// complete reports what is missing in an answer.
func (s situation) complete(out string) error {
	if s.holds != nil && !s.holds.MatchString(out) {
		return fmt.Errorf("the answer has no %q", s.holds)
	}
	for text, least := range s.count {
		if n := strings.Count(out, text); n < least {
			return fmt.Errorf("the answer has %d times %q, not %d times", n, text, least)
		}
	}
	return nil
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }

// load is how many programs want to run, over the last minute.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// loops are programs that want the processors for themselves.
func loops(string) (undo func(), err error) {
	var all []*exec.Cmd
	undo = func() {
		for _, cmd := range all {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	for range busyLoops {
		cmd := exec.Command("sh", "-c", "while :; do :; done")
		if err := cmd.Start(); err != nil {
			undo()
			return nil, err
		}
		all = append(all, cmd)
	}
	return undo, nil
}

// adapters are pairs of virtual ones; they go with their namespace.
func adapters(string) (undo func(), err error) {
	var lines strings.Builder
	for i := range manyAdapters / 2 {
		fmt.Fprintf(&lines, "link add a%d type veth peer name b%d\n", i, i)
	}
	cmd := exec.Command("ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(lines.String())
	_, err = rig.Run(cmd)
	return func() {}, err
}

// mountsName is the directory of the mounts.
const mountsName = "volumes"

// mounts are small file systems in memory. They go with their namespace: a computer's
// program that still runs keeps them no longer than it does itself.
func mounts(dir string) (undo func(), err error) {
	for i := range manyMounts {
		at := filepath.Join(dir, mountsName, fmt.Sprint(i))
		if err := os.MkdirAll(at, 0o700); err != nil {
			return nil, err
		}
		if err := unix.Mount("tmpfs", at, "tmpfs", 0, "size=64k"); err != nil {
			return nil, fmt.Errorf("mounting %s: %w", at, err)
		}
	}
	return func() {}, nil
}
