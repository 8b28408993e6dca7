package document

import (
	"context"
	"errors"
	"io/fs"
)

// ErrUnknown is the reason of a value that the system was asked for, and answered
// with nothing.
var ErrUnknown = errors.New("not available on this system")

// Why turns an error into a reason that helps a person. An error that has a reason of its
// own keeps that.
func Why(err error) string {
	var own interface{ Reason() string }
	switch {
	case errors.As(err, &own):
		return own.Reason()
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long"
	case errors.Is(err, context.Canceled):
		return "the request was cancelled"
	case errors.Is(err, fs.ErrNotExist):
		return "not present on this system"
	case errors.Is(err, fs.ErrPermission):
		return "needs administrator rights"
	}
	return err.Error()
}
