package visit

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library"
	"supportd/library/author"
	"supportd/library/csrca"
	"supportd/library/wire"
)

// twoSigners is an organisation with a CA, a script of bob's, and carol.
type twoSigners struct {
	t              *testing.T
	ca, bob, carol ssh.Signer
	now            time.Time
	files          library.Package
}

func newTwoSigners(t *testing.T) *twoSigners {
	return &twoSigners{
		t: t, ca: testkit.NewKey(t), bob: testkit.NewKey(t), carol: testkit.NewKey(t), now: time.Now(),
		files: library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte("echo fixed\n")}}},
	}
}

// certify makes a certificate with which scripts are signed, or with which somebody logs in.
func (w *twoSigners) certify(by, key ssh.Signer, account, name string, isAuthor bool) *ssh.Certificate {
	w.t.Helper()
	cert, err := csrca.Sign(csrca.Request{Key: key.PublicKey(), Account: account, Name: name, Life: time.Hour, Author: isAuthor}, by, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return cert
}

// written is what bob signs, in a category.
func (w *twoSigners) written(category string, cert *ssh.Certificate) author.Signed {
	w.t.Helper()
	s, err := author.Sign(author.Signed{Library: "x", Name: "fix", Owner: "bob", Version: 1, Category: category}.Certify(cert), w.files.Executable, w.files.Signable(), w.bob)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// approved is what carol signs of it.
func (w *twoSigners) approved(s author.Signed, cert *ssh.Certificate) author.Second {
	w.t.Helper()
	n, err := author.SignSecond(s, "carol", w.files.Executable, w.files.Signable(), w.carol, cert)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// list is one that the CA signs.
func (w *twoSigners) list(r csrca.Revocations) []byte {
	w.t.Helper()
	r.Issued, r.Until = w.now, w.now.Add(time.Hour)
	list, err := csrca.SignRevocations(r, w.ca)
	if err != nil {
		w.t.Fatal(err)
	}
	return list.File()
}

// computer is one of the organisation's customers, where scripts of some categories need
// two signatures, and alice's connection to it.
func (w *twoSigners) computer(screen consent.Prompter, categories ...string) (*place, *ssh.Client) {
	w.t.Helper()
	p := newPlaceWith(w.t, func(o *Options) {
		o.Supervisor, o.Prompters = []string{os.Args[0], "supervise"}, []consent.Prompter{screen}
		o.Session.Change(func(s *state.Saved) {
			s.CSRCA, s.Owner, s.Revocations.Second = csrca.Lines([]ssh.PublicKey{w.ca.PublicKey()}), "alice", categories
		})
	})
	c, why := p.enterBy(aliceBy(w.t, w.ca, testkit.NewKey(w.t), w.now.Add(-time.Minute), time.Hour))
	if c == nil {
		w.t.Fatal(why)
	}
	area, err := sftp.NewClient(c)
	if err != nil {
		w.t.Fatal(err)
	}
	defer area.Close()
	f, err := area.Create("run.sh")
	if err == nil {
		_, err = f.Write(w.files.Files[0].Data)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return p, c
}

// run runs the script as stock programs and supportctl do: nothing is said of who has
// signed it, its author, or both.
func (w *twoSigners) run(c *ssh.Client, signed *author.Signed, second *author.Second) (code int, said string) {
	w.t.Helper()
	s, err := c.NewSession()
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	var stderr strings.Builder
	s.Stderr = &stderr
	say := func(request string, line string, err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
		if ok, err := s.SendRequest(request, true, wire.Authored{Script: "run.sh", Signed: line}.Marshal()); err != nil || !ok {
			w.t.Errorf("%s: %v, %v", request, ok, err)
		}
	}
	if signed != nil {
		line, err := signed.Line()
		say(wire.AuthorRequest, line, err)
	}
	if second != nil {
		line, err := second.Line()
		say(wire.SecondRequest, line, err)
	}
	err = s.Run("run run.sh")
	if exit, is := err.(*ssh.ExitError); is {
		return exit.ExitStatus(), stderr.String()
	}
	w.t.Fatal(err)
	return 0, ""
}

// Z4: a category that demands a second signature has scripts that two people of the CSR CA
// have signed, and no others: nobody is asked about the rest, nor about what has no author.
func TestZ4_ACategoryDemandsASecondSignature(t *testing.T) {
	w := newTwoSigners(t)
	foreign := testkit.NewKey(t)
	bobs, carols := w.certify(w.ca, w.bob, "bob", "Bob Lee", true), w.certify(w.ca, w.carol, "carol", "Carol Im", true)
	script := w.written("Network", bobs)
	good := w.approved(script, carols)
	for name, c := range map[string]struct {
		demanded []string // by the customer's program
		listed   []string // by the CA's list
		signed   author.Signed
		unsigned bool
		second   *author.Second
		revoke   bool // carol's certificate
		want     string
		refused  string
	}{
		"two have signed":              {demanded: []string{"Network"}, signed: script, second: &good, want: "Carol Im (carol)"},
		"nothing is demanded":          {signed: script},
		"nothing is demanded, two":     {signed: script, second: &good, want: "Carol Im (carol)"},
		"of another category":          {demanded: []string{"Updates"}, signed: script},
		"the list demands it":          {listed: []string{"network"}, signed: script, refused: "does not count: there is none"},
		"the list, and two":            {listed: []string{"network"}, signed: script, second: &good, want: "Carol Im (carol)"},
		"one has signed":               {demanded: []string{"Network"}, signed: script, refused: "for scripts of the category \"Network\", and the second one does not count: there is none"},
		"every category":               {demanded: []string{csrca.EveryCategory}, signed: script, refused: "there is none"},
		"nobody has signed":            {demanded: []string{"Updates"}, unsigned: true, refused: "nobody has signed it"},
		"the author is nobody's":       {demanded: []string{"Updates"}, signed: w.written("Network", w.certify(foreign, w.bob, "bob", "Bob Lee", true)), refused: "is none that counts here"},
		"the second is nobody's":       {demanded: []string{"Network"}, signed: script, second: ptr(w.approved(script, w.certify(foreign, w.carol, "carol", "Carol Im", true))), refused: "is none that counts here"},
		"the second's is for logins":   {demanded: []string{"Network"}, signed: script, second: ptr(w.approved(script, w.certify(w.ca, w.carol, "carol", "Carol Im", false))), refused: "not for signing scripts"},
		"the second's is another's":    {demanded: []string{"Network"}, signed: script, second: ptr(w.approved(script, w.certify(w.ca, w.carol, "dora", "Dora", true))), refused: "not for the account"},
		"the second is revoked":        {demanded: []string{"Network"}, signed: script, second: &good, revoke: true, refused: "has revoked it"},
		"a second of another category": {demanded: []string{"Network"}, signed: script, second: ptr(w.approved(w.written("General", bobs), carols)), refused: "not for these files"},
		"bad, where none is demanded":  {demanded: []string{"Updates"}, signed: script, second: &good, revoke: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.t = t
			screen := make(asked, 1)
			p, client := w.computer(screen, c.demanded...)
			if c.listed != nil || c.revoke {
				list := csrca.Revocations{Number: 1, Second: c.listed}
				if c.revoke {
					list.Serials = []uint64{carols.Serial}
				}
				if err := p.server.Revoke(w.list(list)); err != nil {
					t.Fatal(err)
				}
			}
			signed := &c.signed
			if c.unsigned {
				signed = nil
			}
			code, said := w.run(client, signed, c.second)
			if c.refused != "" {
				if code != 1 || !strings.Contains(said, c.refused) || !strings.Contains(said, "hint: ") || !strings.Contains(said, "nothing was run") || len(screen) != 0 {
					t.Errorf("%d, %q, want %q; asked: %d", code, said, c.refused, len(screen))
				}
				return
			}
			if code != 5 {
				t.Fatalf("%d, %q: the customer's No is another", code, said)
			}
			switch q := <-screen; {
			case c.want == "" && q.Seconds != nil, c.want != "" && (len(q.Seconds) != 1 || q.Seconds[0].String() != c.want), q.Authors[0].String() != "Bob Lee (bob)":
				t.Errorf("%+v, %+v, want %q", q.Authors, q.Seconds, c.want)
			}
		})
	}
}

func ptr(n author.Second) *author.Second { return &n }

// yesAfter is a customer's screen that says yes after something has happened.
type yesAfter func()

func (yesAfter) Name() string { return "test" }

func (happen yesAfter) Ask(_ context.Context, q consent.Question) (consent.Answer, error) {
	happen()
	return consent.Answer{Question: q.ID, Decision: consent.AllowedOnce, Why: consent.Answered}, nil
}

// Z4: a signature that is revoked while the customer thinks does not count when they say yes.
func TestZ4_ASecondSignatureThatEndsWhileTheCustomerThinks(t *testing.T) {
	w := newTwoSigners(t)
	carols := w.certify(w.ca, w.carol, "carol", "Carol Im", true)
	script := w.written("Network", w.certify(w.ca, w.bob, "bob", "Bob Lee", true))
	good := w.approved(script, carols)
	var p *place
	screen := yesAfter(func() {
		if err := p.server.Revoke(w.list(csrca.Revocations{Number: 1, Serials: []uint64{carols.Serial}})); err != nil {
			t.Error(err)
		}
	})
	p, client := w.computer(screen, "Network")
	if code, said := w.run(client, &script, &good); code != 1 || !strings.Contains(said, "has revoked it") {
		t.Errorf("%d, %q", code, said)
	}
}

// Z4: who says who else has signed a script has to say who has written it first.
func TestZ4_ASecondSignatureComesBehindTheAuthors(t *testing.T) {
	var a authors
	if a.saySecond("alice", "run.sh", author.Second{Account: "carol"}) {
		t.Error("a second signature without the author's is kept")
	}
	if !a.say("alice", "run.sh", author.Signed{Name: "fix"}) || !a.saySecond("alice", "run.sh", author.Second{Account: "carol"}) || a.saySecond("bob", "run.sh", author.Second{}) {
		t.Error("it is not kept")
	}
	if said := a.take("alice")["run.sh"]; said.author.Name != "fix" || said.second.Account != "carol" {
		t.Errorf("%+v", said)
	}
}
