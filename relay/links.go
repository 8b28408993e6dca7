package relay

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

// find returns another node that is alive, as far as is known.
func (g *group) find(name string) (store.Node, bool) {
	for _, n := range *g.others.Load() {
		if n.Name == name && n.Holder != "" && g.relay.now().Before(n.Until) {
			return n, true
		}
	}
	return store.Node{}, false
}

// relays are what computers are told of the relays of the group that are alive: names that
// the operators have given, since an address may lead somewhere else in another network.
func (g *group) relays() (names []string) {
	for _, n := range *g.others.Load() {
		if n.Holder == "" || !g.relay.now().Before(n.Until) {
			continue
		}
		for _, name := range n.Names {
			host := name
			if h, _, err := net.SplitHostPort(name); err == nil {
				host = h
			}
			_, err := netip.ParseAddr(host)
			if err != nil && wire.IsRelay(name) && !slices.Contains(names, name) && len(names) < wire.MaxRelays {
				names = append(names, name)
			}
		}
	}
	return names
}

// links are connections to the other nodes. Each is used for as many CSRs as it takes.
type links struct {
	group  *group
	mu     sync.Mutex // guards all of it, and of what it holds. No other lock is taken under it
	byNode map[string]*linksTo
}

// linksTo are the connections to one node.
type linksTo struct {
	dialing chan struct{} // has an entry while one is made
	all     []*link
}

type link struct {
	links  *links
	holder string // the process at the other end
	client *sshd.Client
	used   int // by so many CSRs
	over   chan struct{}
}

// take is a place in a connection to a node, which link.give gives back. One connection is
// made at a time. Who waits for that gives up when they would for their own: a node that
// hangs makes nobody wait longer because others wait, too.
func (l *links) take(ctx context.Context, to store.Node) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, peerPatience)
	defer cancel()
	of := l.to(to.Name)
	if one := l.free(of, to.Holder); one != nil {
		return one, nil
	}
	select {
	case of.dialing <- struct{}{}:
		defer func() { <-of.dialing }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if one := l.free(of, to.Holder); one != nil {
		return one, nil
	}
	one, err := l.dial(ctx, to)
	if err != nil {
		return nil, err
	}
	one.used = 1
	l.mu.Lock()
	defer l.mu.Unlock()
	of.all = append(of.all, one)
	return one, nil
}

// to are the connections to a node.
func (l *links) to(node string) *linksTo {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byNode == nil {
		l.byNode = map[string]*linksTo{}
	}
	of := l.byNode[node]
	if of == nil {
		of = &linksTo{dialing: make(chan struct{}, 1)}
		l.byNode[node] = of
	}
	return of
}

// free is a place in a connection that is there, or nil. It forgets those that have ended.
func (l *links) free(of *linksTo, holder string) *link {
	l.mu.Lock()
	defer l.mu.Unlock()
	of.all = slices.DeleteFunc(of.all, (*link).ended)
	for _, one := range of.all {
		if one.holder == holder && one.used < maxPassed {
			one.used++
			return one
		}
	}
	return nil
}

// drop ends the connections to processes that are no nodes any more: they may hang, and so
// would the CSRs who are passed on to them.
func (l *links) drop() {
	var dead []*link
	l.mu.Lock()
	for node, of := range l.byNode {
		to, alive := l.group.find(node)
		of.all = slices.DeleteFunc(of.all, func(one *link) bool {
			gone := !alive || one.holder != to.Holder
			if gone {
				dead = append(dead, one)
			}
			return gone || one.ended()
		})
	}
	l.mu.Unlock()
	for _, one := range dead {
		one.client.Close()
	}
}

func (l *link) ended() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

func (l *link) give() {
	l.links.mu.Lock()
	defer l.links.mu.Unlock()
	l.used--
}

// dial connects to another node. The connection ends with the relay.
func (l *links) dial(ctx context.Context, to store.Node) (*link, error) {
	r := l.group.relay
	keys, err := r.data.peerKeys()
	if err != nil {
		return nil, err
	}
	nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", to.Peer)
	if err != nil {
		return nil, err
	}
	client, err := sshd.NewClient(ctx, nc, &ssh.ClientConfig{
		User: peerUser, Auth: []ssh.AuthMethod{ssh.PublicKeys(keys...)},
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if !r.data.isPeer(key) {
				return ErrOtherGroup
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	one := &link{links: l, holder: to.Holder, client: client, over: make(chan struct{})}
	started := r.spawn(func() {
		defer close(one.over)
		stop := context.AfterFunc(r.background, func() { client.Close() })
		defer stop()
		_ = client.Wait()
	}) && r.spawn(func() { ssh.DiscardRequests(client.Requests) }) && r.spawn(func() {
		for nc := range client.Channels {
			_ = nc.Reject(ssh.Prohibited, "nothing is opened this way")
		}
	})
	if !started {
		client.Close()
		return nil, sshd.ErrShutdown
	}
	return one, nil
}
