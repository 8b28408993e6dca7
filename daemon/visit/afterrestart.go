package visit

import (
	"context"
	"slices"
	"sync"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// entering are the questions that stand about CSRs after a restart, by
// fingerprint. The zero entering is ready for use, by any number of goroutines.
type entering struct {
	mu   sync.Mutex
	open map[string]*entryQuestion
}

// entryQuestion is one question, for all channels of a CSR that wait for it.
type entryQuestion struct {
	done      chan struct{}
	err       error // why they are not let in; set before done is closed
	withdrawn bool  // whoever asked has gone, and nobody has answered
}

// join returns the question that stands about a CSR; with first it is the
// caller's to ask, and to end with leave.
func (s *entering) join(fingerprint string) (q *entryQuestion, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.open[fingerprint]; q != nil {
		return q, false
	}
	if s.open == nil {
		s.open = map[string]*entryQuestion{}
	}
	q = &entryQuestion{done: make(chan struct{})}
	s.open[fingerprint] = q
	return q, true
}

func (s *entering) leave(fingerprint string, q *entryQuestion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, fingerprint)
	close(q.done)
}

// askAfterRestart asks again when after a restart somebody else sits at the screen
// than those who let the CSR in: what the others allowed was not theirs to give.
// Each CSR is asked about once, however much they do at the same time.
func (v *visit) askAfterRestart(ctx context.Context) error {
	for {
		if in, err := v.isLetIn(ctx); in || err != nil {
			return err
		}
		q, first := v.server.entering.join(v.who.Fingerprint)
		if first {
			q.err = v.askToLetIn(ctx)
			q.withdrawn = ctx.Err() != nil
			v.server.entering.leave(v.who.Fingerprint, q)
		}
		select {
		case <-q.done:
		case <-ctx.Done():
			return v.denied(consent.Answer{Why: consent.Withdrawn})
		}
		if q.err != nil && (first || !q.withdrawn) {
			return q.err
		}
		// Let in, unless somebody else has come to the screen meanwhile.
	}
}

// isLetIn reports whether a CSR needs no yes of those who sit at the screen now.
func (v *visit) isLetIn(ctx context.Context) (bool, error) {
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
	return !a.Asked || slices.Contains(a.Let, v.who.Fingerprint), nil
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

// askToLetIn asks those who sit at the screen now about one CSR, unless they have
// answered while we came here.
func (v *visit) askToLetIn(ctx context.Context) error {
	if in, err := v.isLetIn(ctx); in || err != nil {
		return err
	}
	session := v.server.Session
	var asked *state.Audience
	session.Change(func(saved *state.Saved) { asked = saved.Audience })
	if _, err := v.askCustomer(ctx, consent.Question{Kind: consent.CSRJoin, Restarted: true}); err != nil {
		return err
	}
	session.Change(func(saved *state.Saved) {
		if saved.Audience == asked { // else others have come meanwhile
			asked.Let = append(asked.Let, v.who.Fingerprint)
		}
	})
	return session.Save()
}
