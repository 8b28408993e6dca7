package link

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/crypto/ssh"

	local "supportd/daemon/journal"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/reach"
	"supportd/library/wire"
)

// Refused reports whether the relay will never take the journal that [Deliver]
// brought.
func Refused(err error) bool {
	var refused *Refusal
	var rejected *ssh.OpenChannelError
	return errors.As(err, &refused) || errors.As(err, &rejected) && rejected.Reason == ssh.Prohibited
}

// Hopeless reports whether the relay will not take it a moment later either.
func Hopeless(err error) bool {
	var failed *RelayError
	return errors.As(err, &failed) && failed.Final()
}

// Delivery is how a journal is brought to the relay.
type Delivery struct {
	Computer state.Computer // that brings it
	Program  string         // our program's version
	Dialer   *reach.Dialer
	// Addresses are tried; none are those that the customer was given. Others need a
	// Dialer that screens them.
	Addresses []reach.Address
}

// Deliver hands over the journal of a support session that has ended, on a
// connection of its own: the one before may be gone, and nobody can come
// through this one. ctx ends it.
func (d Delivery) Deliver(ctx context.Context, o state.Owed, identity *Identity, j *local.Journal) error {
	to := d.Addresses
	if len(to) == 0 {
		to = o.Relay.Addresses
	}
	client, err := dial(ctx, d.Dialer, o.Relay, to, identity.Signer)
	if err != nil {
		return err
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer client.Close()
	defer context.AfterFunc(ctx, func() { client.Close() })()
	serving.Go(func() { ssh.DiscardRequests(client.Requests) })
	ended := make(chan struct{})
	serving.Go(func() {
		defer close(ended)
		for nc := range client.Channels {
			_ = nc.Reject(ssh.Prohibited, "the support session has ended")
		}
	})
	welcome, err := ask(client, wire.ResumeRequest, resumeOf(d.Computer, d.Program).Marshal())
	switch {
	case err != nil:
		return err
	case welcome.Code == wire.CodeBusy:
		return busy(o.Relay.String(), "the relay cannot take us now")
	case welcome.Code != wire.CodeOK && welcome.Code != wire.CodeEnded:
		return &Refusal{Code: welcome.Code}
	}
	if err := j.HandOver(ctx, client, ended); err != nil {
		return err
	}
	if here := o.By == journal.ByCustomer || o.By == journal.ByDaemon; here && welcome.Code == wire.CodeOK {
		// The relay could not be told before.
		_, _, _ = client.SendRequest(wire.EndRequest, true, o.End().Marshal())
	}
	return nil
}
