package visit

import (
	"context"
	"slices"

	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// isLetInSinceRestart reports whether a CSR needs no yes of somebody who sits at the
// screen since a restart: the consent of those who sat there before does not count.
func (v *visit) isLetInSinceRestart(ctx context.Context) (bool, error) {
	s := v.server
	if s.Power == nil || s.Session.Saved().Audience == nil {
		return true, nil
	}
	now, err := s.Power.AtScreen(ctx)
	if err != nil {
		s.Journal.Report(s.Log, journal.ScreenUnknown, err)
		return false, cmdline.Fail(cmdline.ExitFailed, "ask the customer to end this session and open another one",
			"the computer has restarted, and it cannot tell whether somebody else sits there now")
	}
	if s.replaced(now) {
		if err := s.Session.Save(); err != nil {
			return false, err
		}
	}
	a := s.Session.Saved().Audience
	return !a.Asked || slices.Contains(a.Let, s.mark(v.who)), nil
}

// replaced notices that somebody came to the screen, and takes back what the
// ones before have allowed, also for after another restart.
func (s *Server) replaced(now []string) (replaced bool) {
	s.Session.Change(func(saved *state.Saved) {
		known := func(user string) bool { return slices.Contains(saved.Audience.Users, user) }
		if replaced = slices.ContainsFunc(now, func(user string) bool { return !known(user) }); !replaced {
			return
		}
		saved.Audience, saved.Allow = &state.Audience{Users: now, Asked: true}, nil
		s.gate.Forget() // before anybody sees the new audience; it takes the gate's lock only
	})
	return replaced
}
