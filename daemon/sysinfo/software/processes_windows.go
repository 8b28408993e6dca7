package software

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
)

// sampleTime is how long the use of the processor is watched. A tick of 10 ms is then 4
// %, and nobody notices the wait.
const sampleTime = 250 * time.Millisecond

// running is one process as the table shows it.
type running struct {
	p                *process.Process
	name, user, line string
	parent           int32
	memory           any
	started          any
	usage            any // percent of one core
}

// Processes lists what runs, busiest first.
func Processes(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	all, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return err
	}
	start := m.Now()
	before := map[int32]float64{}
	for _, p := range all {
		if t, err := p.TimesWithContext(ctx); err == nil {
			before[p.Pid] = t.User + t.System
		}
	}
	list := make([]running, 0, len(all))
	looking, cancel := context.WithTimeout(ctx, machine.MaxLooking)
	defer cancel()
	left := 0
	for i, p := range all {
		if looking.Err() != nil {
			left = len(all) - i
			break
		}
		if r, ok := look(looking, p); ok {
			list = append(list, r)
		}
	}
	select {
	case <-time.After(sampleTime - m.Now().Sub(start)):
	case <-ctx.Done():
	}
	elapsed := m.Now().Sub(start).Seconds()
	for i, r := range list {
		t, err := r.p.TimesWithContext(ctx)
		if used, ok := before[r.p.Pid]; ok && err == nil && elapsed > 0 {
			list[i].usage = max(document.Round(100*(t.User+t.System-used)/elapsed), 0)
		}
	}
	s.Set("count", len(all))
	addProcesses(s, list, left)
	return nil
}

func addProcesses(s *document.Sheet, list []running, left int) {
	slices.SortStableFunc(list, func(a, b running) int {
		x, _ := a.usage.(float64)
		y, _ := b.usage.(float64)
		p, _ := a.memory.(uint64)
		q, _ := b.memory.(uint64)
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(q, p), cmp.Compare(a.p.Pid, b.p.Pid))
	})
	t := s.Table("processes", document.Col("pid"), document.Col("parent"), document.Col("user", document.UserNames),
		document.Col("cpu", document.Percent), document.Col("memory", document.Bytes),
		document.Col("started"), document.Col("name"), document.Col("command"))
	for _, r := range list {
		t.Add(r.p.Pid, r.parent, r.user, r.usage, r.memory, r.started, r.name, r.line)
	}
	t.Leave(left)
	if left > 0 {
		t.Fail(errProcesses)
	}
}

// look reads what does not change. A process that ended meanwhile has no name.
func look(ctx context.Context, p *process.Process) (running, bool) {
	r := running{p: p}
	var err error
	if r.name, err = p.NameWithContext(ctx); err != nil {
		return r, false
	}
	r.parent, _ = p.PpidWithContext(ctx)
	r.user, _ = p.UsernameWithContext(ctx)
	if info, err := p.MemoryInfoWithContext(ctx); err == nil && info.RSS > 0 {
		r.memory = info.RSS
	}
	if ms, err := p.CreateTimeWithContext(ctx); err == nil && ms > 0 {
		r.started = time.UnixMilli(ms).Round(time.Second)
	}
	if args, err := p.CmdlineSliceWithContext(ctx); err == nil {
		r.line = secrets.Args(args)
	}
	return r, true
}
