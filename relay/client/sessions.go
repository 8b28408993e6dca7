package client

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

// The states of a support session.
const (
	Waiting = "waiting" // for the customer to join
	Active  = "active"  // the computer is connected
	Away    = "away"    // it was, and may come back
	Ended   = "ended"
)

// Session is a support session as the relay tells it. Every text in it is
// hostile until escaped. In JSON it is exactly what the relay sent, so that keys
// of a newer relay are not lost.
type Session struct {
	Number   wire.Number `json:"number"`
	State    string      `json:"state"`
	Customer string      `json:"customer"`
	Host     string      `json:"host"`
	OS       string      `json:"os"`
	Owner    string      `json:"owner"`
	Created  time.Time   `json:"created"`
	// Expires is when the number can no longer be used to join; zero when it has
	// been used.
	Expires   time.Time `json:"expires,omitzero"`
	Joined    time.Time `json:"joined,omitzero"`
	AwaySince time.Time `json:"away_since,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	EndedBy   string    `json:"ended_by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Ticket    string    `json:"ticket,omitempty"`
	Note      string    `json:"note,omitempty"`

	raw json.RawMessage
}

type sessionFields Session

// UnmarshalJSON decodes what the relay sent. A number that is none is refused:
// it is used as a name later.
func (s *Session) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, (*sessionFields)(s)); err != nil {
		return err
	}
	n, err := wire.ParseNumber(string(s.Number))
	s.Number, s.raw = n, append(json.RawMessage(nil), data...)
	return err
}

// MarshalJSON returns what the relay sent.
func (s Session) MarshalJSON() ([]byte, error) {
	if s.raw != nil {
		return s.raw, nil
	}
	return json.Marshal(sessionFields(s))
}

// Person is the account that is logged in, as the relay knows it.
type Person struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Admin   bool   `json:"admin"`
	Key     string `json:"key"` // SHA256:… of the key that was proven
}

const whereRelay = "the relay"

// query runs a relay command that answers in JSON.
func (r *Relay) query(ctx context.Context, into any, args ...string) error {
	out, err := answer(ctx, r.ssh, whereRelay, append(args, "--json")...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, into); err != nil {
		return malformed(whereRelay, err)
	}
	return nil
}

// WhoAmI asks the relay who is logged in.
func (r *Relay) WhoAmI(ctx context.Context) (p Person, err error) {
	return p, r.query(ctx, &p, "whoami")
}

// Start opens a support session, with a fresh number. The ticket, by which
// another system knows it, may be empty.
func (r *Relay) Start(ctx context.Context, ticket string) (s Session, err error) {
	args := []string{"session", "start"}
	if ticket != "" {
		args = append(args, "--ticket="+ticket)
	}
	return s, r.query(ctx, &s, args...)
}

// SetNote replaces the note that stands in a support session's report.
func (r *Relay) SetNote(ctx context.Context, n wire.Number, note string) error {
	_, err := answer(ctx, r.ssh, whereRelay, "session", "note", "--", string(n), note)
	return err
}

// Which support sessions are listed: without more, those of this account that
// have not ended.
type Which struct {
	Ended     bool // those that have ended too
	Everybody bool // those of every CSR; only admins may
}

// Sessions lists support sessions.
func (r *Relay) Sessions(ctx context.Context, w Which) (list []Session, err error) {
	args := []string{"session", "list"}
	if w.Ended {
		args = append(args, "--ended")
	}
	if w.Everybody {
		args = append(args, "--all")
	}
	return list, r.query(ctx, &list, args...)
}

// Session returns one of them.
func (r *Relay) Session(ctx context.Context, n wire.Number) (s Session, err error) {
	return s, r.query(ctx, &s, "session", "show", string(n))
}

// End ends a support session: the customer's computer is left alone from now on.
// The customer sees the reason, which may be empty.
func (r *Relay) End(ctx context.Context, n wire.Number, reason string) error {
	args := []string{"session", "end", string(n), "--yes"}
	if reason != "" {
		args = append(args, "--reason="+reason)
	}
	_, err := answer(ctx, r.ssh, whereRelay, args...)
	return err
}

// FetchAuthorities asks the relay for its host authorities: the keys that vouch
// for computers, as its known_hosts lines name them.
func (r *Relay) FetchAuthorities(ctx context.Context) ([]ssh.PublicKey, error) {
	out, err := answer(ctx, r.ssh, whereRelay, "known-hosts")
	if err != nil {
		return nil, err
	}
	var keys []ssh.PublicKey
	for line := range strings.Lines(string(out)) {
		marker, _, key, _, _, err := ssh.ParseKnownHosts([]byte(line))
		if err == nil && marker == "cert-authority" {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, malformed(whereRelay, nil)
	}
	return keys, nil
}
