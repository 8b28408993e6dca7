package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// garbageAtTransfers is how many bytes of garbage may lie about between two
	// collections while bytes are moved. Go's own measure is the live heap, which is a few
	// MB here: it would collect after every few hundred packets of a transfer.
	garbageAtTransfers = 64 << 20
	// garbageAtLogins is the same while many log in. What stays of a login lies between
	// what does not, in pages that can then not be given back as long as the tunnel
	// stands: with less garbage it lies closer together.
	garbageAtLogins = 8 << 20
	// garbageElse is the same while neither goes on.
	garbageElse = 8 << 20
	// grows is by how many bytes the live heap grows when many log in, and loginsLast how
	// many seconds long that is then believed: transfers do not make it grow. They
	// allocate more than moves in a second.
	grows, loginsLast, moves = 1 << 20, 10, 32 << 20
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
	p := pace{allocated: read(&allocated), live: read(&live)}
	p.before = p.live
	tidy := uint64(0) // the start has left garbage as well
	defer debug.SetGCPercent(debug.SetGCPercent(p.percent()))
	collected := make(chan struct{}, 1)
	noticeCollection(collected)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-collected:
			// The percentage is of what lives now: when many log in, that is several times
			// more within a second.
			noticeCollection(collected)
			p.seeLive(read(&live))
			debug.SetGCPercent(p.percent())
			continue
		case <-tick.C:
		}
		now := read(&allocated)
		if now-p.allocated < max(quiet, p.live/quietPart) && now-tidy > untidy {
			for range halvings - 1 {
				runtime.GC()
			}
			debug.FreeOSMemory() // collects, too
			tidy = read(&allocated)
		}
		p.seeSecond(now, read(&live))
		debug.SetGCPercent(p.percent())
	}
}

// noticeCollection tells when the next collection is over, once.
func noticeCollection(collected chan<- struct{}) {
	garbage := &struct{ pointer *byte }{} // with a pointer, or it lies together with others
	runtime.AddCleanup(garbage, func(collected chan<- struct{}) {
		select {
		case collected <- struct{}{}:
		default:
		}
	}, collected)
}

// pace is what goes on in a relay.
type pace struct {
	allocated uint64 // bytes since the start, a second ago
	moved     uint64 // of these, in the last second
	live      uint64 // bytes after the last collection
	before    uint64 // the same a second ago
	logins    int    // for how many seconds more many log in
}

// seeSecond takes in what there is when a second is over.
func (p *pace) seeSecond(allocated, live uint64) {
	p.logins--
	p.moved, p.allocated = allocated-p.allocated, allocated
	p.seeLive(live)
	p.before = live
}

// seeLive takes in what lives after a collection. Of several in a second, each may see a
// part of what grows.
func (p *pace) seeLive(live uint64) {
	if live > min(p.live, p.before)+grows {
		p.logins = loginsLast
	}
	p.live = live
}

// percent is how much garbage may come to the live bytes, in percent of them.
func (p *pace) percent() int {
	switch {
	case p.logins > 0:
		return percentFor(p.live, garbageAtLogins, leastAtLogins)
	case p.moved > moves:
		return percentFor(p.live, garbageAtTransfers, leastGC)
	}
	return percentFor(p.live, garbageElse, leastGC)
}

func percentFor(live, garbage, least uint64) int {
	return int(min(max(garbage*100/max(live, 1), least), mostGC))
}
