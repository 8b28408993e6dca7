package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// garbageAllowed is how many bytes of garbage may lie about between two
	// collections. Go's own measure is the live heap, which is a few MB here: it
	// would collect after every few hundred packets of a transfer.
	garbageAllowed = 64 << 20
	// garbageAtLogins is the same while many log in. What stays of a login lies between
	// what does not, in pages that can then not be given back as long as the tunnel
	// stands: with less garbage it lies closer together.
	garbageAtLogins = 16 << 20
	// grows is by how many bytes the live heap grows when many log in, and loginsLast how
	// many seconds long that is then believed: transfers do not make it grow.
	grows, loginsLast = 1 << 20, 10
	// The percentages that this may become.
	leastGC, leastAtLogins, mostGC = 50, 20, 800
	// quiet is how many bytes may be allocated in a second that counts as idle, or that
	// part of the live heap, since idle tunnels say now and then that they live; and untidy
	// after how many it is worth while to tidy up then: logins leave grown stacks and
	// memory that is not needed while tunnels idle.
	quiet, quietPart, untidy = 1 << 20, 32, 16 << 20
	// halvings is how often an idle relay collects to tidy up: each time a stack of
	// which less than a quarter is used becomes half as large.
	halvings = 3
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
	last, tidy, lived := read(&allocated), read(&allocated), read(&live)
	logins := 0 // for how many seconds more
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := read(&allocated)
		if now-last < max(quiet, lived/quietPart) && now-tidy > untidy {
			for range halvings - 1 {
				runtime.GC()
			}
			debug.FreeOSMemory() // collects, too
			tidy = read(&allocated)
		}
		last = now
		logins--
		lives := read(&live)
		if lives > lived+grows {
			logins = loginsLast
		}
		lived = lives
		debug.SetGCPercent(percentFor(lives, logins > 0))
	}
}

// percentFor is how much garbage may come to so many live bytes, in percent of them.
func percentFor(live uint64, logins bool) int {
	garbage, least := uint64(garbageAllowed), uint64(leastGC)
	if logins {
		garbage, least = garbageAtLogins, leastAtLogins
	}
	return int(min(max(garbage*100/max(live, 1), least), mostGC))
}
