package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Kind is what sort of error it was, as far as a caller does something else then.
type Kind int

// The kinds of errors.
const (
	Other      Kind = iota
	Away            // no server answers, or not the one that takes writes
	Busy            // somebody else holds what is needed
	Full            // its disk
	Disk            // reports an error
	ReadOnly        // by its settings, or because it follows another server
	Damaged         // data or indexes
	Duplicate       // a unique constraint
	Denied          // the user may not, or the password is wrong
	Unsuitable      // it is too old, or made in a way that no relay can use
)

// Error is what went wrong at the server, or on the way there.
type Error struct {
	Kind Kind
	err  error
}

func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// wrap makes an [Error] of what pgconn says. What the caller has cancelled stays what it
// is.
func wrap(ctx context.Context, err error) error {
	var made *Error
	if err == nil || errors.As(err, &made) {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	var said *pgconn.PgError
	if !errors.As(err, &said) {
		return &Error{Away, err} // the network, or the server has gone
	}
	return &Error{kindOf(said.Code), err}
}

// kindOf sorts https://www.postgresql.org/docs/current/errcodes-appendix.html.
func kindOf(code string) Kind {
	switch code {
	case "23505":
		return Duplicate
	case "25006":
		return ReadOnly
	case "40001", "40P01", "55P03", "57014", "53300":
		return Busy
	case "53100":
		return Full
	case "58030":
		return Disk
	case "XX001", "XX002":
		return Damaged
	case "42501":
		return Denied
	case "25P03", "25P04": // we were silent, or took too long: it has undone what we did, and closed the connection
		return Away
	}
	switch code[:min(len(code), 2)] {
	case "08", "57": // the connection; the server stops, starts or recovers
		return Away
	case "28": // authorization
		return Denied
	}
	return Other
}

// Oldest is the oldest version of PostgreSQL with which relays are tested.
const Oldest = 13

// unsuitable is why a server, or a database there, is of no use for a relay.
func unsuitable(version, encoding string) error {
	var major int
	if _, err := fmt.Sscan(version[:len(version)-len(strings.TrimLeft(version, "0123456789"))], &major); err == nil && major < Oldest {
		return &Error{Unsuitable, fmt.Errorf("the server is PostgreSQL %s, and relays are tested with %d and newer: update it, or name another server", version, Oldest)}
	}
	if encoding != "UTF8" {
		return &Error{Unsuitable, fmt.Errorf("the database has the encoding %q and not UTF8: make one with createdb -E UTF8 -T template0", encoding)}
	}
	return nil
}
