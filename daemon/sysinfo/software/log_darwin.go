package software

import (
	"context"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Log shows the faults of the last ten minutes: the system's log is so long
// that more would not be read in time.
func Log(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Set("source", "unified log, last 10 minutes")
	out, err := m.Tool(ctx, "log", "show", "--style", "ndjson", "--last", "10m", "--predicate", "messageType == fault")
	t := s.Table("errors", document.Col("at"), document.Col("level"), document.Col("source"), document.Col("message"))
	records, bad := formats.UnifiedLog(out)
	for _, r := range records {
		t.Add(r.At, r.Level, r.Source, r.Detail)
	}
	t.Leave(bad)
	t.Fail(err)
	return nil
}
