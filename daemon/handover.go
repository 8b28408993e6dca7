package daemon

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	local "supportd/daemon/journal"
	"supportd/daemon/state"
	"supportd/library/journal"
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
// it returns, the relay has all of it, or will not take it, or is owed it.
func (d *Daemon) finish(cause error) error {
	var end wire.End
	end.By, end.Reason = d.endedBy(cause)
	if err := d.complete(end); err != nil {
		d.opts.Log.Error("the end of the support session is not in the journal", "err", err)
		return nil
	}
	rest := state.OwedOf(d.kept(), end)
	patience := handOverStopped
	if ended := (*Ended)(nil); errors.As(cause, &ended) {
		patience = handOverEnded
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.over), patience)
	defer cancel()
	if patience == handOverEnded { // somebody else has ended it; a Stop now is the customer's
		defer context.AfterFunc(d.stopped, func() { time.AfterFunc(handOverSilent, cancel) })()
	}
	defer time.AfterFunc(handOverSilent, func() { d.opts.UI.Notify(HandingOver{}) }).Stop()
	for {
		err := d.deliver(ctx, rest, d.identity.signer, d.journal)
		if err == nil {
			d.handedOver = true
			return nil
		}
		d.opts.Log.Warn("the journal is not handed over", "err", err)
		switch {
		case refused(err):
			d.unwanted = true
			return nil
		case hopeless(err):
			return d.opts.State.Owe(rest)
		}
		select {
		case <-time.After(handOverPause):
		case <-ctx.Done():
			return d.opts.State.Owe(rest)
		}
	}
}

// complete writes what the journal still lacks: ends, the last event, the seal.
func (d *Daemon) complete(end wire.End) error {
	if _, over := d.journal.Over(); !over {
		// Everything has ended; what has no end in the journal could not be written.
		if err := d.journal.EndAborted(journal.CauseUnwritten); err != nil {
			return err
		}
		if err := d.journal.End(end.By, end.Reason); err != nil {
			return err
		}
	}
	return d.journal.Seal(d.identity.signer, d.saved.Number)
}

// refused reports whether the relay will never take the journal.
func refused(err error) bool {
	var refused *Refusal
	var rejected *ssh.OpenChannelError
	return errors.As(err, &refused) || errors.As(err, &rejected) && rejected.Reason == ssh.Prohibited
}

// hopeless reports whether the relay will not take it a moment later either.
func hopeless(err error) bool {
	var failed *RelayError
	return errors.As(err, &failed) && failed.final()
}

// deliver hands over the journal of a support session that has ended, on a
// connection of its own: the one before may be gone, and nobody can come
// through this one.
func (d *Daemon) deliver(ctx context.Context, o state.Owed, identity ssh.Signer, j *local.Journal) error {
	client, err := dialRelay(ctx, d.opts.Dial, o.Relay, o.RelayKey, identity)
	if err != nil {
		return err
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer client.Close()
	defer context.AfterFunc(ctx, func() { client.Close() })()
	serving.Go(func() { ssh.DiscardRequests(client.Requests) })
	serving.Go(func() {
		for nc := range client.Channels {
			_ = nc.Reject(ssh.Prohibited, "the support session has ended")
		}
	})
	c := d.opts.Computer
	resume := wire.Resume{Version: wire.ProtocolVersion, Host: c.Host, OS: c.OS, Program: d.opts.Program}
	welcome, err := ask(client, wire.ResumeRequest, resume.Marshal())
	switch {
	case err != nil:
		return err
	case welcome.Code == wire.CodeBusy:
		return d.busy("the relay cannot take us now")
	case welcome.Code != wire.CodeOK && welcome.Code != wire.CodeEnded:
		return &Refusal{Code: welcome.Code}
	}
	if err := j.HandOver(ctx, client); err != nil {
		return err
	}
	if here := o.By == journal.ByCustomer || o.By == journal.ByDaemon; here && welcome.Code == wire.CodeOK {
		// The relay could not be told before.
		_, _, _ = client.SendRequest(wire.EndRequest, true, o.End().Marshal())
	}
	return nil
}

// Unwanted reports whether the relay does not know the support session any more, so
// that it never gets the rest of the journal, when Run has returned.
func (d *Daemon) Unwanted() bool { return d.unwanted }

// HandedOver reports whether the relay has the whole journal, when Run has
// returned.
func (d *Daemon) HandedOver() bool { return d.handedOver }
