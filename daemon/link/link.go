// Package link is the way to the relay: it dials, joins or comes back, keeps the
// tunnel up for as long as the support session lasts, and hands the journal over.
// What comes through the tunnel it gives to [Visits]; it asks nobody anything and
// decides nothing about CSRs.
package link

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/reach"
	"supportd/library/sshd"
	"supportd/library/wire"
)

const (
	// retryFirst and retryMost bound the pause between attempts to reach the
	// relay; in between it doubles, and a random part of it is waited (full jitter), so that
	// thousands of daemons do not come back in the same second.
	retryFirst = time.Second
	retryMost  = 30 * time.Second
	// returnEvery is how often the relay is asked within what time to come back to it.
	returnEvery = 10 * time.Minute
	// freshPause is the shortest pause before the relay has been reached at all.
	freshPause = time.Second
	// joinWindow is for how long a computer tries to come back that was killed before
	// it had the relay's answer: the relay's own default, which it does not know yet.
	joinWindow = time.Hour
	// maxWindow bounds how long a computer tries to come back, whatever the relay
	// says: support is nothing that stays.
	maxWindow = 7 * 24 * time.Hour
	// tellTimeout is for the relay to hear something: a customer's Stop has to be done
	// within 1 s.
	tellTimeout = 200 * time.Millisecond
)

// Visits are the CSRs in the support session.
type Visits interface {
	// Authorize takes the relay's complete list of who may enter.
	Authorize(wire.Authorize) error
	// Revoke takes the CSR CA's list of what it has revoked, as the relay has brought it.
	Revoke(list []byte) error
	// Serve takes or rejects the connection of a CSR, and returns at once.
	Serve(nc ssh.NewChannel, from net.Addr)
	// Close ends everything that works for CSRs. The support session is over, and they
	// are told why. It may be called any number of times.
	Close()
}

// Options make a [Link]. All are required but Dialer, Fresh and Connected.
type Options struct {
	Session  *state.Session
	Journal  *local.Journal
	Identity *Identity
	Visits   Visits
	UI       notice.UI
	Log      *slog.Logger
	// Dialer finds the ways to the relay, and is this link's alone. Nil is direct ways
	// only.
	Dialer *reach.Dialer
	// Fresh says that the relay has not said welcome to the number yet.
	Fresh bool
	// Connected is called each time that the relay has let us in.
	Connected func()
}

// Link is the connection to the relay.
type Link struct {
	Options
	number wire.Number
	relay  string // its addresses, harmless to show

	refused reach.Address // that let us not in at the last attempt, zero is none; Run's alone

	mu     sync.Mutex   // no other lock is taken under it
	client *sshd.Client // the tunnel while it stands

	within atomic.Int64 // the time.Duration within which to come back, as the relay said last
}

// New prepares a link; [Link.Run] connects it.
func New(o Options) *Link {
	if o.Dialer == nil {
		o.Dialer = &reach.Dialer{Log: o.Log}
	}
	if o.Connected == nil {
		o.Connected = func() {}
	}
	saved := o.Session.Saved()
	Remember(o.Dialer, saved.Relay)
	l := &Link{Options: o, number: saved.Number, relay: saved.Relay.String()}
	l.Dialer.Screen = l.screen
	return l
}

// Run keeps the tunnel up until the support session is over, and returns why it is.
// It must be called once.
func (l *Link) Run() error {
	var within time.Duration
	for attempt := 0; ; attempt++ {
		welcomed, err := l.connectOnce()
		if welcomed {
			attempt, within = 0, l.returnWithin(err)
		}
		if cause := l.overWith(err); cause != nil {
			return cause
		}
		var failed *RelayError
		if !errors.As(err, &failed) {
			failed = &RelayError{Problem: notice.ProblemBroken, Relay: l.relay, Err: err}
			if errors.Is(err, local.ErrWrite) {
				failed.Problem = notice.ProblemDisk
			}
		}
		l.Log.Info("the relay is not connected", "problem", failed.Problem, "err", failed.Err)
		pause := jitter(attempt, within)
		if l.Fresh { // a person looks on, and reads each line; nobody else comes with them
			pause = max(pause, freshPause)
		}
		l.UI.Notify(notice.Retrying{
			Problem: failed.Problem, Relay: l.relay, Who: failed.Who, Tried: failed.Tried, After: pause, Lost: welcomed, Key: failed.Key,
		})
		select {
		case <-time.After(pause):
		case <-l.Session.Over().Done():
		}
	}
}

// overWith decides whether an attempt that ended with err was the last.
func (l *Link) overWith(err error) error {
	var failed *RelayError
	var refused *Refusal
	var ended *state.Ended
	over := l.Session.Over()
	switch {
	case over.Err() != nil:
		return context.Cause(over)
	case errors.As(err, &ended), errors.As(err, &refused), l.Fresh && errors.As(err, &failed) && failed.Final():
		return err
	case l.Fresh && errors.Is(err, local.ErrWrite):
		return err // nothing has begun yet, so the person at the screen can be told
	case !l.Fresh && l.Session.Saved().Expired():
		return state.ErrWindow
	}
	return nil
}

// returnWithin is the time within which to come back after a connection that ended with
// err. Where the relay fell silent it is most often our own network, with which nobody
// else comes back.
func (l *Link) returnWithin(err error) time.Duration {
	if errors.Is(err, sshd.ErrLost) {
		return 0
	}
	return time.Duration(l.within.Load())
}

