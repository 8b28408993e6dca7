//go:build unix

package hostile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// vouching names the liar's key as one of alice's before the customer joins.
func vouching(s *stage) *Lies {
	return &Lies{Authorize: func(m *wire.Authorize) { m.Entries = append(m.Entries, s.entry(owner)) }}
}

// entry is the liar's key as that of an account.
func (h *house) entry(account string) wire.Entry {
	return wire.Entry{Account: account, Name: named, Key: h.relay.Own(account).PublicKey().Marshal()}
}

// swapTheKey is Z1: the relay certifies a computer of its own for the number, and shows the
// CSR there what the real one shows to it.
func swapTheKey(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, lies: vouching})
	if err != nil {
		return err
	}
	defer s.close()
	lies := vouching(s)
	if lies.Serve, err = h.relay.Impersonate(s.number, owner); err != nil {
		return err
	}
	h.relay.Lie(s.number, lies)
	code, text, entered := 0, "Linux", 1
	if ca { // the CSR speaks to a computer of the relay's, which has nothing to show
		code, text, entered = 1, "the liar did not get in: ", 0
	}
	out, err := s.ssh(ctx, "sysinfo", "os")
	if err := seen("ssh", out, err, code, text); err != nil {
		return err
	}
	if err := s.entered(entered); err != nil {
		return err
	}
	// Two people who compare find out: here the relay keeps the words back, and the digits
	// of plain ssh are those of other keys.
	out, err = s.supportctl(ctx, "words", string(s.number))
	if err == nil {
		return fmt.Errorf("supportctl words finds nothing wrong:\n%s", out)
	}
	here, err := s.agent(ctx, "status", "--state", s.state)
	if err != nil {
		return err
	}
	digits := regexp.MustCompile(`[0-9]{5}( [0-9]{5}){5}`)
	theirs := digits.FindAllString(here, -1)
	for _, mine := range digits.FindAllString(out, -1) {
		if slices.Contains(theirs, mine) {
			return fmt.Errorf("both see %s, and somebody sits in between", mine)
		}
	}
	if !ca && (len(theirs) == 0 || !digits.MatchString(out)) {
		return fmt.Errorf("there is nothing to compare:\n%s\n%s", here, out)
	}
	// What the real computer has signed is not of the one that supportctl was connected to.
	h.relay.Lie(s.number, nil)
	if err := s.end(ctx); err != nil {
		return err
	}
	return s.unproved(ctx, "is not that of the computer")
}

// unproved holds that the report is not proved, and why.
func (s *stage) unproved(ctx context.Context, why string) error {
	return eventually(ctx, "the report", func() error {
		out, err := s.supportctl(ctx, "report", "verify", string(s.number))
		return seen("report verify", strings.Join(strings.Fields(out), " "), err, 1, why)
	})
}

// letInAKey is Z2: the relay comes by itself, with every key that it can get.
func letInAKey(ctx context.Context, h *house, ca bool) error {
	if ca {
		return letInCertificates(ctx, h)
	}
	// A key that is named before the customer joins enters: this is the stated limit. The
	// journal has its fingerprint.
	s, err := h.open(ctx, setting{lies: vouching})
	if err != nil {
		return err
	}
	defer s.close()
	client, _, err := h.relay.Enter(ctx, s.number, owner, h.relay.Own(owner))
	if err != nil {
		return err
	}
	client.Close()
	events, err := s.events()
	if err != nil {
		return err
	}
	print := ssh.FingerprintSHA256(h.relay.Own(owner).PublicKey())
	if !slices.ContainsFunc(events, func(e journal.Event) bool {
		return e.Kind == journal.KindConnOpen && journal.Of[journal.ConnectionOpen](e).Who.Fingerprint == print
	}) {
		return errors.New("the journal does not name the key that entered")
	}
	// One that is named later is a question, and refused where nobody can be asked.
	late, err := h.open(ctx, setting{})
	if err != nil {
		return err
	}
	defer late.close()
	if err := late.authorize(h.entry(owner)); err != nil {
		return err
	}
	return late.refused(ctx, owner, h.relay.Own(owner))
}

// authorize sends a list of who may enter: alice's key, and these.
func (s *stage) authorize(more ...wire.Entry) error {
	key, err := readKey(s.csrs[owner].Key())
	if err != nil {
		return err
	}
	to, err := s.relay.Computer(s.number)
	if err != nil {
		return err
	}
	list := wire.Authorize{Entries: append([]wire.Entry{{Account: owner, Name: named, Key: key.PublicKey().Marshal()}}, more...)}
	ok, _, err := to.SendRequest(wire.AuthorizeRequest, true, list.Marshal())
	if err == nil && !ok {
		err = errors.New("the computer does not take the list of who may enter")
	}
	return err
}

