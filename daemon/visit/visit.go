// Package visit is what CSRs can do on the customer's computer: it serves SSH to
// those whom the relay lets in, and each exec, shell, subsystem and request of theirs
// asks the customer through the consent gate before anything happens. It knows the
// relay only as [Relay].
package visit

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/account"
	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/daemon/sysinfo"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
)

// program is how the daemon's verbs call themselves in errors.
const program = "support-agent"

// Relay is what a visit needs of the connection to the relay.
type Relay interface {
	// Away tells the relay why this computer is about to be lost; "" is that it stays.
	Away(reason string)
}

// Power restarts this computer; [power.Computer] is the real one.
type Power interface {
	Ready(ctx context.Context) error                  // before anybody is asked
	Restart(ctx context.Context, reason string) error // returns when it has begun
	Install() error                                   // makes the entry that brings us back
	Remove() error                                    // removes it; any number of times
	BootID() (string, error)
	AtScreen(ctx context.Context) ([]string, error) // who is logged in at the computer itself
}

// Accounts logs on as other users of this computer; [account.System] does it.
type Accounts interface {
	// Ready is why user could not be logged on, an [*account.Failure].
	Ready(ctx context.Context, user string) error
	// Whole reports whether programs of a user who is an administrator would have their
	// whole rights at once.
	Whole() bool
	// LogOn overwrites the password; its error is an [*account.Failure].
	LogOn(ctx context.Context, user string, password []byte) (*account.Logon, error)
	// Guards are the processes that hold logons open.
	Guards() []int
	// LockDesktops locks the screens of the people at this computer.
	LockDesktops(ctx context.Context) (unlock func(context.Context) error, err error)
}

// Options make a [Server]. Session, Journal, Relay, HostKeys, Supervisor, UI and Log
// are required.
type Options struct {
	Session *state.Session
	Journal *local.Journal
	Relay   Relay
	// HostKeys are what CSRs see; they are asked for at each connection.
	HostKeys func() []ssh.Signer
	// Prompters ask the customer; none means that what is not allowed already is
	// denied.
	Prompters []consent.Prompter
	UI        notice.UI
	// Environment is the customer's, as of os.Environ, for the system information.
	Environment []string
	// Supervisor is the command line of the program that supervises scripts; see
	// package script.
	Supervisor []string
	// Collector is the hidden verb of our program that writes system information
	// to standard output; it is called as another user.
	Collector []string
	// Power restarts the computer; nil is a computer that cannot be restarted.
	Power Power
	// Accounts logs on as other users; nil is a computer where nobody can.
	Accounts Accounts
	Log      *slog.Logger
}

// Server serves the CSRs of one support session. It is safe for concurrent use.
type Server struct {
	Options
	ssh       *sshd.Server
	gate      *consent.Gate
	collector sysinfo.Collector
	certified certified
	checker   csrca.Checker
	clockTold sync.Once
	access    access
	runs      runs
	messages  messages
	acting    *acting
	restart   restart
	entering  entering
	comparing entering // likewise about safety words
	exchanges exchanges
	authors   authors

	connections limiter
	channels    limiter        // of all connections
	working     sync.WaitGroup // what ends with or after the support session
	closed      sync.Once
}

// visit is one program that a CSR runs on a channel.
type visit struct {
	server  *Server
	channel *sshd.Session
	who     consent.Person
	gone    context.Context // done when the client goes away or is interrupted
	speaker *text.Speaker   // says everything that is for people
}

// exitWith writes why a program failed and returns its exit code.
func exitWith(channel *sshd.Session, err error) int {
	cmdline.ReportIn(channel.Stderr(), speaker(channel), program, err)
	return cmdline.Code(err)
}

// explain says why a verb was interrupted, where it was.
func (v *visit) explain(ctx context.Context, err error) error {
	var said *cmdline.Error
	switch {
	case errors.As(context.Cause(ctx), &said): // the CA has revoked them, as serve says
		return nil
	case err == nil || ctx.Err() == nil || errors.As(err, &said) && said.Code != cmdline.ExitInterrupted:
		return err
	case v.server.Session.Over().Err() != nil:
		return v.server.overError()
	case errors.Is(context.Cause(ctx), sshd.ErrInterrupted):
		return cmdline.Fail(cmdline.ExitInterrupted, "", "interrupted")
	}
	return err
}

// overError says to a CSR that and why the support session is over.
func (s *Server) overError() error {
	cause := context.Cause(s.Session.Over())
	if errors.Is(cause, state.ErrRestarting) {
		return cmdline.Fail(cmdline.ExitFailed, "support comes back by itself when the computer is up again", "the computer restarts")
	}
	by, reason := s.Session.EndedBy(cause)
	if reason = text.Plain(reason, 200); reason != "" {
		reason = ": " + reason
	}
	if by == journal.ByCustomer {
		return cmdline.Fail(cmdline.ExitNoSession, "", "the customer has stopped the support session%s", reason)
	}
	return cmdline.Fail(cmdline.ExitNoSession, "", "the support session was ended by %s%s", text.Plain(by, 60), reason)
}
