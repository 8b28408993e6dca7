package relay

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// BenchmarkJournalSingly is how fast a relay takes the journals of 50 computers that wait
// until each event is acknowledged before they send the next one: output, which changes
// nothing of what lists show, and messages, each of which does.
func BenchmarkJournalSingly(b *testing.B) {
	text := strings.Repeat("x", 60)
	b.Run("output", func(b *testing.B) {
		benchmarkSingly(b, func(last journal.Event) journal.Event { return follow(last, 1, text)[0] })
	})
	b.Run("messages", func(b *testing.B) {
		benchmarkSingly(b, func(last journal.Event) journal.Event { return asItIs(last, text) })
	})
}

func benchmarkSingly(b *testing.B, next func(last journal.Event) journal.Event) {
	const computers = 50
	w := newWorld(b, nil)
	alice := w.login("alice", w.account("alice", false))
	var journals []*diary
	for range computers {
		journals = append(journals, w.joined(alice.start()).journal())
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	began := time.Now()
	for _, d := range journals {
		wg.Go(func() {
			var last journal.Event
			for left.Add(-1) >= 0 {
				last = next(last)
				line, _ := last.Line()
				if _, err := d.Write(line); err != nil {
					b.Error(err)
					return
				}
				for got := uint64(0); got < last.Seq; {
					answer, err := d.lines.ReadString('\n')
					if err == nil {
						got, err = strconv.ParseUint(strings.TrimSpace(answer), 10, 64)
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "events/s")
}
