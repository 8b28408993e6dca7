package software

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
	"supportd/daemon/sysinfo/users"
)

// running is one process as the table shows it.
type running struct {
	pid   int64
	stat  formats.Process
	user  string
	line  document.Masked
	usage any // percent of one core
}

// Processes lists what runs, busiest first, and counts what has ended and was not waited
// for: there may be ten thousand of these. On a busy computer some are shown without
// command line and user.
func Processes(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	names := m.List("/proc")
	start := m.Now()
	var list []*running
	ended := zombies{}
	looking, cancel := machine.Soft(ctx)
	defer cancel()
	hidden := 0
	for _, name := range names {
		pid, err := strconv.ParseInt(name, 10, 32)
		if err != nil {
			continue
		}
		if looking.Err() != nil {
			hidden++
			continue
		}
		switch p, ok := formats.ProcessStat(m.Line("/proc/" + name + "/stat")); {
		case !ok:
		case p.Zombie:
			ended[zombie{p.Parent, p.Name}]++
		default:
			list = append(list, &running{pid: pid, stat: p})
		}
	}
	if len(list)+hidden == 0 {
		return document.ErrUnknown
	}
	select {
	case <-time.After(sampleTime - m.Now().Sub(start)):
	case <-looking.Done():
	}
	measure(looking, m, list, start)
	busiestFirst(list)
	bare := describe(looking, m, list)
	s.Set("count", len(list)+hidden)
	addProcesses(m, s, list, hidden, bare)
	ended.add(s, list)
	return nil
}

// zombie is what those have in common that one parent has not waited for.
type zombie struct {
	parent int32
	name   string
}

// zombies counts them.
type zombies map[zombie]int

// add shows them, most first: the parent is what somebody has to mend or to restart.
func (z zombies) add(s *document.Sheet, list []*running) {
	parents := map[int64]string{}
	for _, r := range list {
		parents[r.pid] = secrets.Prose(r.stat.Name)
	}
	t := s.Table("zombies", document.Col("parent"), document.Col("parent_name"), document.Col("name"), document.Col("count"))
	all := slices.Collect(maps.Keys(z))
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return cmp.Or(cmp.Compare(z[b], z[a]), cmp.Compare(a.parent, b.parent), cmp.Compare(a.name, b.name)) < 0
	})
	for _, k := range all {
		t.Add(k.parent, parents[int64(k.parent)], secrets.Prose(k.name), z[k])
	}
}

// busiestFirst sorts them as they are shown, and as they are asked for what takes time:
// where there is too little of it, the busy and large ones keep their command lines.
func busiestFirst(list []*running) {
	slices.SortStableFunc(list, func(a, b *running) int {
		x, _ := a.usage.(float64)
		y, _ := b.usage.(float64)
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(b.stat.Pages, a.stat.Pages), cmp.Compare(a.pid, b.pid))
	})
}

// sampleTime is how long the use of the processor is watched. A tick of 10 ms is then 4
// %, and nobody notices the wait.
const sampleTime = 250 * time.Millisecond

// The kernel lets a reader of a command line wait where the process's memory is locked, for
// ever where that process waits for a disk or a share. The first of these get the time
// that a busy computer needs; behind them each gets little; and when so many are silent
// that their readers would be a burden, no other is asked.
const (
	longWait  = 300 * time.Millisecond
	longWaits = 3
	shortWait = 20 * time.Millisecond
	maxSilent = 40
)

// quickLine is how long a command line may be, in bytes, to be searched for secrets at once.
// To search a longer one takes up to a tenth of a second, more on a slow computer, and a
// program may have a whole script there: these wait for all others.
const quickLine = 1 << 10

// description is what of a process takes time to learn and does not change.
type description struct {
	of    *running
	user  string
	line  document.Masked
	whole bool // else its command line is not known
}

// describe waits for descriptions until ctx ends, and returns how many are not whole: there
// was no time left, or there was no answer. What hangs takes only those behind it away.
func describe(ctx context.Context, m *machine.Machine, list []*running) (bare int) {
	found := make(chan description, 2*len(list)) // each is sent twice at most: nobody may wait here
	_ = m.Hanging.Do(ctx, "descriptions", func() error {
		describeLong(ctx, m, describeShort(ctx, m, list, found), found)
		return nil
	})
	bare = len(list)
	for {
		select {
		case d := <-found:
			d.of.user, d.of.line = d.user, d.line
			if d.whole {
				bare--
			}
		default:
			return bare
		}
	}
}

// describeShort returns those whose command lines are long. These have no line yet.
func describeShort(ctx context.Context, m *machine.Machine, list []*running, found chan<- description) (long []description) {
	users := userNames(ctx, m)
	silent := 0
	for _, r := range list {
		if ctx.Err() != nil || silent >= maxSilent {
			return long
		}
		text, _ := m.Read(r.dir() + "/status")
		d := description{of: r, user: users(ownerOf(text)), whole: true}
		if r.stat.Pages == 0 { // the kernel's, and has none
			found <- d
			continue
		}
		limit := longWait
		if silent >= longWaits {
			limit = shortWait
		}
		args, err := machine.Ask(ctx, m.Hanging, "process "+r.dir(), limit, func() ([]byte, error) { return m.Read(r.dir() + "/cmdline") })
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			silent++
			d.whole = false
		case len(args) > quickLine:
			d.whole = false
			long = append(long, d)
		default:
			d.line = maskedArgs(args)
		}
		found <- d
	}
	return long
}

