// Package unjoined bounds what computers can do that have not joined a support session, as
// anybody can make a key: how many connections they have ([NewPlaces], [Newcomers]), and
// how many session numbers they try ([Limiter]). It knows sources and times, no session and
// no database, so that it can be audited by itself.
package unjoined

import (
	"time"

	"supportd/library/inbound"
)

const (
	// Max bounds the connections of computers that have not joined yet:
	// anybody can make a key. A real one joins with its next message.
	Max = 1000
	// MaxPerSource bounds those of a /32 or /64; an office behind one
	// address may come back all at once.
	MaxPerSource = 32
	// Patience is how old such a connection must be before it makes room for another
	// one of its source: a real one joins in well under a second, and one that waits in
	// the line of a slowed source says so again and again.
	Patience = 3 * time.Second
)

// NewPlaces are the places of connections that have not joined.
func NewPlaces() *inbound.Waiting {
	return inbound.NewWaiting(inbound.Limits{All: Max, PerSource: MaxPerSource, Patience: Patience})
}
