//go:build unix

package process

import (
	"maps"
	"os"
	"slices"
	"syscall"

	"supportd/daemon/internal/proc"
)

// process is an entry of the system's process table. Began tells a process from
// a later one with the same number.
type process struct {
	pid, parent, session int
	began                uint64
	dead                 bool // a zombie
}

// tree is the script's process with all that descend from it. Where the system lets the
// supervisor adopt orphans, each has its parent in the tree. Elsewhere every process that
// was once seen in the tree counts as one of it.
type tree struct {
	root   int
	adopts bool
	// counted says that only watch limits the number of processes.
	counted bool
	seen    map[int]uint64
	group   group
}

// members lists the living processes of the tree, without the supervisor.
func (t *tree) members() []int {
	if t.empty() {
		return nil
	}
	table := processes()
	byPID := make(map[int]process, len(table))
	children := map[int][]int{}
	for _, p := range table {
		byPID[p.pid] = p
		children[p.parent] = append(children[p.parent], p.pid)
	}
	if t.seen == nil {
		t.seen = map[int]uint64{}
	}
	maps.DeleteFunc(t.seen, func(pid int, began uint64) bool { p, ok := byPID[pid]; return !ok || p.began != began })
	queue := slices.Clone(children[os.Getpid()])
	if !t.adopts {
		queue = slices.AppendSeq(queue, maps.Keys(t.seen))
		for _, p := range table {
			if t.root != 0 && p.session == t.root {
				queue = append(queue, p.pid)
			}
		}
	}
	var alive []int
	for visited := map[int]bool{}; len(queue) > 0; queue = queue[1:] {
		pid := queue[0]
		if visited[pid] || pid == os.Getpid() {
			continue
		}
		visited[pid] = true
		t.seen[pid] = byPID[pid].began
		queue = append(queue, children[pid]...)
		if !byPID[pid].dead {
			alive = append(alive, pid)
		}
	}
	return alive
}

func (t *tree) count() int { return len(t.members()) }

func (t *tree) signal(sig syscall.Signal) {
	members := t.members()
	if sig == syscall.SIGKILL {
		killGroups(proc.Groups(members, nil))
	}
	for _, pid := range members {
		_ = syscall.Kill(pid, sig) // it may be gone, or another user's; the caller looks again
	}
}

// killGroups reaches what starts another process and ends, faster than a look takes.
func killGroups(groups []int) {
	for _, group := range groups {
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
}

// freeze stops every process until a look finds none that was not stopped.
func (t *tree) freeze() { stopAll(t.members) }

// stopAll stops every process that list finds, until it finds none that was not stopped.
// After that nothing can start another one.
func stopAll(list func() []int) {
	stopped := map[int]bool{}
	for range 100 {
		fresh := 0
		for _, pid := range list() {
			if !stopped[pid] {
				stopped[pid] = true
				fresh++
				_ = syscall.Kill(pid, syscall.SIGSTOP)
			}
		}
		if fresh == 0 {
			return
		}
	}
}

// release gives back what limit took.
func (t *tree) release() { t.group.remove() }
