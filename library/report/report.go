// Package report is the account of a support session that people read, keep and
// can prove: a header and the session's journal, in a file of JSON lines or as
// text, a page, a table or JSON. The relay, the CSR's program and the customer's
// program all use it.
//
// It promises that nothing is held in memory that grows with the journal, that
// whatever an event says does no harm on a terminal, in a browser or in a
// spreadsheet, and that [Verify] finds every change of a journal and names the
// first event that is not what it was.
package report

import (
	"encoding/json"
	"iter"
	"slices"
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/wire"
)

// Ended is the state of a support session whose journal gets no more events but
// those that are still on their way.
const Ended = "ended"

// MaxText is the longest tracking code and the longest note, in bytes.
const MaxText = 2 << 10

// Header is what a report says before its events. Texts in it are hostile until
// escaped. What the journal does not hold (ticket, note, when the session was
// opened) is the relay's word; no signature covers it.
type Header struct {
	Number  wire.Number `json:"number"`
	ID      string      `json:"id,omitempty"` // numbers are given out again, this is not
	State   string      `json:"state"`
	Ticket  string      `json:"ticket,omitempty"`
	Note    string      `json:"note,omitempty"`
	Owner   string      `json:"owner"` // account
	Created time.Time   `json:"created,omitzero"`
	Ended   time.Time   `json:"ended,omitzero"`
	EndedBy string      `json:"ended_by,omitempty"` // an account, "customer", "daemon" or "relay"
	Reason  string      `json:"reason,omitempty"`
	Key     string      `json:"key,omitempty"` // the computer's in this session, as in authorized_keys
	Presence
	Pruned *Pruned `json:"pruned,omitempty"`
}

// Pruned is what is left of a journal whose time of retention was over.
type Pruned struct {
	At   time.Time    `json:"at"`
	Seq  uint64       `json:"seq"`  // of its last event
	Hash journal.Hash `json:"hash"` // likewise
	// End is that event itself, where it has a [Summary]: it proves the header.
	End *journal.Event `json:"end,omitempty"`
}

// Duration is how long the session was open, as far as that is known.
func (h Header) Duration() time.Duration {
	if h.Created.IsZero() || h.Ended.IsZero() {
		return 0
	}
	return h.Ended.Sub(h.Created)
}

// Presence is what the journal itself says about who was there. [Verify] finds
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
	end    journal.Event // the last session.end
	since  time.Time     // connected since, if it is
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

// tells reports whether events of a kind say something about presence.
func tells(kind string) bool {
	return slices.Contains([]string{
		journal.KindSessionJoin, journal.KindSessionResume, journal.KindSessionLost, journal.KindSessionEnd,
		journal.KindConnOpen, journal.KindRebootReturn,
	}, kind)
}

// Observe takes the next event into account; all that say nothing about presence
// may be left out.
func (p *Presence) Observe(e journal.Event) {
	if !tells(e.Kind) {
		return
	}
	d := dataOf(e)
	switch e.Kind {
	case journal.KindSessionJoin, journal.KindSessionResume:
		if p.Joined.IsZero() {
			p.Joined, p.number, p.owner = e.Time, d.Number, d.Owner
			p.Customer, p.Host, p.OS = d.Name, d.Host, d.OS
		}
		if p.since.IsZero() {
			p.since = e.Time
		}
	case journal.KindSessionLost:
		p.leave(e.Time)
	case journal.KindSessionEnd:
		p.leave(e.Time)
		p.end = e
	case journal.KindRebootReturn:
		took, _ := time.ParseDuration(d.Took)
		p.leave(e.Time.Add(-took))
		p.Restarts++
	case journal.KindConnOpen:
		p.enter(d.Who, e)
	}
}

// leave ends a time of being connected. A program that was killed could not say
// when: it counts until it came back.
func (p *Presence) leave(at time.Time) {
	if !p.since.IsZero() {
		p.Connected += int64(max(at.Sub(p.since), 0) / time.Second)
	}
	p.since = time.Time{}
}

func (p *Presence) enter(who consent.Person, e journal.Event) {
	same := func(o Entered) bool { return o.Account == e.Actor && o.Fingerprint == who.Fingerprint }
	if len(p.Entered) < maxEntered && !slices.ContainsFunc(p.Entered, same) {
		p.Entered = append(p.Entered, Entered{e.Actor, cut(who.Name), cut(who.Fingerprint), e.Time})
	}
}

func cut(s string) string { return s[:min(len(s), wire.MaxName)] }

// Finish closes the account at the journal's last event.
func (p *Presence) Finish(last journal.Event) {
	p.leave(last.Time)
	p.Customer, p.Host, p.OS = cut(p.Customer), cut(p.Host), cut(p.OS)
	if p.Entered == nil {
		p.Entered = []Entered{}
	}
}

// Equal reports whether two accounts say the same.
func (p Presence) Equal(o Presence) bool {
	a, errA := json.Marshal(p)
	b, errB := json.Marshal(o)
	return errA == nil && errB == nil && string(a) == string(b)
}

// HeaderOf is the header that a journal alone gives, for those who have no more:
// the customer.
func HeaderOf(events iter.Seq2[journal.Event, error], key string) (Header, error) {
	h := Header{State: "active", Key: key}
	var last journal.Event
	for e, err := range events {
		if err != nil {
			return Header{}, err
		}
		h.Observe(e)
		last = e
	}
	h.Finish(last)
	h.Number, h.Owner, h.Created = h.number, h.owner, h.Joined
	if h.end.Seq > 0 {
		d := dataOf(h.end)
		h.State, h.Ended, h.EndedBy, h.Reason = Ended, h.end.Time, d.By, d.Reason
	}
	return h, nil
}

// Source is a report: its header, its seal where it has one, and its events,
// which are read anew, from the first one, each time.
type Source struct {
	Header Header
	Seal   *journal.Seal
	// Events are all events, Outline those that are no output of a script.
	Events, Outline func() iter.Seq2[journal.Event, error]
}

// WithoutOutput leaves the output of scripts out: an [Source.Outline] for those
// who have no shorter way.
func WithoutOutput(events iter.Seq2[journal.Event, error]) iter.Seq2[journal.Event, error] {
	return func(yield func(journal.Event, error) bool) {
		for e, err := range events {
			if (err != nil || e.Kind != journal.KindScriptOutput) && !yield(e, err) {
				return
			}
		}
	}
}
