package journal

import (
	"encoding/json"
	"slices"
	"time"

	"supportd/consent"
	"supportd/library/wire"
)

// Presence is what the journal itself says about who was there. A report finds
// it out again and compares.
type Presence struct {
	Customer  string    `json:"customer"`
	Host      string    `json:"host"`
	OS        string    `json:"os"`
	Joined    time.Time `json:"joined,omitzero"`
	Entered   []Entered `json:"entered"`           // CSRs, in the order in which they came
	Connected int64     `json:"connected_seconds"` // the computer, to the relay
	Restarts  int       `json:"restarts"`

	number wire.Number
	owner  string
	end    Event     // the last session.end
	since  time.Time // connected since, if it is
}

// Entered is a CSR who was connected to the computer.
type Entered struct {
	Account     string    `json:"account"`
	Name        string    `json:"name"`
	Fingerprint string    `json:"fingerprint"` // SHA256:… of the key that they proved
	First       time.Time `json:"first"`
}

// maxEntered bounds [Presence.Entered]: more CSRs than any session has.
const maxEntered = 50

// PresenceKinds lists the kinds whose events say something about presence.
func PresenceKinds() []string {
	return []string{KindSessionJoin, KindSessionResume, KindSessionLost, KindSessionEnd, KindConnOpen, KindRebootReturn}
}

// Observe takes the next event into account; all that say nothing about presence
// may be left out.
func (a *Presence) Observe(e Event) {
	if !slices.Contains(PresenceKinds(), e.Kind) {
		return // most events are output
	}
	switch p := e.Payload().(type) {
	case SessionJoin:
		a.join(p.Presented, e)
	case SessionResume:
		a.join(p.Presented, e)
	case SessionLost:
		a.leave(e.Time)
	case SessionEnd:
		a.leave(e.Time)
		a.end = e
	case RebootReturn:
		a.leave(e.Time.Add(-p.Away()))
		a.Restarts++
	case ConnectionOpen:
		a.enter(p.Who, e)
	}
}

func (a *Presence) join(p Presented, e Event) {
	if a.Joined.IsZero() {
		a.Joined, a.number, a.owner = e.Time, p.Number, p.Owner
		a.Customer, a.Host, a.OS = p.Name, p.Host, p.OS
	}
	if a.since.IsZero() {
		a.since = e.Time
	}
}

// leave ends a time of being connected. A program that was killed could not say
// when: it counts until it came back.
func (a *Presence) leave(at time.Time) {
	if !a.since.IsZero() {
		a.Connected += int64(max(at.Sub(a.since), 0) / time.Second)
	}
	a.since = time.Time{}
}

func (a *Presence) enter(who consent.Person, e Event) {
	same := func(o Entered) bool { return o.Account == e.Actor && o.Fingerprint == who.Fingerprint }
	if len(a.Entered) < maxEntered && !slices.ContainsFunc(a.Entered, same) {
		a.Entered = append(a.Entered, Entered{e.Actor, cut(who.Name), cut(who.Fingerprint), e.Time})
	}
}

func cut(s string) string { return s[:min(len(s), wire.MaxName)] }

// Finish closes the account at the journal's last event.
func (a *Presence) Finish(last Event) {
	a.leave(last.Time)
	a.Customer, a.Host, a.OS = cut(a.Customer), cut(a.Host), cut(a.OS)
	if a.Entered == nil {
		a.Entered = []Entered{}
	}
}

// Equal reports whether two accounts say the same.
func (a Presence) Equal(o Presence) bool {
	ours, errOurs := json.Marshal(a)
	theirs, _ := json.Marshal(o) // nothing, where that cannot be said
	return errOurs == nil && string(ours) == string(theirs)
}

// Session is what the events say of the session itself.
func (a Presence) Session() (number wire.Number, owner string) { return a.number, a.owner }

// End is the last session.end so far, the zero Event while there is none.
func (a Presence) End() Event { return a.end }

// maxSummary bounds a [Summary] in JSON, in bytes: it has to fit into an event
// beside its other data, and into a header.
const maxSummary = 24 << 10

// Summary is what a journal's last event says of all events before it. The
// computer signs that event, so the summary is proved as long as it is kept,
// though the other events were deleted.
type Summary struct {
	Number wire.Number `json:"number"`
	Owner  string      `json:"owner"` // account
	Presence
}

// Summary is what the event that ends the journal at a time says of those that
// were observed; nil where somebody has made it too long with names.
func (a Presence) Summary(at time.Time) *Summary {
	a.Finish(Event{Time: at.UTC().Truncate(time.Microsecond)})
	s := &Summary{Number: a.number, Owner: a.owner, Presence: a}
	if text, err := json.Marshal(s); err != nil || len(text) > maxSummary {
		return nil
	}
	return s
}
