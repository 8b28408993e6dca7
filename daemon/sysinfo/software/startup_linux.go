package software

import (
	"context"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// Startup lists what starts by itself: desktop entries, scheduled jobs,
// units that are enabled.
func Startup(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	addAutostart(m, s)
	addCron(m, s, m.Family("rhel", "fedora", "centos", "suse", "opensuse", "sles", "amzn", "ol", "mageia", "openmandriva"))
	timers := s.Table("timers", document.Col("name"), document.Col("state"), document.Col("starts"), document.Col("next"), document.Col("last"))
	units, err := systemdUnits(ctx, m, "*.timer", "Id", "ActiveState", "Unit", "NextElapseUSecRealtime", "NextElapseUSecMonotonic", "LastTriggerUSec")
	for _, u := range units {
		next := parseInstant(u["NextElapseUSecRealtime"])
		if since, ok := parseSpan(u["NextElapseUSecMonotonic"]); ok && next == nil && since > 0 {
			next = m.KernelStart().Add(since).Round(time.Second)
		}
		timers.Add(strings.TrimSuffix(u["Id"], ".timer"), u["ActiveState"], u["Unit"], next, parseInstant(u["LastTriggerUSec"]))
	}
	timers.Fail(err)
	return nil
}
