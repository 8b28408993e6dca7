package consent

import (
	"errors"
	"slices"
	"time"
)

// MaxAway is the longest time for which a customer can allow kinds while they are
// away from the screen.
const MaxAway = 8 * time.Hour

// ErrNotAllowable means that kinds cannot be allowed without a question: there are none,
// one of them is not of [WhileAway], the time is out of range, or the customer has
// pressed Stop.
var ErrNotAllowable = errors.New("this cannot be allowed without a question")

// Grant is something that counts as allowed without a question, until Until, or until
// the support session ends where that is zero.
type Grant struct {
	ID       uint64 // never used for another grant of the same gate
	Kind     Kind
	Question Question // what was asked; the zero Question where the whole kind is allowed
	Until    time.Time
	AtStart  bool // allowed before anybody was asked
}

// whole reports whether a grant is for a kind, whoever asks.
func (g Grant) whole() bool { return g.Question.Kind == "" }

// over reports whether its time is over, by either clock: one stands still while the
// computer sleeps, the other can be set.
func (g Grant) over(now time.Time) bool {
	return !g.Until.IsZero() && (!now.Before(g.Until) || !now.Round(0).Before(g.Until.Round(0)))
}

// grant is a remembered answer, or a kind that the customer allowed by themselves.
type grant struct {
	Grant
	answer Answer
}

// addLocked gives a grant its ID.
func (g *Gate) addLocked(made grant) Grant {
	g.granted++
	made.ID = g.granted
	g.grants = append(g.grants, made)
	return made.Grant
}

// allowedWhole answers what the customer has allowed as a kind. That never covers
// what is asked every time, nor what is done as another user: it was given for the
// customer's own account.
func (g *Gate) allowedWhole(q Question) (Answer, bool) {
	if q.Kind.EveryTime() || q.As != "" {
		return Answer{}, false
	}
	now := time.Now()
	for _, past := range g.grants {
		if past.whole() && past.Kind == q.Kind && !past.over(now) {
			return past.answer, true
		}
	}
	return Answer{}, false
}

// Allowed lists everything that counts as allowed now, the oldest first.
func (g *Gate) Allowed() []Grant {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	var all []Grant
	for _, past := range g.grants {
		if !past.over(now) {
			all = append(all, past.Grant)
		}
	}
	return all
}

// AllowFor lets the customer allow kinds of [WhileAway] for a while, outside any question:
// they are away then. What was allowed so before is replaced. The error is
// [ErrNotAllowable]. The caller has written it to the journal already.
func (g *Gate) AllowFor(kinds []Kind, d time.Duration) error {
	bad := func(k Kind) bool { return !slices.Contains(WhileAway(), k) }
	if len(kinds) == 0 || slices.ContainsFunc(kinds, bad) || d <= 0 || d > MaxAway {
		return ErrNotAllowable
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stop.Err() != nil {
		return ErrNotAllowable
	}
	g.grants = slices.DeleteFunc(g.grants, func(past grant) bool { return past.answer.Why == Away })
	until := time.Now().Add(d)
	for _, k := range kinds {
		g.addLocked(grant{Grant{Kind: k, Until: until}, Answer{Decision: AllowedOnce, Why: Away}})
	}
	return nil
}

// TakeBack ends one grant at once; false where there is none with this ID. What was
// allowed by it and has begun goes on: only Stop ends that.
func (g *Gate) TakeBack(id uint64) (Grant, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, past := range g.grants {
		if past.ID == id {
			g.grants = slices.Delete(g.grants, i, i+1)
			return past.Grant, true
		}
	}
	return Grant{}, false
}
