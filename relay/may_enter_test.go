package relay

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

// connOf is the relay's end of the only connection of somebody.
func (w *world) connOf(account string) (found *sshd.Conn) {
	w.t.Helper()
	testkit.Eventually(w.t, account+" is connected", func() bool {
		for _, c := range w.relay.ssh.Conns() {
			if who, ok := c.Identity().(*csrIdentity); ok && who.account == account || !ok && account == wire.CustomerUser {
				found = c
			}
		}
		return found != nil
	})
	return found
}

// Everything that anybody may do, and that everybody else may not.
func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t, nil)
	alice, admin := w.login("alice", w.account("alice", false)), w.login("root", w.account("root", true))
	n, other := alice.start(), admin.start()
	w.joined(n)
	own, others := w.relay.find(n), w.relay.find(other)
	actions := []action{actUse, actReach, actManage}
	for who, may := range map[string][3][3]bool{
		// no session, alice's, root's
		"alice":           {actUse - 1: {true, true, false}, actReach - 1: {false, true, false}},
		"root":            {actUse - 1: {true, true, true}, actReach - 1: {false, false, true}, actManage - 1: {true, true, true}},
		wire.CustomerUser: {},
	} {
		c := w.connOf(who)
		for i, what := range actions {
			for j, s := range []*session{nil, own, others} {
				a, err := w.relay.mayAct(c, what, s)
				if (err == nil) != may[i][j] || err != nil && (!errors.Is(err, errForbidden) || a.Name != "") || err == nil && a.Name != who {
					t.Errorf("%s, action %d, session %d: %+v, %v", who, what, j, a, err)
				}
			}
		}
		for _, what := range []action{0, actManage + 1} {
			if _, err := w.relay.mayAct(c, what, own); !errors.Is(err, errForbidden) {
				t.Errorf("%s may do what there is not: %v", who, err)
			}
		}
		if c.Context().Err() != nil {
			t.Errorf("the connection of %s has ended", who)
		}
	}
}

// Who may not be here any more may do nothing, and is disconnected by the first thing that they do:
// whatever was true when they logged in.
func TestWhoLosesAccessMayDoNothing(t *testing.T) {
	key := testkit.NewKey(t)
	line := authorizedKey(key.PublicKey())
	alice := store.Account{Name: "alice", Admin: true, Keys: []store.Key{{Line: line}}}
	for name, now := range map[string][]store.Account{
		"removed":                  {},
		"disabled":                 {{Name: "alice", Admin: true, Disabled: true, Keys: alice.Keys}},
		"without the key":          {{Name: "alice", Admin: true, Keys: []store.Key{{Line: authorizedKey(testkit.NewKey(t).PublicKey())}}}},
		"the key is another's now": {{Name: "alice", Admin: true}, {Name: "bob", Admin: true, Keys: alice.Keys}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.beside(func(s *store.Store) error {
				return s.AddAccount(t.Context(), store.Account{Name: "alice", Admin: true, Created: time.Now(), Keys: []store.Key{{Fingerprint: ssh.FingerprintSHA256(key.PublicKey()), Line: line}}}, false)
			})
			w.login("alice", key)
			c := w.connOf("alice")
			revision := w.relay.accounts.Load().revision
			all, err := newAccounts(revision, now)
			if err != nil {
				t.Fatal(err)
			}
			w.relay.accounts.Store(all)
			for _, what := range []action{actUse, actReach, actManage} {
				if a, err := w.relay.mayAct(c, what, nil); !errors.Is(err, errRevoked) || a.Name != "" {
					t.Errorf("action %d: %+v, %v", what, a, err)
				}
			}
			if c.Context().Err() != nil {
				t.Error("to ask has ended the connection")
			}
			if a, err := w.relay.admit(c, actUse, nil); !errors.Is(err, errRevoked) || a.Name != "" {
				t.Errorf("%+v, %v", a, err)
			}
			if c.Context().Err() == nil {
				t.Error("they are still connected")
			}
			if _, open := all.lists["alice"]; len(all.lists["alice"].Entries) > 0 && now[0].Disabled || open && len(now) == 0 {
				t.Error("computers would still let them in")
			}
		})
	}
}

