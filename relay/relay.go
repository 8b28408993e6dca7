// Package relay is the public SSH server in the middle: it knows the CSRs'
// accounts, gives out session numbers, holds the tunnels of customers'
// computers, certifies the computers' keys, and splices the CSRs' connections
// into the tunnels, which are encrypted from end to end. The program
// support-relay runs it.
//
// It promises that a number lets one computer join and nobody else reach it,
// that a CSR reaches the computers of their own sessions and nothing else, that
// whoever loses an account, a key or a session loses every connection that
// hangs on it within [revokeInterval], and that what was acknowledged is in the
// database.
package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/inbound"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/unjoined"
)

const (
	// DefaultWindow is how long a lost computer may stay away.
	DefaultWindow = time.Hour
	// DefaultNumberLife is how long a number may go unused.
	DefaultNumberLife = 30 * time.Minute
	// maxLogins bounds the connections of one account: a CSR has a few, a program
	// that was written badly any number, and each takes memory.
	maxLogins = 200
	// loginPatience is how long a login waits for the database: who was known stays so.
	loginPatience = 3 * time.Second
	// revokeInterval is how soon the relay sees what another process has changed.
	revokeInterval = time.Second
)

var errTooManyLogins = fmt.Errorf("%d connections of this account are open", maxLogins)

// Options make a [Relay]. Dir and Log are required.
type Options struct {
	Dir string // the data directory; what is missing in an empty one is made
	// Database is the address of a PostgreSQL database; "" is a file in Dir.
	Database string
	// Names are what CSRs and customers call the relay, HOST (every way there) or
	// HOST:PORT; where there are none, the address that a CSR has reached stands in.
	Names []string
	// CSRCA are the keys of the CA whose certificates log in, beside the accounts' keys; at
	// most [csrca.MaxCAs].
	CSRCA []ssh.PublicKey
	// Revocations is what that CA has revoked, for logins and for the computers; nil is no
	// list.
	Revocations *csrca.Revocations
	// Node is this relay's name in a group of several on one Database, and Peer is HOST:PORT,
	// where the others reach what [Relay.ServePeers] serves. Both or neither are set.
	Node, Peer string
	Window     time.Duration // 0 is [DefaultWindow]
	NumberLife time.Duration // 0 is [DefaultNumberLife]
	Log        *slog.Logger
	// Observe is told how long works such as [WorkJoin] took. It must be safe for
	// concurrent use and return at once. Nil is nobody.
	Observe func(what string, took time.Duration)
	// Program is the version of the program, for its operator.
	Program string
}

