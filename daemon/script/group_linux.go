package script

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// group is a control group (cgroups(7)) that the supervisor has put itself
// into, so that everything it starts is in it too.
type group struct{ dir, parent string }

// groupPrefix begins a group's name. The run's id follows, which is nobody
// else's, and the supervisor's process number: several scripts of one run, one
// after the other, have a group each.
const groupPrefix = "supportd-run-"

func groupName(run, supervisor string) string { return groupPrefix + run + "-" + supervisor }

// supervisorTasks is what the supervisor itself adds to the group's count: the
// threads of a Go program.
const supervisorTasks = 32

// groupParents lists where groups can be made: below our own, in the hierarchy
// that has the pids controller.
func groupParents() []string {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	var parents []string
	for line := range strings.Lines(string(own)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(f) != 3:
		case slices.Contains(strings.Split(f[1], ","), "pids"):
			parents = append(parents, filepath.Join("/sys/fs/cgroup/pids", f[2]))
		case f[1] == "":
			parents = append(parents, filepath.Join("/sys/fs/cgroup", f[2]))
		}
	}
	return parents
}

// enter makes a group for a run with a limit of processes. It reports whether
// the limit is in force.
func (g *group) enter(run string) bool {
	for _, parent := range groupParents() {
		dir := filepath.Join(parent, groupName(run, strconv.Itoa(os.Getpid())))
		if makeGroup(dir) {
			g.dir, g.parent = dir, parent
			return true
		}
	}
	return false
}

func makeGroup(dir string) bool {
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

// sweep kills what is left of a run whose supervisors are gone, and takes its
// groups away: whoever is in one, and where there was none, whoever has the
// run's variable in their environment.
func sweep(run string) {
	for _, parent := range groupParents() {
		groups, _ := filepath.Glob(filepath.Join(parent, groupName(run, "*"))) // the pattern is well formed
		for _, dir := range groups {
			emptyGroup(dir)
		}
	}
	want := []byte(runVariable + "=" + run)
	for range sweeps {
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

// sweeps is how often a sweep looks again for processes that were started
// while it looked.
const (
	sweeps     = 100
	sweepPause = 20 * time.Millisecond
)

// emptyGroup kills every process of a group, then removes it.
func emptyGroup(dir string) {
	for range sweeps {
		list, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if err != nil {
			return
		}
		for pid := range strings.FieldsSeq(string(list)) {
			if n, err := strconv.Atoi(pid); err == nil {
				_ = unix.Kill(n, unix.SIGKILL)
			}
		}
		if os.Remove(dir) == nil {
			return
		}
		time.Sleep(sweepPause) // the dead count until their new parent has noticed
	}
}
