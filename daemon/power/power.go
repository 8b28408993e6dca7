// Package power restarts the customer's computer and brings the daemon back
// after it. The daemon uses it behind the consent gate.
//
// [System] asks the operating system; it respects programs that forbid a restart and says
// who they are. [Autostart] is the one entry that starts support-agent once after the
// boot. The program that it starts removes it first, so that it never starts another one.
package power

import (
	"context"
	"time"

	"supportd/library/text"
)

// MaxDelay is the longest time between the customer's yes and the restart. After a longer
// one they may not remember what they agreed to.
const MaxDelay = time.Hour

// System restarts the computer that the program runs on. The zero value is ready
// for use; the fields replace parts of the operating system in tests.
type System struct {
	// Bus is the address of the system's D-Bus on Linux; empty is the usual one.
	Bus string
	// Tools are command lines that restart the computer where nothing better
	// answers, tried in order; a program must be an absolute path. Nil is the
	// system's own.
	Tools [][]string
}

// answerTimeout bounds how long the operating system may take to answer: a
// hanging service must not hold up the CSR.
const answerTimeout = 10 * time.Second

// Check reports, as a [*Refusal], what would stop a restart now, so that the
// customer is not asked in vain. Nil does not promise that [System.Restart] works.
func (s System) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	return s.check(ctx)
}

// Restart asks the operating system to restart now, and returns when that has
// begun; the process is ended soon after. The error is a [*Refusal]. reason is
// shown by systems that record one.
func (s System) Restart(ctx context.Context, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if err := s.check(ctx); err != nil {
		return err
	}
	return s.restart(ctx, text.Plain(reason, 200))
}

// Computer is a [System] with the [Autostart] entry that brings the daemon back.
type Computer struct {
	System
	Autostart
}

// Ready reports why a restart cannot be had or would not bring the daemon back,
// as a [*Refusal] where the operating system says so.
func (c Computer) Ready(ctx context.Context) error {
	if err := c.Autostart.Check(); err != nil {
		return &Refusal{Cause: NoReturn, Err: err}
	}
	return c.System.Check(ctx)
}

// BootID is [BootID].
func (Computer) BootID() (string, error) { return BootID() }
