package relay

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/wire"
	"supportd/relay/store"
)

// certificate is a key with a certificate of a CA for an account, good for as long.
func certificate(t testing.TB, ca, key ssh.Signer, account string, life time.Duration, change func(*ssh.Certificate)) ssh.Signer {
	t.Helper()
	cert := &ssh.Certificate{
		Key: key.PublicKey(), CertType: ssh.UserCert, KeyId: account + "@example", ValidPrincipals: []string{account},
		ValidAfter: uint64(time.Now().Unix()), ValidBefore: uint64(time.Now().Add(life).Unix()),
	}
	if change != nil {
		change(cert)
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

// said is what somebody reads who is not let in; entered that they were.
func (w *world) said(user string, key ssh.Signer) (text string, entered bool) {
	conn, _, _, err := dialWith(w, user, key, func(message string) error { text += message; return nil })
	if err == nil {
		conn.Close()
	}
	return text, err == nil
}

// Z2: certificates of the CA log in to accounts that are there, and nothing else does.
func TestZ2_CertificatesThatLogIn(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t)
	w := newWorld(t, func(o *Options) { o.CSRCA = []ssh.PublicKey{ca.PublicKey()} })
	plain := w.account("alice", false)
	w.account("bob", false)
	w.beside(func(s *store.Store) error { return s.DisableAccount(t.Context(), "bob", true) })
	from := func(list string) func(*ssh.Certificate) {
		return func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"source-address": list} }
	}
	for name, c := range map[string]struct {
		user    string
		key     ssh.Signer
		enters  bool
		because string // "" says nothing: the relay tells strangers nothing
	}{
		"good":                   {"alice", certificate(t, ca, key, "alice", time.Hour, nil), true, ""},
		"the account's own key":  {"alice", plain, true, ""},
		"another key":            {"alice", key, false, ""},
		"another CA":             {"alice", certificate(t, testkit.NewKey(t), key, "alice", time.Hour, nil), false, ""},
		"the relay's own CA":     {"alice", certificate(t, w.relay.data.cas.Load().own, key, "alice", time.Hour, nil), false, ""},
		"another's":              {"alice", certificate(t, ca, key, "bob", time.Hour, nil), false, `it is not for the account "alice"`},
		"a disabled account's":   {"bob", certificate(t, ca, key, "bob", time.Hour, nil), false, ""},
		"nobody's":               {"carol", certificate(t, ca, key, "carol", time.Hour, nil), false, ""},
		"over":                   {"alice", certificate(t, ca, key, "alice", -time.Hour, func(c *ssh.Certificate) { c.ValidAfter -= 7200 }), false, "tell the relay's operator: its clock is wrong"},
		"for here":               {"alice", certificate(t, ca, key, "alice", time.Hour, from("127.0.0.0/8,::1")), true, ""},
		"for elsewhere":          {"alice", certificate(t, ca, key, "alice", time.Hour, from("192.0.2.0/24")), false, "other addresses"},
		"as a customer":          {wire.CustomerUser, certificate(t, ca, key, wire.CustomerUser, time.Hour, nil), false, ""},
		"as somebody invited":    {wire.InvitedUser, certificate(t, ca, key, wire.InvitedUser, time.Hour, nil), false, "it is not for the account"},
		"of the account's key":   {"alice", certificate(t, ca, plain, "alice", time.Hour, nil), true, ""},
		"that has no end at all": {"alice", certificate(t, ca, key, "alice", time.Hour, func(c *ssh.Certificate) { c.ValidBefore = ssh.CertTimeInfinity }), false, "it has no end"},
	} {
		text, entered := w.said(c.user, c.key)
		if entered != c.enters || !strings.Contains(text, c.because) || c.because == "" && text != "" {
			t.Errorf("%s: enters: %v, %q", name, entered, text)
		}
	}
	var me api.WhoAmI
	alice := w.login("alice", certificate(t, ca, key, "alice", time.Hour, nil))
	if err := json.Unmarshal([]byte(alice.ok("whoami --json")), &me); err != nil {
		t.Fatal(err)
	}
	if c := me.Certificate; c == nil || c.CA != ssh.FingerprintSHA256(ca.PublicKey()) || c.KeyID != "alice@example" || time.Until(c.Ends) > time.Hour || me.Key != ssh.FingerprintSHA256(key.PublicKey()) {
		t.Errorf("%+v, %+v", me, c)
	}
	if out := w.login("alice", plain).ok("whoami --json"); !strings.Contains(out, `"certificate": null`) {
		t.Error(out)
	}
}

