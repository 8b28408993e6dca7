package visit

import (
	"context"
	"slices"
	"sync"
	"time"

	"supportd/consent"
	"supportd/daemon/state"
)

// keysAfter is what is known of keys when the relay has named these people. Those of its
// first list are let in: the customer joined to be helped by them. A later key is known
// from now on, and the customer is asked before it may do anything. A key that the
// relay names under another account is a later key, too.
func keysAfter(known []state.Key, named []consent.Person, now time.Time) []state.Key {
	first := known == nil
	after := slices.DeleteFunc(slices.Clone(known), func(k state.Key) bool {
		return !k.Let && !slices.ContainsFunc(named, k.Names) // else a relay could name keys without end
	})
	for _, who := range named {
		if !slices.ContainsFunc(after, func(k state.Key) bool { return k.Names(who) }) {
			after = append(after, state.Key{Who: who, Since: now.UTC().Truncate(time.Second), Let: first})
		}
	}
	if after == nil {
		after = []state.Key{} // the relay has named nobody, and that is its first list
	}
	return after
}

// named saves the keys that the relay has named. Where the first list cannot be saved, the
// next one counts as the first.
func (s *Server) named(people []consent.Person) error {
	var before, after []state.Key
	s.Session.Change(func(saved *state.Saved) {
		before, after = saved.Keys, keysAfter(saved.Keys, people, time.Now())
		if s.certified.on {
			onlyOwner(before, after, saved.Owner)
		}
		saved.Keys = after
	})
	if before != nil && slices.Equal(before, after) {
		return nil
	}
	err := s.Session.Save()
	if err != nil && before == nil {
		s.Session.Change(func(saved *state.Saved) { saved.Keys = nil })
	}
	return err
}

// keyOf is what is known of a CSR's key; the zero Key, which is not let in, where that
// is nothing.
func keyOf(keys []state.Key, who consent.Person) state.Key {
	for _, k := range keys {
		if k.Names(who) {
			return k
		}
	}
	return state.Key{}
}

// hasLetIn reports whether a CSR's key was there when the customer joined, or they have said
// yes to it.
func (s *Server) hasLetIn(who consent.Person) bool {
	return keyOf(s.Session.Saved().Keys, s.keptAs(who)).Let
}

// newSince is when the relay named a CSR's key, where the customer has not let it in.
func (v *visit) newSince() (since time.Time, isNew bool) {
	k := keyOf(v.server.Session.Saved().Keys, v.server.keptAs(v.who))
	return k.Since, !k.Let
}

// letIn keeps a customer's yes to a key.
func letIn(keys []state.Key, who consent.Person) []state.Key {
	after := slices.Clone(keys)
	for i, k := range after {
		if k.Names(who) {
			after[i].Let = true
		}
	}
	return after
}

// entering are the questions that stand about CSRs who want to enter. The zero entering is
// ready for use, by any number of goroutines.
type entering struct {
	mu   sync.Mutex // no other lock is taken under it
	open map[consent.Person]*entryQuestion
}

// entryQuestion is one question, for all channels of a CSR that wait for it.
type entryQuestion struct {
	done      chan struct{}
	err       error // why they are not let in; set before done is closed
	withdrawn bool  // whoever asked has gone, and nobody has answered
}

// join returns the question that stands about a CSR; with first it is the
// caller's to ask, and to end with leave.
func (s *entering) join(who consent.Person) (q *entryQuestion, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := s.open[who]; q != nil {
		return q, false
	}
	if s.open == nil {
		s.open = map[consent.Person]*entryQuestion{}
	}
	q = &entryQuestion{done: make(chan struct{})}
	s.open[who] = q
	return q, true
}

func (s *entering) leave(who consent.Person, q *entryQuestion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, who)
	close(q.done)
}

// mayEnter asks the customer about a CSR whom those at the screen have not let in: the
// relay named the key after the customer had joined, or somebody else sits there since a
// restart. Each CSR is asked about once, however much they do at the same time.
func (v *visit) mayEnter(ctx context.Context) error {
	for {
		if in, err := v.isLetIn(ctx); in || err != nil {
			return err
		}
		q, first := v.server.entering.join(v.server.keptAs(v.who))
		if first {
			q.err = v.askToLetIn(ctx)
			q.withdrawn = ctx.Err() != nil
			v.server.entering.leave(v.server.keptAs(v.who), q)
		}
		select {
		case <-q.done:
		case <-ctx.Done():
			return v.denied(consent.Answer{Why: consent.Withdrawn})
		}
		if q.err != nil && (first || !q.withdrawn) {
			return q.err
		}
		// Let in. Who sits at the screen may have changed meanwhile: it is looked at again.
	}
}

// isLetIn reports whether a CSR needs no yes of those who sit at the screen now.
func (v *visit) isLetIn(ctx context.Context) (bool, error) {
	theirs, err := v.isLetInSinceRestart(ctx)
	_, isNew := v.newSince()
	return theirs && !isNew, err
}

// askToLetIn asks those who sit at the screen now about one CSR, unless they have
// answered while we came here.
func (v *visit) askToLetIn(ctx context.Context) error {
	if in, err := v.isLetIn(ctx); in || err != nil {
		return err
	}
	session := v.server.Session
	q := consent.Question{Kind: consent.CSRJoin}
	if since, isNew := v.newSince(); isNew && !v.server.certified.on { // a CA vouches for it, not the relay
		q.Since = since
	}
	var asked *state.Audience
	session.Change(func(saved *state.Saved) { asked = saved.Audience })
	q.Restarted = asked != nil && asked.Asked && !slices.Contains(asked.Let, v.server.mark(v.who))
	if _, err := v.askCustomer(ctx, q); err != nil {
		return err
	}
	session.Change(func(saved *state.Saved) {
		if saved.Audience != asked {
			return // others have come meanwhile
		}
		saved.Keys = letIn(saved.Keys, v.server.keptAs(v.who))
		if asked != nil && asked.Asked {
			asked.Let = append(asked.Let, v.server.mark(v.who))
		}
	})
	if err := session.Save(); err != nil {
		return err
	}
	v.server.arrived(v.who)
	return nil
}
