package daemon

import (
	"context"
	"slices"
	"sync"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// screening is the questions that stand about CSRs after a restart, by
// fingerprint. The zero screening is ready for use, by any number of goroutines.
type screening struct {
	mu   sync.Mutex
	open map[string]*asking
}

// asking is one question, for all channels of a CSR that wait for it.
type asking struct {
	done      chan struct{}
	err       error // why they are not let in; set before done is closed
	withdrawn bool  // whoever asked has gone, and nobody has answered
}

// join returns the question that stands about a CSR; with first it is the
// caller's to ask, and to end with leave.
func (s *screening) join(fingerprint string) (q *asking, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.open[fingerprint]; q != nil {
		return q, false
	}
	if s.open == nil {
		s.open = map[string]*asking{}
	}
	q = &asking{done: make(chan struct{})}
	s.open[fingerprint] = q
	return q, true
}

func (s *screening) leave(fingerprint string, q *asking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, fingerprint)
	close(q.done)
}

// strangers asks again when after a restart somebody else sits at the screen
// than those who let the CSR in: what the others allowed was not theirs to give.
// Each CSR is asked about once, however much they do at the same time.
func (v *visit) strangers(ctx context.Context) error {
	for {
		if in, err := v.letIn(ctx); in || err != nil {
			return err
		}
		q, first := v.screening.join(v.who.Fingerprint)
		if first {
			q.err = v.askToLetIn(ctx)
			q.withdrawn = ctx.Err() != nil
			v.screening.leave(v.who.Fingerprint, q)
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

// letIn reports whether a CSR needs no yes of those who sit at the screen now.
func (v *visit) letIn(ctx context.Context) (bool, error) {
	v.mu.Lock()
	restarted := v.saved.Audience != nil && v.opts.Power != nil
	v.mu.Unlock()
	if !restarted {
		return true, nil
	}
	now, err := v.opts.Power.AtScreen(ctx)
	if err != nil {
		v.report(journal.ScreenUnknown, err)
		return false, cmdline.Fail(cmdline.ExitFailed, "ask the customer to end this session and open another one",
			"the computer has restarted, and it cannot tell whether somebody else sits there now")
	}
	if v.replaced(now) {
		if err := v.keepSaved(); err != nil {
			return false, err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.saved.Audience
	return !a.Asked || slices.Contains(a.Let, v.who.Fingerprint), nil
}

// replaced notices that somebody came to the screen, and takes back what the
// ones before have allowed, also for after another restart.
func (d *Daemon) replaced(now []string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.ContainsFunc(now, func(user string) bool { return !slices.Contains(d.saved.Audience.Users, user) }) {
		return false
	}
	d.gate.Forget()
	d.saved.Audience, d.saved.Allow = &state.Audience{Users: now, Asked: true}, nil
	clear(d.allowed)
	return true
}

// askToLetIn asks those who sit at the screen now about one CSR, unless they have
// answered while we came here.
func (v *visit) askToLetIn(ctx context.Context) error {
	if in, err := v.letIn(ctx); in || err != nil {
		return err
	}
	v.mu.Lock()
	asked := v.saved.Audience
	v.mu.Unlock()
	if _, err := v.mayDo(ctx, consent.Question{Kind: consent.CSRJoin, Restarted: true}); err != nil {
		return err
	}
	v.mu.Lock()
	asked.Let = append(asked.Let, v.who.Fingerprint) // of no use when others have come meanwhile
	v.mu.Unlock()
	return v.keepSaved()
}
