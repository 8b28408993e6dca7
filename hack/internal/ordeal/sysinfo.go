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

// Situation is a computer whose system information is asked for.
type Situation struct {
	Name      string
	Limit     time.Duration                             // within which all categories are there, login included
	NeedsRoot bool                                      // it has namespaces of its own, and so nothing disturbs it
	make      func(dir string) (undo func(), err error) // runs in them
	holds     *regexp.Regexp                            // what the answer has
	count     map[string]int                            // how often the answer has these, at least
}

// Extreme reports whether it is more than this computer as it is.
func (s Situation) Extreme() bool { return s.make != nil }

// Asked is what came of asking a computer several times.
type Asked struct {
	Took    []time.Duration // from the start of ssh to the end of each, the shortest first
	Logins  []time.Duration // of a command that does nothing, likewise
	Partial int             // how many have said that the computer was too busy for all
}

// Median is how long an answer takes.
func (a Asked) Median() time.Duration { return a.Took[len(a.Took)/2] }

// Whole is how many answers had everything.
func (a Asked) Whole() int { return len(a.Took) - a.Partial }

// The sizes of the computers, and what is promised for them.
const (
	busyLoops     = 20
	manyAdapters  = 3000
	manyMounts    = 1000
	quietLimit    = time.Second
	burdenedLimit = 2 * time.Second
)

// Situations are all that are measured: this computer, and extremes.
func Situations() []Situation {
	return []Situation{
		{Name: "this computer", Limit: quietLimit},
		{Name: fmt.Sprintf("%d busy loops beside it", busyLoops), Limit: burdenedLimit, make: loops},
		{Name: fmt.Sprintf("%d network adapters", manyAdapters), Limit: burdenedLimit, NeedsRoot: true, make: adapters,
			holds: regexp.MustCompile(fmt.Sprintf(`Adapters \(%d\)`, manyAdapters+1))}, // and lo
		{Name: fmt.Sprintf("%d mounts", manyMounts), Limit: burdenedLimit, NeedsRoot: true, make: mounts,
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
	for i, s := range Situations() {
		if s.NeedsRoot && os.Geteuid() != 0 {
			fmt.Fprintf(progress, "%s: left out, it needs root\n", s.Name)
			continue
		}
		at := filepath.Join(dir, fmt.Sprint("computer", i))
		if err := os.Mkdir(at, 0o700); err != nil {
			return err
		}
		a, err := s.Measure(ctx, p, at, tries, progress)
		if err == nil {
			fmt.Fprintf(progress, "%s: %v, of %d tries %v to %v (a login alone %v), %d of them partial; at most %v; load %s\n",
				s.Name, round(a.Median()), tries, round(a.Took[0]), round(a.Took[tries-1]), round(a.Logins[tries/2]), a.Partial, s.Limit, load())
			err = s.judge(a)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return errors.Join(failed...)
}

// judge is an error where the answers are not what is promised.
func (s Situation) judge(a Asked) error {
	switch {
	case a.Median() > s.Limit:
		return fmt.Errorf("it takes %v, at most %v are promised", round(a.Median()), s.Limit)
	case s.NeedsRoot && a.Whole() == 0:
		return errors.New("no answer was whole: measure when the machine has less to do")
	}
	return nil
}

// Measure makes the computer below dir, and asks it tries times, at least once. An answer
// that lacks something and does not say so is an error.
func (s Situation) Measure(ctx context.Context, p rig.Programs, dir string, tries int, progress io.Writer) (a Asked, err error) {
	err = s.inItsPlace(func() (err error) {
		a, err = s.ask(ctx, p, dir, tries, progress)
		return err
	})
	return a, err
}

// inItsPlace calls f, on a thread with its own network and mounts where the situation
// needs that. The programs that f starts are there too; the thread ends with it.
func (s Situation) inItsPlace(f func() error) error {
	if !s.NeedsRoot {
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

// ask plays a support session there.
func (s Situation) ask(ctx context.Context, p rig.Programs, dir string, tries int, progress io.Writer) (a Asked, err error) {
	w, err := newWorld(ctx, p, dir, progress)
	if err != nil {
		return a, err
	}
	defer w.close()
	if s.make != nil {
		undo, err := s.make(dir)
		if err != nil {
			return a, err
		}
		defer undo()
	}
	for range tries {
		began := time.Now()
		if _, err := rig.Run(w.csr.SSH(ctx, w.number.Host(), "help")); err != nil {
			return a, err
		}
		a.Logins = append(a.Logins, time.Since(began))
		began = time.Now()
		out, err := rig.Run(w.csr.SSH(ctx, w.number.Host(), "sysinfo"))
		a.Took = append(a.Took, time.Since(began))
		switch {
		case err == nil && strings.Contains(out, "this computer is busy"):
			a.Partial++ // and said
		case err == nil:
			err = s.complete(out)
		}
		if err != nil {
			return a, err
		}
	}
	slices.Sort(a.Took)
	slices.Sort(a.Logins)
	return a, nil
}

// complete reports what is missing in an answer.
func (s Situation) complete(out string) error {
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
