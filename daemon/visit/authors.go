package visit

import (
	"context"
	"errors"
	"sync"

	"supportd/consent"
	"supportd/daemon/script"
	"supportd/library"
	"supportd/library/author"
	"supportd/library/csrca"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

var errNoCertificate = errors.New("there is no certificate for the author's key")

// authors is what CSRs say of who has written the scripts of their next run. The zero
// authors is ready for use, by any number of goroutines.
type authors struct {
	mu   sync.Mutex                          // no other lock is taken under it
	said map[string]map[string]author.Signed // by account, by path in the staging area
}

// say keeps what a CSR says of a script, and reports whether there was room for it.
func (a *authors) say(account, path string, s author.Signed) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.said == nil {
		a.said = map[string]map[string]author.Signed{}
	}
	if a.said[account] == nil {
		a.said[account] = map[string]author.Signed{}
	}
	a.said[account][path] = s
	if len(a.said[account]) > library.MaxScripts {
		delete(a.said[account], path)
		return false
	}
	return true
}

// take is what a CSR has said since their last run.
func (a *authors) take(account string) map[string]author.Signed {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer delete(a.said, account)
	return a.said[account]
}

// sayAuthor answers [wire.AuthorRequest]. Without a CSR CA nobody here could say who an
// author is.
func (s *Server) sayAuthor(ctx context.Context, channel *sshd.Session, payload []byte) bool {
	m, err := wire.ParseAuthored(payload)
	signed, wrong := author.Parse(m.Signed)
	if err != nil || wrong != nil || !s.certified.on {
		return false
	}
	who, err := s.mayBeHere(channel.Conn)
	return err == nil && s.authors.say(who.Account, m.Script, signed)
}

// authorsOf are who has written the scripts of a plan, as the CSR CA vouches for them; the
// zero Person is not known. Without a CSR CA there are none.
func (v *visit) authorsOf(plan *script.Plan) (list []consent.Person) {
	said := v.server.authors.take(v.who.Account)
	if !v.server.certified.on {
		return nil
	}
	for _, step := range plan.Steps {
		var by consent.Person
		if signed, ok := said[step.Name]; ok {
			var err error
			if by, err = v.server.authorOf(signed, step); err != nil {
				v.tell("the customer is not told who has written %s: %v", text.Plain(step.Name, 60), err)
			}
		}
		list = append(list, by)
	}
	return list
}

// authorOf proves who has written a script.
func (s *Server) authorOf(signed author.Signed, step script.Step) (consent.Person, error) {
	files := []author.File{{Path: step.Executable.Name, Size: step.Executable.Size, SHA256: step.Executable.SHA256}}
	for _, f := range step.With {
		files = append(files, author.File{Path: f.Name, Size: f.Size, SHA256: f.SHA256})
	}
	by, err := signed.Check(step.Executable.Name, files)
	if err == nil && by.Certificate == nil {
		err = errNoCertificate
	}
	if err != nil {
		return consent.Person{}, err
	}
	c, err := csrca.CheckAuthor(by.Certificate, signed.Owner, s.certified.cas, s.clock())
	if err == nil && s.isRelays(by.Certificate.SignatureKey) {
		err = errRelaysCA
	}
	if err == nil {
		s.access.mu.Lock()
		err = s.Session.Saved().Revocations.Check(c, s.access.list, s.clock())
		s.access.mu.Unlock()
	}
	if err != nil {
		return consent.Person{}, err
	}
	return consent.Person{Name: c.Name, Account: c.Account, Fingerprint: c.Key}, nil
}
