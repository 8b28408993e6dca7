package visit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

var (
	errUnknownKey = errors.New("the relay has not let this key in")
	errRemoved    = journal.CauseNoAccess.Err("")
)

// access is who may enter, as the relay said last, and who is in. The daemon
// checks at the login and again at every use.
type access struct {
	// mu is taken before the locks of the session, the journal, of presence, of the runs,
	// of acting and of the UI; none of them takes mu.
	mu       sync.Mutex
	people   map[string]consent.Person // by public key; with a CSR CA by account
	inside   map[*sshd.Conn]*presentConn
	presence presence
	// came has the certificates with which an account has come and that are still good; with
	// a CSR CA.
	came map[string][]csrca.Certificate
	// list is what the CSR CA has revoked; nil where no list has come.
	list *csrca.Revocations
}

// presentConn is a connection of a CSR.
type presentConn struct {
	id      string // in the journal
	present bool   // it counts in presence: the key is let in
	// written waits until the journal says on the disk that it is here; an error is that
	// nothing may be done. It is called without the lock of access.
	written func() error
	ends    *time.Timer // of the certificate; nil without one
	// revoked is done when what the CA has revoked keeps them out from now on. Its cause is
	// the last that the CSR's programs say.
	revoked context.Context
	revoke  context.CancelCauseFunc
	leaves  *time.Timer // runs since then
}

// errNoAccess is for a CSR whose access was taken back while they were here.
func errNoAccess() error {
	return cmdline.Fail(cmdline.ExitAuth, "", "you have no access to this support session any more")
}

// noAccess is [errNoAccess], with the reason where it is what the CA has revoked.
func noAccess(why error) error {
	var r *csrca.Refusal
	if !errors.As(why, &r) || !r.OfList() {
		return errNoAccess()
	}
	return cmdline.Fail(cmdline.ExitAuth, r.Hint(askForTheClock), "your certificate does not let you in here any more: %v", r)
}

// authenticate is [sshd.Options.Authenticate].
func (s *Server) authenticate(meta ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
	s.access.mu.Lock()
	defer s.access.mu.Unlock()
	who, _, err := s.entrantLocked(meta.User(), meta.RemoteAddr(), key)
	if err != nil {
		return nil, err
	}
	return who, nil
}

// newID tells one connection or run from another in the journal.
func newID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // crypto/rand does not fail
	return hex.EncodeToString(b[:])
}

// enter runs when a CSR has proven their key.
func (s *Server) enter(c *sshd.Conn) error {
	a := &s.access
	a.mu.Lock()
	defer a.mu.Unlock()
	who, cert, err := s.entrantOfLocked(c)
	if err != nil {
		return err
	}
	id := newID()
	opened := journal.ConnectionOpen{Mark: journal.Mark{ID: id}, Who: who, From: c.RemoteAddr().String()}
	if cert != nil {
		opened.Certificate = &journal.Certificate{CA: cert.CA, KeyID: cert.KeyID, Serial: cert.Serial, Until: cert.Until}
		if line := csrca.Line(c.Key()); len(line) <= journal.MaxCertificate && !slices.Contains(a.came[cert.Account], *cert) {
			opened.Certificate.Line = line
		}
	}
	onDisk, err := s.Journal.AppendSoon(who.Account, opened)
	if err != nil {
		return err
	}
	// The disk works while the CSR's program asks for something: who does that waits for it
	// in mayBeHere. So it is seldom waited for at all.
	in := &presentConn{id: id, written: sync.OnceValue(onDisk)}
	s.working.Go(func() {
		defer panics.Keep(s.Log, "writing that a CSR is here", nil)
		if err := in.written(); err != nil {
			c.End(err)
		}
	})
	in.revoked, in.revoke = context.WithCancelCause(context.Background())
	if cert != nil {
		if in.ends, err = s.endWith(c, cert); err != nil {
			return err
		}
		s.endWorkWithLocked(*cert)
	}
	if a.inside == nil {
		a.inside = map[*sshd.Conn]*presentConn{}
	}
	a.inside[c] = in
	if s.hasLetIn(who) { // else the customer is asked first
		s.arriveLocked(who)
	}
	return nil
}

