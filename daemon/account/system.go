package account

import "context"

// System logs on at the computer that the program runs on.
type System struct {
	Options
	// Bus is the address of the system's D-Bus on Linux; empty is the usual one.
	Bus string
}

// Ready reports, as a [*Failure], why nobody could be logged on here whoever it is,
// so that the customer is not asked in vain, and nobody types a password.
func (System) Ready() error { return ready() }

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
