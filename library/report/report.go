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
	"cmp"
	"iter"
	"time"

	"supportd/library/journal"
	"supportd/library/wire"
)

// Active is the state of a support session whose computer is connected, Ended that
// of one whose journal gets no more events but those that are still on their way.
const (
	Active = "active"
	Ended  = "ended"
)

// MaxText is the longest tracking code and the longest note, in bytes.
const MaxText = 2 << 10

// Header is what a report says before its events. Texts in it are hostile until
// escaped. What the journal does not hold (ticket, note, when the session was
// opened) is the relay's word; no signature covers it. So are State, Ended, EndedBy
// and Reason: the journal's last event has the computer's.
type Header struct {
	Number  wire.Number `json:"number"`
	ID      string      `json:"id,omitempty"` // numbers are given out again, this is not
	State   string      `json:"state"`
	Ticket  string      `json:"ticket,omitempty"`
	Name    string      `json:"name,omitempty"` // what the CSR calls the session
	Note    string      `json:"note,omitempty"`
	Owner   string      `json:"owner"` // account
	Created time.Time   `json:"created,omitzero"`
	Ended   time.Time   `json:"ended,omitzero"`
	EndedBy string      `json:"ended_by,omitempty"` // an account, "customer", "daemon" or "relay"
	Reason  string      `json:"reason,omitempty"`
	Key     string      `json:"key,omitempty"` // the computer's in this session, as in authorized_keys
	journal.Presence
	Pruned *Pruned `json:"pruned,omitempty"`

	bare bool // made of a journal alone, so nothing in it is the relay's word
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

// HeaderOf is the header that a journal alone gives, for those who have no more:
// the customer.
func HeaderOf(events iter.Seq2[journal.Event, error], key string) (Header, error) {
	h := Header{State: Active, Key: key, bare: true}
	var last journal.Event
	for e, err := range events {
		if err != nil {
			return Header{}, err
		}
		h.Observe(e)
		last = e
	}
	h.Finish(last)
	h.Number, h.Owner = h.Session()
	h.Created = h.Joined
	if end := h.End(); end.Seq > 0 {
		h.State, h.Ended = Ended, end.Time
		h.EndedBy, h.Reason, _ = endedBy(end)
	}
	return h, nil
}

// Source is a report: its header, its seal where it has one, and its events,
// which are read anew, from the first one, each time.
type Source struct {
	Header Header
	Seal   *journal.Seal
	told   *journal.Presence // what the events say, where the header was read from a file
	// Events are all events, Outline those that are no output of a script.
	Events, Outline func() iter.Seq2[journal.Event, error]
}

// ending is the event that ended the session, the zero Event while there is none.
func (s Source) ending() journal.Event {
	if p := s.Header.Pruned; p != nil {
		if p.End == nil {
			return journal.Event{}
		}
		return *p.End
	}
	return s.presence().End()
}

// presence is what the events say of the session.
func (s Source) presence() journal.Presence {
	if s.told != nil {
		return *s.told
	}
	return s.Header.Presence
}

// endedBy is who ended the session as the computer says it, and why.
func endedBy(end journal.Event) (by, reason string, because journal.Because) {
	p := journal.Of[journal.SessionEnd](end)
	return cmp.Or(p.By, end.Actor), p.Reason, p.Because
}

// sameMoment is how far the relay's clock and the computer's may be apart.
const sameMoment = time.Minute

// differs reports whether a header says something else of the end than the event
// that ended the session.
func (h Header) differs(end journal.Event) bool {
	by, reason, _ := endedBy(end)
	return h.State != Ended || h.EndedBy != by || h.Reason != reason || h.Ended.Sub(end.Time).Abs() > sameMoment
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
