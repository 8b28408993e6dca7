package sysinfo

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
)

// mostEvents bounds how far back each log is shown.
const mostEvents = 100

// probeLog shows the recent errors of the System and Application logs. The tool
// writes them as XML, whose names are not translated.
func probeLog(ctx context.Context, m *machine, s *sheet) error {
	s.set("source", "System and Application, last 7 days")
	t := s.table("errors", col("at"), col("level"), col("source"), col("event"), col("message"))
	const recent = "*[System[(Level=1 or Level=2) and TimeCreated[timediff(@SystemTime) <= 604800000]]]"
	for _, log := range []string{"System", "Application"} {
		out, err := m.tool(ctx, "wevtutil.exe", "query-events", log, "/query:"+recent, "/count:"+strconv.Itoa(mostEvents+1), "/reversedirection:true",
			"/format:RenderedXml", "/unicode:true")
		events, broken := parseEvents(decode16(out))
		if len(events) > mostEvents {
			events = events[:mostEvents]
			m.say(fmt.Sprintf("of the log %s only the newest %d are shown", log, mostEvents))
		}
		for _, e := range events {
			t.add(e.at, e.level, e.source, e.event, e.detail)
		}
		t.fail(cmp.Or(err, broken))
	}
	return nil
}
