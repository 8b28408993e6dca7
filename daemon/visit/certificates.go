package visit

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/sshd"
)

var (
	errRelaysCA         = errors.New("its CA is a key of the relay's, which may not say who is let in")
	errCertificateEnded = journal.CauseCertificate.Err("")
)

// askForTheClock is what a CSR can do where the time alone keeps them out.
const askForTheClock = "ask the customer to set the clock of their computer"

// certified is who may enter where a CSR CA says so. The zero certified is that there is
// no CA: then the relay's list of keys counts. It does not change.
type certified struct {
	on  bool
	cas []ssh.PublicKey // none lets nobody in
}

func certifiedBy(lines []string) (c certified, err error) {
	c.on = lines != nil
	c.cas, err = csrca.ParseLines(lines)
	return c, err
}

// clock is the time of this computer. It never says less than a time that the CA has
// signed: who sets it back must not bring old certificates back to life.
func (s *Server) clock() time.Time {
	now := time.Now()
	if signed := s.Session.Saved().Signed; signed.After(now) {
		return signed
	}
	return now
}

// entrantLocked decides who a key is that is shown under a user name, from where the relay
// says. Without a CSR CA, the key says who it is. With one, a certificate of the CA does:
// the account is the user name, which has to be among the certificate's principals and
// among the accounts that the relay lets in. So the relay can keep people out, and
// can let in nobody. Where they come from, it only claims: that can keep them out, too. The
// certificate is nil without a CSR CA. The lock of access is held.
func (s *Server) entrantLocked(user string, from net.Addr, key ssh.PublicKey) (consent.Person, *csrca.Certificate, error) {
	no := func(err error) (consent.Person, *csrca.Certificate, error) { return consent.Person{}, nil, err }
	if !s.certified.on {
		if who, ok := s.access.people[string(key.Marshal())]; ok {
			return who, nil, nil
		}
		return no(errUnknownKey)
	}
	cert := csrca.Of(key)
	if cert == nil {
		return no(csrca.PlainKey(key))
	}
	c, err := s.checker.Check(cert, user, s.certified.cas, from, s.clock())
	if err == nil && s.isRelays(cert.SignatureKey) {
		err = errRelaysCA
	}
	if err == nil {
		err = s.Session.Saved().Revocations.Check(c, s.access.list, s.clock())
	}
	if err != nil {
		s.tellClock(err)
		return no(csrca.ToCSR(err, askForTheClock))
	}
	if _, ok := s.access.people[c.Account]; !ok {
		return no(csrca.ToCSR(errNotOnList, ""))
	}
	return consent.Person{Name: c.Name, Account: c.Account, Fingerprint: c.Key}, &c, nil
}

var errNotOnList = errors.New("the relay has not let this account in")

// isRelays reports whether a key is one that the relay has shown: its host key, or the
// key by which it vouches for computers.
func (s *Server) isRelays(ca ssh.PublicKey) bool {
	for _, host := range s.HostKeys() {
		if cert := csrca.Of(host.PublicKey()); cert != nil && csrca.IsOneOf(ca, []ssh.PublicKey{cert.SignatureKey}) {
			return true
		}
	}
	return slices.Contains(s.Session.Saved().Relay.Keys, ssh.FingerprintSHA256(ca))
}

// tellClock tells the customer, once, that a certificate fails for the time alone: it may
// be their clock.
func (s *Server) tellClock(err error) {
	var r *csrca.Refusal
	if !errors.As(err, &r) || !r.InTime() {
		return
	}
	s.clockTold.Do(func() { s.UI.Notify(notice.CertificateTime{From: r.From, Until: r.Until, Now: r.Now}) })
}

// keptAs is a CSR as what is kept of them knows them: with a CSR CA by their account, which it
// vouches for, whatever key they have today.
func (s *Server) keptAs(who consent.Person) consent.Person {
	if s.certified.on {
		return consent.Person{Account: who.Account}
	}
	return who
}

// mark is a CSR in a list of those who are let in.
func (s *Server) mark(who consent.Person) string {
	if s.certified.on {
		return who.Account
	}
	return who.Fingerprint
}

// onlyOwner lets in, of the accounts that the relay has named since, only that of the CSR
// whose support session it is.
func onlyOwner(before, after []state.Key, owner string) {
	for i, k := range after {
		if !slices.ContainsFunc(before, func(b state.Key) bool { return b.Names(k.Who) }) {
			after[i].Let = k.Who.Account == owner
		}
	}
}

// endWith ends a connection when its certificate ends, and keeps what that says of the
// time. The timer is for the connection's end to stop.
func (s *Server) endWith(c *sshd.Conn, cert *csrca.Certificate) (*time.Timer, error) {
	newer := false
	s.Session.Change(func(saved *state.Saved) {
		if newer = cert.From.After(saved.Signed); newer {
			saved.Signed = cert.From
		}
	})
	if newer {
		if err := s.Session.Save(); err != nil {
			return nil, fmt.Errorf("the time of a certificate: %w", err)
		}
	}
	return time.AfterFunc(cert.Until.Sub(s.clock()), func() { c.End(errCertificateEnded) }), nil
}

// endWorkWithLocked has the run and the logon of a CSR end with the last certificate with
// which they have come, also where they are not connected then: what they may do ends with
// it. The lock of access is held.
func (s *Server) endWorkWithLocked(cert csrca.Certificate) {
	a := &s.access
	if slices.Contains(a.came[cert.Account], cert) {
		return
	}
	if a.came == nil {
		a.came = map[string][]csrca.Certificate{}
	}
	a.came[cert.Account] = append(a.came[cert.Account], cert)
	s.atLater(cert.Until, func() {
		s.endWorkOfLocked(func(c csrca.Certificate) bool { return c == cert }, journal.CauseCertificate.Of(""))
	})
}

// endWorkOfLocked forgets certificates, and ends the run and the logon of whoever has no
// other. The lock of access is held.
func (s *Server) endWorkOfLocked(gone func(csrca.Certificate) bool, why journal.Because) {
	a := &s.access
	for account, all := range a.came {
		left := slices.DeleteFunc(slices.Clone(all), gone)
		if a.came[account] = left; len(left) == 0 {
			delete(a.came, account)
		}
		if len(left) == 0 && len(all) > 0 {
			s.endWorkUnless(func(other string) bool { return other != account }, why)
		}
	}
}

// atLater does something at a time of this computer's clock, with the lock of access, unless
// the support session is over before.
func (s *Server) atLater(t time.Time, do func()) {
	wait := t.Sub(s.clock())
	s.working.Go(func() {
		defer panics.Keep(s.Log, "what ends at a time", nil)
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.Session.Over().Done():
			return
		}
		s.access.mu.Lock()
		defer s.access.mu.Unlock()
		do()
	})
}