// validate also fills in what may be left out.
func (o *Options) validate() error {
	switch {
	case o.Log == nil:
		return errors.New("relay: Log is required")
	case o.Window < 0 || o.NumberLife < 0:
		return errors.New("relay: a time limit is negative")
	case (o.Node == "") != (o.Peer == ""), o.Node != "" && o.Database == "":
		return errors.New("relay: Node, Peer and Database belong together")
	}
	if o.Node != "" {
		if err := CheckNode(o.Node); err != nil {
			return err
		}
	}
	for _, name := range o.Names {
		if err := CheckName(name); err != nil {
			return err
		}
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	if o.NumberLife == 0 {
		o.NumberLife = DefaultNumberLife
	}
	return nil
}

// CheckName reports whether a relay can be called name: HOST or HOST:PORT.
func CheckName(name string) error {
	if knownHostNames(name) == nil {
		return fmt.Errorf("%q is neither HOST nor HOST:PORT", name)
	}
	return nil
}

// Relay is a running relay. All methods are safe for concurrent use.
type Relay struct {
	opts     Options
	log      *slog.Logger
	data     *Data
	lock     *os.File
	ssh      *sshd.Server
	accounts atomic.Pointer[accounts]
	numbers  unjoined.Limiter
	invites  unjoined.Limiter // of wrong invitations
	watchers watchers
	group    *group // nil: this relay is alone
	// hasty bounds what the log tells of computers that ask too often.
	hasty       inbound.LogLimiter
	actors      actors
	count       counters
	draining    atomic.Bool
	away        atomic.Bool               // the database cannot be reached, as far as we know
	pruned      atomic.Pointer[time.Time] // when journals were deleted last; nil before it is known
	unstored    unstored
	badHostKeys complaint // what was wrong with the host keys
	badCAKeys   complaint // and with those that certify computers
	// unjoined are the connections of computers that have not joined a session yet.
	unjoined *inbound.Waiting
	// newcomers are those that found no place there.
	newcomers unjoined.Newcomers
	watching  sync.Once                       // starts watchAccounts
	names     atomic.Pointer[[]string]        // see SetNames
	csrca     atomic.Pointer[[]ssh.PublicKey] // see SetCSRCA
	checker   csrca.Checker
	// revocations is what the CSR CA has revoked; nil is no list. See SetRevocations.
	revocations atomic.Pointer[csrca.Revocations]
	web         atomic.Pointer[string]     // see SetWeb
	joined      atomic.Pointer[joinHearer] // see TellJoins
	// buffers are for splices, one for each direction.
	buffers sync.Pool
	// journals are buffers for journals that arrive.
	journals sync.Pool

	// background ends when the relay begins to stop.
	background context.Context
	stop       context.CancelFunc
	// refreshing is held while the accounts are read and applied, so that an older
	// state never replaces a newer one. Lock order: a turn of a limiter before refreshing,
	// refreshing before session.mu and tunnel.mu, and each of these before mu.
	refreshing sync.Mutex

	// mu guards what follows. No other lock is taken under it.
	mu         sync.Mutex
	byNumber   map[wire.Number]*session
	byIdentity map[string]*session
	owned      map[string]int       // open sessions by account
	connected  map[string]int       // connections by account
	used       map[string]time.Time // when a key was noted to log in, by fingerprint: see noteUse
	closed     bool
	tasks      sync.WaitGroup
}

// New opens the data directory, keeps other relays off it, and takes up the
// sessions that are open. The caller has to call [Relay.Shutdown].
func New(ctx context.Context, opts Options) (_ *Relay, err error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	data, err := OpenPlace(ctx, Place{opts.Dir, opts.Database}, true)
	if err != nil {
		return nil, err
	}
	r := &Relay{
		opts: opts, log: opts.Log, data: data,
		unjoined: unjoined.NewPlaces(),
		buffers:  sync.Pool{New: func() any { return new([spliceBuffer]byte) }},
		hasty:    inbound.LogLimiter{Every: time.Minute, Most: unjoined.MaxSources},
		journals: sync.Pool{New: func() any { return new([journalBlock]byte) }},
		byNumber: map[wire.Number]*session{}, byIdentity: map[string]*session{}, owned: map[string]int{}, connected: map[string]int{}, used: map[string]time.Time{},
	}
	r.names.Store(&opts.Names)
	r.csrca.Store(&opts.CSRCA)
	r.revocations.Store(opts.Revocations)
	r.count.started = time.Now()
	// ctx is that of New alone; the relay's tasks live until Shutdown.
	r.background, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			err = errors.Join(err, r.release())
		}
	}()
	if err := r.CheckCSRCA(opts.CSRCA); err != nil {
		return nil, fmt.Errorf("relay: CSRCA: %w", err)
	}
	if r.lock, err = data.lockRelay(opts.Program); err != nil {
		return nil, err
	}
	serve := data.Store.Serve
	if opts.Node != "" {
		serve = func(ctx context.Context) error { return data.Store.ServeAs(ctx, opts.Node) }
	}
	if err := serve(ctx); err != nil {
		return nil, err
	}
	if err := data.Store.Check(ctx); err != nil {
		return nil, err
	}
	if r.ssh, err = sshd.New(r.sshOptions()); err != nil {
		return nil, err
	}
	if err := r.joinGroup(ctx); err != nil {
		return nil, err
	}
	return r, r.load(ctx)
}

// load loads accounts and sessions. A computer that was connected when the
// relay stopped is away since then at the latest.
func (r *Relay) load(ctx context.Context) error {
	if err := r.data.Store.LoseSessions(ctx, r.now()); err != nil {
		return err
	}
	if err := r.loadAccounts(ctx); err != nil {
		return err
	}
	if err := r.loadMisses(ctx); err != nil {
		return err
	}
	if err := r.tellPruned(ctx); err != nil { // from then on it is an event
		return err
	}
	if err := r.data.Store.CatchUpPictures(ctx); err != nil {
		return err
	}
	open, err := r.data.Store.OpenSessions(ctx)
	for _, row := range open {
		r.reserve(row.Owner, math.MaxInt)
		r.hold(row)
	}
	return err
}

