package relay

import (
	"time"

	"supportd/library/inbound"
)

const (
	// maxUnjoined bounds the connections of computers that have not joined yet:
	// anybody can make a key. A real one joins with its next message.
	maxUnjoined = 1000
	// maxUnjoinedPerSource bounds those of a /32 or /64; an office behind one
	// address may come back all at once.
	maxUnjoinedPerSource = 32
	// joinPatience is how old such a connection must be before it makes room for another
	// one of its source: a real one joins in well under a second, and one that waits in
	// the line of a slowed source says so again and again.
	joinPatience = 3 * time.Second
	// joinGrace is how long a computer may take from its login to its join: one
	// message over a slow line.
	joinGrace = 10 * time.Second
)

func newUnjoined() *inbound.Waiting {
	return inbound.NewWaiting(inbound.Limits{All: maxUnjoined, PerSource: maxUnjoinedPerSource, Patience: joinPatience})
}
