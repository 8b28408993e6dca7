// Package daemon is the customer's side of a support session: it dials out to
// the relay, serves SSH to the CSRs whom the relay lets in, asks the customer
// through the consent gate before anything happens, and writes everything that
// did happen to the journal.
//
// The program around it brings the screen ([consent.Prompter], [UI]), the state
// directory and the context whose end is the customer's Stop. What it promises:
// nothing runs and nothing is shown without the gate's yes and a line in the
// journal; when the support session ends, in whatever way, its processes,
// connections and files are gone and only the journal stays.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/state"
	"supportd/daemon/sysinfo"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// A customer's Stop has to be done within 1 s, so each step of it has a part.
const (
	// goodbye is for the programs of CSRs to write why the support session ends.
	goodbye = 300 * time.Millisecond
	// leave is for those programs to leave by themselves then.
	leave = 200 * time.Millisecond
	// cutOff is for their connections to end then.
	cutOff = 200 * time.Millisecond
	// tellTimeout is for the relay to hear of it.
	tellTimeout = 200 * time.Millisecond
	// unhurried is how many times as long CSRs' programs have when it was not the
	// customer who ended the support session.
	unhurried = 6
)

// Join is what a customer brings to a support session.
type Join struct {
	Number   wire.Number
	Relay    string // HOST:PORT
	RelayKey string // fingerprint of the relay's host key, SHA256:…
	Name     string // what they call themselves, may be empty
	Allow    []consent.Kind
	Withheld consent.Withheld
}

// Options make a [Daemon]. State, Supervisor and Log are required.
type Options struct {
	State *state.Dir
	// Join enters a support session. Without it the daemon comes back to the one
	// that is saved in State.
	Join *Join
	// Prompters ask the customer; none means that what they did not allow when
	// joining is denied.
	Prompters []consent.Prompter
	// UI is told what happens; nil is nobody.
	UI UI
	// Computer describes this computer; see [ThisComputer].
	Computer Computer
	// Environment is the customer's, as of os.Environ, for the system information.
	Environment []string
	// Supervisor is the command line of the program that supervises scripts; see
	// package script.
	Supervisor []string
	// Power restarts the computer; nil is a computer that cannot be restarted.
	Power Power
	// Accounts logs on as other users; nil is a computer where nobody can.
	Accounts Accounts
	// Collector is the hidden verb of our program that writes system information
	// to standard output; it is called as another user.
	Collector []string
	// Program is the program's version.
	Program string
	Log     *slog.Logger
	// Dial replaces the way to the relay; nil is TCP.
	Dial Dialer
}

func (o *Options) validate() error {
	switch {
	case o.State == nil:
		return errors.New("daemon: State is required")
	case o.Log == nil:
		return errors.New("daemon: Log is required")
	case len(o.Supervisor) == 0:
		return errors.New("daemon: Supervisor is required")
	case o.Join != nil && o.Join.RelayKey == "":
		return errors.New("daemon: RelayKey is required: without it anyone could pretend to be the relay")
	case o.Join != nil && (o.Join.Number == "" || o.Join.Relay == ""):
		return errors.New("daemon: Number and Relay are required")
	case o.Join != nil && len(o.Join.Name) > wire.MaxName:
		return fmt.Errorf("daemon: Name has more than %d bytes", wire.MaxName)
	}
	return nil
}

// Ended is why a support session is over.
type Ended struct {
	By     string // a CSR's account, "customer" or "relay"
	Reason string // hostile until shown as plain text
}

// Error names who ended it.
func (e *Ended) Error() string { return "the support session was ended by " + e.By }

// ErrWindow is the end of a support session to which the computer could not
// return in time.
var ErrWindow = journal.CauseWindow.Err("")

// ErrStop as the cause of [Daemon.Run]'s context is the customer's own Stop. While
// the computer restarts every other cause is taken for the system's, which ends
// programs on its way down.
var ErrStop = errors.New("stopped by the customer's own hand")

