package visit

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/script"
	"supportd/library"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// Why nobody is named as an author, or as the second who has signed.
var (
	errNoCertificate = errors.New("there is no certificate for the author's key")
	errUnsigned      = errors.New("nobody has signed it")
	errNoSecond      = errors.New("there is none")
)

// signatures are those of a script, as a CSR says; nothing is proved.
type signatures struct {
	author author.Signed
	second author.Second // the zero Second is that there is none
}

// authors is what CSRs say of who has signed the scripts of their next run. The zero
// authors is ready for use, by any number of goroutines.
type authors struct {
	mu   sync.Mutex                       // no other lock is taken under it
	said map[string]map[string]signatures // by account, by path in the staging area
}

// say keeps what a CSR says of a script, and reports whether there was room for it.
func (a *authors) say(account, path string, s author.Signed) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.said == nil {
		a.said = map[string]map[string]signatures{}
	}
	if a.said[account] == nil {
		a.said[account] = map[string]signatures{}
	}
	a.said[account][path] = signatures{author: s}
	if len(a.said[account]) > library.MaxScripts {
		delete(a.said[account], path)
		return false
	}
	return true
}

// saySecond adds to that who else has signed the script.
func (a *authors) saySecond(account, path string, n author.Second) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.said[account][path]
	if ok {
		s.second = n
		a.said[account][path] = s
	}
	return ok
}

// take is what a CSR has said since their last run.
func (a *authors) take(account string) map[string]signatures {
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

// saySecond answers [wire.SecondRequest], likewise.
func (s *Server) saySecond(ctx context.Context, channel *sshd.Session, payload []byte) bool {
	m, err := wire.ParseAuthored(payload)
	second, wrong := author.ParseSecond(m.Signed)
	if err != nil || wrong != nil || !s.certified.on {
		return false
	}
	who, err := s.mayBeHere(channel.Conn)
	return err == nil && s.authors.saySecond(who.Account, m.Script, second)
}

// signers are who has signed the scripts of a plan, as the CSR CA vouches for them: one for
// each script. The zero Person is nobody.
type signers struct{ authors, seconds []consent.Person }

// signersOf proves who has signed the scripts of a plan. Without a CSR CA it is nobody. The
// error is that the organisation does not let one of them run as it is signed: what it
// demands, no relay can loosen. said is what the CSR says.
func (v *visit) signersOf(plan *script.Plan, said map[string]signatures) (all signers, err error) {
	demanded := v.server.secondDemanded()
	if !v.server.certified.on && len(demanded) == 0 {
		return all, nil
	}
	for _, step := range plan.Steps {
		var by, second consent.Person
		why, whyNoSecond := errUnsigned, errNoSecond
		s, ok := said[step.Name]
		if ok && v.server.certified.on { // else nobody says anything of anybody
			by, why = v.server.authorOf(s.author, step)
		}
		if why == nil && s.second != (author.Second{}) {
			second, whyNoSecond = v.server.secondOf(s, step)
		}
		name := text.Plain(step.Name, 60)
		switch {
		case why != nil && len(demanded) > 0:
			return all, cmdline.Fail(cmdline.ExitFailed, "put it into the library with supportctl script add, signed with an author's certificate; nothing was run",
				"%s does not run here: your organisation wants two signatures for scripts of some categories, and of which one this is, only its author's signature says: %v", name, why).Because(why)
		case why == nil && whyNoSecond != nil && csrca.NeedsSecond(demanded, s.author.Category):
			return all, cmdline.Fail(cmdline.ExitFailed, "", "%s does not run here: your organisation wants two signatures for scripts of the category %q, and the second one does not count: %v", name, text.Plain(s.author.Category, library.MaxName), whyNoSecond).
				Because(whyNoSecond).WithHint("another CSR looks at it and signs it: supportctl script sign %q; nothing was run", text.Plain(s.author.Name, library.MaxName))
		case why != nil && ok:
			v.tell("the customer is not told who has written %s: %v", name, why)
		case why == nil && s.second != (author.Second{}) && whyNoSecond != nil:
			v.tell("the customer is not told who else has signed %s: %v", name, whyNoSecond)
		}
		all.authors, all.seconds = append(all.authors, by), append(all.seconds, second)
	}
	if !slices.ContainsFunc(all.seconds, func(p consent.Person) bool { return p != consent.Person{} }) {
		all.seconds = nil
	}
	return all, nil
}

// secondDemanded are the categories whose scripts need a second signature here: what the
// customer's program demands, and what the CSR CA's list does.
func (s *Server) secondDemanded() []string {
	demanded := s.Session.Saved().Revocations.Second
	s.access.mu.Lock()
	defer s.access.mu.Unlock()
	if s.access.list == nil {
		return demanded
	}
	return slices.Concat(demanded, s.access.list.Second)
}

// listed are the files of a step, as they are signed.
func listed(step script.Step) []author.File {
	files := []author.File{{Path: step.Executable.Name, Size: step.Executable.Size, SHA256: step.Executable.SHA256}}
	for _, f := range step.With {
		files = append(files, author.File{Path: f.Name, Size: f.Size, SHA256: f.SHA256})
	}
	return files
}

// authorOf proves who has written a script.
func (s *Server) authorOf(signed author.Signed, step script.Step) (consent.Person, error) {
	by, err := signed.Check(step.Executable.Name, listed(step))
	if err == nil && by.Certificate == nil {
		err = errNoCertificate
	}
	if err != nil {
		return consent.Person{}, err
	}
	return s.vouched(by.Certificate, signed.Owner)
}

// secondOf proves who else than the author has signed a script.
func (s *Server) secondOf(said signatures, step script.Step) (consent.Person, error) {
	by, err := said.author.CheckSecond(said.second, step.Executable.Name, listed(step))
	if err != nil {
		return consent.Person{}, err
	}
	return s.vouched(by.Certificate, said.second.Account)
}

// vouched is who signs scripts with a certificate, where the CSR CA vouches for them now.
func (s *Server) vouched(cert *ssh.Certificate, account string) (consent.Person, error) {
	c, err := csrca.CheckAuthor(cert, account, s.certified.cas, s.clock())
	if err == nil && s.isRelays(cert.SignatureKey) {
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
