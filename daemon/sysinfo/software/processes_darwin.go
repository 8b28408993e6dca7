package software

import (
	"bytes"
	"context"
	"path"
	"strconv"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
)

// Processes asks ps, since gopsutil needs cgo here. The time of start has
// five words; the command is the rest of the line.
func Processes(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	out, err := m.Tool(ctx, "ps", "-axwwr", "-o", "pid=,ppid=,user=,pcpu=,rss=,lstart=,command=")
	t := s.Table("processes", document.Col("pid"), document.Col("parent"), document.Col("user", document.UserNames),
		document.Col("cpu", document.Percent), document.Col("memory", document.Bytes), document.Col("started"),
		document.Col("name"), document.Col("command"))
	count := 0
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 11 {
			return true
		}
		count++
		pid, _ := strconv.ParseUint(f[0], 10, 32)
		parent, _ := strconv.ParseUint(f[1], 10, 32)
		var usage, memory any
		if v, err := strconv.ParseFloat(f[3], 64); err == nil {
			usage = v
		}
		if kib, err := strconv.ParseUint(f[4], 10, 50); err == nil {
			memory = kib << 10
		}
		started, _ := time.ParseInLocation("Mon Jan 2 15:04:05 2006", strings.Join(f[5:10], " "), time.Local)
		t.Add(pid, parent, f[2], usage, memory, started, path.Base(f[10]), secrets.Command(after(line, 10)))
		return true
	})
	s.Try("count", count, err)
	return err
}

// after is the rest of a line behind n words.
func after(line string, n int) string {
	for range n {
		line = strings.TrimLeft(line, " ")
		_, line, _ = strings.Cut(line, " ")
	}
	return strings.TrimLeft(line, " ")
}