// refused holds that somebody who gets in by key is let do nothing: the question who they
// are can be put to nobody.
func (s *stage) refused(ctx context.Context, account string, keys ...ssh.Signer) error {
	client, said, err := s.relay.Enter(ctx, s.number, account, keys...)
	if err != nil {
		return fmt.Errorf("%s: %w", said, err)
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	out, err := session.CombinedOutput("sysinfo os")
	var exit *ssh.ExitError
	const no = 5
	if !errors.As(err, &exit) || exit.ExitStatus() != no || strings.Contains(string(out), "Linux") {
		return fmt.Errorf("sysinfo: %w\n%s", err, out)
	}
	return s.works(ctx)
}

// letInCertificates is Z2 where the customer's program knows the CA: nothing but a good
// certificate of it enters.
func letInCertificates(ctx context.Context, h *house) error {
	s, err := h.open(ctx, setting{ca: true, lies: vouching})
	if err != nil {
		return err
	}
	defer s.close()
	foreign := newKey()
	sign := func(by ssh.Signer, change func(*ssh.Certificate)) ssh.Signer {
		key := newKey()
		now := time.Now()
		cert := &ssh.Certificate{
			Key: key.PublicKey(), Serial: 7, CertType: ssh.UserCert, KeyId: "alice", ValidPrincipals: []string{owner},
			ValidAfter: uint64(now.Add(-2 * time.Hour).Unix()), ValidBefore: uint64(now.Add(time.Hour).Unix()),
		}
		change(cert)
		if err := cert.SignCert(rand.Reader, by); err != nil {
			panic(err) // it is an ed25519 key
		}
		signer, err := ssh.NewCertSigner(cert, key)
		if err != nil {
			panic(err) // likewise
		}
		return signer
	}
	same := func(*ssh.Certificate) {}
	for what, try := range map[string]struct {
		key  ssh.Signer
		said string
	}{
		"a key without a certificate": {h.relay.Own(owner), "is a key without one"},
		"an expired one":              {sign(h.ca, func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Hour).Unix()) }), "it has ended at"},
		"one of another CA":           {sign(foreign, same), "is none that counts here"},
		"one of the relay's host key": {sign(h.relay.hostKey, same), "is none that counts here"},
		"one of the relay's host CA":  {sign(h.relay.ca, same), "is none that counts here"},
		"another CSR's":               {sign(h.ca, func(c *ssh.Certificate) { c.ValidPrincipals = []string{other} }), "it is not for the account"},
		"nobody's":                    {sign(h.ca, func(c *ssh.Certificate) { c.ValidPrincipals = nil }), "it is not for the account"},
		"one that somebody changed": {changed(sign(h.ca, func(c *ssh.Certificate) { c.ValidPrincipals = []string{other} }), func(c *ssh.Certificate) {
			c.ValidPrincipals = []string{owner}
		}), "certificate"},
	} {
		client, said, err := h.relay.Enter(ctx, s.number, owner, try.key)
		if err == nil {
			client.Close()
			return fmt.Errorf("%s lets the relay in", what)
		}
		if !strings.Contains(said, try.said) {
			return fmt.Errorf("%s: the computer says %q, wanted %q (%w)", what, said, try.said, err)
		}
	}
	if err := s.entered(0); err != nil {
		return err
	}
	return s.works(ctx)
}

// forged has a certificate that its CA has signed otherwise.
type forged struct {
	ssh.Signer
	cert *ssh.Certificate
}

// PublicKey implements [ssh.Signer].
func (f forged) PublicKey() ssh.PublicKey { return f.cert }

func changed(signer ssh.Signer, change func(*ssh.Certificate)) ssh.Signer {
	cert := *signer.PublicKey().(*ssh.Certificate)
	change(&cert)
	return forged{signer, &cert}
}

