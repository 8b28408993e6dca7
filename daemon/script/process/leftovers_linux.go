package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"supportd/daemon/internal/proc"
)

// maxEnviron bounds what is read of a process's environment, in bytes. Linux lets a program
// have 6 MiB of arguments and environment (execve(2)).
const maxEnviron = 8 << 20

// EndLeftovers kills what is left of a run whose supervisors are gone, and removes its
// groups. It kills the processes in a group of the run and those that have the run's
// variable in their environment.
func EndLeftovers(run string) {
	for _, open := range []func() []hierarchy{mountedHierarchies, privateHierarchies} {
		for _, h := range open() {
			entries, _ := fs.ReadDir(h.own.FS(), ".")
			for _, e := range entries {
				if strings.HasPrefix(e.Name(), groupName(run, "")) {
					h.empty(e.Name())
				}
			}
			h.close()
		}
	}
	want := []byte(runVariable + "=" + run)
	killAll(func() (found []int) {
		for _, p := range processes() {
			env, err := proc.Environ(fmt.Sprintf("/proc/%d", p.pid), maxEnviron)
			if err == nil && !p.dead && slices.ContainsFunc(bytes.Split(env, []byte{0}), func(v []byte) bool { return bytes.Equal(v, want) }) {
				found = append(found, p.pid)
			}
		}
		return found
	})
}

// killRounds is how often we look again for processes that were started while we looked;
// killPause lies between.
const (
	killRounds = 100
	killPause  = 20 * time.Millisecond
	// killLooks is how many looks in a row have to find nothing: one look can miss what
	// starts another process and ends.
	killLooks = 3
)

// killAll kills every process that list finds until it finds none.
func killAll(list func() []int) {
	for round, nothing := 0, 0; round < killRounds && nothing < killLooks; round++ {
		nothing++
		if killFound(list) {
			nothing = 0
		}
		time.Sleep(killPause)
	}
}

// killFound kills what list finds, and reports whether it found anything. All are
// stopped before the first is killed: what still runs could start more than are
// killed meanwhile.
func killFound(list func() []int) bool {
	stopAll(list)
	found := list()
	killGroups(proc.Groups(found, nil))
	for _, pid := range found {
		_ = unix.Kill(pid, unix.SIGKILL) // it may be gone, or another user's
	}
	return len(found) > 0
}

// empty kills every process of a group, then removes it.
func (h hierarchy) empty(name string) {
	for range killRounds {
		killFound(func() []int { return h.members(name) })
		if h.own.Remove(name) == nil {
			return
		}
		time.Sleep(killPause) // a dead process counts until its new parent has waited for it
	}
}

// AdoptOrphans makes this process the parent of what a script leaves when it kills
// its supervisor; endOrphans ends that.
func AdoptOrphans() error { return becomeSubreaper() }

// endOrphans ends what a script has left to this process by killing its supervisor.
// spared are children of this process that it must not take for such. A look that finds
// nothing has missed nothing: the parent of a process that begins after it was passed is
// ours as well, and is found dead where it ended meanwhile.
func endOrphans(spared func() []int) {
	for range killRounds {
		reaped := 0
		found := killFound(func() []int {
			living, groups, dead := orphans(spared)
			killGroups(groups)
			reaped += dead
			return living
		})
		if !found && reaped == 0 {
			return
		}
		time.Sleep(killPause)
	}
}

// reaping keeps one look at our children from reaping what another has still to read.
var reaping sync.Mutex

// orphans lists the living processes below this one that descend from a script, and their
// process groups. It reaps those children among them that are dead, whose number it
// returns. What this process starts itself stays in its session, or is spared; a script
// was put into one of its own, and nothing of it can join another (setsid(2)).
func orphans(spared func() []int) (living, groups []int, reaped int) {
	reaping.Lock()
	defer reaping.Unlock()
	own, err := unix.Getsid(0)
	if err != nil {
		return nil, nil, 0
	}
	table := processes()
	var ours []int
	if spared != nil {
		ours = spared() // read after the table, so that no spared process in it is missed
	}
	children := map[int][]process{}
	for _, p := range table {
		children[p.parent] = append(children[p.parent], p)
	}
	var queue []process
	var left, others []int // of our children: a script's, and what else we have started
	for _, p := range children[os.Getpid()] {
		if p.session == own || slices.Contains(ours, p.pid) {
			others = append(others, p.pid)
			continue
		}
		queue, left = append(queue, p), append(left, p.pid)
	}
	groups = proc.Groups(left, others)
	for _, p := range queue {
		if p.dead {
			_, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
			reaped++
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		outOfReach := errors.Is(unix.Kill(queue[0].pid, 0), unix.EPERM) // another user's
		if !queue[0].dead && !outOfReach {
			living = append(living, queue[0].pid)
		}
		queue = append(queue, children[queue[0].pid]...)
	}
	return living, groups, reaped
}
