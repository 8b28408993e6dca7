package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"supportd/consent"
	"supportd/daemon"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/api"
)

// overview is what "support-agent status" tells, put together from what the customer
// is told. Nothing in it waits for the daemon, so asking for it holds up nothing. It
// is safe for concurrent use.
type overview struct {
	screens []notice.UI

	mu     sync.Mutex
	now    state.Status
	asking int // screens that show the question
}

// newOverview begins with what is known before the relay has answered.
func newOverview(kept *state.Dir, j *daemon.Join, screens ...notice.UI) *overview {
	o := &overview{screens: screens, now: state.Status{State: api.Waiting, Since: time.Now().UTC().Truncate(time.Second)}}
	if j != nil {
		o.now.Number = j.Number
	} else if left, err := kept.Left(); err == nil {
		o.now.Number = left.Number
	}
	return o
}

// Notify implements [notice.UI].
func (o *overview) Notify(n notice.Notice) {
	o.note(n)
	for _, s := range o.screens {
		s.Notify(n)
	}
}

func (o *overview) note(n notice.Notice) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch n := n.(type) {
	case notice.Joined:
		o.now.State, o.now.Way = api.Active, &n.Way
	case notice.Retrying:
		o.now.Way = nil
		if o.now.State == api.Active {
			o.now.State = api.Away
		}
	case notice.HandingOver:
		o.now.State, o.now.People, o.now.Way = api.Ended, nil, nil
	case notice.Entered:
		o.now.People = append(o.now.People, state.PersonNow{Person: n.Who})
	case notice.Words:
		o.compareLocked(state.ComparedNow{Person: n.Who, Words: &n.Pair, Compared: n.Compared})
	case notice.Compared:
		o.compareLocked(state.ComparedNow{Person: n.Who, Words: &n.Pair, Compared: n.Same})
	case notice.Digits:
		o.compareLocked(state.ComparedNow{Person: n.Who, Digits: n.Digits})
	case notice.Disconnected:
		at := time.Now().UTC().Truncate(time.Second)
		o.leftLocked(n.Who, &at)
	case notice.Reconnected:
		o.leftLocked(n.Who, nil)
	case notice.Left:
		o.now.People = slices.DeleteFunc(o.now.People, func(who state.PersonNow) bool { return who.Account == n.Who.Account })
	case notice.RunStarted:
		o.now.Run = &state.RunNow{By: n.Who, Scripts: n.Scripts, Since: time.Now().UTC().Truncate(time.Second)}
	case notice.RunEnded:
		o.now.Run = nil
	case notice.LoggedOn:
		o.now.ActingAs = &n.User
	case notice.LoggedOff:
		o.now.ActingAs = nil
	}
}

// compareLocked notes what is compared with a CSR, once for each of their keys.
func (o *overview) compareLocked(c state.ComparedNow) {
	for i, old := range o.now.Compare {
		if old.Fingerprint == c.Fingerprint && (old.Words == nil) == (c.Words == nil) {
			o.now.Compare[i] = c
			return
		}
	}
	if len(o.now.Compare) < mostPeople {
		o.now.Compare = append(o.now.Compare, c)
	}
}

// leftLocked notes when a CSR has left, or that they are there.
func (o *overview) leftLocked(who consent.Person, at *time.Time) {
	if i := slices.IndexFunc(o.now.People, func(p state.PersonNow) bool { return p.Account == who.Account }); i >= 0 {
		o.now.People[i].Left = at
	}
}

// status is a copy that does not change any more.
func (o *overview) status() state.Status {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now
	now.People = append([]state.PersonNow{}, now.People...)
	now.Compare = append([]state.ComparedNow{}, now.Compare...)
	return now
}

// watched is a prompter whose questions the overview tells.
type watched struct {
	consent.Prompter
	view *overview
}

// Ask implements [consent.Prompter].
func (w watched) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	w.view.ask(&state.AskedNow{Kind: q.Kind, By: q.Who, Until: q.Expires.UTC().Truncate(time.Second)})
	defer w.view.ask(nil)
	return w.Prompter.Ask(ctx, q)
}

// ask notes that one more screen shows the question, or with nil, one less.
func (o *overview) ask(q *state.AskedNow) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if q != nil {
		o.asking++
		o.now.Question = q
	} else if o.asking--; o.asking == 0 {
		o.now.Question = nil
	}
}