// keepRevokedIn is Z3: the relay brings an older list, a forged one, and none.
func keepRevokedIn(ctx context.Context, h *house, ca bool) error {
	set := setting{ca: ca}
	if ca {
		set.more = []string{"--require-revocations"}
	}
	s, err := h.open(ctx, set)
	if err != nil {
		return err
	}
	defer s.close()
	stolen, signer, err := h.certificate(owner)
	if err != nil {
		return err
	}
	first, second := listOf(1, h.ca), listOf(2, h.ca, ssh.FingerprintSHA256(stolen.Key))
	if !ca { // without a CA no list counts, whoever has made it
		if err := s.bring(listOf(9, newKey()), true); err != nil {
			return err
		}
		return s.works(ctx)
	}
	if err := s.bring(first, true); err != nil {
		return err
	}
	client, said, err := h.relay.Enter(ctx, s.number, owner, signer)
	if err != nil {
		return fmt.Errorf("%s: %w", said, err)
	}
	defer client.Close()
	if err := s.bring(second, true); err != nil {
		return err
	}
	gone := make(chan error, 1)
	go func() { gone <- client.Wait() }() // ends at the latest when it is closed
	const out = 5 * time.Second
	select {
	case <-gone:
	case <-time.After(out + patience): // the limit itself is held by the tests of daemon/visit
		return errors.New("who was revoked is still there")
	}
	for what, older := range map[string][]byte{"an older list": first, "a forged list": listOf(3, newKey()), "a list that is cut": second[:len(second)/2], "the relay's own": listOf(4, h.relay.ca)} {
		if err := s.bring(older, false); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := s.keptOut(ctx, owner, signer, "has revoked it or its key (list 2)"); err != nil {
		return err
	}
	if err := s.works(ctx); err != nil {
		return err
	}
	// After a crash the relay keeps the list back, and brings the older one.
	if err := s.rejoin(ctx, set); err != nil {
		return err
	}
	if err := s.keptOut(ctx, owner, signer, "is demanded here, number 2 or later"); err != nil {
		return err
	}
	if err := s.bring(first, false); err != nil {
		return fmt.Errorf("after a crash, the older list: %w", err)
	}
	return s.keptOut(ctx, owner, signer, "is demanded here, number 2 or later")
}

// listOf is a list of revocations.
func listOf(number uint64, by ssh.Signer, keys ...string) []byte {
	made, err := csrca.SignRevocations(csrca.Revocations{Number: number, Issued: time.Now(), Until: time.Now().Add(time.Hour), Keys: keys}, by)
	if err != nil {
		panic(err) // it is a list of our own making
	}
	return made.File()
}

// bring brings the computer a list, and holds whether it takes it.
func (s *stage) bring(list []byte, want bool) error {
	to, err := s.relay.Computer(s.number)
	if err != nil {
		return err
	}
	ok, _, err := to.SendRequest(wire.RevokeRequest, true, list)
	if err == nil && ok != want {
		err = fmt.Errorf("a list was taken: %t, wanted %t", ok, want)
	}
	return err
}

// certificate makes a key with a certificate of the CA.
func (h *house) certificate(account string) (*ssh.Certificate, ssh.Signer, error) {
	key := newKey()
	cert, err := csrca.Sign(csrca.Request{Key: key.PublicKey(), Account: account, Name: certain, Life: time.Hour}, h.ca, time.Now())
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewCertSigner(cert, key)
	return cert, signer, err
}

// keptOut holds that somebody does not get in, and reads why.
func (s *stage) keptOut(ctx context.Context, account string, key ssh.Signer, why string) error {
	client, said, err := s.relay.Enter(ctx, s.number, account, key)
	if err == nil {
		client.Close()
		return errors.New("they got in")
	}
	if said = strings.Join(strings.Fields(said), " "); !strings.Contains(said, why) {
		return fmt.Errorf("the computer says %q, wanted %q", said, why)
	}
	return nil
}

// nasty is a name that means harm: to the customer, and to their terminal.
const nasty = "Your Bank\x1b]52;c;ZXZpbA==\x07\x1b[2J\u202e\u200b\u009b31m\r\nevil"

// changeNames is Z5: names and reasons are the relay's invention.
func changeNames(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, lies: func(*stage) *Lies {
		return &Lies{
			Welcome: func(w *wire.Welcome) { w.Owner, w.Text = nasty, nasty },
			Authorize: func(m *wire.Authorize) {
				for i := range m.Entries {
					m.Entries[i].Name = nasty
				}
			},
		}
	}})
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.works(ctx); err != nil {
		return err
	}
	want := "Your Bank"
	if ca {
		want = certain + " (" + owner + ")"
	}
	if err := s.shows(ctx, want); err != nil {
		return err
	}
	// In the middle of the session the key is somebody else's. It keeps its name.
	h.relay.Lie(s.number, &Lies{Authorize: func(m *wire.Authorize) {
		for i := range m.Entries {
			m.Entries[i].Name = "Somebody Else"
		}
	}})
	if err := s.comeBack(ctx); err != nil {
		return err
	}
	if err := s.works(ctx); err != nil {
		return err
	}
	screen := s.log.String()
	switch {
	case strings.ContainsFunc(strings.ReplaceAll(screen, "\n", ""), text.Hostile):
		return fmt.Errorf("the customer's screen has control characters: %q", screen)
	case strings.Contains(screen, "Somebody Else") && !strings.Contains(screen, "Connected again with Somebody Else"):
		return fmt.Errorf("the name changed:\n%s", screen)
	case ca && (strings.Contains(screen, "Your Bank") || strings.Contains(screen, "Somebody Else")):
		return fmt.Errorf("with a CA, the screen shows a name of the relay's:\n%s", screen)
	}
	return nil
}

