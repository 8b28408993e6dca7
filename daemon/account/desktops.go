package account

import "context"

// LockDesktops locks the screens of everybody who works at this computer's
// windows, as if they had left it; nothing of theirs is closed. unlock takes it
// back for those that were not locked before, and may be called when locking
// failed half-way. Only Linux has a way to do this for others: elsewhere nothing
// is locked. bus is the address of the system's D-Bus; empty is the usual one.
func LockDesktops(ctx context.Context, bus string) (unlock func(context.Context) error, err error) {
	return lockDesktops(ctx, bus)
}
