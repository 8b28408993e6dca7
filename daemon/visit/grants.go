package visit

import (
	"errors"
	"slices"
	"time"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/journal"
)

// ErrWhileRunning means that something of a CSR's runs: it runs as the customer, and could
// press a button in their place.
var ErrWhileRunning = errors.New("not while something runs")

// Allowed lists what counts as allowed now.
func (s *Server) Allowed() []consent.Grant { return s.gate.Allowed() }

// AllowFor lets the customer allow kinds while they are away, as [consent.Gate.AllowFor]
// does. It returns when that is in the journal. The error is also [ErrNotJoined],
// [ErrWhileRunning], or [supportd/daemon/journal.ErrWrite], and then nothing is allowed.
// It is safe for concurrent use.
func (s *Server) AllowFor(kinds []consent.Kind, d time.Duration) error {
	if s.Journal.Empty() {
		return ErrNotJoined
	}
	giveBack, err := s.runs.claim(consent.Person{Account: journal.ByCustomer}, "what is allowed while they are away")
	if err != nil {
		return ErrWhileRunning
	}
	defer giveBack()
	known := func(k consent.Kind) bool { return slices.Contains(consent.WhileAway(), k) }
	kinds = slices.DeleteFunc(slices.Clone(kinds), func(k consent.Kind) bool { return !known(k) })
	if len(kinds) == 0 || d <= 0 || d > consent.MaxAway {
		return consent.ErrNotAllowable
	}
	until := time.Now().Add(d).UTC().Truncate(time.Second)
	if err := s.Journal.Append(journal.ByCustomer, journal.ConsentAllow{Kinds: kinds, Until: until}); err != nil {
		return err
	}
	defer s.UI.Notify(notice.AllowedChanged{})
	return s.gate.AllowFor(kinds, d)
}

// TakeBack ends one of [Server.Allowed]; false where there is none with this ID. It
// counts at once. The error says why that is not in the journal. It is safe for
// concurrent use.
func (s *Server) TakeBack(id uint64) (bool, error) {
	g, ok := s.gate.TakeBack(id)
	if !ok {
		return false, nil
	}
	defer s.UI.Notify(notice.AllowedChanged{})
	back := journal.ConsentRevoke{Allowed: g.Kind}
	if g.Question.Kind != "" {
		back.Question = &g.Question
	}
	err := s.Journal.Append(journal.ByCustomer, back)
	if g.AtStart { // nor does it come back after a restart
		s.Session.Change(func(saved *state.Saved) {
			saved.Allow = slices.DeleteFunc(slices.Clone(saved.Allow), func(k consent.Kind) bool { return k == g.Kind })
		})
		err = errors.Join(err, s.Session.Save())
	}
	return true, err
}
