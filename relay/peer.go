package relay

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

const (
	// passChannel brings a CSR's connection from the relay that they have reached to the one
	// that the computer is connected to; its payload is a [passage].
	passChannel = "pass@supportd"
	// peerUser is the SSH user name of a relay at another one.
	peerUser = "peer"
	// maxPassed bounds the connections of CSRs in one connection between two relays; when it
	// is full, there is another one.
	maxPassed = 200
	// peerPatience is how long another relay may take to let this one in, and how long a CSR
	// waits for that.
	peerPatience = 5 * time.Second
	// mostRefusal bounds what another relay's refusal tells a CSR, in characters.
	mostRefusal = 400
)

// passage is who goes to which computer, as the CSR's relay says it. The computer's relay
// looks itself whether they may.
type passage struct {
	Session string // its identifier
	Number  string
	Account string
	Key     []byte // the CSR's key or certificate, which they have proven (RFC 4253 section 6.6)
	Source  string // the CSR's address
}

// peerKeys are the keys by which relays of one group know each other: made of the host
// keys, so that they need not be given out. Ed25519 signs the same text in the same way
// each time (RFC 8032 section 5.1.6), and nobody without the host key can. A host key also
// signs key exchanges, the proof that it is one of a relay's, and the certificate of its
// successor; none of those texts can be this one.
func (d *Data) peerKeys() (all []ssh.Signer, err error) {
	for _, host := range d.keys.Load().all() {
		key, err := peerKey(host)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	return all, nil
}

func peerKey(host ssh.Signer) (ssh.Signer, error) {
	const label = "supportd: the key by which relays of one group know each other, version 1, made of the host key"
	sig, err := host.Sign(rand.Reader, []byte(label))
	if err != nil {
		return nil, err
	}
	seed := sha256.Sum256(append([]byte(label), sig.Blob...))
	return ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
}

// hostKeys are what this relay shows the others: made of the new host key, where there is
// one and all others know it, since some may know only that one; else of the one in use,
// because the operator cannot give all of them the new one at once.
func (g *group) hostKeys() []ssh.Signer {
	keys := g.relay.data.keys.Load()
	host := keys.own
	if keys.next != nil && g.allKnow(hostKeyLine(keys.next)) {
		host = keys.next
	}
	key, err := peerKey(host)
	if err != nil {
		return nil // nobody gets in
	}
	return []ssh.Signer{key}
}

// allKnow reports whether all other nodes that are alive have a key.
func (g *group) allKnow(line string) bool {
	for _, n := range *g.others.Load() {
		other, alive := g.find(n.Name)
		if alive && n.Name != g.name && !slices.Contains(strings.Split(other.Keys, "\n"), line) {
			return false
		}
	}
	return true
}

// isPeer reports whether a key is one of the group's.
func (d *Data) isPeer(key ssh.PublicKey) bool {
	own, err := d.peerKeys()
	if err != nil {
		return false
	}
	for _, k := range own {
		if string(k.PublicKey().Marshal()) == string(key.Marshal()) {
			return true
		}
	}
	return false
}

var errNoPeer = errors.New("only relays of the same group are let in here")

// sshOptions describes what other relays of the group can ask of this one.
func (g *group) sshOptions() sshd.Options {
	return sshd.Options{
		HostKeys: g.hostKeys,
		Authenticate: func(meta ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
			if meta.User() != peerUser || !g.relay.data.isPeer(key) {
				return nil, errNoPeer
			}
			return g, nil
		},
		Refused: func(c *sshd.Conn, user string, keys int) {
			g.relay.security(EventPeer, "somebody who is no relay of this group tried the peer port", c.Source(), "keys", keys)
		},
		Channels:    map[string]sshd.ChannelHandler{passChannel: g.handlePass},
		Requests:    map[string]sshd.RequestHandler{joinedRequest: g.answerJoined},
		MaxChannels: 2 * maxPassed, // a channel may end here later than there
		Software:    "supportd_peer",
		Log:         g.relay.log,
	}
}

// ServePeers accepts connections of other relays of the group on l until ctx is done, and
// closes l.
func (r *Relay) ServePeers(ctx context.Context, l net.Listener) error {
	if r.group == nil {
		return errors.Join(errors.New("relay: it is in no group"), l.Close())
	}
	return r.group.ssh.Serve(ctx, l)
}

// passed is a CSR's connection that another relay of the group has brought.
type passed struct {
	account string
	key     ssh.PublicKey
	from    net.Addr
	session *session
	ending  atomic.Bool
	ends    []func() // what ends it; each may wait for its peer
}

// mayPass reports why somebody who was brought may not go to the computer; "" is that they may.
func (r *Relay) mayPass(p *passed) string {
	a, _, err := r.accountOf(p.account, p.from, p.key)
	switch {
	case !r.leads():
		return errLapsed.Error()
	case err != nil:
		return errRevoked.Error()
	case p.session.row.Load().Owner != a.Name:
		return errForbidden.Error()
	}
	return ""
}

// handlePass serves passChannel. A refusal does not count against the connection, which is
// that of all CSRs.
func (g *group) handlePass(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
	r := g.relay
	var m passage
	refuse := func(why string) { _ = nc.Reject(ssh.ConnectionFailed, why) }
	if err := ssh.Unmarshal(nc.ExtraData(), &m); err != nil {
		refuse("the request is malformed")
		return
	}
	key, err := ssh.ParsePublicKey(m.Key)
	from, none := netip.ParseAddr(m.Source)
	s := r.lookUp(ctx, wire.Number(m.Number))
	if err != nil || none != nil || s == nil || s.row.Load().ID != m.Session {
		refuse("the session has ended")
		return
	}
	p := &passed{account: m.Account, key: key, from: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), session: s}
	if _, _, err := r.accountOf(p.account, p.from, p.key); err != nil {
		r.catchUp(loginPatience) // perhaps it was added a moment ago
	}
	if why := r.mayPass(p); why != "" {
		refuse(why)
		return
	}
	t, refusal := s.reachable(ctx)
	if refusal != "" {
		refuse(refusal)
		return
	}
	defer t.splices.Add(-1)
	far, refusal := r.openFar(ctx, t, m.Source)
	if refusal != "" {
		refuse(refusal)
		return
	}
	ch, requests, err := nc.Accept()
	if err != nil {
		far.abandon()
		return
	}
	near := newSide(ch, requests, func() { c.End(errNoClose) })
	p.ends = []func(){func() { _ = ch.Close() }, func() { _ = far.ch.Close() }}
	g.enter(p)
	defer g.left(p)
	r.enter(near, far, s, m.Account)
}

