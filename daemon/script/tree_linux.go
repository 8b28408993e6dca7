package script

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// adopt makes the supervisor the parent of every orphan below it
// (PR_SET_CHILD_SUBREAPER, prctl(2)) and limits the number of their processes
// where a control group can be had.
func (t *tree) adopt() (limited bool, err error) {
	if err := becomeSubreaper(); err != nil {
		return false, err
	}
	t.adopts = true
	return t.group.enter(), nil
}

func becomeSubreaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("keeping the script's processes together: %w", err)
	}
	return nil
}

// ownSession starts the script without a controlling terminal, and lets it die
// with the supervisor.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// sweep kills what is left of a run whose supervisor was killed: the processes
// that carry its variable in their environment.
func sweep(run string) {
	want := []byte(runVariable + "=" + run)
	for range 10 {
		found := false
		for _, p := range processes() {
			env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid))
			if err == nil && !p.dead && slices.ContainsFunc(bytes.Split(env, []byte{0}), func(v []byte) bool { return bytes.Equal(v, want) }) {
				found = true
				_ = unix.Kill(p.pid, unix.SIGKILL)
			}
		}
		if !found {
			return
		}
	}
}

// processes reads the process table from /proc, see proc_pid_stat(5).
func processes() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var table []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		if p, ok := parseStat(pid, stat); ok {
			table = append(table, p)
		}
	}
	return table
}

// parseStat takes the fields after the command's name, which may hold anything.
func parseStat(pid int, stat []byte) (process, bool) {
	_, rest, ok := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(") "))
	f := strings.Fields(string(rest))
	if !ok || len(f) < 20 {
		return process{}, false
	}
	p := process{pid: pid, dead: f[0] == "Z" || f[0] == "X"}
	p.parent, _ = strconv.Atoi(f[1])
	p.session, _ = strconv.Atoi(f[3])
	p.began, _ = strconv.ParseUint(f[19], 10, 64)
	return p, true
}

// group is a control group (cgroups(7)) that the supervisor has put itself
// into, so that everything it starts is in it too.
type group struct{ dir, parent string }

// supervisorTasks is what the supervisor itself adds to the group's count: the
// threads of a Go program.
const supervisorTasks = 32

// enter makes a group with a limit of processes, in whichever hierarchy has
// that controller and can be written. It reports whether the limit is in force.
func (g *group) enter() bool {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(own)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 || f[1] != "pids" && f[1] != "" {
			continue
		}
		mount := "/sys/fs/cgroup"
		if f[1] != "" {
			mount = "/sys/fs/cgroup/pids"
		}
		parent := filepath.Join(mount, f[2])
		dir := filepath.Join(parent, fmt.Sprintf("supportd-run-%d", os.Getpid()))
		if g.make(dir) {
			g.dir, g.parent = dir, parent
			return true
		}
	}
	return false
}

func (g *group) make(dir string) bool {
	if os.Mkdir(dir, 0o755) != nil {
		return false
	}
	limit := strconv.Itoa(MaxProcesses + supervisorTasks)
	if os.WriteFile(filepath.Join(dir, "pids.max"), []byte(limit), 0) == nil &&
		os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0) == nil {
		return true
	}
	_ = os.Remove(dir)
	return false
}

// remove leaves the group and deletes it. A survivor keeps it in being.
func (g *group) remove() {
	if g.dir != "" {
		_ = os.WriteFile(filepath.Join(g.parent, "cgroup.procs"), []byte("0"), 0)
		_ = os.Remove(g.dir)
	}
}
