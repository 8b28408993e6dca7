package process

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// adopt does nothing: this system does not hand orphans to a supervisor. Its
// processes are looked at again and again instead.
func (t *tree) adopt() error { return nil }

// zombie is SZOMB of sys/proc.h.
const zombie = 5

// processes reads the process table, see sysctl(3), kern.proc.
func processes() []process {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil
	}
	table := make([]process, 0, len(all))
	for i := range all {
		p := &all[i]
		sid, err := unix.Getsid(int(p.Proc.P_pid))
		if err != nil {
			sid = 0
		}
		table = append(table, process{
			pid: int(p.Proc.P_pid), parent: int(p.Eproc.Ppid), session: sid,
			began: uint64(p.Proc.P_starttime.Sec)<<20 | uint64(p.Proc.P_starttime.Usec),
			dead:  p.Proc.P_stat == zombie,
		})
	}
	return table
}

// empty never knows: only a look at all processes tells.
func (t *tree) empty() bool { return false }

// ownSession starts the script without a controlling terminal.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// EndLeftovers can do nothing: a process's environment cannot be read here. Nor are
// there subreapers: what is left when a script kills its supervisor stays.
func EndLeftovers(string)     {}
func AdoptOrphans() error     { return nil }
func endOrphans(func() []int) {}

type group struct{}

func (group) remove() {}