// jitter is the pause before attempt number n+1, counted from 0, of somebody who was told
// to come back within some time.
func jitter(n int, within time.Duration) time.Duration {
	most := min(max(retryFirst<<min(n, 10), within), retryMost)
	return rand.N(most) + time.Millisecond
}

// connectOnce dials, enters the support session, and serves until the
// connection or the support session ends. welcomed reports whether the relay
// let us in.
func (l *Link) connectOnce() (welcomed bool, err error) {
	over := l.Session.Over()
	relay, to := l.Session.Saved().Relay, l.addresses()
	client, err := dial(over, l.Dialer, relay, to, l.Identity.Signer)
	if err != nil {
		return false, err
	}
	l.keepWay(relay) // saved when the relay has let us in
	var serving sync.WaitGroup
	defer serving.Wait()
	defer client.Close()
	defer context.AfterFunc(over, func() {
		l.Visits.Close()
		time.AfterFunc(2*tellTimeout, func() { client.Close() }) // farewell has told the relay by then, if it could
	})()
	gone, ended := make(chan error, 1), make(chan struct{})
	serving.Go(func() {
		defer close(ended)
		gone <- client.Wait()
	})
	answered := make(chan struct{})
	serving.Go(func() {
		defer panics.Keep(l.Log, "requests of the relay", func() { client.Close() })
		l.serveRequests(client, sync.OnceFunc(func() { close(answered) }))
	})
	serving.Go(func() {
		defer panics.Keep(l.Log, "channels of the relay", func() { client.Close() })
		l.serveChannels(client)
	})

	// A Stop while we enter waits for a moment: once we are in, the relay can be told
	// that it is over.
	stopped := context.AfterFunc(over, func() { time.AfterFunc(tellTimeout, func() { client.Close() }) })
	err = l.enter(client)
	stopped()
	if err != nil {
		l.turnAway(to)
		return false, err
	}
	l.refused = reach.Address{}
	serving.Go(func() {
		defer panics.Keep(l.Log, "handing over the journal", func() { client.Close() })
		// The end of the connection ends it: at the end of the support session there is
		// still something to hand over.
		if err := l.Journal.HandOver(context.WithoutCancel(over), client, ended); err != nil {
			l.Log.Warn("the journal is not handed over until the next connection", "err", err)
		}
	})
	serving.Go(func() {
		defer panics.Keep(l.Log, "asking when to come back", func() { client.Close() })
		l.askReturn(client, ended)
	})
	l.Connected()
	l.setClient(client)
	defer l.setClient(nil)
	return true, l.stay(client, gone, answered)
}

// askReturn asks the relay within what time to come back, until the connection has ended.
// Older relays do not know.
func (l *Link) askReturn(client *sshd.Client, ended <-chan struct{}) {
	again := time.NewTicker(returnEvery)
	defer again.Stop()
	l.within.Store(0)
	for {
		ok, reply, err := client.SendRequest(wire.ReturnRequest, true, nil)
		if err != nil || !ok {
			return
		}
		if m, err := wire.ParseReturn(reply); err == nil {
			l.within.Store(int64(time.Duration(m.Within) * time.Millisecond))
		}
		select {
		case <-again.C:
		case <-ended:
			return
		}
	}
}

// stay serves a tunnel until it or the support session ends; nil is the latter.
func (l *Link) stay(client *sshd.Client, gone <-chan error, answered <-chan struct{}) error {
	keep := time.NewTicker(max(l.Session.Saved().Window/4, time.Minute))
	defer keep.Stop()
	for {
		select {
		case <-l.Session.Over().Done():
			l.farewell(client, answered)
			return nil
		case err := <-gone:
			l.Session.SetState(api.Away)
			l.renew()
			if err := l.Journal.Append(journal.ByDaemon, journal.SessionLost{}); err != nil {
				l.Log.Error("the loss of the connection is not in the journal", "err", err)
			}
			return err
		case <-keep.C:
			l.renew()
		}
	}
}

// renew saves the session file again while the support session goes on. A failure is only
// logged: the older file will do for a while.
func (l *Link) renew() {
	if err := l.Session.Save(); err != nil {
		l.Log.Error("the support session's file cannot be renewed", "err", err)
	}
}

// farewell ends the support session while the tunnel stands, so that CSRs can
// be told why, and then tells the relay.
func (l *Link) farewell(client *sshd.Client, answered <-chan struct{}) {
	cause := context.Cause(l.Session.Over())
	l.Visits.Close()
	var ended *state.Ended
	switch {
	case errors.Is(cause, state.ErrRestarting):
		return // it goes on
	case errors.As(cause, &ended): // the relay has told us
		select {
		case <-answered:
		case <-time.After(tellTimeout):
		}
		return
	}
	by, reason := l.Session.EndedBy(cause)
	l.send(client, wire.EndRequest, wire.End{By: by, Reason: reason}.Marshal())
}

// Away tells the relay why this computer is about to be lost, or with "" that it
// stays. The relay shows it to CSRs; nothing depends on it.
func (l *Link) Away(reason string) {
	l.mu.Lock()
	client := l.client
	l.mu.Unlock()
	if client != nil {
		l.send(client, wire.AwayRequest, wire.Away{Reason: reason}.Marshal())
	}
}

// send sends a request; a relay that does not answer soon loses the connection.
func (l *Link) send(client *sshd.Client, request string, payload []byte) {
	late := time.AfterFunc(tellTimeout, func() { client.Close() })
	defer late.Stop()
	_, _, _ = client.SendRequest(request, true, payload)
}

func (l *Link) setClient(c *sshd.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.client = c
}
