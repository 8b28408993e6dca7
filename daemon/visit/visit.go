package visit

import (
	"context"
	"errors"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
)

// program is how the daemon's verbs call themselves in errors.
const program = "support-agent"

// visit is one program that a CSR runs on a channel.
type visit struct {
	server  *Server
	channel *sshd.Session
	who     consent.Person
	gone    context.Context // done when the client goes away or is interrupted
}

// report writes why a program failed and returns its exit code.
func report(channel *sshd.Session, err error) int {
	cmdline.Report(channel.Stderr(), program, err)
	return cmdline.Code(err)
}

// explain says why a verb was interrupted, where it was.
func (v *visit) explain(ctx context.Context, err error) error {
	var said *cmdline.Error
	switch {
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
	told := "the support session was ended by " + text.Plain(by, 60)
	if by == journal.ByCustomer {
		told = "the customer has stopped the support session"
	}
	if reason = text.Plain(reason, 200); reason != "" {
		told += ": " + reason
	}
	return cmdline.Fail(cmdline.ExitNoSession, "", "%s", told)
}

// stillHere is the error for a CSR whose access was taken away meanwhile, e.g. while
// the customer thought. Every act looks at it behind the customer's yes.
func (v *visit) stillHere() error {
	if _, ok := v.server.mayBeHere(v.channel.Conn); !ok {
		return errNoAccess()
	}
	return nil
}
