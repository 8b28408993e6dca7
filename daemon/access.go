package daemon

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

var (
	errStranger = errors.New("the relay has not let this key in")
	errRemoved  = journal.CauseNoAccess.Err("")

	errUnknownRequest = errors.New("unknown request")
)

// access is who may enter, as the relay said last, and who is in. The daemon
// checks at the login and again at every use.
type access struct {
	mu       sync.Mutex
	people   map[string]consent.Person // by public key
	inside   map[*sshd.Conn]string     // journal id of each connection
	presence presence
}

// find returns the CSR whose key it is.
func (a *access) find(key ssh.PublicKey) (consent.Person, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	who, ok := a.people[string(key.Marshal())]
	return who, ok
}

// may reports whether an account has a key that may enter.
func (a *access) may(account string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, who := range a.people {
		if who.Account == account {
			return true
		}
	}
	return false
}

// errNoAccess is for a CSR whose access was taken back while they were here.
func errNoAccess() error {
	return cmdline.Fail(cmdline.ExitAuth, "", "you have no access to this support session any more")
}

// authenticate lets in the keys of the relay's list, under any user name: the
// key says who it is.
func (d *Daemon) authenticate(_ ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
	if who, ok := d.access.find(key); ok {
		return who, nil
	}
	return nil, errStranger
}

// newID tells one connection or run from another in the journal.
func newID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand does not fail
	return hex.EncodeToString(b[:])
}

// enterCSR runs when a CSR has proven their key.
func (d *Daemon) enterCSR(c *sshd.Conn) error {
	a := &d.access
	a.mu.Lock()
	defer a.mu.Unlock()
	who, ok := a.people[string(c.Key().Marshal())]
	if !ok {
		return errStranger
	}
	id := newID()
	err := d.journal.Append(who.Account, journal.ConnectionOpen{Mark: journal.Mark{ID: id}, Who: who, From: c.RemoteAddr().String()})
	if err != nil {
		return err
	}
	if a.inside == nil {
		a.inside = map[*sshd.Conn]string{}
	}
	a.inside[c] = id
	if a.presence.enter(who.Account) {
		d.opts.UI.Notify(Entered{Who: who})
	}
	return nil
}

// leaveCSR runs when everything of a connection has ended.
func (d *Daemon) leaveCSR(c *sshd.Conn) {
	who, ok := c.Identity().(consent.Person)
	if !ok {
		return
	}
	a := &d.access
	a.mu.Lock()
	defer a.mu.Unlock()
	id, ok := a.inside[c]
	if !ok {
		return
	}
	delete(a.inside, c)
	data := journal.ConnectionClose{Mark: journal.Mark{ID: id}, Who: who}
	if cause := context.Cause(c.Context()); cause != sshd.ErrClosed { // most do, and nobody asks why
		data.Cause, data.Because = cause.Error(), d.becauseOf(cause)
	}
	if err := d.journal.Append(who.Account, data); err != nil {
		d.opts.Log.Error("the end of a connection is not in the journal", "err", err)
	}
	a.presence.leave(who.Account, func() { d.opts.UI.Notify(Left{Who: who}) })
}

// visitor is the CSR behind a connection, while they may be here.
func (d *Daemon) visitor(c *sshd.Conn) (consent.Person, bool) {
	if c.Key() == nil {
		return consent.Person{}, false
	}
	return d.access.find(c.Key())
}

