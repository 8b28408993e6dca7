package formats

import (
	"cmp"
	"strconv"
	"strings"
)

// Process is what /proc/PID/stat says of a process, proc_pid_stat(5).
type Process struct {
	Name          string
	Zombie        bool // it has ended, and its parent has not waited for it
	Parent        int32
	Used, Started uint64 // ticks
	Pages         uint64 // of memory
}

// ProcessStat reads it. The name stands in brackets and may have any character,
// brackets and line ends too: the last bracket closes it.
func ProcessStat(text string) (p Process, ok bool) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return p, false
	}
	p.Name = text[open+1 : end]
	f := strings.Fields(text[end+1:])
	if len(f) < 22 {
		return p, false
	}
	parent, err1 := strconv.ParseInt(f[1], 10, 32)
	user, err2 := strconv.ParseUint(f[11], 10, 64)
	system, err3 := strconv.ParseUint(f[12], 10, 64)
	started, err4 := strconv.ParseUint(f[19], 10, 64)
	pages, _ := strconv.ParseInt(f[21], 10, 64)
	if cmp.Or(err1, err2, err3, err4) != nil {
		return p, false
	}
	// One whose first thread has ended looks the same while its other threads work.
	p.Zombie = f[0] == "Z" && f[17] == "1"
	p.Parent, p.Used, p.Started, p.Pages = int32(parent), user+system, started, uint64(max(pages, 0))
	return p, true
}
