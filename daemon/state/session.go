package state

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
)

// Why a support session is over, as causes of [Session.Over].
var (
	// ErrWindow: the computer could not return in time.
	ErrWindow = journal.CauseWindow.Err("")
	// ErrRestarting: the computer restarts, and the support session goes on after it.
	ErrRestarting = errors.New("the computer restarts")
)

// Ended is the end of a support session by a CSR or by the relay.
type Ended struct {
	By     string // a CSR's account as the relay says, or "relay"
	Reason string // hostile until shown as plain text
}

// Error names who ended it, as the relay says.
func (e *Ended) Error() string { return "the support session was ended by " + e.By }

// EndedBy is who and why.
func (e *Ended) EndedBy() (by, reason string) { return e.By, e.Reason }

// WordsDiffer is the end of a support session because customer and CSR do not have the same
// safety words.
type WordsDiffer struct{ By string } // who said so first: the customer, or a CSR's account

// Error says why.
func (e *WordsDiffer) Error() string { return journal.CauseWords.Of("").English() }

// EndedBy is who and why.
func (e *WordsDiffer) EndedBy() (by, reason string) { return e.By, e.Error() }

// Computer says which computer this is.
type Computer struct {
	Host string
	OS   string // e.g. "Debian GNU/Linux 12 (bookworm)"
	User string // whose program this is, as the customer knows them; empty is not known
}

// Session is the support session that all rooms of the daemon share: what is saved
// of it, how it stands, and whether it is over. It is safe for concurrent use.
type Session struct {
	Computer Computer
	Program  string // our program's version
	Began    time.Time

	dir     *Dir
	over    context.Context
	end     context.CancelCauseFunc
	stopped atomic.Bool // by the customer
	down    atomic.Bool // the operating system restarts the computer

	saving sync.Mutex // one writer of the session file at a time

	mu       sync.Mutex // taken after saving, before the gate's, which [Session.Change] may take
	saved    Saved
	state    api.State
	returned bool // the computer has restarted, and nobody has been told so yet
}

// NewSession is a support session that is kept in dir as saved. ctx gives its values
// only: [Session.End] ends the support session, not ctx.
func NewSession(ctx context.Context, dir *Dir, saved Saved, c Computer, program string) *Session {
	s := &Session{Computer: c, Program: program, Began: time.Now(), dir: dir, saved: saved.Clone(), state: api.Waiting}
	s.over, s.end = context.WithCancelCause(context.WithoutCancel(ctx))
	return s
}

// Dir is the directory in which it is kept.
func (s *Session) Dir() *Dir { return s.dir }

// Saved is what is kept of it now.
func (s *Session) Saved() Saved {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saved.Clone()
}

// Change changes what is kept; [Session.Save] writes it. change must not block and
// must not call methods of s.
func (s *Session) Change(change func(*Saved)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.saved)
}

// SetRestart notes a restart that is under way, or with nil that there is none.
func (s *Session) SetRestart(r *Restart) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved.Restart = r
	s.down.Store(r != nil)
}

// Save writes the session file anew with the time until which the relay will know
// this computer. It is on the disk when Save returns.
func (s *Session) Save() error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	s.saved.Expires = time.Now().Add(s.saved.Window)
	saved := s.saved.Clone()
	s.mu.Unlock() // nobody else waits for the disk
	return s.dir.Save(saved)
}

// State is how it stands.
func (s *Session) State() api.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// SetState says how it stands from now on.
func (s *Session) SetState(state api.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state
}

// Restarting reports whether the computer goes down. A Stop asks it, so it waits
// for no lock.
func (s *Session) Restarting() bool { return s.down.Load() }

// SetReturned notes that the computer has come back from a restart.
func (s *Session) SetReturned() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.returned = true
}

// FirstReturn reports once that the computer has come back from a restart.
func (s *Session) FirstReturn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.returned
	s.returned = false
	return first
}

// Over is done when the support session is over; its cause is why.
func (s *Session) Over() context.Context { return s.over }

// End ends the support session; the first cause counts.
func (s *Session) End(cause error) { s.end(cause) }

// Stop ends it from this program: by the customer, unless cause says that it was somebody
// or something else.
func (s *Session) Stop(cause error) {
	s.stopped.Store(true)
	s.end(cause)
}

// EndedBy says who ended a support session that ended with cause, and why: the
// customer only where they did. A cause that has a method EndedBy says so itself.
func (s *Session) EndedBy(cause error) (by, reason string) {
	var knows interface{ EndedBy() (by, reason string) }
	switch {
	case errors.As(cause, &knows):
		return knows.EndedBy()
	case errors.Is(cause, ErrWindow):
		return journal.ByDaemon, journal.CauseWindow.Of("").English()
	case s.stopped.Load():
		return journal.ByCustomer, ""
	}
	return journal.ByDaemon, journal.CauseBrokeOff.Of("").English()
}

// ActorOf says whose word it is that a support session ended with cause. Whoever the relay
// says has ended it, did so at the relay: it could say that of anybody.
func (s *Session) ActorOf(cause error) string {
	if told := (*Ended)(nil); errors.As(cause, &told) {
		return journal.ByRelay
	}
	by, _ := s.EndedBy(cause)
	return by
}