// arrived tells the customer that a CSR is here whom they have let in.
func (s *Server) arrived(who consent.Person) {
	s.access.mu.Lock()
	defer s.access.mu.Unlock()
	s.arriveLocked(who)
}

// arriveLocked counts the connections of a CSR who is let in.
func (s *Server) arriveLocked(who consent.Person) {
	for c, in := range s.access.inside {
		is, _ := c.Identity().(consent.Person)
		if is = s.keptAs(is); !in.present && is.Account == who.Account && is.Fingerprint == s.keptAs(who).Fingerprint {
			in.present = true
			s.tellComing(who)
		}
	}
}

// tellComing counts one more connection of a CSR, and tells the customer of the first.
func (s *Server) tellComing(who consent.Person) {
	switch s.access.presence.enter(who.Account) {
	case comesNew:
		s.UI.Notify(notice.Entered{Who: who})
		if pair, known := s.Session.Saved().Words.Of(who.Fingerprint); known {
			s.UI.Notify(s.wordsNotice(who, pair))
		}
	case comesBack:
		s.UI.Notify(notice.Reconnected{Who: who})
	}
}

// left runs when everything of a connection has ended.
func (s *Server) left(c *sshd.Conn) {
	who, ok := c.Identity().(consent.Person)
	if !ok {
		return
	}
	a := &s.access
	a.mu.Lock()
	defer a.mu.Unlock()
	in, ok := a.inside[c]
	if !ok {
		return
	}
	delete(a.inside, c)
	in.revoke(nil)
	for _, timer := range []*time.Timer{in.ends, in.leaves} {
		if timer != nil {
			timer.Stop()
		}
	}
	data := journal.ConnectionClose{Mark: journal.Mark{ID: in.id}, Who: who}
	if cause := context.Cause(c.Context()); cause != sshd.ErrClosed { // which is how a connection normally ends
		data.Cause, data.Because = cause.Error(), s.becauseOf(cause)
	}
	if err := s.Journal.Append(who.Account, data); err != nil {
		s.Log.Error("the end of a connection is not in the journal", "err", err)
	}
	if !in.present {
		return
	}
	last := a.presence.leave(who.Account, func() {
		defer panics.Keep(s.Log, "telling that a CSR has left", func() {})
		s.UI.Notify(notice.Left{Who: who})
	})
	if last {
		s.UI.Notify(notice.Disconnected{Who: who})
	}
}

// Authorize takes the relay's complete list of who may enter, and ends the
// connections of everyone else. A list that cannot be written down lets nobody new in.
func (s *Server) Authorize(list wire.Authorize) error {
	people, accounts := s.peopleOf(list)
	a := &s.access
	a.mu.Lock()
	defer a.mu.Unlock()
	err := s.Journal.Append(journal.ByRelay, journal.AccessChange{May: accounts})
	if err == nil {
		err = s.named(accounts)
	}
	if err != nil {
		for key := range people {
			if _, known := a.people[key]; !known {
				delete(people, key)
			}
		}
	}
	a.people = people
	s.endOthersLocked()
	s.endWorkUnless(func(account string) bool {
		return slices.ContainsFunc(accounts, func(p consent.Person) bool { return p.Account == account })
	}, journal.CauseNoAccess.Of(""))
	return err
}

