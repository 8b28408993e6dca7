package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// garbageAllowed is how many bytes of garbage may lie about between two
	// collections. Go's own measure is the live heap, which is a few MB here: it
	// would collect after every few hundred packets of a transfer.
	garbageAllowed = 64 << 20
	// The percentages that this may become.
	leastGC, mostGC = 50, 800
	// quiet is how many bytes may be allocated in a second that counts as idle,
	// and untidy after how many it is worth while to tidy up then: logins leave
	// grown stacks and memory that is not needed while tunnels idle.
	quiet, untidy = 1 << 20, 16 << 20
)

// tendMemory sees to it, until ctx is done, that a relay under load collects
// rarely and that an idle one is small.
func tendMemory(ctx context.Context) {
	live := metrics.Sample{Name: "/gc/heap/live:bytes"}
	allocated := metrics.Sample{Name: "/gc/heap/allocs:bytes"}
	read := func(s *metrics.Sample) uint64 {
		samples := []metrics.Sample{*s}
		metrics.Read(samples)
		return samples[0].Value.Uint64()
	}
	defer debug.SetGCPercent(debug.SetGCPercent(mostGC))
	last, tidy := read(&allocated), read(&allocated)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := read(&allocated)
		if now-last < quiet && now-tidy > untidy {
			debug.FreeOSMemory()
			tidy = read(&allocated)
		}
		last = now
		debug.SetGCPercent(int(min(max(garbageAllowed*100/max(read(&live), 1), leastGC), mostGC)))
	}
}