// Daemon is one support session on the customer's computer.
type Daemon struct {
	opts      Options
	saved     state.Saved
	fresh     bool // the relay has not said welcome to the number yet
	began     time.Time
	identity  *identity
	journal   *local.Journal
	gate      *consent.Gate
	collector sysinfo.Collector
	access    access
	inner     *sshd.Server
	visits    limiter // connections of CSRs
	channels  limiter // and their channels
	runs      runs
	chat      chat
	restart   restart
	screening screening
	acting    *acting

	over      context.Context // done when the support session ends; its cause is why
	stopped   context.Context // done when the customer stops, also while the end is under way
	end       context.CancelCauseFunc
	dismissed sync.Once
	closing   sync.WaitGroup // what ends with or after the support session
	settling  sync.Once

	goingDown  atomic.Bool // the operating system restarts the computer
	saving     sync.Mutex  // one writer of the session file at a time; taken before mu, never with it held
	handedOver bool        // the relay has the whole journal; for whom Run has returned
	unwanted   bool        // the relay will never take it; likewise

	mu        sync.Mutex
	state     api.State            // active from the relay's welcome on
	client    *sshd.Client         // the tunnel while it stands
	restarted bool                 // we have come back, and have not said so yet
	allowed   map[string][]granted // by fingerprint: what was allowed for the session
}

func (d *Daemon) setState(s api.State) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state = s
}

// New prepares a support session; ctx ends the preparation. It opens or makes the journal and removes
// what a killed daemon left behind. The owner must call [Daemon.Run].
func New(ctx context.Context, opts Options) (*Daemon, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	if opts.UI == nil {
		opts.UI = nobody{}
	}
	if opts.Dial == nil {
		opts.Dial = new(net.Dialer).DialContext
	}
	d := &Daemon{
		opts: opts, state: api.Waiting, began: time.Now(), allowed: map[string][]granted{}, restart: newRestart(), acting: newActing(),
	}
	d.over, d.end = context.WithCancelCause(context.WithoutCancel(ctx))
	d.stopped = ctx
	if err := d.openSession(ctx); err != nil {
		return nil, err
	}
	if err := d.prepare(); err != nil {
		return nil, errors.Join(err, d.closeJournal())
	}
	return d, nil
}

// openSession finds the support session and its journal. A join with the number
// of the session that is saved is a return to it: that is what people type after a crash.
func (d *Daemon) openSession(ctx context.Context) error {
	left, err := d.opts.State.Saved()
	again := err == nil && (d.opts.Join == nil || d.opts.Join.Number == left.Number)
	switch {
	case again:
		d.saved = left
		if j := d.opts.Join; j != nil {
			d.saved.Relay, d.saved.RelayKey, d.saved.Name, d.saved.Allow, d.saved.Withheld = j.Relay, j.RelayKey, j.Name, j.Allow, j.Withheld
		}
		if d.identity, err = identityOf(left.Identity); err != nil {
			return err
		}
		d.journal, err = local.Open(ctx, d.opts.State.Root(), left.Journal)
		d.fresh = err == nil && d.journal.Empty() // killed when the relay was being asked
		return err
	case err != nil && !errors.Is(err, state.ErrNothing):
		d.opts.Log.Warn("an earlier support session cannot be read", "err", err)
	}
	if err := abandon(ctx, d.opts.State, d.opts.Log); err != nil {
		return err
	}
	if d.opts.Join == nil {
		return state.ErrNothing
	}
	if d.identity, err = newIdentity(); err != nil {
		return err
	}
	j := d.opts.Join
	d.fresh = true
	d.saved = state.Saved{
		Relay: j.Relay, RelayKey: j.RelayKey, Number: j.Number, Name: j.Name,
		Identity: d.identity.seed, Allow: j.Allow, Withheld: j.Withheld,
	}
	d.journal, d.saved.Journal, err = local.Create(d.opts.State.Root(), d.began)
	return err
}

func (d *Daemon) prepare() (err error) {
	d.gate, err = consent.NewGate(consent.Options{
		Prompters: d.opts.Prompters, AtStart: d.saved.Allow, Withheld: d.saved.Withheld, Record: d.recordAnswer,
	})
	if err != nil {
		return err
	}
	if d.inner, err = sshd.New(d.innerOptions()); err != nil {
		return err
	}
	if err := d.prepareRuns(); err != nil {
		return err
	}
	return d.comeBack()
}