// peopleOf is who may enter by the relay's list, as access keeps it and in the list's
// order.
func (s *Server) peopleOf(list wire.Authorize) (people map[string]consent.Person, accounts []consent.Person) {
	keys := s.Session.Saved().Keys
	people, accounts = map[string]consent.Person{}, []consent.Person{}
	for _, e := range list.Entries {
		if err := wire.CheckAccount(e.Account); err != nil {
			s.Log.Warn("the relay's list has an invalid account name", "err", err)
			continue
		}
		if s.certified.on { // its names and keys say nothing
			if _, again := people[e.Account]; !again {
				people[e.Account] = consent.Person{Account: e.Account}
				accounts = append(accounts, people[e.Account])
			}
			continue
		}
		if len(e.Key) == 0 {
			continue // an account with certificates, which nobody here vouches for
		}
		key, err := ssh.ParsePublicKey(e.Key)
		if err != nil || csrca.Of(key) != nil {
			s.Log.Warn("the relay's list has a key that cannot be read", "account", e.Account)
			continue
		}
		who := consent.Person{Name: e.Name, Account: e.Account, Fingerprint: ssh.FingerprintSHA256(key)}
		if known := keyOf(keys, who); known.Who.Account != "" {
			who = known.Who // under another name the customer would take it for somebody else
		}
		people[string(key.Marshal())] = who
		accounts = append(accounts, who)
	}
	return people, accounts
}

// endWorkUnless ends the run and the logon of those who have lost their access.
func (s *Server) endWorkUnless(may func(account string) bool, why journal.Because) {
	s.runs.endUnless(may, &journal.CauseError{Because: why})
	if s.acting.ownerLost(may) {
		s.working.Go(func() { s.acting.logOff(why) }) // it may take its time
	}
}

// becauseOf is the code of why a connection ended.
func (s *Server) becauseOf(err error) journal.Because {
	var known *journal.CauseError
	switch {
	case errors.Is(err, state.ErrRestarting):
		return journal.CauseRestarting.Of("")
	case errors.As(err, &known) && err != state.ErrWindow:
		return known.Because
	case errors.Is(err, sshd.ErrLost):
		return journal.CauseSilent.Of("")
	case errors.Is(err, sshd.ErrShutdown):
		return journal.CauseShutdown.Of("")
	case errors.Is(err, sshd.ErrAbuse):
		return journal.CauseAbuse.Of("")
	case s.Session.Over().Err() != nil:
		return journal.CauseOver.Of("")
	}
	return journal.CauseBroken.Of(text.Plain(err.Error(), local.MaxDetail))
}

// lingering is how long a CSR counts as present after their last connection:
// each command of theirs may be a connection of its own, with time to read and to
// think in between, and the customer shall not read of each.
const lingering = 5 * time.Minute

// presence tells when somebody comes and when they have gone. The zero presence
// is ready for use, by any number of goroutines.
type presence struct {
	mu     sync.Mutex // taken behind that of access; held while the UI is told that somebody has gone
	people map[string]*attendance
	over   bool
}

type attendance struct {
	count   int
	leaving *time.Timer // runs while count is 0
}

// coming is how somebody connects.
type coming int

const (
	comesAgain coming = iota // another connection of theirs stands
	comesBack                // none does, but one did a short while ago
	comesNew                 // they were not there before, or have been gone for long
)

// enter notes one more connection.
func (p *presence) enter(name string) coming {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people == nil {
		p.people = map[string]*attendance{}
	}
	a := p.people[name]
	if a == nil {
		p.people[name] = &attendance{count: 1}
		return comesNew
	}
	a.count++
	if a.leaving != nil {
		a.leaving.Stop()
		a.leaving = nil
		return comesBack
	}
	return comesAgain
}

// leave undoes one enter, and reports whether it was the last one; gone is called when
// they have not come back for a while.
func (p *presence) leave(name string, gone func()) (last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.people[name]
	if a.count--; a.count > 0 || p.over {
		return false
	}
	a.leaving = time.AfterFunc(lingering, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if a.count > 0 || p.over {
			return
		}
		delete(p.people, name)
		gone()
	})
	return true
}

// end tells nothing more.
func (p *presence) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	for _, a := range p.people {
		if a.leaving != nil {
			a.leaving.Stop()
		}
	}
}
