// Package daemon is the customer's side of a support session, from its beginning to
// its end: it makes the rooms below it, gives each what it needs of the others, and
// cleans up. daemon/link dials out to the relay and passes on what comes through the
// tunnel; daemon/visit serves SSH to the CSRs and asks the customer through the
// consent gate before anything happens; daemon/journal writes everything down;
// daemon/state is the support session that link and visit share. No room imports one
// above it: link reaches the CSRs as its interface Visits, which is visit.Server, and a
// visit reaches the relay as its interface Relay, which is [Daemon.Away].
//
// The program around it brings the screen ([consent.Prompter], [notice.UI]), the state
// directory and the context whose end is the customer's Stop. What it promises:
// nothing runs and nothing is shown without the gate's yes and a line in the
// journal; when the support session ends, in whatever way, its processes,
// connections and files are gone and only the journal stays.
package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/daemon/visit"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/reach"
	"supportd/library/wire"
)

// Join is what a customer brings to a support session.
type Join struct {
	Number   wire.Number
	Relay    state.Relay
	Name     string // what they call themselves, may be empty
	Allow    []consent.Kind
	Withheld consent.Withheld
	// CSRCA are the keys of the CSR CA: only certificates of it are let in. None means that
	// the relay's word counts, and at a return that what was said first does.
	CSRCA []ssh.PublicKey
	// Revocations is what is demanded of that CA's list of what it has revoked.
	Revocations csrca.Demand
	// RequireWords says that nothing of a CSR counts before the safety words were compared.
	RequireWords bool
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
	UI notice.UI
	// Computer describes this computer; see [ThisComputer].
	Computer state.Computer
	// Environment is the customer's, as of os.Environ, for the system information.
	Environment []string
	// Supervisor is the command line of the program that supervises scripts; see
	// package script.
	Supervisor []string
	// Power restarts the computer; nil is a computer that cannot be restarted.
	Power visit.Power
	// Accounts logs on as other users; nil is a computer where nobody can.
	Accounts visit.Accounts
	// Collector is the hidden verb of our program that writes system information
	// to standard output; it is called as another user.
	Collector []string
	// CSRCA are the keys of the CSR CA that the program itself demands, also at a return:
	// others do not count. None demands nothing.
	CSRCA []ssh.PublicKey
	// Revocations is what the program demands of that CA's list, likewise.
	Revocations csrca.Demand
	// RequireWords is what the program demands, likewise.
	RequireWords bool
	// Program is the program's version.
	Program string
	Log     *slog.Logger
	// Dialer makes what finds the ways to a relay; nil is direct ways only.
	Dialer func() *reach.Dialer
}

func (o *Options) validate() error {
	switch {
	case o.State == nil:
		return errors.New("daemon: State is required")
	case o.Log == nil:
		return errors.New("daemon: Log is required")
	case len(o.Supervisor) == 0:
		return errors.New("daemon: Supervisor is required")
	case o.Join != nil && o.Join.Relay.Check() != nil:
		return fmt.Errorf("daemon: Relay: %w", o.Join.Relay.Check())
	case o.Join != nil && o.Join.Number == "":
		return errors.New("daemon: Number is required")
	case o.Join != nil && len(o.Join.Name) > wire.MaxName:
		return fmt.Errorf("daemon: Name has more than %d bytes", wire.MaxName)
	}
	return nil
}

// ErrStop as the cause of [Daemon.Run]'s context is the customer's own Stop. While
// the computer restarts every other cause is taken for the system's, which ends
// programs on its way down.
var ErrStop = errors.New("stopped by the customer's own hand")

// Daemon is one support session on the customer's computer.
type Daemon struct {
	opts     Options
	fresh    bool          // when we began, the relay had not accepted the number yet
	dialer   *reach.Dialer // of this support session
	identity *link.Identity
	session  *state.Session
	journal  *local.Journal
	visits   *visit.Server
	link     *link.Link

	stopped    context.Context // done when the customer stops, also while the end is under way
	bringing   sync.WaitGroup  // of what is owed, which ends with the support session
	bringOnce  sync.Once
	handedOver bool // the relay has the whole journal; for whom Run has returned
	unwanted   bool // the relay will never take it; likewise
	unwritten  bool // this could not be saved either: the next start repeats the end
}

