package daemon

import (
	"context"
	"errors"
	"time"

	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/reach"
	"supportd/library/wire"
)

const (
	// handOverStopped is how long a customer who has stopped waits for the relay to
	// take the rest of the journal.
	handOverStopped = 5 * time.Second
	// handOverEnded is the same where somebody else has ended the support session:
	// a computer that was away may have much to bring.
	handOverEnded = 30 * time.Second
	// handOverSilent is how long it may take before the customer is told.
	handOverSilent = 700 * time.Millisecond
	// handOverPause lies between two attempts.
	handOverPause = 500 * time.Millisecond
)

// finish completes the journal and brings the relay what it has not got. When
// it returns, the relay has all of it, or will not take it, or is owed it. Where the
// disk takes not even that, the session file stays, and the next start does the rest.
func (d *Daemon) finish(cause error) {
	var end wire.End
	end.By, end.Reason = d.session.EndedBy(cause)
	if err := d.complete(d.session.ActorOf(cause), end); err != nil {
		d.opts.Log.Error("the end of the support session is not in the journal", "err", err)
		d.unwritten = true
		return
	}
	rest := state.OwedOf(d.session.Saved(), end)
	patience := handOverStopped
	if ended := (*state.Ended)(nil); errors.As(cause, &ended) {
		patience = handOverEnded
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.session.Over()), patience)
	defer cancel()
	if patience == handOverEnded { // somebody else has ended it; a Stop now is the customer's
		defer context.AfterFunc(d.stopped, func() { time.AfterFunc(handOverSilent, cancel) })()
	}
	defer time.AfterFunc(handOverSilent, func() { d.opts.UI.Notify(notice.HandingOver{}) }).Stop()
	for {
		to := d.delivery(d.dialer)
		to.Addresses = d.link.Addresses() // the one that the customer was given may be gone
		err := to.Deliver(ctx, rest, d.identity, d.journal)
		if err == nil {
			d.handedOver = true
			return
		}
		d.opts.Log.Warn("the journal is not handed over", "err", err)
		switch {
		case link.Refused(err):
			d.unwanted = true
			return
		case link.Hopeless(err):
			d.owe(rest)
			return
		}
		select {
		case <-time.After(handOverPause):
		case <-ctx.Done():
			d.owe(rest)
			return
		}
	}
}

func (d *Daemon) owe(rest state.Owed) {
	if err := d.opts.State.Owe(rest); err != nil {
		d.opts.Log.Error("cannot save that the journal is still to be handed over", "err", err)
		d.unwritten = true
	}
}

// complete writes what the journal still lacks: ends, the last event, the seal.
func (d *Daemon) complete(actor string, end wire.End) error {
	if _, over := d.journal.Over(); !over {
		// Everything has ended; what has no end in the journal could not be written.
		if err := d.journal.EndAborted(journal.CauseUnwritten); err != nil {
			return err
		}
		if err := d.journal.End(actor, end.By, end.Reason); err != nil {
			return err
		}
	}
	return d.journal.Seal(d.identity.Signer, d.session.Saved().Number)
}

func (d *Daemon) delivery(dialer *reach.Dialer) link.Delivery {
	return link.Delivery{Computer: d.opts.Computer, Program: d.opts.Program, Dialer: dialer}
}
