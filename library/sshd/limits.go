package sshd

import (
	"runtime"
	"time"

	"supportd/library/inbound"
)

const (
	// LoginGrace is how long a client may take until it has proven a key: enough
	// for a hardware key to be touched.
	LoginGrace = 20 * time.Second
	// MaxUnauthenticated bounds the connections that are logging in, all together, so
	// that people without an account can use only a little memory. As many may not have
	// sent their version line yet, which clients send with their first packet: they make
	// room for each other, so that thousands who come at once end nobody's login.
	MaxUnauthenticated = 100
	// MaxPerSource bounds either of one source, a /32 or /64, so that no single source
	// keeps everybody else out.
	MaxPerSource = 10
	// patience is how old a login must be before it may be ended for another one when
	// all places, or those of its source, are taken: real ones take well under a second.
	patience = 3 * time.Second
	// settleTime is how long a client may take to confirm that it has read what was
	// written.
	settleTime = 500 * time.Millisecond
	// MaxAuthTries bounds the wrong keys that a client may offer, as in OpenSSH:
	// ssh-agent offers all that it holds, whatever they are for. What keeps people from
	// trying many is the time and the number of logins of a source.
	MaxAuthTries = 6
	// MaxChannels bounds the open channels of a connection: a shared connection
	// with ten commands at once is what people do, hundreds is abuse.
	MaxChannels = 10
	// MaxRejected bounds the channel opens that were refused within a minute; one
	// more ends the connection.
	MaxRejected = 64
	// MaxEnv and MaxEnvValue bound the variables of one channel, and the bytes of
	// one name and value together.
	MaxEnv      = 16
	MaxEnvValue = 4096
	// MaxReplies bounds the channel requests whose replies wait for an earlier one;
	// one more ends the channel.
	MaxReplies = 16
	// MaxCommand bounds an exec request's command line in bytes.
	MaxCommand = 32 << 10
	// KeepaliveInterval is how often a silent connection is asked whether it is
	// there; after KeepaliveMisses of them it counts as lost.
	KeepaliveInterval = 15 * time.Second
	KeepaliveMisses   = 3
)

const (
	// crowdPerCPU bounds the connections of programs that come in crowds ([Options.Crowd])
	// and are logging in, for each processor, MaxPerSource those of one source, as with
	// people. Even where all of them are slow, each has its turn within LoginGrace. One that
	// finds no place comes again and again, which is more work than to have it wait.
	// All together they are at most maxCrowd: each needs 20 kB.
	crowdPerCPU, maxCrowd = 1000, 4000
	// turnsPerCPU is how many of them exchange keys at once for each processor: what it
	// does in a fraction of a second. The others wait in line.
	turnsPerCPU = 32
	// crowdTurn is after what time one of them counts no more: it has a slow line, or has
	// stopped, and works little.
	crowdTurn = 500 * time.Millisecond
)

// crowdPlaces is how many of a crowd may be logging in on this computer.
func crowdPlaces() int { return min(crowdPerCPU*runtime.GOMAXPROCS(0), maxCrowd) }

func newCrowd() *inbound.Waiting {
	return inbound.NewWaiting(inbound.Limits{All: crowdPlaces(), PerSource: MaxPerSource, Patience: patience, Keep: 1})
}

func newLogins() *inbound.Waiting {
	return inbound.NewWaiting(inbound.Limits{All: MaxUnauthenticated, PerSource: MaxPerSource, Patience: patience})
}
