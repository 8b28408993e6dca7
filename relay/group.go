package relay

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

const (
	// renewInterval is how often a node says that it is alive: often enough for one answer
	// of the database to be slow within [store.Lease].
	renewInterval = time.Second
	// renewPatience is how long it waits for the database's answer to that.
	renewPatience = 3 * time.Second
	// MaxNodeName bounds the name of a node, in bytes: it is a host name, or less.
	MaxNodeName = 253
)

// Why a node of a group ends connections.
var (
	errLapsed = errors.New("this relay has lost touch with its group: try again in a moment, or at another relay of it")
	errTaken  = errors.New("the computer is connected to another relay of the group")
)

// ErrOtherGroup is returned by [New] where the relays of the group have other keys.
var ErrOtherGroup = errors.New("the other relays of this group have other keys")

// group is what a relay knows of the group that it is a node of.
type group struct {
	relay *Relay
	name  string
	peer  string       // where the others reach it
	ssh   *sshd.Server // for the others

	links links // to the others

	// until is the end of our lease by our own clock, from before the database was asked.
	until atomic.Pointer[time.Time]
	// lapses ends what this relay passes on when the lease ends.
	lapses   *time.Timer
	others   atomic.Pointer[[]store.Node] // as they were seen last
	givingUp atomic.Bool                  // somebody ends the leases of others
	held     atomic.Int64                 // sessions whose computers come back to this relay, counted anew by each renewal

	// What follows is the renewing goroutine's.
	holder string
	steady time.Time // since when the lease has not ended
	lost   bool      // it was given up, and is no node again yet
	server int64     // which database server it is, see [store.Store.ServerStart]

	following        sync.Mutex // guards what follows. Lock order: before session.mu
	sessions, misses int64      // up to which change they are known
	checked          time.Time  // when who was brought was looked at
	checkedFor       *accounts  // and by which accounts

	mu     sync.Mutex // no other lock is taken under it
	passed map[*passed]bool
}

// CheckNode reports what is wrong with the name of a node.
func CheckNode(name string) error {
	if name == "" || len(name) > MaxNodeName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != "" {
		return fmt.Errorf("%q is no name of letters, digits, dots and dashes, as a host's", text.Plain(name, 60))
	}
	return nil
}

// joinGroup makes the relay a node of its group.
func (r *Relay) joinGroup(ctx context.Context) error {
	if r.opts.Node == "" {
		return nil
	}
	g := &group{relay: r, name: r.opts.Node, peer: r.opts.Peer, passed: map[*passed]bool{}}
	g.links.group = g
	g.others.Store(new([]store.Node))
	g.until.Store(new(time.Time))
	g.lapses = time.AfterFunc(store.Lease, func() { r.spawn(g.lapse) })
	r.group = g
	var err error
	if g.server, err = r.data.Store.ServerStart(ctx); err != nil {
		return err
	}
	// First of all, so that nothing is missed that changes while the rest is loaded.
	if g.sessions, err = r.data.Store.LastChange(ctx); err != nil {
		return err
	}
	g.misses = g.sessions
	if g.ssh, err = sshd.New(g.sshOptions()); err != nil {
		return err
	}
	if err := g.begin(ctx); err != nil {
		return err
	}
	g.prolong(g.steady)
	return nil
}

// begin makes this process the holder of the node's name. It does not lead yet.
func (g *group) begin(ctx context.Context) error {
	g.holder = rand.Text()
	asked := time.Now()
	if err := g.relay.data.Store.AddNode(ctx, g.node(), g.checkKeys); err != nil {
		return err
	}
	g.steady = asked
	return g.see(ctx)
}

// see reads which relays the group has.
func (g *group) see(ctx context.Context) error {
	all, err := g.relay.data.Store.Nodes(ctx)
	if err == nil {
		g.others.Store(&all)
	}
	return err
}

// node is what the others are told of this one.
func (g *group) node() store.Node {
	return store.Node{Name: g.name, Holder: g.holder, Peer: g.peer, Keys: g.relay.data.groupKeys(), Names: *g.relay.names.Load()}
}

