package client

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
)

// whereRelay names the relay in errors.
func whereRelay() text.Message { return text.Later("the relay") }

// side is the relay as commands reach it.
func (r *Relay) side() remoteSide { return remoteSide{r.ssh, whereRelay(), r.opts.Language} }

// query runs a relay command that answers in JSON.
func (r *Relay) query(ctx context.Context, into any, args ...string) error {
	out, err := answer(ctx, r.side(), append(args, "--json")...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, into); err != nil {
		return malformed(whereRelay(), err)
	}
	return nil
}

// WhoAmI asks the relay who is logged in.
func (r *Relay) WhoAmI(ctx context.Context) (me api.WhoAmI, err error) {
	return me, r.query(ctx, &me, "whoami")
}

// Start opens a support session, with a fresh number. The ticket, by which
// another system knows it, may be empty; more are other flags of the relay's command.
func (r *Relay) Start(ctx context.Context, ticket string, link bool, more ...string) (s api.Session, err error) {
	args := append([]string{"session", "start"}, more...)
	if ticket != "" {
		args = append(args, "--ticket="+ticket)
	}
	if link {
		args = append(args, "--link")
	}
	err = r.query(ctx, &s, args...)
	r.onlyOwn(&s)
	return s, err
}

// onlyOwn takes the link out of a session where it leads elsewhere.
func (r *Relay) onlyOwn(s *api.Session) {
	if s.Link != "" && !r.isOwn(wire.WebOf(s.Link, s.Number)) {
		s.WithholdLink()
	}
}

// isOwn reports whether a web address is on the host at which we are logged in, or the one
// that a person has confirmed. Else it is the relay's word alone whose page that is, and
// people send it to their customers.
func (r *Relay) isOwn(web string) bool {
	u, err := url.Parse(web)
	if err != nil || web == "" {
		return false
	}
	at, err := reach.ParseAddress(u.Host)
	return err == nil && at.Host == r.opts.Address.Host || web == r.opts.Web
}

// SetNote replaces the note that stands in a support session's report.
func (r *Relay) SetNote(ctx context.Context, n wire.Number, note string) error {
	_, err := answer(ctx, r.side(), "session", "note", "--", string(n), note)
	return err
}

// Which support sessions are listed: without more, those of this account that
// have not ended.
type Which struct {
	Ended     bool // those that have ended too
	Everybody bool // those of every CSR; only admins may
}

// Sessions lists support sessions.
func (r *Relay) Sessions(ctx context.Context, w Which) (list []api.Session, err error) {
	args := []string{"session", "list"}
	if w.Ended {
		args = append(args, "--ended")
	}
	if w.Everybody {
		args = append(args, "--all")
	}
	err = r.query(ctx, &list, args...)
	for i := range list {
		r.onlyOwn(&list[i])
	}
	return list, err
}

// Session returns one of them.
func (r *Relay) Session(ctx context.Context, n wire.Number) (s api.Session, err error) {
	err = r.query(ctx, &s, "session", "show", string(n))
	r.onlyOwn(&s)
	return s, err
}

// Find returns the one that a word names: a number, or how its ticket or the CSR's own name
// for it begins.
func (r *Relay) Find(ctx context.Context, word string) (s api.Session, err error) {
	out, err := answer(ctx, r.side(), "session", "show", "--json", "--", word)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, malformed(whereRelay(), err)
	}
	r.onlyOwn(&s)
	return s, nil
}

// maxRow bounds one session in JSON, in bytes.
const maxRow = 64 << 10

// Watch calls sink with the present state of support sessions and then with every change:
// of those with these numbers, until all have ended, or of all of this account or, for
// admins, of everybody.
func (r *Relay) Watch(ctx context.Context, everybody bool, only []wire.Number, sink func(api.Session) error) error {
	args := []string{"session", "watch", "--json"}
	if everybody {
		args = append(args, "--all")
	}
	for _, n := range only {
		args = append(args, string(n))
	}
	own := func(s api.Session) error {
		r.onlyOwn(&s)
		return sink(s)
	}
	rows := &jsonLines[api.Session]{sink: own, where: whereRelay(), most: maxRow}
	return execute(ctx, r.side(), rows, args...)
}

// End ends a support session: the customer's computer is left alone from now on.
// The customer sees the reason, which may be empty.
func (r *Relay) End(ctx context.Context, n wire.Number, reason string) error {
	args := []string{"session", "end", string(n), "--yes"}
	if reason != "" {
		args = append(args, "--reason="+reason)
	}
	_, err := answer(ctx, r.side(), args...)
	return err
}

// FetchAuthorities asks the relay for its host authorities: the keys that vouch
// for computers, as its known_hosts lines name them.
func (r *Relay) FetchAuthorities(ctx context.Context) ([]ssh.PublicKey, error) {
	out, err := answer(ctx, r.side(), "known-hosts")
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
		return nil, malformed(whereRelay(), nil)
	}
	return keys, nil
}
