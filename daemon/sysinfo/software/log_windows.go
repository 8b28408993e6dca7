package software

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// mostEvents bounds how far back each log is shown.
const mostEvents = 100

// Log shows the recent errors of the System and Application logs. The tool
// writes them as XML, whose names are not translated.
func Log(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Set("source", "System and Application, last 7 days")
	t := s.Table("errors", document.Col("at"), document.Col("level"), document.Col("source"), document.Col("event"), document.Col("message"))
	const recent = "*[System[(Level=1 or Level=2) and TimeCreated[timediff(@SystemTime) <= 604800000]]]"
	for _, log := range []string{"System", "Application"} {
		out, err := m.Tool(ctx, "wevtutil.exe", "query-events", log, "/query:"+recent, "/count:"+strconv.Itoa(mostEvents+1), "/reversedirection:true",
			"/format:RenderedXml", "/unicode:true")
		events, broken := formats.WindowsEvents(formats.UTF16(out))
		if len(events) > mostEvents {
			events = events[:mostEvents]
			m.Say(fmt.Sprintf("of the log %s only the newest %d are shown", log, mostEvents))
		}
		for _, e := range events {
			t.Add(e.At, e.Level, e.Source, e.Event, e.Detail)
		}
		t.Fail(cmp.Or(err, broken))
	}
	return nil
}