// Z2: a connection with a certificate ends when that does, when its CA does not count any
// more, and when its account is disabled.
func TestZ2_H13_CertificatesThatEnd(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t)
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		plain := w.account("alice", false)
		enter := func(life time.Duration) *csr { return w.login("alice", certificate(t, ca, key, "alice", life, nil)) }
		if text, entered := w.said("alice", certificate(t, ca, key, "alice", time.Hour, nil)); entered || text != "" {
			t.Errorf("without a CA a certificate enters: %q", text)
		}
		counts := func(keys ...ssh.PublicKey) {
			if err := w.relay.SetCSRCA(t.Context(), keys); err != nil {
				t.Fatal(err)
			}
		}
		counts(ca.PublicKey())
		begin, c, stays := time.Now(), enter(time.Hour), w.login("alice", plain)
		<-time.After(time.Hour - 2*time.Second)
		c.ok("whoami")
		_ = c.Wait()
		within(t, "the certificate", begin, time.Hour-time.Second, time.Hour+time.Second)
		c = enter(time.Hour)
		counts()
		_ = c.Wait()
		counts(ca.PublicKey())
		c = enter(time.Hour)
		stays.ok("whoami")
		w.beside(func(s *store.Store) error { return s.DisableAccount(t.Context(), "alice", true) })
		begin = time.Now()
		_ = c.Wait()
		within(t, "the account", begin, 0, 5*time.Second)
	})
}

// Z2: a relay says by itself who a CSR is in no way.
func TestZ2_NoKeyOfTheRelaysIsACA(t *testing.T) {
	w := newWorld(t, nil)
	own := []ssh.PublicKey{w.relay.data.hostKey(), w.relay.data.cas.Load().own.PublicKey()}
	for _, key := range own {
		if err := w.relay.SetCSRCA(t.Context(), []ssh.PublicKey{testkit.NewKey(t).PublicKey(), key}); !errors.Is(err, ErrOwnCA) {
			t.Error(err)
		}
	}
	w.stop()
	if _, err := New(t.Context(), Options{Dir: w.dir, Database: w.place.Database, Log: slog.New(slog.DiscardHandler), CSRCA: own[1:]}); !errors.Is(err, ErrOwnCA) {
		t.Error(err)
	}
}

// A CSR without a key of their own is named to the computer all the same.
func TestZ2_AnAccountWithoutAKeyIsNamed(t *testing.T) {
	all, _ := newAccounts(1, []store.Account{{Name: "alice", Display: "Alice"}, {Name: "bob", Disabled: true}})
	all.nameCertified()
	list, disabled := all.lists["alice"].Entries, all.lists["bob"].Entries
	if len(list) != 1 || list[0].Account != "alice" || len(list[0].Key) != 0 || len(disabled) != 0 {
		t.Errorf("%+v, %+v", list, disabled)
	}
}

// They are named while a CA counts, one is enough, and not without any.
func TestZ2_AnAccountWithoutAKeyIsNamedWhileACACounts(t *testing.T) {
	w := newWorld(t, nil)
	w.beside(func(s *store.Store) error {
		return s.AddAccount(t.Context(), store.Account{Name: "alice", Created: time.Now()}, false)
	})
	w.relay.catchUp(writePatience)
	for _, keys := range [][]ssh.PublicKey{nil, {testkit.NewKey(t).PublicKey()}, {testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey()}, nil} {
		if err := w.relay.SetCSRCA(t.Context(), keys); err != nil {
			t.Fatal(err)
		}
		if list := w.relay.accounts.Load().lists["alice"].Entries; len(list) != min(len(keys), 1) {
			t.Errorf("%d CAs: %+v", len(keys), list)
		}
	}
}
