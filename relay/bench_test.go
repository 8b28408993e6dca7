package relay

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
)

// BenchmarkJournal is how fast a relay takes a journal through a tunnel, SSH and
// the database included; -benchtime 1000000x is a session of 1,000,000 events.
func BenchmarkJournal(b *testing.B) {
	w := newWorld(b, nil)
	n := w.login("alice", w.account("alice", false)).start()
	d := w.joined(n).journal()
	began := time.Now()
	go func() {
		var last journal.Event
		for left := b.N; left > 0; {
			events := follow(last, min(left, 100), strings.Repeat("x", 60))
			left, last = left-len(events), events[len(events)-1]
			var text []byte
			for _, e := range events {
				line, _ := e.Line()
				text = append(text, line...)
			}
			if _, err := d.Write(text); err != nil {
				return
			}
		}
	}()
	for got := 0; got < b.N; {
		line, err := d.lines.ReadString('\n')
		if err == nil {
			got, err = strconv.Atoi(strings.TrimSpace(line))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "events/s")
}
