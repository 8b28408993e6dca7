package relay

import (
	"context"
	"net/netip"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

// joinedRequest asks another relay of the group from where a computer has come that has
// joined there. Its payload is a [joinedAt], and what it is answered with a [joinedFrom]; a
// relay to which that computer is not connected fails it.
const joinedRequest = "joined-from@supportd"

// joinedAt is a support session.
type joinedAt struct {
	Session string // its identifier
	Number  string
}

// joinedFrom is a computer's source, a /32 or /64.
type joinedFrom struct{ Source string }

// joinHearer hears of computers that have joined.
type joinHearer struct {
	awaits func(wire.Number) bool
	tell   func(wire.Number, netip.Prefix)
}

// TellJoins has tell called when a computer has joined a support session, with the number
// and the computer's source, a /32 or /64. A join at another relay of the group is told
// where awaits reports that somebody wants to know of the number. Both must return at once.
func (r *Relay) TellJoins(awaits func(n wire.Number) bool, tell func(n wire.Number, from netip.Prefix)) {
	r.joined.Store(&joinHearer{awaits, tell})
}

// tellJoin tells of a join here.
func (r *Relay) tellJoin(n wire.Number, from netip.Prefix) {
	if h := r.joined.Load(); h != nil {
		h.tell(n, from)
	}
}

// hearJoin tells of a join at another relay of the group, which is asked from where the
// computer has come. Nothing depends on it: where that relay does not answer, nobody is told.
func (g *group) hearJoin(row store.Session) {
	r := g.relay
	h := r.joined.Load()
	if h == nil || row.Node == g.name || !h.awaits(row.Number) {
		return
	}
	r.spawn(func() {
		from, err := g.askJoined(r.background, row)
		if err != nil {
			r.log.Warn("it is not known from where a computer has joined", "session", row.ID, "node", row.Node, "err", err)
			return
		}
		h.tell(row.Number, from)
	})
}

func (g *group) askJoined(ctx context.Context, row store.Session) (from netip.Prefix, err error) {
	to, alive := g.find(row.Node)
	if !alive { // as far as is known: it may have started a moment ago
		if err := g.see(ctx); err != nil {
			return from, err
		}
		if to, alive = g.find(row.Node); !alive {
			return from, errAway
		}
	}
	l, err := g.links.take(ctx, to)
	if err != nil {
		return from, err
	}
	defer l.give()
	ok, answer, err := l.client.SendRequest(joinedRequest, true, ssh.Marshal(joinedAt{row.ID, string(row.Number)}))
	if err != nil {
		return from, err
	}
	var m joinedFrom
	if !ok || ssh.Unmarshal(answer, &m) != nil {
		return from, errNotJoined
	}
	return netip.ParsePrefix(m.Source)
}

// answerJoined serves joinedRequest.
func (g *group) answerJoined(_ context.Context, _ *sshd.Conn, payload []byte) (ok bool, answer []byte) {
	var m joinedAt
	if ssh.Unmarshal(payload, &m) != nil {
		return false, nil
	}
	s := g.relay.find(wire.Number(m.Number))
	if s == nil || s.row.Load().ID != m.Session {
		return false, nil
	}
	s.mu.Lock() // the join is stored before the tunnel stands
	defer s.mu.Unlock()
	t := s.tunnel.Load()
	if t == nil {
		return false, nil
	}
	return true, ssh.Marshal(joinedFrom{t.conn.Load().Network().String()})
}
