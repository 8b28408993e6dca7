package relay

import (
	"slices"
	"sync"

	"supportd/library/journal"
	"supportd/relay/store"
)

// watchers are the CSRs who are told of changes. The zero value is ready for use.
type watchers struct {
	// mu guards all. No other lock is taken under it.
	mu  sync.Mutex
	all map[string]map[*watcher]bool // by whose sessions are watched; "" is everybody's
}

// watcher collects which sessions have changed until somebody looks: who is slow sees the
// last state of each, and costs no more.
type watcher struct {
	owner   string
	wake    chan struct{} // has something while changed is not empty
	changed map[*session]bool
}

// watch collects what changes about an account's sessions, "" for everybody's, until
// unwatch is called.
func (w *watchers) watch(owner string) *watcher {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := &watcher{owner: owner, wake: make(chan struct{}, 1), changed: map[*session]bool{}}
	if w.all == nil {
		w.all = map[string]map[*watcher]bool{}
	}
	if w.all[owner] == nil {
		w.all[owner] = map[*watcher]bool{}
	}
	w.all[owner][one] = true
	return one
}

func (w *watchers) unwatch(one *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if delete(w.all[one.owner], one); len(w.all[one.owner]) == 0 {
		delete(w.all, one.owner)
	}
}

// tell says that a session of an account has changed. It never waits.
func (w *watchers) tell(owner string, s *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, of := range []string{owner, ""} {
		for one := range w.all[of] {
			one.changed[s] = true
			select {
			case one.wake <- struct{}{}:
			default:
			}
		}
	}
}

// take is what has changed since the last call, the oldest session first.
func (w *watchers) take(one *watcher) []*session {
	w.mu.Lock()
	changed := one.changed
	one.changed = map[*session]bool{}
	w.mu.Unlock()
	var list []*session
	for s := range changed {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *session) int { return a.row.Load().Created.Compare(b.row.Load().Created) })
	return list
}

// setRow makes a change known that is in the database.
func (s *session) setRow(row *store.Session) {
	s.row.Store(row)
	s.tellChange()
}

func (s *session) tellChange() { s.relay.watchers.tell(s.row.Load().Owner, s) }

// setPicture makes known what the journal says of the present. An older picture is of no
// use: two connections of a computer may bring events at the same time.
func (s *session) setPicture(p journal.Picture) {
	for {
		before := s.picture.Load()
		if before != nil && before.Seq >= p.Seq {
			return
		}
		if s.picture.CompareAndSwap(before, &p) {
			s.tellChange()
			return
		}
	}
}