// Run serves the support session until it has ended, and cleans up. It returns
// an [*Ended] when a CSR or the relay ended it, the cause of ctx when the
// customer did, and otherwise why it could not go on: a [*Refusal], a
// [*RelayError] or [ErrWindow]. [ErrRestarting] means that the support session
// goes on after a restart, and its files stay. It must be called once.
func (d *Daemon) Run(ctx context.Context) error {
	d.stopped = ctx
	defer context.AfterFunc(ctx, func() {
		cause := context.Cause(ctx)
		if d.restarting() && !errors.Is(cause, ErrStop) {
			cause = ErrRestarting
		}
		d.end(cause)
	})()
	// Whatever waits for a disk, a lock or the relay at that moment: nothing of a CSR's
	// goes on.
	cutOff := context.AfterFunc(d.over, func() { d.dismiss(context.Cause(d.over)) })
	defer func() {
		cutOff()
		d.end(nil)
	}()
	var err error
	if by, over := d.journal.Over(); over {
		err = &Ended{By: by, Reason: journal.CauseEndedOff.Of("").English()}
	} else {
		err = d.stayConnected()
	}
	if left := d.cleanUp(err); left != nil {
		return errors.Join(err, left)
	}
	return err
}

// dismiss ends everything that works for CSRs: they are told why, then cut off.
func (d *Daemon) dismiss(cause error) {
	d.dismissed.Do(func() {
		d.end(cause)
		d.gate.Stop()
		d.closing.Go(d.runs.runner.Close)
		d.closing.Go(func() { d.acting.logOff(journal.CauseOver.Of("")) })
		goodbye, leave := goodbye, leave
		if ended := (*Ended)(nil); errors.As(cause, &ended) {
			goodbye, leave = unhurried*goodbye, unhurried*leave
		}
		select {
		case <-d.channels.close():
		case <-time.After(goodbye): // a client that does not read must not hold up a Stop
		}
		d.inner.Drain(leave)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(d.over), cutOff)
		defer cancel()
		if err := d.inner.Shutdown(ctx, cause); err != nil {
			d.opts.Log.Warn("a connection did not end in time; the tunnel's end cuts it off", "err", err)
		}
	})
}

// endedBy says who ended a support session that ended with cause: the customer only
// where they did.
func (d *Daemon) endedBy(cause error) (by, reason string) {
	var ended *Ended
	var refused *Refusal
	switch {
	case errors.As(cause, &ended):
		return ended.By, ended.Reason
	case errors.As(cause, &refused):
		return journal.ByRelay, journal.CauseEndedHere.Of("").English()
	case errors.Is(cause, ErrWindow):
		return journal.ByDaemon, journal.CauseWindow.Of("").English()
	case d.stopped.Err() != nil:
		return journal.ByCustomer, ""
	}
	return journal.ByDaemon, journal.CauseBrokeOff.Of("").English()
}

// cleanUp waits for everything, writes the last event, and leaves nothing behind
// but the journal.
func (d *Daemon) cleanUp(cause error) error {
	d.dismiss(cause)
	<-d.visits.close()
	d.access.presence.end()
	d.closing.Wait()
	left := errors.Join(d.runs.remove(), removeRuns(d.opts.State, d.opts.Log))
	if errors.Is(cause, ErrRestarting) {
		return errors.Join(left, d.closeJournal())
	}
	left = errors.Join(left, d.removeEntry())
	if d.Kept() {
		if _, over := d.journal.Over(); left != nil && !over {
			d.report(journal.FilesStay, left)
		}
		left = errors.Join(left, d.finish(cause))
	}
	return errors.Join(left, d.closeJournal(), d.opts.State.Forget())
}

// closeJournal also removes a journal in which nothing stands.
func (d *Daemon) closeJournal() error {
	err := d.journal.Close()
	if !d.Kept() {
		err = errors.Join(err, d.opts.State.Root().Remove(d.saved.Journal))
	}
	return err
}

// Kept reports whether there is a journal to keep: nothing is written before
// the relay says welcome.
func (d *Daemon) Kept() bool { return !d.journal.Empty() }

// JournalPath is where the journal stays when the support session has ended.
func (d *Daemon) JournalPath() string { return d.journal.Path() }

// recordAnswer is the gate's journal.
func (d *Daemon) recordAnswer(q consent.Question, a consent.Answer) error {
	err := d.journal.Append(q.Who.Account, journal.ConsentAnswer{Question: q, Answer: a})
	if err == nil && a.Decision == consent.AllowedForSession && a.Why == consent.Answered {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.allowed[q.Who.Fingerprint] = append(d.allowed[q.Who.Fingerprint], grantOf(q))
	}
	return err
}
