package power

import (
	"context"
	"errors"
)

// ErrNoBootID means that the system does not tell one boot from another.
var ErrNoBootID = errors.New("the system does not say which boot this is")

// BootID names the present boot: it is another one after each restart. It is
// compared, not shown.
func BootID() (string, error) { return bootID() }

// Serve calls run and returns what it returns. On Windows, in a process that the service
// manager has started, it first reports to the service manager, and ends ctx when that
// asks it to stop.
func Serve(ctx context.Context, run func(context.Context) error) error { return serve(ctx, run) }
