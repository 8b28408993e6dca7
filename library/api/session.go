package api

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"supportd/library/report"
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

// Session is a support session.
type Session struct {
	Number   wire.Number `json:"number"`
	State    State       `json:"state"`
	Customer string      `json:"customer"` // what the customer calls themselves
	Host     string      `json:"host"`
	OS       string      `json:"os"`
	Owner    string      `json:"owner"` // account
	Created  time.Time   `json:"created"`
	// Expires is when the number can no longer be used to join; zero when it has
	// been used.
	Expires   time.Time `json:"expires,omitzero"`
	Joined    time.Time `json:"joined,omitzero"`
	AwaySince time.Time `json:"away_since,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	EndedBy   string    `json:"ended_by,omitempty"` // an account, "customer", "daemon" or "relay"
	Reason    string    `json:"reason,omitempty"`   // of the end, or why the computer is away
	Ticket    string    `json:"ticket,omitempty"`   // tracking code in another system
	Note      string    `json:"note,omitempty"`
	// Link is the join page of the number, while it can be used to join; "" where the
	// relay has no such page.
	Link string `json:"link,omitempty"`
	// Delay is there while a computer that has the number of a waiting session has to
	// wait. It is the relay's guess who that is: it has the number, and nothing else.
	Delay *Delay `json:"delay,omitempty"`

	came json.RawMessage
}

// Delay says that a computer has a number and may not join with it yet, because of
// wrong numbers from its address. It tries again by itself.
type Delay struct {
	From  string    `json:"from"`  // the address that is slowed: an IPv4 address, or an IPv6 network
	Until time.Time `json:"until"` // when its turn comes at the latest, as far as is known
}

// Text says so to a CSR, and what can be done.
func (d *Delay) Text(when func(time.Time) string) string {
	return fmt.Sprintf("a computer tried this number from %s and has to wait until %s, because five wrong numbers came from there; "+
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

// MarshalJSON returns what the relay sent, if it did.
func (s Session) MarshalJSON() ([]byte, error) { return write(s.came, sessionFields(s)) }
