package process

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// group is a control group that the supervisor has put itself into, so that
// everything it starts is in it too.
type group struct {
	in   hierarchy
	name string // "" while there is none
}

// groupPrefix begins a group's name. The run's id follows, which is nobody
// else's, and the supervisor's process number: several scripts of one run, one
// after the other, have a group each.
const groupPrefix = "supportd-run-"

func groupName(run, supervisor string) string { return groupPrefix + run + "-" + supervisor }

// supervisorTasks is what the supervisor itself adds to the group's count: the
// threads of a Go program.
const supervisorTasks = 32

// taskLimit is the limit of a group, as its file says it.
var taskLimit = strconv.Itoa(MaxProcesses + supervisorTasks)

// means says how far to go for a group's limit.
type means struct {
	open func() []hierarchy // where to make the group
	// change allows to turn the controller on in our own group; else a tree is
	// taken as it is.
	change bool
}

// enter makes a group for a run with a limit of processes and moves this process
// into it. It reports whether the limit is in force.
func (g *group) enter(run string, m means) bool {
	name := groupName(run, strconv.Itoa(os.Getpid()))
	for _, h := range m.open() {
		if g.name == "" && h.make(name, m.change) {
			if h.join(name) {
				g.in, g.name = h, name
				continue
			}
			_ = h.own.Remove(name)
		}
		h.close()
	}
	return g.name != ""
}

// canMake reports whether enter would find a place for a group.
func canMake(m means) (can bool) {
	name := groupName("probe", strconv.Itoa(os.Getpid()))
	for _, h := range m.open() {
		if !can && h.make(name, m.change) {
			can = true
			_ = h.own.Remove(name)
		}
		h.close()
	}
	return can
}

// make makes a group with its limit.
func (h hierarchy) make(name string, change bool) bool {
	if h.own.Mkdir(name, 0o755) != nil {
		return false
	}
	if h.limit(name, change) {
		return true
	}
	_ = h.own.Remove(name)
	return false
}

// join moves this process into a group. It reports true only when the kernel says
// that it is there.
func (h hierarchy) join(name string) bool {
	if writeControl(h.own, path.Join(name, "cgroup.procs"), "0") != nil {
		return false
	}
	for _, m := range memberships() {
		if m.unified == h.unified && path.Base(m.path) == name {
			return true
		}
	}
	_ = writeControl(h.own, "cgroup.procs", "0")
	return false
}

// limit sets the limit of a group that was just made. In the unified tree it is
// the group above that hands a controller down. One that has processes of its
// own, as ours has, does so for threaded groups only. This stays so when the run
// is over: another run may need it.
func (h hierarchy) limit(name string, change bool) bool {
	threaded := func() error { return writeControl(h.own, path.Join(name, "cgroup.type"), "threaded") }
	handDown := func() error { return writeControl(h.own, "cgroup.subtree_control", "+pids") }
	limits := path.Join(name, "pids.max")
	if _, err := h.own.Stat(limits); err != nil {
		if !h.unified || !change || handDown() != nil && (threaded() != nil || handDown() != nil) {
			return false
		}
	}
	if kind, err := h.own.ReadFile(path.Join(name, "cgroup.type")); err == nil && strings.TrimSpace(string(kind)) == "domain invalid" && threaded() != nil {
		return false
	}
	if writeControl(h.own, limits, taskLimit) != nil {
		return false
	}
	now, err := h.own.ReadFile(limits)
	return err == nil && strings.TrimSpace(string(now)) == taskLimit
}

// writeControl writes into a file of a control group, which must be there.
func writeControl(root *os.Root, name, text string) error {
	f, err := root.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// remove leaves the group and deletes it. A survivor keeps it in being.
func (g *group) remove() {
	if g.name != "" {
		_ = writeControl(g.in.own, "cgroup.procs", "0")
		_ = g.in.own.Remove(g.name)
		g.in.close()
		g.name = ""
	}
}

// members lists the processes of a group, or where it is a threaded one their
// threads, each of which a signal to the process reaches (kill(2)).
func (h hierarchy) members(name string) (found []int) {
	list, err := h.own.ReadFile(path.Join(name, "cgroup.procs"))
	if err != nil {
		list, _ = h.own.ReadFile(path.Join(name, "cgroup.threads"))
	}
	for pid := range strings.FieldsSeq(string(list)) {
		if n, err := strconv.Atoi(pid); err == nil && n > 0 {
			found = append(found, n)
		}
	}
	return found
}
