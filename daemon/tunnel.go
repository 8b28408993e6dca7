package daemon

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/state"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/wire"
)

const (
	// retryFirst and retryMost bound the pause between attempts to reach the
	// relay; in between it doubles, and a random part of it is waited (full jitter), so that
	// thousands of daemons do not come back in the same second.
	retryFirst = time.Second
	retryMost  = 30 * time.Second
	// maxConnections bounds the CSR connections of a support session that are
	// open at once.
	maxConnections = wire.MaxConnections
	// joinWindow is for how long a computer tries to come back that was killed before
	// it had the relay's answer: the relay's own default, which it does not know yet.
	joinWindow = time.Hour
	// maxWindow bounds how long a computer tries to come back, whatever the relay
	// says: support is nothing that stays.
	maxWindow = 7 * 24 * time.Hour
)

// stayConnected keeps the tunnel up until the support session is over, and
// returns why it is.
func (d *Daemon) stayConnected() error {
	for attempt := 0; ; attempt++ {
		welcomed, err := d.connectOnce()
		if welcomed {
			attempt = 0
		}
		if cause := d.overWith(err); cause != nil {
			return cause
		}
		var failed *RelayError
		if !errors.As(err, &failed) {
			failed = &RelayError{Problem: ProblemBroken, Relay: d.saved.Relay, Err: err}
			if errors.Is(err, local.ErrWrite) {
				failed.Problem = ProblemDisk
			}
		}
		d.opts.Log.Info("the relay is not connected", "problem", failed.Problem, "err", failed.Err)
		pause := jitter(attempt)
		d.opts.UI.Notify(Retrying{Problem: failed.Problem, Relay: d.saved.Relay, After: pause, Lost: welcomed})
		select {
		case <-time.After(pause):
		case <-d.over.Done():
		}
	}
}

// overWith decides whether an attempt that ended with err was the last.
func (d *Daemon) overWith(err error) error {
	var failed *RelayError
	var refused *Refusal
	var ended *Ended
	switch {
	case d.over.Err() != nil:
		return context.Cause(d.over)
	case errors.As(err, &ended), errors.As(err, &refused), d.fresh && errors.As(err, &failed) && failed.final():
		return err
	case d.fresh && errors.Is(err, local.ErrWrite):
		return err // nothing has begun yet, so the person at the screen can be told
	case !d.fresh && d.kept().Expired():
		return ErrWindow
	}
	return nil
}

// jitter is the pause before attempt number n+1, counted from 0.
func jitter(n int) time.Duration {
	most := min(retryFirst<<min(n, 10), retryMost)
	return rand.N(most) + time.Millisecond
}