// groupKeys are the fingerprints by which nodes see that they are of one group.
func (d *Data) groupKeys() string {
	var all []string
	for _, key := range d.keys.Load().all() {
		all = append(all, hostKeyLine(key))
	}
	for _, key := range d.cas.Load().trusted(time.Now()) {
		all = append(all, "ca_key "+ssh.FingerprintSHA256(key))
	}
	return strings.Join(all, "\n")
}

func hostKeyLine(key ssh.Signer) string { return "host_key " + ssh.FingerprintSHA256(key.PublicKey()) }

// checkKeys compares our keys with those of the others: while a key is changed, one of each
// kind is the same.
func (g *group) checkKeys(others []store.Node) error {
	own := strings.Split(g.relay.data.groupKeys(), "\n")
	for i, other := range others {
		theirs := strings.Split(other.Keys, "\n")
		for _, kind := range []string{"host_key", "ca_key"} {
			same := slices.ContainsFunc(own, func(k string) bool { return strings.HasPrefix(k, kind+" ") && slices.Contains(theirs, k) })
			if !same && i == len(others)-1 {
				return fmt.Errorf("%w: node %s has another %s than %s", ErrOtherGroup, text.Plain(other.Name, 60), kind, g.relay.data.dir)
			}
			if !same {
				break // perhaps that node is the wrong one
			}
			if kind == "ca_key" {
				return nil
			}
		}
	}
	return nil
}

// prolong makes the lease count from when the database was asked for it.
func (g *group) prolong(asked time.Time) {
	until := asked.Add(store.Lease)
	g.until.Store(&until)
	g.lapses.Reset(time.Until(until))
}

// leads reports whether this relay may pass on: it is in no group, or has its lease. Time
// goes on while a process is stopped, so one that goes on again knows at once.
func (r *Relay) leads() bool { return r.group == nil || time.Now().Before(*r.group.until.Load()) }

// lapse ends what is passed on here, because others may have taken it over. The computers'
// own connections stay: when only the database was away, nobody has taken them.
func (g *group) lapse() {
	if g.relay.leads() {
		return
	}
	g.relay.log.Error("this relay's lease has ended: no CSR is let in until the database answers; computers stay connected")
	g.cutCSRs()
}

func (g *group) cutCSRs() {
	for _, c := range g.relay.ssh.Conns() {
		if computer(c) == nil {
			c.End(errLapsed)
		}
	}
	for _, c := range g.ssh.Conns() {
		c.End(errLapsed)
	}
}

// renew keeps the lease until the relay stops.
func (g *group) renew() {
	tick := time.NewTicker(renewInterval)
	defer tick.Stop()
	for failed := false; ; {
		err := g.kept("a node's lease", g.renewOnce)
		if g.relay.background.Err() != nil {
			return
		}
		if err != nil && !failed {
			g.relay.log.Error("cannot renew this relay's lease; trying again", "err", err)
		}
		failed = err != nil
		select {
		case <-tick.C:
		case <-g.relay.background.Done():
			return
		}
	}
}

func (g *group) renewOnce() error {
	r := g.relay
	ctx, cancel := context.WithTimeout(r.background, renewPatience)
	defer cancel()
	asked := time.Now()
	lapsed, all, err := r.data.Store.RenewNode(ctx, g.node())
	switch {
	case errors.Is(err, store.ErrLost):
		// Its sessions are nobody's, and their computers have to come again.
		if !g.lost { // it may not be able to begin anew for long
			r.log.Error("another relay of the group has given this one up; beginning anew")
		}
		g.lost = true
		g.cutCSRs()
		for _, s := range r.sessions() {
			if t := s.tunnel.Load(); t != nil {
				t.conn.Load().End(errTaken)
			}
		}
		return g.begin(ctx) // and leads when it has followed what happened meanwhile, the next time
	case err != nil:
		return err
	}
	if err := g.followServer(ctx); err != nil {
		return err
	}
	if lapsed || !r.leads() {
		g.cutCSRs() // what came since the lease ended, and before we knew
		g.steady = asked
		if err := g.followOnce(); err != nil { // what has happened meanwhile
			return err
		}
	}
	g.lost = false
	g.prolong(asked)
	g.others.Store(&all)
	g.links.drop()
	held := int64(0)
	for _, s := range r.sessions() {
		if row := s.row.Load(); row.Node == g.name && row.Identity != "" {
			held++
		}
	}
	g.held.Store(held)
	if time.Since(g.steady) >= 2*store.Lease { // who has just got the database back waits: so have the others
		g.giveUpLater(all)
	}
	return nil
}

