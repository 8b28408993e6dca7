package power

import (
	"errors"
	"fmt"
	"strings"

	"supportd/library/journal"
	"supportd/library/text"
)

// Cause says why the operating system does not restart.
type Cause uint8

// The causes. The zero value stands for a failure that is none of the others.
const (
	Failed      Cause = iota // it tried and could not
	Forbidden                // this account may not restart the computer
	Inhibited                // a program forbids it at present
	Occupied                 // somebody else is logged on
	Unsupported              // there is no way to restart it from here
	NoReturn                 // support-agent would not come back by itself
)

// Holder is a program that forbids a restart; its texts are its own and hostile
// until shown as plain text.
type Holder struct {
	Who string
	Why string
	PID uint32
}

// Refusal is the error of [System.Check] and [System.Restart]. Error is fit for
// people; Err is for the log.
type Refusal struct {
	Cause   Cause
	Holders []Holder // of Inhibited
	Err     error
}

// Error says in one line why the computer does not restart.
func (r *Refusal) Error() string {
	if r.Cause == Inhibited && len(r.Holders) > 0 {
		return r.holders("%s (process %d) forbids a restart: %s")
	}
	return r.Because().English()
}

// holders lists the programs, each in this format.
func (r *Refusal) holders(format string) string {
	var said []string
	for _, h := range r.Holders {
		said = append(said, fmt.Sprintf(format, text.Plain(h.Who, 60), h.PID, text.Plain(h.Why, 200)))
	}
	return strings.Join(said, "; ")
}

// Because is the code of why, for the journal.
func (r *Refusal) Because() journal.Because {
	switch r.Cause {
	case Forbidden:
		return journal.CauseRestartForbidden.Of("")
	case Unsupported:
		return journal.CauseRestartUnsupported.Of("")
	case Occupied:
		return journal.CauseRestartOccupied.Of("")
	case NoReturn:
		return journal.CauseRestartOneWay.Of(fmt.Sprint(r.Err))
	case Inhibited:
		if len(r.Holders) == 0 {
			return journal.CauseRestartInhibited.Of("")
		}
		return journal.CauseRestartHeld.Of(r.holders("%s (process %d): %s"))
	}
	return journal.CauseRestart.Of("")
}

// Hint is what the CSR can do next.
func (r *Refusal) Hint() string {
	if r.Emptied() != "" {
		return "ask the customer to start support-agent again from a folder of their own, without --state, and to join with a new number; or to restart by hand"
	}
	switch r.Cause {
	case Forbidden:
		return "log on as an administrator first, or ask the customer to restart by hand"
	case Unsupported, NoReturn:
		return "ask the customer to restart by hand; they can join again with a new number"
	case Occupied:
		return "ask the customer who that is; when they have logged off, try again"
	case Inhibited:
		return "wait until it has finished, or ask the customer to close it, then try again"
	}
	return "ask the customer to restart by hand"
}

// Emptied is the place that a restart would empty, so that support would not come back;
// "" where that is not the reason.
func (r *Refusal) Emptied() string {
	var place *Emptied
	if r.Cause == NoReturn && errors.As(r.Err, &place) {
		return place.Path
	}
	return ""
}

// Unwrap is the cause for the log.
func (r *Refusal) Unwrap() error { return r.Err }

// failed turns any other error into a refusal.
func failed(err error) error {
	var r *Refusal
	if err == nil || errors.As(err, &r) {
		return err
	}
	return &Refusal{Cause: Failed, Err: err}
}
