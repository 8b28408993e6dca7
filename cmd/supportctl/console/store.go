package console

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
)

// need is how much a support session needs the CSR; the first ones need them most.
type need int

const (
	needAnswer  need = iota // the customer wrote, and nobody has read it
	needWait                // a question stands on the customer's screen
	needHelp                // the computer has the number and may not join yet
	needNothing             // connected
	needAway
	needJoin // nobody has joined
	needOver
)

func needOf(s api.Session) need {
	switch {
	case s.State == api.Ended:
		return needOver
	case s.Unread > 0:
		return needAnswer
	case s.Question != nil:
		return needWait
	case s.Delay != nil:
		return needHelp
	case s.State == api.Away:
		return needAway
	case s.State == api.Waiting:
		return needJoin
	}
	return needNothing
}

// store is what is known of support sessions.
type store struct {
	known map[wire.Number]api.Session
	order []wire.Number // by who needs help
	stale bool          // order does not fit known
}

func newStore() store { return store{known: map[wire.Number]api.Session{}} }

// event is what a customer did that calls for attention.
type event int

const (
	nothing event = iota
	joined
	wrote
	answered // or let the time pass
	gone     // the computer is away
	returned
)

// put takes what is now said of a support session, and tells what the customer did.
func (s *store) put(now api.Session) event {
	before, was := s.known[now.Number]
	s.known[now.Number] = now
	s.stale = true
	switch {
	case !was || now.State == api.Ended:
		return nothing
	case before.State == api.Waiting && now.State == api.Active:
		return joined
	case now.Unread > before.Unread, spoke(now) && (!spoke(before) || now.LastEvent.Time.After(before.LastEvent.Time)):
		return wrote
	case before.State == api.Active && now.State == api.Away:
		return gone
	case before.State == api.Away && now.State == api.Active:
		return returned
	case before.Question != nil && now.Question == nil && now.State == api.Active:
		return answered
	}
	return nothing
}

// spoke reports whether the last thing that happened is a message of the customer: a chat
// that is open has read it at once.
func spoke(s api.Session) bool {
	return s.LastEvent != nil && s.LastEvent.Kind == journal.KindChatMessage && s.LastEvent.By == journal.ByCustomer
}

// replace takes all support sessions that there are. Those that have ended meanwhile stay
// as they are known to have ended.
func (s *store) replace(all []api.Session) (events map[wire.Number]event) {
	open := map[wire.Number]bool{}
	events = map[wire.Number]event{}
	for _, one := range all {
		open[one.Number] = true
		if e := s.put(one); e != nothing {
			events[one.Number] = e
		}
	}
	for n, one := range s.known {
		if !open[n] && one.State != api.Ended {
			delete(s.known, n)
		}
	}
	s.stale = true
	return events
}

// sorted are the numbers by who needs help; those that need the same, the oldest first.
func (s *store) sorted() []wire.Number {
	if !s.stale {
		return s.order
	}
	s.stale = false
	type key struct {
		number wire.Number
		need   need
		at     time.Time
	}
	keys := make([]key, 0, len(s.known))
	for n, one := range s.known {
		at := one.Created
		if one.State == api.Ended {
			at = time.Time{}.Add(time.Duration(-one.Ended.UnixNano()))
		}
		keys = append(keys, key{n, needOf(one), at})
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.need, b.need), a.at.Compare(b.at), strings.Compare(string(a.number), string(b.number)))
	})
	s.order = s.order[:0:0]
	for _, k := range keys {
		s.order = append(s.order, k.number)
	}
	return s.order
}

// count says how many sessions have a need.
func (s *store) count(n need) (count int) {
	for _, one := range s.known {
		if needOf(one) == n {
			count++
		}
	}
	return count
}

// asked reports whether a question stands anywhere.
func (s *store) asked(now time.Time) bool {
	for _, one := range s.known {
		if one.Question != nil && one.Question.Until.After(now) {
			return true
		}
	}
	return false
}
