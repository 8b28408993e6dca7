package visit

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/csrca"
	"supportd/library/journal"
)

// aliceBy is alice's key with a certificate of the CA from a time on, for as long.
func aliceBy(t *testing.T, ca, key ssh.Signer, from time.Time, life time.Duration) ssh.Signer {
	t.Helper()
	cert := &ssh.Certificate{
		Key: key.PublicKey(), CertType: ssh.UserCert, KeyId: "k", ValidPrincipals: []string{"alice"},
		ValidAfter: uint64(from.Unix()), ValidBefore: uint64(from.Add(life).Unix()),
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// enterBy connects in memory as alice; said is why not.
func (p *place) enterBy(key ssh.Signer) (c *ssh.Client, said string) {
	p.t.Helper()
	near, far := testkit.Pipe()
	served := make(chan struct{})
	go func() { defer close(served); p.server.ssh.ServeConn(context.Background(), far) }()
	conn, channels, requests, err := ssh.NewClientConn(near, "computer", &ssh.ClientConfig{
		User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		BannerCallback: func(text string) error { said += text; return nil },
	})
	if err != nil {
		near.Close()
		<-served
		return nil, said
	}
	c = ssh.NewClient(conn, channels, requests)
	p.t.Cleanup(func() { c.Close(); <-served })
	return c, ""
}

func certifiedPlace(t *testing.T, ca ssh.Signer) *place {
	t.Helper()
	return newPlaceWith(t, func(o *Options) {
		o.Session.Change(func(s *state.Saved) {
			s.CSRCA, s.Owner = csrca.Lines([]ssh.PublicKey{ca.PublicKey()}), "alice"
		})
	}, consent.SysInfo)
}

// Z2: a connection ends with its certificate, another one of the same CSR stays, and a
// Stop waits for no certificate.
func TestZ2_ACertificateEndsInTheMiddle(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t)
	synctest.Test(t, func(t *testing.T) {
		p := certifiedPlace(t, ca)
		begin := time.Now()
		short, _ := p.enterBy(aliceBy(t, ca, key, begin, time.Hour))
		long, _ := p.enterBy(aliceBy(t, ca, key, begin, 3*time.Hour))
		if short == nil || long == nil {
			t.Fatal("alice cannot enter")
		}
		time.Sleep(time.Hour - 2*time.Second)
		synctest.Wait()
		if got := run(t, short, "status"); got.code != 0 {
			t.Errorf("two seconds before the end: %+v", got)
		}
		_ = short.Wait()
		if took := time.Since(begin); took < time.Hour || took > time.Hour+time.Second {
			t.Errorf("it ended after %v", took)
		}
		if got := run(t, long, "status"); got.code != 0 {
			t.Errorf("the other connection ended too: %+v", got)
		}
		if c, said := p.enterBy(aliceBy(t, ca, key, begin, time.Hour)); c != nil || !strings.Contains(said, "it has ended at 2000-01-01 01:00:00 UTC, and the clock here says 2000-01-01 01:00:00 UTC") {
			t.Errorf("%q", said)
		}
		before := time.Now()
		p.session.Stop(nil)
		p.server.Close()
		if took := time.Since(before); took > time.Second {
			t.Errorf("Stop took %v beside a certificate that is good", took)
		}
	})
}

// Z2: what a CSR has begun ends with the last certificate with which they have come, also
// where they hung up before.
func TestZ2_WorkEndsWithTheCertificate(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t)
	synctest.Test(t, func(t *testing.T) {
		p := certifiedPlace(t, ca)
		begin := time.Now()
		for _, life := range []time.Duration{time.Hour, 2 * time.Hour} {
			c, said := p.enterBy(aliceBy(t, ca, key, begin, life))
			if c == nil {
				t.Fatal(said)
			}
			c.Close()
		}
		end := make(chan journal.Because, 4)
		p.server.acting.set(new(account.Logon), "alice", func(why journal.Because) { end <- why })
		defer p.server.acting.set(nil, "", nil)
		time.Sleep(2*time.Hour - time.Second)
		synctest.Wait()
		if len(end) > 0 {
			t.Errorf("a second before the end: %v", <-end)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(end) != 1 || <-end != journal.CauseCertificate.Of("") {
			t.Error("no work, or not all of it, ended with the certificate")
		}
	})
}

// Z2: whoever sets the clock back brings no old certificate back to life; and where the
// time alone keeps a CSR out, the customer is told of it once, with their clock's time.
func TestZ2_TheClockDoesNotGoBack(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t)
	synctest.Test(t, func(t *testing.T) {
		p := certifiedPlace(t, ca)
		begin := time.Now()
		time.Sleep(48 * time.Hour)
		if c, said := p.enterBy(aliceBy(t, ca, key, begin.Add(47*time.Hour), 2*time.Hour)); c == nil {
			t.Fatal(said)
		}
		if signed := p.session.Saved().Signed; !signed.Equal(begin.Add(47 * time.Hour)) {
			t.Errorf("the CA has signed %v", signed)
		}
		// As if this were another start, with a clock that is two weeks behind.
		p.session.Change(func(s *state.Saved) { s.Signed = s.Signed.Add(14 * 24 * time.Hour) })
		for range 2 {
			if c, said := p.enterBy(aliceBy(t, ca, key, begin.Add(47*time.Hour), 2*time.Hour)); c != nil || !strings.Contains(said, "hint: get a new certificate; if yours is good now by your own clock, ask the customer to set the clock") {
				t.Errorf("%q", said)
			}
		}
		if c, said := p.enterBy(aliceBy(t, ca, key, begin.Add(47*time.Hour+14*24*time.Hour), time.Hour)); c == nil {
			t.Errorf("a new one: %q", said)
		}
		told := slices.DeleteFunc(slices.Clone(p.server.UI.(*heldUp).told), func(n notice.Notice) bool {
			_, is := n.(notice.CertificateTime)
			return !is
		})
		if len(told) != 1 || !told[0].(notice.CertificateTime).Until.Equal(begin.Add(49*time.Hour)) {
			t.Errorf("the customer was told %+v", told)
		}
		p.session.Stop(nil)
		p.server.Close()
	})
}

