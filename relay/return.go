package relay

import (
	"context"
	"runtime"
	"time"

	"supportd/library/sshd"
	"supportd/library/wire"
)

// returnsPerCPU is how many computers come back in a second for each processor, so that
// about half of it is left for people: two processors take 10,000 in less than 30 s.
const returnsPerCPU = 200

// handleReturn tells a computer within what time to come back when this relay has gone.
func (r *Relay) handleReturn(_ context.Context, c *sshd.Conn, _ []byte) (bool, []byte) {
	if t := computer(c); t == nil || t.session.Load() == nil {
		return false, nil
	}
	r.mu.Lock()
	computers := len(r.byIdentity) // those that are away, too: they may be back by then
	r.mu.Unlock()
	if r.group != nil {
		computers = int(r.group.held.Load()) // the other relays' stay where they are
	}
	return true, wire.Return{Within: uint32(returnWithin(computers, runtime.GOMAXPROCS(0)).Milliseconds())}.Marshal()
}

func returnWithin(computers, cpus int) time.Duration {
	return time.Duration(computers) * time.Second / time.Duration(returnsPerCPU*cpus)
}
