package account

import (
	"maps"
	"os/exec"
	"slices"
	"sync"
)

// Children are the processes that their owner has started and waits for. It needs them to
// know these from processes that became its children only because their own parent has
// ended. The zero value is ready; its methods may be called concurrently.
type Children struct {
	mu   sync.Mutex // held while one starts: nobody sees a process that is not yet listed
	pids map[int]bool
}

// start starts cmd as one of them.
func (c *Children) start(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	if c.pids == nil {
		c.pids = map[int]bool{}
	}
	c.pids[cmd.Process.Pid] = true
	return nil
}

// wait waits for its end, after which its number may be another process's.
func (c *Children) wait(cmd *exec.Cmd) {
	_ = cmd.Wait() // whoever needs it reads ProcessState
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pids, cmd.Process.Pid)
}

// PIDs are their process ids. To compare them with a list of processes, read that list
// first: then no child in it is missing here.
func (c *Children) PIDs() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Keys(c.pids))
}