// Z3: where a list is demanded, everybody is out when it is good no more, and what they have
// begun ends; where none is, a list that is old still revokes.
func TestZ3_AListThatGrowsOld(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t)
	for _, required := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			p := certifiedPlace(t, ca)
			p.session.Change(func(s *state.Saved) { s.Revocations.Required = required })
			begin := time.Now()
			list, err := csrca.SignRevocations(csrca.Revocations{Number: 3, Issued: begin, Until: begin.Add(time.Hour), Serials: []uint64{5}}, ca)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.server.Revoke(list.File()); err != nil {
				t.Fatal(err)
			}
			c, said := p.enterBy(aliceBy(t, ca, key, begin, 10*time.Hour))
			if c == nil {
				t.Fatal(said)
			}
			end := make(chan journal.Because, 4)
			p.server.acting.set(new(account.Logon), "alice", func(why journal.Because) { end <- why })
			defer p.server.acting.set(nil, "", nil)
			time.Sleep(time.Hour - time.Second)
			if got := run(t, c, "status"); got.code != 0 {
				t.Errorf("a second before the end: %+v", got)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if got := run(t, c, "status"); (got.code == 0) == required {
				t.Errorf("required: %t, and after its end: %+v", required, got)
			}
			if required {
				_ = c.Wait()
				if took := time.Since(begin); took < time.Hour || took > time.Hour+5*time.Second {
					t.Errorf("out after %v", took)
				}
				if len(end) != 1 || <-end != journal.CauseListOld.Of("3") {
					t.Error("what they have begun goes on")
				}
				return
			}
			if len(end) > 0 {
				t.Errorf("ended: %v", <-end)
			}
		})
	}
}

// Z3: what somebody has begun ends when they are revoked, also where they hung up before; and
// a certificate of theirs that is good is enough for it to go on.
func TestZ3_WorkEndsWithTheRevocation(t *testing.T) {
	ca, lost, kept := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	for _, both := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := certifiedPlace(t, ca)
			begin := time.Now()
			keys := []ssh.Signer{lost}
			if both {
				keys = append(keys, kept)
			}
			for _, key := range keys {
				c, said := p.enterBy(aliceBy(t, ca, key, begin, time.Hour))
				if c == nil {
					t.Fatal(said)
				}
				c.Close()
			}
			end := make(chan journal.Because, 4)
			p.server.acting.set(new(account.Logon), "alice", func(why journal.Because) { end <- why })
			defer p.server.acting.set(nil, "", nil)
			list, err := csrca.SignRevocations(csrca.Revocations{Number: 1, Issued: begin, Until: begin.Add(time.Hour), Keys: []string{ssh.FingerprintSHA256(lost.PublicKey())}}, ca)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.server.Revoke(list.File()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if both && len(end) > 0 || !both && (len(end) != 1 || <-end != journal.CauseRevoked.Of("1")) {
				t.Errorf("with another certificate: %t, %d ends", both, len(end))
			}
			time.Sleep(time.Hour + time.Second)
			synctest.Wait()
			if both && (len(end) != 1 || <-end != journal.CauseCertificate.Of("")) {
				t.Error("the work goes on behind the last certificate")
			}
		})
	}
}