// New prepares a support session; ctx ends the preparation. It opens or makes the journal and removes
// what a killed daemon left behind. The owner must call [Daemon.Run].
func New(ctx context.Context, opts Options) (*Daemon, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	if opts.UI == nil {
		opts.UI = notice.Nobody{}
	}
	if opts.Dialer == nil {
		opts.Dialer = func() *reach.Dialer { return &reach.Dialer{Log: opts.Log} }
	}
	d := &Daemon{opts: opts, dialer: opts.Dialer(), stopped: ctx}
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
	saved, err := d.opts.State.Saved()
	j := d.opts.Join
	again := err == nil && (j == nil || j.Number == saved.Number)
	switch {
	case again:
		if j != nil {
			way := cmp.Or(j.Relay.Way, saved.Relay.Way)
			saved.Relay, saved.Name, saved.Allow, saved.Withheld = j.Relay.Clone(), j.Name, j.Allow, j.Withheld
			saved.Relay.Way = way
			if len(j.CSRCA) > 0 {
				saved.CSRCA = csrca.Lines(j.CSRCA)
			}
			saved.Revocations = saved.Revocations.And(j.Revocations)
			saved.RequireWords = saved.RequireWords || j.RequireWords
		}
		if d.identity, err = link.IdentityOf(saved.Identity); err != nil {
			return err
		}
		d.journal, err = local.Open(ctx, d.opts.State.Root(), saved.Journal)
		if err == nil && j == nil { // else the customer has just said it
			saved.Allow = confirmed(d.journal, saved.Allow)
			saved.Withheld = restored(d.journal, saved.Withheld)
		}
		if err == nil && (j == nil || len(j.CSRCA) == 0) {
			saved.CSRCA = demanded(d.journal, saved.CSRCA)
		}
		if err == nil {
			saved.Revocations = saved.Revocations.And(listDemanded(d.journal)).And(d.opts.Revocations)
			saved.RequireWords = saved.RequireWords || wordsDemanded(d.journal) || d.opts.RequireWords
			saved.Words = judged(d.journal, saved.Words)
		}
		if ours := csrca.Lines(d.opts.CSRCA); ours != nil {
			saved.CSRCA = slices.DeleteFunc(append([]string{}, saved.CSRCA...), func(line string) bool { return !slices.Contains(ours, line) })
		}
		d.fresh = err == nil && d.journal.Empty() // killed when the relay was being asked
	default:
		if err != nil && !errors.Is(err, state.ErrNothing) {
			d.opts.Log.Warn("an earlier support session cannot be read", "err", err)
		}
		saved, err = d.beginSession(ctx)
	}
	// An earlier version could save kinds that are asked every time.
	saved.Allow = slices.DeleteFunc(slices.Clone(saved.Allow), consent.Kind.EveryTime)
	if err == nil {
		d.session = state.NewSession(ctx, d.opts.State, saved, d.opts.Computer, d.opts.Program)
	}
	return err
}

// beginSession ends what an earlier daemon left and begins a support session.
func (d *Daemon) beginSession(ctx context.Context) (state.Saved, error) {
	if err := endLeftSession(ctx, d.opts.State, d.opts.Log); err != nil {
		return state.Saved{}, err
	}
	j := d.opts.Join
	if j == nil {
		return state.Saved{}, state.ErrNothing
	}
	var err error
	if d.identity, err = link.NewIdentity(); err != nil {
		return state.Saved{}, err
	}
	d.fresh = true
	saved := state.Saved{
		Relay: j.Relay, Number: j.Number, Name: j.Name,
		Identity: d.identity.Seed, Allow: j.Allow, Withheld: j.Withheld, CSRCA: csrca.Lines(j.CSRCA), Revocations: d.opts.Revocations.And(j.Revocations),
		RequireWords: j.RequireWords || d.opts.RequireWords,
	}
	d.journal, saved.Journal, err = local.Create(d.opts.State.Root(), time.Now())
	return saved, err
}

// prepare makes the visits and the link, and finishes a restart.
func (d *Daemon) prepare() (err error) {
	o := &d.opts
	d.visits, err = visit.New(visit.Options{
		Session: d.session, Journal: d.journal, Relay: d, HostKeys: d.identity.HostKeys, Prompters: o.Prompters, UI: o.UI,
		Environment: o.Environment, Supervisor: o.Supervisor, Collector: o.Collector, Power: o.Power, Accounts: o.Accounts, Log: o.Log,
	})
	if err != nil {
		return err
	}
	d.link = link.New(link.Options{
		Session: d.session, Journal: d.journal, Identity: d.identity, Visits: d.visits, UI: o.UI, Log: o.Log, Dialer: d.dialer,
		Fresh: d.fresh, Connected: d.bringOwedOnce,
	})
	return d.comeBack()
}

