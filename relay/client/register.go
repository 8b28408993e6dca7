package client

import (
	"context"
	"errors"
	"time"

	"supportd/library/cmdline"
	"supportd/library/wire"
)

// Register has the key of opts registered for its account, with an invitation: it logs in
// there from then on. Keys has to be that one alone. The errors are as those of [Dial];
// [ErrRefused] is that the invitation does not count.
func Register(ctx context.Context, opts Options, invitation wire.Invitation) error {
	account := opts.Account
	opts.Account = wire.InvitedUser
	r, err := Dial(ctx, opts)
	if errors.Is(err, ErrRefused) {
		return cmdline.Fail(cmdline.ExitAuth, "ask the relay's admin to update it, or to add your public key", "the relay at %s takes no invitations: it is older than this program", opts.Address).Because(err)
	}
	if err != nil {
		return err
	}
	// The relay ends a connection that says nothing after some seconds.
	stop := context.AfterFunc(ctx, func() { _ = r.Close() })
	defer stop()
	ok, reply, err := r.ssh.SendRequest(wire.RegisterRequest, true, wire.Register{Account: account, Invitation: string(invitation)}.Marshal())
	var answer wire.Registered
	if err == nil && ok {
		answer, err = wire.ParseRegistered(reply)
	}
	closed := r.Close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return cmdline.Fail(cmdline.ExitUnreachable, "try again; a login without the invitation shows whether the key was registered", "the connection was lost before the relay had answered").Because(errors.Join(ErrLost, err))
	}
	if err := registered(account, answer); err != nil {
		return err
	}
	return closed
}

// registered is what the relay's answer means to a person.
func registered(account string, answer wire.Registered) error {
	refused := func(hint, why string, args ...any) error {
		return cmdline.Fail(cmdline.ExitAuth, hint, why, args...).Because(ErrRefused)
	}
	switch wire.RegisterCode(answer.Code) {
	case wire.RegisterOK:
		return nil
	case wire.RegisterWrong:
		return refused("check the typing of both; an invitation counts once, for 24 h and for one account: ask the relay's admin for another one",
			"this is no open invitation for the account %s", account)
	case wire.RegisterLimited:
		wait := time.Duration(min(answer.Wait, 24*60*60)) * time.Second
		return refused("ask the relay's admin for another one if you do not know it for sure", "too many wrong invitations came from your address; try again in %v", wait)
	case wire.RegisterTaken:
		return refused("log in without the invitation, or name another key with --identity", "this key logs in for an account already; the invitation is not used up")
	case wire.RegisterFull:
		return refused("ask the relay's admin to remove one with csr key-remove", "the account %s has as many keys as it may; the invitation is not used up", account)
	}
	return cmdline.Fail(cmdline.ExitFailed, "try again in a minute", "the relay cannot register the key now; its log says why")
}