// enter counts somebody among those who were brought, unless they may not be here any more.
func (g *group) enter(p *passed) {
	g.mu.Lock()
	g.passed[p] = true
	g.mu.Unlock()
	g.check(p) // it may have changed meanwhile
}

func (g *group) left(p *passed) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.passed, p)
}

// checkInterval is how often what was brought is looked at though no account has changed: a
// certificate may have ended.
const checkInterval = time.Second

// checkPassed ends what was brought for those who may not be here any more.
func (g *group) checkPassed() {
	accounts, now := g.relay.accounts.Load(), time.Now()
	if accounts == g.checkedFor && now.Sub(g.checked) < checkInterval {
		return
	}
	g.checkedFor, g.checked = accounts, now
	g.mu.Lock()
	var all []*passed
	for p := range g.passed {
		all = append(all, p)
	}
	g.mu.Unlock()
	for _, p := range all {
		g.check(p)
	}
}

// check ends what was brought if it may not be here any more. It does not wait for a
// computer or a relay that reads nothing any more: others are to be ended, too.
func (g *group) check(p *passed) {
	if g.relay.mayPass(p) == "" || p.ending.Swap(true) {
		return
	}
	for _, end := range p.ends {
		g.relay.spawn(end)
	}
}

// errAway is that another relay of the group cannot be reached.
var errAway = errors.New("another relay of the group cannot be reached")

// passOn brings a CSR to the relay that the computer is connected to. done has to be called
// when the side is not used any more.
func (g *group) passOn(ctx context.Context, c *sshd.Conn, s *session, node string) (far *side, done func(), refusal string) {
	row, who := s.row.Load(), c.Identity().(*csrIdentity)
	m := ssh.Marshal(passage{Session: row.ID, Number: string(row.Number), Account: who.account, Key: c.Key().Marshal(), Source: c.Source()})
	far, done, err := g.passTo(ctx, node, m)
	if errors.Is(err, errAway) && ctx.Err() == nil {
		// It may have started a moment ago, and an old connection may have ended.
		if err = g.see(ctx); err == nil {
			far, done, err = g.passTo(ctx, node, m)
		}
	}
	var refused *ssh.OpenChannelError
	switch {
	case err == nil:
		return far, done, ""
	case errors.As(err, &refused):
		return nil, nil, text.Plain(refused.Message, mostRefusal)
	}
	g.relay.log.Warn("a CSR cannot be passed on", "session", row.ID, "node", node, "err", err)
	return nil, nil, fmt.Sprintf("the computer of session %s is connected to relay %s, which does not answer: try again in a moment", row.Number.Spoken(), text.Plain(node, 60))
}

// passTo opens a way to another node, or returns its refusal, or [errAway].
func (g *group) passTo(ctx context.Context, node string, payload []byte) (far *side, done func(), err error) {
	to, alive := g.find(node)
	if !alive {
		return nil, nil, errAway
	}
	l, err := g.links.take(ctx, to)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errAway, err)
	}
	far, err = g.relay.opening(ctx, l.client, func(error) { l.client.Close() }, passChannel, payload)
	if err == nil {
		return far, l.give, nil
	}
	l.give()
	var refused *ssh.OpenChannelError
	switch {
	case errors.As(err, &refused), errors.Is(err, errNoAnswer):
	default:
		l.client.Close() // it had ended
		err = fmt.Errorf("%w: %w", errAway, err)
	}
	return nil, nil, err
}
