package relay

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"supportd/library/api"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// Stats are what a relay does now, and what it has done since it started. Nothing in it
// names a person, a number, a key or an address.
type Stats struct {
	Started time.Time
	// Sessions are the open ones by state, Tunnels the computers that are connected, and
	// Connections those of CSRs.
	Sessions    map[api.State]int
	Tunnels     int
	Connections int
	Unjoined    int // computers that are connected and have not joined
	// Joins are answers to computers that ask to join or to come back, by cause, "ok" too.
	// Each cause is there, so that the first answer is a change that an alert sees.
	Joins map[string]int64
	// Refusals are logins that were refused, by cause, each cause likewise.
	Refusals map[string]int64
	Logins   int64 // of CSRs
	Wrong    int64 // wrong numbers
	Alarms   int64
	// In and Out are bytes between CSRs and computers, of connections that have ended:
	// towards the computer, and from it.
	In, Out    int64
	LastBackup time.Time // zero is never
	// CopiedElsewhere says that backups are made with the database's own tools.
	CopiedElsewhere bool
}

// counters are what [Stats] adds up. The zero value is ready.
type counters struct {
	started                        time.Time
	logins, wrong, alarms, in, out atomic.Int64

	mu       sync.Mutex // no other lock is taken under it
	joins    map[string]int64
	refusals map[string]int64
}

func (c *counters) joined(code wire.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.joins == nil {
		c.joins = map[string]int64{}
	}
	c.joins[joinCause(code)]++
}

func (c *counters) refused(cause string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusals == nil {
		c.refusals = map[string]int64{}
	}
	c.refusals[cause]++
}

// joinCause is the word for an answer to a computer.
func joinCause(code wire.Code) string {
	if name := joinCauses()[code]; name != "" {
		return name
	}
	return causeOther
}

func joinCauses() map[wire.Code]string {
	return map[wire.Code]string{
		wire.CodeOK: "ok", wire.CodeUnknown: "unknown", wire.CodeUsed: "used", wire.CodeExpired: "expired", wire.CodeEnded: "ended",
		wire.CodeBusy: "busy", wire.CodeVersion: "version", wire.CodeLimited: "limited",
	}
}

// causeOther is an answer that has no word.
const causeOther = "other"

// The causes for which a login is refused.
const (
	causeUnknown    = "unknown-account"
	causeWrongKey   = "wrong-key"
	causeDisabled   = "disabled"
	causeRefused    = "refused" // a computer's
	causeInvitation = "wrong-invitation"
)

// withAll is counted with a zero for each of these causes that was not counted yet.
func withAll(counted map[string]int64, causes ...string) map[string]int64 {
	all := map[string]int64{}
	for _, cause := range causes {
		all[cause] = 0
	}
	maps.Copy(all, counted)
	return all
}

// Stats counts what there is.
func (r *Relay) Stats() Stats {
	s := Stats{
		Started: r.count.started, Sessions: map[api.State]int{api.Waiting: 0, api.Active: 0, api.Away: 0},
		Logins: r.count.logins.Load(), Wrong: r.count.wrong.Load(), Alarms: r.count.alarms.Load(), In: r.count.in.Load(), Out: r.count.out.Load(),
		LastBackup: r.data.LastBackup(), CopiedElsewhere: r.data.Store.IsServer(),
	}
	for _, one := range r.sessions() {
		s.Sessions[one.row.Load().State]++
		if one.tunnel.Load() != nil {
			s.Tunnels++
		}
	}
	for _, c := range r.ssh.Conns() {
		switch t := computer(c); {
		case t == nil:
			s.Connections++
		case t.session.Load() == nil:
			s.Unjoined++
		}
	}
	r.count.mu.Lock()
	defer r.count.mu.Unlock()
	s.Joins = withAll(r.count.joins, append(slices.Collect(maps.Values(joinCauses())), causeOther)...)
	s.Refusals = withAll(r.count.refusals, causeUnknown, causeWrongKey, causeDisabled, causeRefused, causeInvitation)
	return s
}

var errStopping = errors.New("the relay is stopping")

// Ready reports why the relay should not be sent anybody new; nil where it should.
func (r *Relay) Ready(ctx context.Context) error {
	if r.background.Err() != nil || r.draining.Load() {
		return errStopping
	}
	if !r.leads() {
		return errLapsed
	}
	return r.data.Store.Ready(ctx)
}

// Drain says that the relay will stop soon: [Relay.Ready] does from then on.
func (r *Relay) Drain() { r.draining.Store(true) }

// counted counts the answers of a handler of joins.
func (r *Relay) counted(h sshd.RequestHandler) sshd.RequestHandler {
	return func(ctx context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
		began := time.Now()
		ok, reply := h(ctx, c, payload)
		if m, err := wire.ParseWelcome(reply); ok && err == nil {
			r.count.joined(m.Code)
			r.observe(WorkJoin, began)
		}
		return ok, reply
	}
}

// observe tells how long a piece of work took.
func (r *Relay) observe(what string, began time.Time) {
	if r.opts.Observe != nil {
		r.opts.Observe(what, time.Since(began))
	}
}

// The operations whose time [Options.Observe] is told.
const (
	WorkJoin    = "join"    // a computer's request to join, or to come back
	WorkJournal = "journal" // events that have arrived, until they are on the disk
)
