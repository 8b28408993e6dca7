package report

import (
	"cmp"
	"slices"
	"time"

	"supportd/consent"
	"supportd/library/journal"
)

// attendance folds the coming and going of CSRs, which their programs do with every
// command: a timeline says when somebody came first, and at its end how often they
// came and when they left. The zero value is ready for use.
type attendance struct {
	people []*visits
}

// visits are the connections of one CSR with one key.
type visits struct {
	who         consent.Person
	count, open int
	until       time.Time
}

// folds takes an event, and reports whether a timeline leaves it out. An end that has
// a cause is told.
func (a *attendance) folds(t *teller, e journal.Event) bool {
	switch p := t.whole(e).(type) {
	case journal.ConnectionOpen:
		v := a.find(p.Who)
		if v == nil {
			if len(a.people) == maxPeople {
				return false
			}
			v = &visits{who: p.Who}
			a.people = append(a.people, v)
		}
		v.count++
		v.open++
		return v.count > 1
	case journal.ConnectionClose:
		v := a.find(p.Who)
		if v == nil {
			return false
		}
		v.open, v.until = max(0, v.open-1), e.Time
		return cmp.Or(p.Cause, p.Reason) == ""
	}
	return false
}

func (a *attendance) find(who consent.Person) *visits {
	at := slices.IndexFunc(a.people, func(v *visits) bool {
		return v.who.Account == who.Account && v.who.Fingerprint == who.Fingerprint
	})
	if at < 0 {
		return nil
	}
	return a.people[at]
}

// said is a sentence about each CSR.
func (a *attendance) said(t *teller, style Style) (list []string) {
	for _, v := range a.people {
		w, args := wVisits, []any{person(v.who), v.count, style.clock(v.until)}
		if v.open > 0 {
			w, args = wVisitsOpen, args[:2]
		}
		if v.count == 1 {
			w, args = w+".one", slices.Delete(args, 1, 2)
		}
		list = append(list, t.say(w, args...))
	}
	return list
}