// connectOnce dials, enters the support session, and serves until the
// connection or the support session ends. welcomed reports whether the relay
// let us in.
func (d *Daemon) connectOnce() (welcomed bool, err error) {
	client, err := dialRelay(d.over, d.opts.Dial, d.saved.Relay, d.saved.RelayKey, d.identity.signer)
	if err != nil {
		return false, err
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer client.Close()
	defer context.AfterFunc(d.over, func() {
		d.dismiss(context.Cause(d.over))
		time.AfterFunc(2*tellTimeout, func() { client.Close() }) // farewell has told the relay by then, if it could
	})()
	gone := make(chan error, 1)
	serving.Go(func() { gone <- client.Wait() })
	answered := make(chan struct{})
	serving.Go(func() {
		defer panics.Keep(d.opts.Log, "requests of the relay", func() { client.Close() })
		d.serveRequests(client, sync.OnceFunc(func() { close(answered) }))
	})
	serving.Go(func() {
		defer panics.Keep(d.opts.Log, "channels of the relay", func() { client.Close() })
		d.serveChannels(client)
	})

	// A Stop in the middle leaves a moment to come in, so that the relay can be
	// told that it is over.
	stopped := context.AfterFunc(d.over, func() { time.AfterFunc(tellTimeout, func() { client.Close() }) })
	err = d.enter(client)
	stopped()
	if err != nil {
		return false, err
	}
	serving.Go(func() {
		defer panics.Keep(d.opts.Log, "handing over the journal", func() { client.Close() })
		if err := d.journal.HandOver(context.Background(), client); err != nil {
			d.opts.Log.Warn("the journal is not handed over until the next connection", "err", err)
		}
	})
	d.settling.Do(func() { d.closing.Go(func() { d.bringOwed(d.over) }) })
	d.setClient(client)
	defer d.setClient(nil)
	keep := time.NewTicker(max(d.kept().Window/4, time.Minute))
	defer keep.Stop()
	for {
		select {
		case <-d.over.Done():
			d.farewell(client, answered)
			return true, nil
		case err := <-gone:
			d.setState(api.Away)
			d.renew()
			if err := d.journal.Append(journal.ByDaemon, journal.SessionLost{}); err != nil {
				d.opts.Log.Error("the loss of the connection is not in the journal", "err", err)
			}
			return true, err
		case <-keep.C:
			d.renew()
		}
	}
}

// farewell ends the support session while the tunnel stands, so that CSRs can
// be told why, and then tells the relay.
func (d *Daemon) farewell(client *sshd.Client, answered <-chan struct{}) {
	cause := context.Cause(d.over)
	d.dismiss(cause)
	var ended *Ended
	switch {
	case errors.Is(cause, ErrRestarting):
		return // it goes on
	case errors.As(cause, &ended): // that is where we know it from
		select {
		case <-answered:
		case <-time.After(tellTimeout):
		}
		return
	}
	by, reason := d.endedBy(cause)
	told := time.AfterFunc(tellTimeout, func() { client.Close() })
	defer told.Stop()
	_, _, _ = client.SendRequest(wire.EndRequest, true, wire.End{By: by, Reason: reason}.Marshal())
}

// enter joins or resumes, and asks for the tunnel.
func (d *Daemon) enter(client *sshd.Client) error {
	welcome, err := d.introduce(client)
	if err != nil {
		return err
	}
	switch code := welcome.Code; {
	case code == wire.CodeOK:
	case code == wire.CodeBusy:
		return d.busy("the relay cannot take us now")
	case d.fresh || code == wire.CodeVersion:
		return &Refusal{Code: code}
	default:
		return &Ended{By: journal.ByRelay, Reason: journal.CauseEndedAway.Of("").English()}
	}
	resumed := !d.fresh
	if err := d.welcomed(welcome); err != nil {
		return err
	}
	target := wire.Forward{Host: d.saved.Number.Host(), Port: wire.TunnelPort}
	ok, _, err := client.SendRequest(wire.ForwardRequest, true, target.Marshal())
	if err != nil {
		return err
	}
	if !ok {
		return d.busy("the relay refused the tunnel")
	}
	d.setState(api.Active)
	d.opts.UI.Notify(Joined{
		Owner: consent.Person{Name: welcome.Owner, Account: welcome.Account}, Resumed: resumed, Restarted: d.firstReturn(),
	})
	return nil
}

func (d *Daemon) busy(why string) error {
	return &RelayError{Problem: ProblemBusy, Relay: d.saved.Relay, Err: errors.New(why)}
}

// introduce says who we are and returns the relay's answer.
func (d *Daemon) introduce(client *sshd.Client) (wire.Welcome, error) {
	c, version := d.opts.Computer, uint32(wire.ProtocolVersion)
	resume := wire.Resume{Version: version, Host: c.Host, OS: c.OS, Program: d.opts.Program}
	if !d.fresh {
		return ask(client, wire.ResumeRequest, resume.Marshal())
	}
	// The number is good for one computer, and from here on the relay knows it by our
	// key: whatever happens next, we can come back with it.
	if err := d.openWindow(joinWindow); err != nil {
		return wire.Welcome{}, fmt.Errorf("%w: %w", local.ErrWrite, err)
	}
	welcome, err := ask(client, wire.JoinRequest, wire.Join{
		Version: version, Number: string(d.saved.Number), Name: d.saved.Name, Host: c.Host, OS: c.OS, Program: d.opts.Program,
	}.Marshal())
	if err != nil || welcome.Code != wire.CodeUsed {
		return welcome, err
	}
	// Perhaps we are the computer that used it, and only the answer was lost.
	again, err := ask(client, wire.ResumeRequest, resume.Marshal())
	if err == nil && again.Code == wire.CodeOK {
		return again, nil
	}
	return welcome, err
}

// ask sends a join or a resume and decodes the answer.
func ask(client *sshd.Client, name string, payload []byte) (wire.Welcome, error) {
	_, answer, err := client.SendRequest(name, true, payload)
	if err != nil {
		return wire.Welcome{}, err
	}
	return wire.ParseWelcome(answer)
}

// welcomed takes the relay's yes: it is in the journal and on the disk before
// the tunnel opens.
func (d *Daemon) welcomed(w wire.Welcome) error {
	if err := d.identity.certify(w.Certificate); err != nil {
		return err
	}
	c, s := d.opts.Computer, d.kept()
	as := journal.Presented{
		Number: s.Number, Name: s.Name, Host: c.Host, OS: c.OS, Owner: w.Account, Program: d.opts.Program, Allow: s.Allow,
	}
	var p journal.Payload = journal.SessionResume{Presented: as}
	if d.fresh {
		p = journal.SessionJoin{Presented: as}
	}
	err := d.journal.Append(journal.ByCustomer, p)
	if err != nil {
		return err
	}
	d.fresh = false
	if err := d.openWindow(time.Duration(w.Window) * time.Second); err != nil {
		return fmt.Errorf("%w: %w", local.ErrWrite, err)
	}
	if by := time.Since(time.Unix(int64(w.Now), 0)); by.Abs() > wire.ClockSkew {
		d.opts.UI.Notify(ClockWrong{By: by.Round(time.Minute)})
	}
	return nil
}

// openWindow notes for how long the relay lets this computer be away, and keeps
// it. Whoever watches a restart keeps the session file meanwhile, too.
func (d *Daemon) openWindow(window time.Duration) error {
	d.mu.Lock()
	d.saved.Window = min(window, maxWindow)
	d.mu.Unlock()
	return d.keepSaved()
}

// kept is what the session file tells. Its Window, Expires, Allow, Restart and
// Audience change while the support session goes on.
func (d *Daemon) kept() state.Saved {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.saved
}

// renew is keepSaved while the support session goes on: the old file will do
// for a while.
func (d *Daemon) renew() {
	if err := d.keepSaved(); err != nil {
		d.opts.Log.Error("the support session's file cannot be renewed", "err", err)
	}
}

// keepSaved writes the session file anew with the time until which the relay
// will know us.
func (d *Daemon) keepSaved() error {
	d.saving.Lock()
	defer d.saving.Unlock()
	d.mu.Lock()
	d.saved.Expires = time.Now().Add(d.saved.Window)
	saved := d.saved.Clone()
	d.mu.Unlock() // nobody else waits for the disk
	return d.opts.State.Save(saved)
}
