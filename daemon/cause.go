package daemon

import (
	"errors"

	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
)

// becauseOf is the code of why a connection ended.
func (d *Daemon) becauseOf(err error) journal.Because {
	var known *journal.CauseError
	switch {
	case errors.Is(err, ErrRestarting):
		return journal.CauseRestarting.Of("")
	case errors.As(err, &known) && err != ErrWindow:
		return known.Because
	case errors.Is(err, sshd.ErrLost):
		return journal.CauseSilent.Of("")
	case errors.Is(err, sshd.ErrShutdown):
		return journal.CauseShutdown.Of("")
	case errors.Is(err, sshd.ErrAbuse):
		return journal.CauseAbuse.Of("")
	case d.over.Err() != nil:
		return journal.CauseOver.Of("")
	}
	return journal.CauseBroken.Of(text.Plain(err.Error(), maxDetail))
}