// now is the time that is stored and that counts for what is stored: the database's.
func (r *Relay) now() time.Time { return r.data.Store.Now() }

// Made says that this is the first start: the relay has new keys.
func (r *Relay) Made() bool { return r.data.Made }

// Empty says that there is no account: nobody can log in.
func (r *Relay) Empty() bool { return len(r.accounts.Load().byName) == 0 }

// Fingerprint is that of the relay's host key, SHA256:….
func (r *Relay) Fingerprint() string { return r.data.Fingerprint() }

// Serve accepts connections on l until ctx is done, and closes l. It may run for
// several listeners at once.
func (r *Relay) Serve(ctx context.Context, l net.Listener) error {
	r.watching.Do(func() {
		r.spawn(r.watchAccounts)
		if r.group != nil {
			r.spawn(r.group.renew)
			r.spawn(r.group.follow)
		}
	})
	if r.background.Err() != nil {
		return errors.Join(sshd.ErrShutdown, l.Close())
	}
	return r.ssh.Serve(ctx, l)
}

// Shutdown ends every connection and waits until everything that belongs to
// them has ended or ctx is done. Computers come back to the next relay on this
// data directory. It may be called more than once.
func (r *Relay) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	again := r.closed
	r.closed = true
	r.mu.Unlock()
	if again {
		return nil
	}
	r.stop()
	for _, s := range r.sessions() {
		s.stopTimer()
	}
	err := r.ssh.Shutdown(ctx, sshd.ErrShutdown)
	if r.group != nil {
		err = errors.Join(err, r.group.ssh.Shutdown(ctx, sshd.ErrShutdown))
	}
	done := make(chan struct{})
	go func() { r.tasks.Wait(); close(done) }() // ends with the last task, though nobody may wait any more
	select {
	case <-done:
	case <-ctx.Done():
		err = errors.Join(err, ctx.Err())
	}
	// This has to be written, also when the time for the rest is over.
	last := context.WithoutCancel(ctx)
	if r.group != nil {
		err = errors.Join(err, r.group.leave(last))
	} else {
		err = errors.Join(err, r.data.Store.LoseSessions(last, r.now()))
	}
	return errors.Join(err, r.release())
}

func (r *Relay) release() error {
	r.stop()
	if r.group != nil {
		r.group.lapses.Stop()
	}
	err := r.data.Close()
	if r.lock != nil {
		err = errors.Join(err, r.lock.Close())
	}
	return err
}

// spawn runs f in a goroutine that Shutdown waits for; it returns false when
// the relay is stopping.
func (r *Relay) spawn(f func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.tasks.Go(func() {
		defer panics.Keep(r.log, "task", nil)
		f()
	})
	return true
}

func (r *Relay) connOpened(c *sshd.Conn) error {
	if t := computer(c); t != nil {
		return t.opened(c)
	}
	if i, is := c.Identity().(*invitee); is {
		return i.opened(c)
	}
	a, err := r.admit(c, actUse, nil)
	if err == nil {
		err = r.connect(a.Name)
	}
	if err == nil {
		r.loggedIn(c, a.Name)
	}
	return err
}

// connect counts a connection of an account, unless it has as many as it may.
func (r *Relay) connect(account string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.connected[account] >= maxLogins {
		return &ssh.BannerError{Err: errTooManyLogins, Message: fmt.Sprintf("%v\r\nhint: close some of them; a program may have left them open\r\n", errTooManyLogins)}
	}
	r.connected[account]++
	return nil
}

// disconnect undoes connect.
func (r *Relay) disconnect(account string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.connected[account]--; r.connected[account] == 0 {
		delete(r.connected, account)
	}
}

func (r *Relay) connClosed(c *sshd.Conn) {
	switch who := c.Identity().(type) {
	case *tunnel:
		who.closed()
	case *invitee:
		who.closed()
	case *csrIdentity:
		if who.ends != nil {
			who.ends.Stop()
		}
		r.disconnect(who.account)
	}
}
