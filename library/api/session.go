package api

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
)

// State is where a support session stands. The zero value is no state.
type State string

// The states, in the order in which a support session has them.
const (
	Waiting State = "waiting"     // for the customer to join
	Active  State = report.Active // the computer is connected
	Away    State = "away"        // the computer is lost and may come back
	Ended   State = report.Ended  // for good
)

// States lists them all.
func States() []State { return []State{Waiting, Active, Away, Ended} }

// Known reports whether there is such a state.
func (s State) Known() bool { return slices.Contains(States(), s) }

// StateNames are the states for people, with this between them.
func StateNames(between string) string {
	var names []string
	for _, s := range States() {
		names = append(names, string(s))
	}
	return strings.Join(names, between)
}

// Session is a support session. In JSON all keys are there: what is empty is null.
type Session struct {
	Number   wire.Number `json:"number"`
	State    State       `json:"state"`
	Customer string      `json:"customer"` // what the customer calls themselves
	Host     string      `json:"host"`
	OS       string      `json:"os"`
	Owner    string      `json:"owner"` // account
	Created  time.Time   `json:"created"`
	// Expires is when the session ends unless its computer comes: when the number can no
	// longer be used to join, or when the computer has been away for too long. Zero
	// while it is there.
	Expires   time.Time `json:"expires"`
	Joined    time.Time `json:"joined"`
	AwaySince time.Time `json:"away_since"`
	Ended     time.Time `json:"ended"`
	EndedBy   string    `json:"ended_by"` // an account, "customer", "daemon" or "relay"
	Reason    string    `json:"reason"`   // of the end, or why the computer is away
	Ticket    string    `json:"ticket"`   // tracking code in another system
	Name      string    `json:"name"`     // what the CSR calls it
	Note      string    `json:"note"`
	// Link is the join page of the number, while it can be used to join; "" where the
	// relay has no such page.
	Link string `json:"link"`
	// Delay is there while a computer that has the number of a waiting session has to
	// wait. It is the relay's guess who that is: it has the number, and nothing else.
	Delay *Delay `json:"delay"`

	// What follows is the computer's word, and was true when it was last heard of.

	// Question stands on the customer's screen.
	Question *Question `json:"question"`
	// Unread is how many messages of the customer the CSR who asks has neither been shown
	// by a chat nor answered, at most [journal.MaxUnread].
	Unread   int    `json:"unread"`
	ActingAs string `json:"acting_as"` // the user as whom CSRs act, "" for the customer
	Run      *Run   `json:"run"`       // the one that goes on
	// LastEvent is the last thing that happened. That CSRs come and go is none, nor is
	// output of scripts.
	LastEvent *LastEvent `json:"last_event"`

	came     json.RawMessage
	withheld string // see [Session.WithholdLink]
}

// Question is one that stands on a customer's screen.
type Question struct {
	Kind  string    `json:"kind"` // see package consent
	By    string    `json:"by"`   // account
	Until time.Time `json:"until"`
}

// Run is a run that goes on.
type Run struct {
	By     string    `json:"by"`     // account
	Script string    `json:"script"` // the one that runs, or the first before it starts
	Step   int       `json:"step"`   // from 1; 0 before the first has started
	Of     int       `json:"of"`
	Since  time.Time `json:"since"`
}

// LastEvent is the last thing that happened in a support session.
type LastEvent struct {
	Time time.Time `json:"time"` // by the computer's clock
	Kind string    `json:"kind"` // see package journal
	By   string    `json:"by"`   // an account, "customer", "daemon" or "relay"
}

// Show fills in what a picture says of a time, for the CSR with an account.
func (s *Session) Show(p journal.Picture, account string, now time.Time) {
	s.Unread = p.Unread(account)
	if p.Last != nil {
		s.LastEvent = &LastEvent{p.Last.Time.UTC(), p.Last.Kind, p.Last.By}
	}
	// Whoever has asked was connected through the relay, so nobody asks on behalf of a
	// computer that is away; its run and its logon may go on.
	if q := p.Standing(now); q != nil && s.State == Active {
		s.Question = &Question{string(q.Kind), q.By, q.Until}
	}
	if s.State != Active && s.State != Away {
		return
	}
	if p.Logon != nil {
		s.ActingAs = p.Logon.User
	}
	if r := p.Run; r != nil {
		s.Run = &Run{By: r.By, Script: r.Script, Step: r.Step, Of: r.Of, Since: r.Since.UTC()}
	}
}

// Delay says that a computer has a number and may not join with it yet, because of
// wrong numbers from its address. It tries again by itself.
type Delay struct {
	From  string    `json:"from"`  // the address that is slowed: an IPv4 address, or an IPv6 network
	Until time.Time `json:"until"` // when its turn comes at the latest, as far as is known
}

// message says so to a CSR, and what can be done.
func (d *Delay) message(when func(time.Time) string) text.Message {
	return text.Later("a computer tried this number from %s and has to wait until %s, because five wrong numbers came from there; "+
		"wait, it tries again by itself, or ask the relay's admin: support-relay unlock %s --data DIR", d.From, when(d.Until), d.From)
}

type sessionFields Session

// UnmarshalJSON decodes what the relay sent. A number that is none is refused:
// it is used as a name later. So are addresses, which people put into a command and open.
func (s *Session) UnmarshalJSON(data []byte) (err error) {
	if err = read(data, (*sessionFields)(s), &s.came); err == nil {
		s.Number, err = wire.ParseNumber(string(s.Number))
	}
	if err == nil && s.Link != "" {
		err = wire.CheckLink(s.Link, s.Number)
	}
	if err == nil && s.Delay != nil {
		if _, bad := netip.ParseAddr(s.Delay.From); bad != nil {
			_, err = netip.ParsePrefix(s.Delay.From)
		}
	}
	return err
}

// WithholdLink takes the link out of what the relay sent, also out of its JSON: nobody knows
// whose page it is.
func (s *Session) WithholdLink() {
	if s.Link != "" {
		s.withheld, s.Link, s.came = s.Link, "", nil
	}
}

// WithheldLink is what [Session.WithholdLink] has taken out, or "".
func (s *Session) WithheldLink() string { return s.withheld }

// MarshalJSON returns what the relay sent, if it did.
func (s Session) MarshalJSON() ([]byte, error) {
	if s.came != nil {
		return s.came, nil
	}
	return allKeys(sessionFields(s))
}
