package sysinfo

import (
	"context"
)

// probeLog shows the faults of the last ten minutes: the system's log is so long
// that more would not be read in time.
func probeLog(ctx context.Context, m *machine, s *sheet) error {
	s.set("source", "unified log, last 10 minutes")
	out, err := m.tool(ctx, "log", "show", "--style", "ndjson", "--last", "10m", "--predicate", "messageType == fault")
	t := s.table("errors", col("at"), col("level"), col("source"), col("message"))
	records, bad := parseUnified(out)
	for _, r := range records {
		t.add(r.at, r.level, r.source, r.detail)
	}
	t.leave(bad)
	t.fail(err)
	return nil
}