// comeBack cuts the tunnel, and waits until the computer has come back.
func (s *stage) comeBack(ctx context.Context) error {
	to, err := s.relay.Computer(s.number)
	if err != nil {
		return err
	}
	before := s.returns()
	to.Close()
	return s.returned(ctx, before)
}

// spliceElsewhere is Z7: the CSR means one computer, and is brought to another one.
func spliceElsewhere(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	elsewhere, err := h.open(ctx, setting{ca: ca, owner: other, lies: func(*stage) *Lies {
		return &Lies{Authorize: func(m *wire.Authorize) { m.Entries = append(m.Entries, h.entry(owner)) }}
	}})
	if err != nil {
		return err
	}
	defer elsewhere.close()
	h.relay.Lie(s.number, &Lies{To: elsewhere.number})
	out, err := s.ssh(ctx, "status")
	const unreached = 255
	if err := seen("ssh", out, err, unreached, "Host key verification failed"); err != nil {
		return err
	}
	out, err = s.supportctl(ctx, "sysinfo", string(s.number), "os")
	if err == nil || strings.Contains(out, "Linux") {
		return fmt.Errorf("supportctl takes another computer for the one that was meant:\n%s", out)
	}
	if err := elsewhere.entered(0); err != nil {
		return err
	}
	// Only the computer itself can show its certificate, and takes none for another number.
	misled, err := h.open(ctx, setting{ca: ca, owner: other, unjoined: true, lies: func(*stage) *Lies {
		return &Lies{Welcome: func(w *wire.Welcome) {
			key, err := ssh.ParsePublicKey(w.Certificate)
			if err == nil {
				w.Certificate, _ = h.relay.Certify(w.Certificate, key.(*ssh.Certificate).Key, string(s.number), s.number.Host())
			}
		}}
	}})
	if err != nil {
		return err
	}
	defer misled.close()
	if err := misled.shows(ctx, "broke off"); err != nil {
		return err
	}
	if strings.Contains(misled.log.String(), "Connected") {
		return errors.New("a computer takes a certificate for another number")
	}
	return nil
}

// openChannels is Z10: the relay asks the computer for everything that SSH knows, outside of
// any connection of a CSR.
func openChannels(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca, lies: vouching})
	if err != nil {
		return err
	}
	defer s.close()
	to, err := h.relay.Computer(s.number)
	if err != nil {
		return err
	}
	elsewhere := func(host string, port uint32) []byte { return wire.ChannelTarget{Host: host, Port: port}.Marshal() }
	for _, try := range []struct {
		kind  string
		extra []byte
	}{
		{"session", nil}, {"direct-tcpip", elsewhere("127.0.0.1", 22)}, {"x11", nil}, {"auth-agent@openssh.com", nil}, {"tun@openssh.com", nil},
		{"direct-streamlocal@openssh.com", nil}, {"forwarded-streamlocal@openssh.com", nil}, {wire.JournalChannel, nil}, {"", nil},
		{wire.ForwardedChannel, nil}, {wire.ForwardedChannel, elsewhere("127.0.0.1", 22)}, {wire.ForwardedChannel, elsewhere(s.number.Host(), 23)},
		{wire.ForwardedChannel, elsewhere("482913077.support", 22)}, {wire.ForwardedChannel, append(targetOf(s.number), 0)},
	} {
		ch, requests, err := to.OpenChannel(try.kind, try.extra)
		if err == nil {
			ch.Close()
			ssh.DiscardRequests(requests)
			return fmt.Errorf("the computer opens a channel of kind %q", try.kind)
		}
		var refused *ssh.OpenChannelError
		if !errors.As(err, &refused) {
			return fmt.Errorf("a channel of kind %q: %w", try.kind, err)
		}
	}
	for _, name := range []string{
		"tcpip-forward", "cancel-tcpip-forward", "streamlocal-forward@openssh.com", "hostkeys-00@openssh.com", "exec", "answer@supportd", "consent.answer",
		wire.RebootRequest, wire.LogonRequest, wire.JoinRequest, wire.ResumeRequest, wire.AwayRequest, "words-commit@supportd", "words@supportd",
	} {
		if ok, reply, err := to.SendRequest(name, true, []byte("yes")); ok || err != nil {
			return fmt.Errorf("the computer answers the request %q with %t, %q, %w", name, ok, reply, err)
		}
	}
	if err := s.entered(0); err != nil {
		return err
	}
	return s.works(ctx)
}
