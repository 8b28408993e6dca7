package link

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/api"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// enter joins or resumes, and asks for the tunnel.
func (l *Link) enter(client *sshd.Client) error {
	welcome, err := l.introduce(client)
	if err != nil {
		return err
	}
	switch code := welcome.Code; {
	case code == wire.CodeOK:
	case code == wire.CodeBusy:
		return busy(l.relay, "the relay cannot take us now")
	case l.Fresh || code == wire.CodeVersion:
		return &Refusal{Code: code}
	default:
		return &state.Ended{By: journal.ByRelay, Reason: journal.CauseEndedAway.Of("").English()}
	}
	resumed := !l.Fresh
	if err := l.checkGeneration(welcome.Generation); err != nil {
		return err
	}
	if err := l.welcomed(welcome, client.RemoteAddr()); err != nil {
		return err
	}
	target := wire.Forward{Host: l.number.Host(), Port: wire.TunnelPort}
	ok, _, err := client.SendRequest(wire.ForwardRequest, true, target.Marshal())
	if err != nil {
		return err
	}
	if !ok {
		return busy(l.relay, "the relay refused the tunnel")
	}
	l.Session.SetState(api.Active)
	l.UI.Notify(notice.Joined{
		Owner: ownerOf(l.Session.Saved(), welcome), Resumed: resumed, Restarted: l.Session.FirstReturn(),
		Way: l.Dialer.Last(),
	})
	return nil
}

// ownerOf is the CSR whose support session it is, as the customer knows them: what the relay
// says later makes nobody else of them.
func ownerOf(saved state.Saved, w wire.Welcome) consent.Person {
	owner := consent.Person{Name: w.Owner, Account: cmp.Or(saved.Owner, w.Account)}
	for _, k := range saved.Keys {
		if k.Let && k.Who.Account == owner.Account {
			owner.Name = k.Who.Name
		}
	}
	if saved.CSRCA != nil {
		owner.Name = "" // it is the relay's word, and their certificate will say it
	}
	return owner
}

func busy(relay, why string) error {
	return &RelayError{Problem: notice.ProblemBusy, Relay: relay, Err: errors.New(why)}
}

// introduce says who we are and returns the relay's answer.
func (l *Link) introduce(client *sshd.Client) (wire.Welcome, error) {
	resume := resumeOf(l.Session.Computer, l.Session.Program)
	if _, _, err := client.SendRequest(wire.GroupRequest, false, nil); err != nil {
		return wire.Welcome{}, err
	}
	if !l.Fresh {
		return ask(client, wire.ResumeRequest, resume.Marshal())
	}
	// The number is good for one computer, and from here on the relay knows it by our
	// key: whatever happens next, we can come back with it.
	if err := l.openWindow(joinWindow); err != nil {
		return wire.Welcome{}, fmt.Errorf("%w: %w", local.ErrWrite, err)
	}
	welcome, err := l.join(client, wire.Join{
		Version: resume.Version, Number: string(l.number), Name: l.Session.Saved().Name,
		Host: resume.Host, OS: resume.OS, Program: resume.Program,
	})
	if err != nil || welcome.Code != wire.CodeUsed {
		return welcome, err
	}
	// Perhaps we are the computer that used it, and only the answer was lost.
	again, err := ask(client, wire.ResumeRequest, resume.Marshal())
	if err == nil && again.Code == wire.CodeOK {
		return again, nil
	}
	return welcome, err
}

// join asks for the session of the number. Where the relay makes those of our address
// wait, it waits, however long that is: the connection keeps our place.
func (l *Link) join(client *sshd.Client, m wire.Join) (wire.Welcome, error) {
	over := l.Session.Over()
	var told time.Time // when our turn comes, as the customer was told
	for {
		welcome, err := ask(client, wire.JoinRequest, m.Marshal())
		switch {
		case err != nil && !told.IsZero():
			return wire.Welcome{}, busy(l.relay, "it does not keep us any more: "+err.Error())
		case errors.Is(err, io.EOF): // it has let us log in, and has no place for us
			return wire.Welcome{}, busy(l.relay, "it has no place for one more that has not joined")
		}
		if err != nil || welcome.Code != wire.CodeLimited || welcome.Wait == 0 {
			return welcome, err
		}
		wait := time.Duration(welcome.Wait) * time.Second
		if now := time.Now(); now.Add(wait).After(told.Add(delayed)) {
			told = now.Add(wait)
			l.Log.Info("too many wrong numbers came from this address: the relay makes us wait", "wait", wait)
			l.UI.Notify(notice.Waiting{For: wait})
		}
		select {
		case <-time.After(min(wait, wire.JoinPause)):
		case <-over.Done():
			return wire.Welcome{}, context.Cause(over)
		}
	}
}

// delayed is how much later our turn has to come than the customer was told, so that
// they are told again.
const delayed = 5 * time.Second

// resumeOf is what a computer says of itself when it comes back.
func resumeOf(c state.Computer, program string) wire.Resume {
	return wire.Resume{Version: wire.ProtocolVersion, Host: c.Host, OS: c.OS, Program: program}
}

// ask sends a join or a resume and decodes the answer.
func ask(client *sshd.Client, name string, payload []byte) (wire.Welcome, error) {
	_, answer, err := client.SendRequest(name, true, payload)
	if err != nil {
		return wire.Welcome{}, err
	}
	return wire.ParseWelcome(answer)
}

// welcomed takes the relay's yes: it is in the journal and on the disk before
// the tunnel opens.
func (l *Link) welcomed(w wire.Welcome, from net.Addr) error {
	if err := wire.CheckAccount(w.Account); err != nil { // it is shown, and in the journal
		return fmt.Errorf("the relay's welcome: %w", err)
	}
	if err := l.Identity.certify(w.Certificate, l.number); err != nil {
		return err
	}
	c, s := l.Session.Computer, l.Session.Saved()
	as := journal.Presented{
		Number: s.Number, Name: s.Name, Host: c.Host, OS: c.OS, Owner: w.Account, Program: l.Session.Program, Allow: s.Allow,
		Withheld: s.Withheld, CSRCA: fingerprints(s.CSRCA),
		Revocations:  journal.ListDemand{Least: s.Revocations.Least, Required: s.Revocations.Required, Second: s.Revocations.Second},
		RequireWords: s.RequireWords,
	}
	if l.Fresh {
		l.Session.Change(func(s *state.Saved) { s.Owner = w.Account }) // openWindow keeps it
	}
	var p journal.Payload = journal.SessionResume{Presented: as}
	if l.Fresh {
		p = journal.SessionJoin{Presented: as}
	}
	if err := l.Journal.Append(journal.ByCustomer, p); err != nil {
		return err
	}
	l.Fresh = false
	l.learn(w, from)
	if err := l.openWindow(time.Duration(w.Window) * time.Second); err != nil {
		return fmt.Errorf("%w: %w", local.ErrWrite, err)
	}
	if by := time.Since(time.Unix(int64(w.Now), 0)); by.Abs() > wire.ClockSkew {
		l.UI.Notify(notice.ClockWrong{By: by.Round(time.Minute)})
	}
	return nil
}

// fingerprints are those of the CSR CA's keys.
func fingerprints(cas []string) (prints []string) {
	keys, _ := csrca.ParseLines(cas) // who is let in, visit decides
	for _, key := range keys {
		prints = append(prints, ssh.FingerprintSHA256(key))
	}
	return prints
}

// openWindow saves for how long the relay lets this computer be away.
func (l *Link) openWindow(window time.Duration) error {
	l.Session.Change(func(s *state.Saved) { s.Window = min(window, maxWindow) })
	return l.Session.Save()
}
