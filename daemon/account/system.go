package account

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// System logs on at the computer that the program runs on.
type System struct {
	Options
	// Bus is the address of the system's D-Bus on Linux; empty is the usual one.
	Bus string
}

// Ready reports, as a [*Failure], why user could not be logged on here with any password,
// so that the customer is not asked in vain, and nobody types a password. That there is
// no such user is no such reason: nobody who asks shall learn it.
func (System) Ready(ctx context.Context, user string) error {
	if err := ready(); err != nil {
		return err
	}
	return unfit(ctx, user)
}

// Whole reports whether programs of a user who is an administrator would have their whole
// rights here, with nobody asked for them: on Windows, where our own program has more than
// an ordinary user's.
func (System) Whole() bool { return wholeRights() }

// Guards are the process ids of [Options.Guards].
func (s System) Guards() []int {
	if s.Options.Guards == nil {
		return nil // then [LogOn] starts none
	}
	return s.Options.Guards.PIDs()
}

// LogOn is [LogOn].
func (s System) LogOn(ctx context.Context, user string, password []byte) (*Logon, error) {
	return LogOn(ctx, s.Options, user, password)
}

// LockDesktops is [LockDesktops].
func (s System) LockDesktops(ctx context.Context) (unlock func(context.Context) error, err error) {
	return LockDesktops(ctx, s.Bus)
}

// LogOn logs on as user, with one attempt at the password, which it overwrites.
// It takes at most [Options.Timeout]; what it returns then is a [*Failure]. The
// owner must call [Logon.Close].
func LogOn(ctx context.Context, opts Options, user string, password []byte) (*Logon, error) {
	defer clear(password)
	if err := opts.validate(); err != nil {
		return nil, err
	}
	if err := CheckName(user); err != nil {
		return nil, err
	}
	if len(password) == 0 || len(password) > MaxPassword || bytes.ContainsAny(password, "\x00\r\n") {
		return nil, &Failure{Why: UnusualPassword, User: user}
	}
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, opts.Timeout, &Failure{Why: Hangs, User: user})
	defer cancel()
	l, err := logOn(ctx, opts, user, password)
	if wrong := (*Failure)(nil); errors.As(err, &wrong) && (wrong.Why == BadPassword || wrong.Why == NoUser) && ctx.Err() == nil {
		wait(ctx, refusalTime-time.Since(began))
		return nil, &Failure{Why: BadPassword, User: user, Err: wrong}
	}
	if err == nil {
		return l, nil
	}
	var failure *Failure
	switch {
	case errors.As(context.Cause(ctx), &failure):
		failure.Err = err
		return nil, failure
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &failure):
		return nil, failure
	}
	return nil, &Failure{Why: Failed, User: user, Err: err}
}

// wait waits for d, or for the end of ctx.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// LockDesktops locks the screens of everybody who works at this computer's
// windows, as if they had left it; nothing of theirs is closed. unlock takes it
// back for those that were not locked before, and may be called when locking
// failed half-way. Only Linux has a way to do this for others: elsewhere nothing
// is locked. bus is the address of the system's D-Bus; empty is the usual one.
func LockDesktops(ctx context.Context, bus string) (unlock func(context.Context) error, err error) {
	return lockDesktops(ctx, bus)
}