// A key logs in under its account's name only; a customer's computer with an
// ed25519 key only, whoever's it is.
func TestWhoMayLogIn(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := w.account("alice", false), w.account("bob", false)
	w.beside(func(s *store.Store) error { return s.DisableAccount(t.Context(), "bob", true) })
	enters := func(user string, key ssh.Signer) bool {
		conn, _, _, err := w.dial(user, key, "")
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	for i, c := range []struct {
		user string
		key  ssh.Signer
		want bool
	}{
		{"alice", alice, true}, {"alice", bob, false}, {"bob", alice, false}, {"bob", bob, false}, {"alice", testkit.NewKey(t), false},
		{"Alice", alice, false}, {"", alice, false}, {"", testkit.NewKey(t), false}, {"nobody", alice, false}, {"nobody", testkit.NewKey(t), false},
		{wire.CustomerUser, testkit.NewKey(t), true}, {wire.CustomerUser, ecdsaKey(t), false},
		{wire.RelayName, testkit.NewKey(t), false}, {wire.DaemonName, testkit.NewKey(t), false},
	} {
		if got := enters(c.user, c.key); got != c.want {
			t.Errorf("%d: %q enters: %v", i, c.user, got)
		}
	}
	w.beside(func(s *store.Store) error { return s.DisableAccount(t.Context(), "bob", false) })
	if !enters("bob", bob) {
		t.Error("an account that is enabled again cannot log in")
	}
}

// While the accounts cannot be read, those that are known stay valid, and the operator
// is told.
func TestD2_AccountsThatCannotBeRead(t *testing.T) {
	for name, broken := range map[string]string{"revision": `ALTER TABLE revisions RENAME TO gone`, "accounts": `UPDATE revisions SET value = value + 1; ALTER TABLE account_keys RENAME TO gone`} {
		w := newWorld(t, nil)
		key := w.account("alice", false)
		w.login("alice", key)
		w.sql(broken)
		w.login("alice", key)
		if w.relay.catchUp(writePatience); !strings.Contains(w.log.String(), "cannot read the accounts; those known stay valid") {
			t.Errorf("%s: nothing is in the log", name)
		}
	}
}

// What belongs to somebody else looks as if it were not there, in every command.
func TestOthersSessionsAreNotThere(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob, root := w.login("alice", w.account("alice", false)), w.login("bob", w.account("bob", false)), w.login("root", w.account("root", true))
	open, over := alice.start(), alice.start()
	w.joined(open)
	alice.ok("session end " + string(over))
	var none wire.Number
	for none = wire.NewNumber(); none == open || none == over; none = wire.NewNumber() {
	}
	for _, n := range []wire.Number{open, over} {
		for _, command := range []string{"session show N", "session note N x", "report show N", "report verify N"} {
			_, missing, missed := bob.run("", strings.Replace(command, "N", string(none), 1))
			_, problems, code := bob.run("", strings.Replace(command, "N", string(n), 1))
			if code != missed || code != cmdline.ExitNoSession || strings.ReplaceAll(problems, n.Spoken(), "") != strings.ReplaceAll(missing, none.Spoken(), "") {
				t.Errorf("bob's %s: %d, %q; of none: %d, %q", command, code, problems, missed, missing)
			}
		}
		for _, command := range []string{"session show", "report show"} {
			alice.ok(command + " " + string(n))
			root.ok(command + " " + string(n))
		}
	}
	if _, problems, code := bob.run("", "session end "+string(open)); code != 6 || !strings.Contains(problems, "no open session") {
		t.Errorf("bob's session end: %d, %q", code, problems)
	}
	for command, sees := range map[string]bool{"session list --ended": false, "report list": false, "report export": false} {
		if out := bob.ok(command); strings.Contains(out, string(open)) != sees {
			t.Errorf("bob's %s: %s", command, out)
		}
		if out := alice.ok(command); !strings.Contains(out, string(open)) {
			t.Errorf("alice's %s: %s", command, out)
		}
	}
	// Nor by asking for everybody's, or somebody's by name.
	for _, command := range []string{"session list --all", "report list --csr alice", "csr list", "csr add eve", "category add x"} {
		if out, _, code := bob.run("", command); code == 0 || strings.Contains(out, string(open)) {
			t.Errorf("bob's %s: %d, %s", command, code, out)
		}
	}
	if out := root.ok("report list --csr alice"); !strings.Contains(out, string(open)) {
		t.Errorf("the admin's list: %s", out)
	}
	// And nobody but the owner reaches the computer.
	for name, c := range map[string]*csr{"bob": bob, "root": root} {
		if _, _, err := c.direct(open.Host(), wire.TunnelPort); !strings.Contains(refusal(err), "is open: it has ended or the number is mistyped") {
			t.Errorf("%s reaches alice's computer: %v", name, err)
		}
	}
}

// Who was an admin when a command began, and is none any more, sees and changes
// nothing of others.
func TestWhoIsNoAdminAnyMore(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	w.login("bob", w.account("bob", false))
	n := alice.start()
	for _, words := range [][]string{
		{"session", "list", "--all"}, {"report", "list", "--csr", "alice"}, {"csr", "list"}, {"csr", "disable", "alice"}, {"category", "add", "x"},
	} {
		var out, problems bytes.Buffer
		cmd := &command{relay: w.relay, conn: w.connOf("bob"), account: store.Account{Name: "bob", Admin: true}, in: strings.NewReader(""), out: &out, err: &problems}
		code := cmdline.Run(t.Context(), cmd.app(), words, cmdline.Streams{In: cmd.in, Out: &out, Err: &problems})
		if strings.Contains(out.String(), string(n)) || code == 0 && words[0] != "report" {
			t.Errorf("%v: %d, %s%s", words, code, &out, &problems)
		}
	}
	alice.ok("whoami")
}

// A computer opens no channel of a CSR's: it is refused, and nothing else happens.
func TestAComputerIsNoCSR(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	w.joined(alice.start())
	served := 0
	handler := w.relay.forCSRs(func(context.Context, *sshd.Conn, ssh.NewChannel) { served++ })
	for _, who := range []string{wire.CustomerUser, "alice"} {
		nc := &offered{}
		handler(t.Context(), w.connOf(who), nc)
		if is := who == "alice"; served > 0 != is || nc.refused == is {
			t.Errorf("%s: served %d, refused %v", who, served, nc.refused)
		}
	}
}

// offered is a channel that somebody wants to open.
type offered struct {
	ssh.NewChannel
	refused bool
}

func (o *offered) Reject(ssh.RejectionReason, string) error { o.refused = true; return nil }

func ecdsaKey(t *testing.T) ssh.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}
