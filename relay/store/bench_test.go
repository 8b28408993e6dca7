package store

import (
	"runtime"
	"testing"
	"time"

	"supportd/library/journal"
)

// BenchmarkAppendEvents is how fast a journal is taken, in batches as they
// arrive from a tunnel; -benchtime 1000000x is a session of 1,000,000 events,
// and its end shows that reading such a one begins at once.
func BenchmarkAppendEvents(b *testing.B) {
	s, err := Open(b.Context(), b.TempDir()+"/relay.db", 0)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const batch = 400
	var last journal.Event
	var spent time.Duration
	for n := b.N; n > 0; n -= batch {
		events := follow(last, min(batch, n), "2026-11-23 09:14:00 line of output, as scripts write them\r\n")
		last = events[len(events)-1]
		began := time.Now()
		if err := s.AppendEvents(b.Context(), "s", events); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(began)
	}
	b.ReportMetric(float64(b.N)/spent.Seconds(), "events/s")
	b.ReportMetric(heapMiB(), "heap-MiB")

	began, n := time.Now(), 0
	for _, err := range s.Events(b.Context(), "s", 0) {
		if err != nil {
			b.Fatal(err)
		}
		if n++; n == 1 {
			b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms-to-first")
		}
	}
	b.ReportMetric(float64(n)/time.Since(began).Seconds(), "read-events/s")
	b.ReportMetric(heapMiB(), "heap-MiB-after-reading")
}

func heapMiB() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}
