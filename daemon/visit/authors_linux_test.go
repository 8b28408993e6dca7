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

// asked is a customer's screen that says no, and keeps what was asked.
type asked chan consent.Question

func (asked) Name() string { return "test" }

func (a asked) Ask(_ context.Context, q consent.Question) (consent.Answer, error) {
	a <- q
	return consent.Answer{Question: q.ID, Why: consent.Answered}, nil
}

// Z4: the customer is told who has written a script only where the CSR CA vouches for the
// author of exactly these files, and has not revoked it.
func TestZ4_TheAuthorIsWhomTheCAVouchesFor(t *testing.T) {
	ca, foreign, alice, bob := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	now := time.Now()
	certify := func(by ssh.Signer, account string, isAuthor bool) *ssh.Certificate {
		t.Helper()
		cert, err := csrca.Sign(csrca.Request{Key: bob.PublicKey(), Account: account, Name: "Bob Lee", Life: time.Hour, Author: isAuthor}, by, now)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	good := certify(ca, "bob", true)
	const script = "echo fixed\n"
	files := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte(script)}, {Path: "words", Data: []byte("some")}}}
	sign := func(cert *ssh.Certificate) author.Signed {
		t.Helper()
		s := author.Signed{Library: "SHA256:x", Name: "fix", Owner: "bob", Version: 1, Category: "Network"}
		if cert != nil {
			s = s.Certify(cert)
		}
		s, err := author.Sign(s, files.Executable, files.Signable(), bob)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	changed := sign(good)
	changed.Owner = "carol"
	for name, c := range map[string]struct {
		signed author.Signed
		words  string // what lies beside the script
		plain  bool   // there is no CSR CA
		revoke bool
		want   string
		said   string
	}{
		"good":              {signed: sign(good), want: "Bob Lee (bob)"},
		"another file":      {signed: sign(good), words: "other", said: "not for these files"},
		"another owner":     {signed: changed, said: "not for these files"},
		"no certificate":    {signed: sign(nil), said: "there is no certificate"},
		"another CA":        {signed: sign(certify(foreign, "bob", true)), said: "is none that counts here"},
		"another's account": {signed: sign(certify(ca, "carol", true)), said: "not for the account"},
		"that of a login":   {signed: sign(certify(ca, "bob", false)), said: "not for signing scripts"},
		"revoked":           {signed: sign(good), revoke: true, said: "revoked"},
		"no CSR CA":         {signed: sign(good), plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			screen := make(asked, 1)
			p := newPlaceWith(t, func(o *Options) {
				o.Supervisor, o.Prompters = []string{os.Args[0], "supervise"}, []consent.Prompter{screen}
				if !c.plain {
					o.Session.Change(func(s *state.Saved) { s.CSRCA, s.Owner = csrca.Lines([]ssh.PublicKey{ca.PublicKey()}), "alice" })
				}
			})
			key := aliceBy(t, ca, alice, now.Add(-time.Minute), time.Hour)
			if c.plain {
				key = p.alice
			}
			client, why := p.enterBy(key)
			if client == nil {
				t.Fatal(why)
			}
			if c.revoke {
				list, err := csrca.SignRevocations(csrca.Revocations{Number: 1, Issued: now, Until: now.Add(time.Hour), Serials: []uint64{good.Serial}}, ca)
				if err == nil {
					err = p.server.Revoke(list.File())
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			area, err := sftp.NewClient(client)
			if err != nil {
				t.Fatal(err)
			}
			words := "some"
			if c.words != "" {
				words = c.words
			}
			if err := area.Mkdir("fix"); err != nil {
				t.Fatal(err)
			}
			for path, data := range map[string]string{"fix/run.sh": script, "fix/words": words} {
				f, err := area.Create(path)
				if err == nil {
					_, err = f.Write([]byte(data))
				}
				if err == nil {
					err = f.Close()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			line, err := c.signed.Line()
			if err != nil {
				t.Fatal(err)
			}
			run := func() (consent.Question, string) {
				t.Helper()
				s, err := client.NewSession()
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				var said strings.Builder
				s.Stderr = &said
				if ok, err := s.SendRequest(wire.AuthorRequest, true, wire.Authored{Script: "fix/run.sh", Signed: line}.Marshal()); err != nil || ok == c.plain {
					t.Errorf("the request: %v, %v", ok, err)
				}
				if err := s.Run("run fix/run.sh"); err == nil {
					t.Error("a No was a yes")
				}
				return <-screen, said.String()
			}
			q, said := run()
			switch {
			case c.plain && q.Authors != nil, !c.plain && (len(q.Authors) != 1 || q.Authors[0].String() != c.want):
				t.Errorf("%+v, want %q", q.Authors, c.want)
			case !strings.Contains(said, c.said):
				t.Errorf("%q is not in %q", c.said, said)
			}
		})
	}
}

// What a CSR says of authors is for their next run, and bounded.
func TestWhatIsSaidOfAuthorsIsBounded(t *testing.T) {
	var a authors
	for i := range library.MaxScripts {
		if !a.say("alice", strings.Repeat("x", i+1), author.Signed{}) {
			t.Fatalf("the %d-th is refused", i+1)
		}
	}
	if a.say("alice", "one more", author.Signed{}) || !a.say("alice", "x", author.Signed{Name: "again"}) || !a.say("bob", "x", author.Signed{}) {
		t.Error("the limit is another")
	}
	if said := a.take("alice"); len(said) != library.MaxScripts || said["x"].author.Name != "again" || len(a.take("alice")) != 0 || len(a.take("bob")) != 1 {
		t.Errorf("%d", len(said))
	}
}