// authorize takes the relay's complete list of who may enter, and ends the
// connections of everyone else. A list that cannot be written down lets nobody new in.
func (d *Daemon) authorize(list wire.Authorize) error {
	people := map[string]consent.Person{}
	accounts := []consent.Person{}
	for _, e := range list.Entries {
		if err := wire.CheckAccount(e.Account); err != nil {
			d.opts.Log.Warn("the relay let in a name that no account has", "err", err)
			continue
		}
		key, err := ssh.ParsePublicKey(e.Key)
		if err != nil {
			d.opts.Log.Warn("the relay let in something that is no key", "account", e.Account)
			continue
		}
		who := consent.Person{Name: e.Name, Account: e.Account, Fingerprint: ssh.FingerprintSHA256(key)}
		people[string(key.Marshal())] = who
		accounts = append(accounts, who)
	}
	a := &d.access
	a.mu.Lock()
	defer a.mu.Unlock()
	err := d.journal.Append(journal.ByRelay, journal.AccessChange{May: accounts})
	if err != nil {
		for key := range people {
			if _, known := a.people[key]; !known {
				delete(people, key)
			}
		}
	}
	a.people = people
	for c := range a.inside {
		if _, ok := people[string(c.Key().Marshal())]; !ok {
			c.End(errRemoved)
		}
	}
	may := func(account string) bool {
		return slices.ContainsFunc(accounts, func(p consent.Person) bool { return p.Account == account })
	}
	d.runs.endUnless(may, errRemoved)
	if d.acting.strange(may) {
		d.closing.Go(func() { d.acting.logOff(journal.CauseNoAccess.Of("")) }) // it may take its time
	}
	return err
}

// serveRequests answers what the relay asks on the tunnel, until it closes. It
// calls answered when the relay knows that the support session has ended here too.
func (d *Daemon) serveRequests(client *sshd.Client, answered func()) {
	for req := range client.Requests {
		var err error
		var ended *Ended
		switch req.Type {
		case wire.KeepaliveRequest:
		case wire.AuthorizeRequest:
			var list wire.Authorize
			if list, err = wire.ParseAuthorize(req.Payload); err == nil {
				err = d.authorize(list)
			}
		case wire.EndRequest:
			var m wire.End
			if m, err = wire.ParseEnd(req.Payload); err == nil {
				ended = &Ended{By: relayed(m.By), Reason: m.Reason}
			}
		default:
			err = errUnknownRequest
		}
		if err != nil {
			d.opts.Log.Warn("a request of the relay was refused", "request", req.Type, "err", err)
		}
		if ended != nil {
			d.dismiss(ended) // before the reply, after which the relay cuts the tunnel
		}
		if req.WantReply {
			_ = req.Reply(err == nil, nil)
		}
		if ended != nil {
			answered()
		}
	}
}

// relayed is who ended a support session, as the relay says: an account, or the relay.
// What the customer did, the relay hears from here and never tells.
func relayed(by string) string {
	if wire.CheckAccount(by) != nil {
		return journal.ByRelay
	}
	return by
}

// serveChannels takes the connections of CSRs that the relay passes on, until
// the tunnel closes.
func (d *Daemon) serveChannels(client *sshd.Client) {
	for nc := range client.Channels {
		target, err := wire.ParseChannelTarget(nc.ExtraData())
		if nc.ChannelType() != wire.ForwardedChannel || err != nil || target.Host != d.saved.Number.Host() || target.Port != wire.TunnelPort {
			_ = nc.Reject(ssh.Prohibited, "only connections to this support session are taken")
			continue
		}
		if !d.visits.begin(maxConnections) {
			_ = nc.Reject(ssh.ResourceShortage, "too many connections to this computer")
			continue
		}
		ch, requests, err := nc.Accept()
		if err != nil {
			d.visits.end()
			continue
		}
		from := origin(net.JoinHostPort(target.OriginHost, strconv.Itoa(int(target.OriginPort))))
		go func() {
			defer d.visits.end()
			defer panics.Keep(d.opts.Log, "a connection of a CSR", func() { ch.Close() })
			var discarding sync.WaitGroup
			defer discarding.Wait()
			discarding.Go(func() { ssh.DiscardRequests(requests) })
			// The end of the support session reaches the connection through dismiss,
			// which lets it say goodbye.
			d.inner.ServeConn(context.WithoutCancel(d.over), sshd.ChannelConn(ch, from))
		}()
	}
}

// origin is where the relay says that a CSR's connection comes from.
type origin string

// Network is "tcp", as the other side used it.
func (origin) Network() string { return "tcp" }

// String is HOST:PORT.
func (o origin) String() string { return text.Plain(string(o), 80) }