// Away implements [visit.Relay].
func (d *Daemon) Away(reason string) { d.link.Away(reason) }

// Run serves the support session until it has ended, and cleans up. It returns
// an [*state.Ended] when a CSR or the relay ended it, the cause of ctx when the
// customer did, and otherwise why it could not go on: a [*link.Refusal], a
// [*link.RelayError] or [state.ErrWindow]. [state.ErrRestarting] means that the support session
// goes on after a restart, and its files stay. It must be called once.
func (d *Daemon) Run(ctx context.Context) error {
	d.stopped = ctx
	over := d.session.Over()
	defer context.AfterFunc(ctx, func() {
		cause := context.Cause(ctx)
		if d.session.Restarting() && !errors.Is(cause, ErrStop) {
			cause = state.ErrRestarting
		}
		d.session.Stop(cause)
	})()
	// CSRs are cut off when the session is over, even while Run waits for a disk, a lock
	// or the relay.
	cutOff := context.AfterFunc(over, d.visits.Close)
	defer func() {
		cutOff()
		d.session.End(nil)
	}()
	var err error
	if by, over := d.journal.Over(); over {
		err = &state.Ended{By: by, Reason: journal.CauseEndedOff.Of("").English()}
	} else if d.session.Saved().Words.Differs() { // killed when that had just been said
		err = &state.WordsDiffer{By: journal.ByCustomer}
	} else {
		err = d.link.Run()
	}
	if left := d.cleanUp(err); left != nil {
		return errors.Join(err, left)
	}
	return err
}

// cleanUp waits for everything, writes the last event, and leaves nothing behind
// but the journal.
func (d *Daemon) cleanUp(cause error) error {
	d.session.End(cause)
	d.visits.Close()
	d.bringing.Wait()
	left := d.visits.Remove()
	if errors.Is(cause, state.ErrRestarting) {
		return errors.Join(left, d.closeJournal())
	}
	left = errors.Join(left, d.removeEntry())
	if d.Kept() {
		if _, over := d.journal.Over(); left != nil && !over {
			d.journal.Report(d.opts.Log, journal.FilesStay, left)
		}
		d.finish(cause)
	}
	if d.unwritten {
		return errors.Join(left, d.closeJournal())
	}
	return errors.Join(left, d.closeJournal(), d.opts.State.Forget())
}

// closeJournal also removes a journal in which nothing stands.
func (d *Daemon) closeJournal() error {
	err := d.journal.Close()
	if !d.Kept() {
		err = errors.Join(err, d.opts.State.Root().Remove(d.session.Saved().Journal))
	}
	return err
}

// Kept reports whether there is a journal to keep: nothing is written before
// the relay says welcome.
func (d *Daemon) Kept() bool { return !d.journal.Empty() }

// JournalPath is where the journal stays when the support session has ended.
func (d *Daemon) JournalPath() string { return d.journal.Path() }

// HandedOver reports whether the relay has the whole journal, when Run has
// returned.
func (d *Daemon) HandedOver() bool { return d.handedOver }

// Unwanted reports whether the relay does not know the support session any more, so
// that it never gets the rest of the journal, when Run has returned.
func (d *Daemon) Unwanted() bool { return d.unwanted }

// Allowed lists what counts as allowed now; see [visit.Server.Allowed].
func (d *Daemon) Allowed() []consent.Grant { return d.visits.Allowed() }

// AllowFor allows kinds while the customer is away; see [visit.Server.AllowFor].
func (d *Daemon) AllowFor(kinds []consent.Kind, t time.Duration) error {
	return d.visits.AllowFor(kinds, t)
}

// TakeBack takes back what was allowed; see [visit.Server.TakeBack].
func (d *Daemon) TakeBack(id uint64) (bool, error) { return d.visits.TakeBack(id) }

// Compare has the customer compare the safety words with a CSR; see [visit.Server.Compare].
func (d *Daemon) Compare(who consent.Person) error {
	return d.visits.Compare(d.session.Over(), who)
}

// Say sends a message of the customer to everybody in the support session; see
// [visit.Server.Say].
func (d *Daemon) Say(text string) error { return d.visits.Say(text) }