// describeLong reads their command lines again: to keep them all could take gigabytes.
func describeLong(ctx context.Context, m *machine.Machine, long []description, found chan<- description) {
	for _, d := range long {
		args, err := machine.Ask(ctx, m.Hanging, "process "+d.of.dir(), longWait, func() ([]byte, error) { return m.Read(d.of.dir() + "/cmdline") })
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			d.line, d.whole = maskedArgs(args), true
			found <- d
		}
	}
}

func (r *running) dir() string { return "/proc/" + strconv.FormatInt(r.pid, 10) }

func maskedArgs(args []byte) document.Masked {
	return document.Masked{Text: maskedLine(splitArgs(string(args))), Of: len(args)}
}

// maskedLine masks the secrets in a command line. Where its words are those of a shell,
// as in echo SECRET | sudo -S id, it is looked at as one text, too, which takes longer.
func maskedLine(args []string) string {
	line := secrets.Args(args)
	if strings.ContainsAny(line, "|<") {
		return secrets.Prose(line)
	}
	return secrets.Text(line)
}

// ownerOf is the real user in /proc/PID/status.
func ownerOf(status []byte) string {
	i := bytes.Index(status, []byte("\nUid:"))
	if i < 0 {
		return ""
	}
	f := strings.Fields(string(status[i+5 : min(i+60, len(status))]))
	if len(f) == 0 {
		return ""
	}
	return f[0]
}

// splitArgs takes a command line apart. A program that wrote over its own, to
// show what it does, leaves one text, and zero bytes behind it.
func splitArgs(s string) []string {
	s = strings.TrimRight(s, "\x00")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\x00")
}

// userNames returns a function that names a user by number: by the account file, else by
// the name service. When that was slow once, it is not asked again.
func userNames(ctx context.Context, m *machine.Machine) func(uid string) string {
	known := map[string]string{}
	for _, a := range users.Accounts(m) {
		id := strconv.FormatUint(a.UID, 10)
		if _, twice := known[id]; !twice {
			known[id] = a.Name
		}
	}
	slow := m.Kernel.UserName == nil
	return func(uid string) string {
		if name, ok := known[uid]; ok || uid == "" {
			return name
		}
		known[uid] = uid
		n, err := strconv.ParseUint(uid, 10, 32)
		if slow || err != nil {
			return uid
		}
		name, err := machine.Ask(ctx, m.Hanging, "name service", 300*time.Millisecond, func() (string, error) { return m.Kernel.UserName(n), nil })
		slow = err != nil
		known[uid] = cmp.Or(name, uid)
		return known[uid]
	}
}

// measure reads the used time again. A process that has ended meanwhile is passed
// over, also when another one has got its number.
func measure(ctx context.Context, m *machine.Machine, list []*running, start time.Time) {
	for i, r := range list {
		if ctx.Err() != nil {
			return
		}
		p, ok := formats.ProcessStat(m.Line("/proc/" + strconv.FormatInt(r.pid, 10) + "/stat"))
		elapsed := m.Now().Sub(start).Seconds()
		if ok && p.Started == r.stat.Started && p.Used >= r.stat.Used && elapsed > 0 {
			list[i].usage = document.Round(100 * float64(p.Used-r.stat.Used) / machine.TicksPerSecond / elapsed)
		}
	}
}

func addProcesses(m *machine.Machine, s *document.Sheet, list []*running, hidden, bare int) {
	boot := m.KernelStart()
	t := s.Table("processes", document.Col("pid"), document.Col("parent"), document.Col("user", document.UserNames),
		document.Col("cpu", document.Percent), document.Col("memory", document.Bytes),
		document.Col("started"), document.Col("name"), document.Col("command"))
	for _, r := range list {
		var memory any
		if r.stat.Pages > 0 {
			memory = r.stat.Pages * uint64(os.Getpagesize())
		}
		t.Add(r.pid, r.stat.Parent, r.user, r.usage, memory, machine.TicksAfter(boot, r.stat.Started), secrets.Prose(r.stat.Name), r.line)
	}
	t.Leave(hidden)
	switch {
	case hidden+bare > 0:
		t.Fail(errProcesses)
	case m.UID() > 0 && hidesProcesses(m):
		t.Fail(errors.New("only the user's own can be seen here"))
	}
}

// hidesProcesses reports whether /proc shows a user only their own processes:
// its option hidepid.
func hidesProcesses(m *machine.Machine) bool {
	text, _ := m.Read("/proc/self/mountinfo")
	return slices.ContainsFunc(formats.Mounts(text), func(d formats.Mount) bool {
		return d.At == "/proc" && slices.ContainsFunc(d.Super, func(o string) bool {
			mode, ok := strings.CutPrefix(o, "hidepid=")
			return ok && mode != "0" && mode != "off"
		})
	})
}