// giveUpLater ends the leases of others whose time has long been over. Thousands of sessions
// may be theirs, so the own lease does not wait for it.
func (g *group) giveUpLater(all []store.Node) {
	r := g.relay
	over := slices.DeleteFunc(slices.Clone(all), func(n store.Node) bool {
		return n.Name == g.name || n.Holder == "" || r.now().Sub(n.Until) < store.Lease
	})
	if len(over) == 0 || g.givingUp.Swap(true) {
		return
	}
	r.spawn(func() {
		defer g.givingUp.Store(false)
		ctx, cancel := context.WithTimeout(r.background, writePatience)
		defer cancel()
		for _, other := range over {
			done, err := r.data.Store.EndNode(ctx, other, store.Lease)
			switch {
			case err != nil && r.background.Err() == nil:
				r.log.Error("cannot give up another relay of the group; trying again", "node", text.Plain(other.Name, 60), "err", err)
			case done:
				r.log.Error("another relay of the group does not answer any more; its computers are away", "node", text.Plain(other.Name, 60), "since", other.Until)
			}
		}
	})
}

// anyTime is longer than any clock is set back.
const anyTime = 100 * 365 * 24 * time.Hour

// leave ends this node's lease, because the relay stops. What it holds is away then.
func (g *group) leave(ctx context.Context) error {
	g.lapses.Stop()
	_, err := g.relay.data.Store.EndNode(ctx, g.node(), -anyTime)
	return err
}

// elsewhere is the relay of the group that the session's computer is connected to; "" is
// this one, or none.
func (s *session) elsewhere() (node string) {
	g, row := s.relay.group, s.row.Load()
	if g == nil || row.State != api.Active || row.Node == "" || row.Node == g.name || s.tunnel.Load() != nil {
		return ""
	}
	return row.Node
}

// take has a session that is attached here count as this relay's.
func (r *Relay) take(row *store.Session, now time.Time) {
	if r.group == nil {
		return
	}
	// The time makes it grow although an old copy of the database was restored.
	row.Node, row.Generation = r.group.name, max(row.Generation+1, now.UnixMilli())
}

// storeFor is the store for what this relay writes about the session of a tunnel.
func (r *Relay) storeFor(owner string, t *tunnel) *store.Store {
	st := r.data.Store.For(owner)
	if r.group == nil || t == nil || t.session.Load() == nil {
		return st // the journal of a session that has ended may come to any relay
	}
	return st.Holding(t.generation)
}

// lookUp finds an open session that another relay of the group has opened a moment ago.
func (r *Relay) lookUp(ctx context.Context, n wire.Number) *session {
	if s := r.find(n); s != nil || r.group == nil {
		return s
	}
	row, err := r.data.Store.SessionByNumber(ctx, n)
	if err != nil || row.State == api.Ended {
		return nil
	}
	return r.learn(ctx, row)
}

// changedElsewhere reports whether another relay of the group has changed the session, and
// this one is not told of it yet: it decides nothing then that cannot be taken back.
func (s *session) changedElsewhere(ctx context.Context) bool {
	if s.relay.group == nil {
		return false
	}
	row, err := s.relay.data.Store.Session(ctx, s.row.Load().ID)
	return err != nil || row.Changed != s.row.Load().Changed
}
