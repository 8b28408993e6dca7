package account

import "context"

// System logs on at the computer that the program runs on.
type System struct {
	Options
	// Bus is the address of the system's D-Bus on Linux; empty is the usual one.
	Bus string
}

// Ready reports, as a [*Failure], why user could not be logged on here with any
// password, so that the customer is not asked in vain, and nobody types a password.
// That there is no such user is no reason: who asks shall learn that from nobody.
func (System) Ready(ctx context.Context, user string) error {
	if err := ready(); err != nil {
		return err
	}
	return unfit(ctx, user)
}

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
