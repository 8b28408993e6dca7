package daemon

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/wire"
)

// listBy is a list that a CA signs now, good for an hour.
func listBy(t *testing.T, ca ssh.Signer, number uint64, keys ...ssh.PublicKey) *csrca.Revocations {
	t.Helper()
	r := csrca.Revocations{Number: number, Issued: time.Now(), Until: time.Now().Add(time.Hour)}
	for _, key := range keys {
		r.Keys = append(r.Keys, ssh.FingerprintSHA256(key))
	}
	list, err := csrca.SignRevocations(r, ca)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// revoke has the relay bring a list, and says whether the computer has taken it.
func (r *testRelay) revoke(file []byte) bool {
	r.t.Helper()
	ok, _, err := r.open().SSH().SendRequest(wire.RevokeRequest, true, file)
	if err != nil {
		r.t.Fatal(err)
	}
	return ok
}

// demanding is a world whose customer lets in certificates of a CA alone, and demands this
// of its list.
func demanding(t *testing.T, ca ssh.Signer, d csrca.Demand) *world {
	t.Helper()
	return newWorld(t, func(_ *world, o *Options) { o.Join.CSRCA, o.Join.Revocations = []ssh.PublicKey{ca.PublicKey()}, d })
}

// Z3: whoever is revoked is out, with the reason, and does not come back, by which relay
// ever; and no older list, and none by another, takes that back.
func TestZ3_TheRevokedAreOut(t *testing.T) {
	ca, mallory, lost := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	w := demanding(t, ca, csrca.Demand{})
	w.relay.open()
	stolen, good := certificate(t, ca, lost, "alice", nil), certificate(t, ca, w.alice, "alice", nil)
	thief, said := w.connectAs("alice", stolen)
	if thief == nil {
		t.Fatal(said)
	}
	owner, said := w.connectAs("alice", good)
	if owner == nil {
		t.Fatal(said)
	}
	follows := start(t, thief, "journal --follow")
	for name, bad := range map[string][]byte{
		"nothing": nil, "noise": []byte("supportd revocations 1\n"), "by another": listBy(t, mallory, 9, lost.PublicKey()).File(), "by the relay": listBy(t, w.relay.ca, 9, w.alice.PublicKey()).File(),
	} {
		if w.relay.revoke(bad) {
			t.Errorf("taken: %s", name)
		}
	}
	if got := run(t, thief, "status"); got.code != cmdline.ExitOK {
		t.Fatalf("%+v", got)
	}
	begun := time.Now()
	if !w.relay.revoke(listBy(t, ca, 7, lost.PublicKey()).File()) {
		t.Fatalf("the list is not taken\n%s", w.log)
	}
	if got := follows(); got.code != cmdline.ExitAuth || !strings.Contains(got.err, "your organisation has revoked it or its key (list 7)") {
		t.Errorf("%+v", got)
	}
	if err := thief.Wait(); err == nil || time.Since(begun) > 5*time.Second {
		t.Errorf("out after %v: %v", time.Since(begun), err)
	}
	if c, said := w.connectAs("alice", stolen); c != nil || !strings.Contains(said, "has revoked it or its key (list 7)\r\nhint: ask your organisation") {
		t.Errorf("%q", said)
	}
	if got := run(t, owner, "status"); got.code != cmdline.ExitOK {
		t.Errorf("who is not revoked is out: %+v", got)
	}
	if w.relay.revoke(listBy(t, ca, 6).File()) || w.relay.revoke(listBy(t, ca, 7).File()) {
		t.Error("an older list is taken, or another one of the same number")
	}
	if c, _ := w.connectAs("alice", stolen); c != nil {
		t.Error("an older list lets them in again")
	}
	if !w.relay.revoke(listBy(t, ca, 8).File()) {
		t.Error("a newer list is not taken")
	}
	if c, said := w.connectAs("alice", stolen); c == nil {
		t.Errorf("the CA let them in again, and they do not enter: %q", said)
	}
	var told []journal.AccessRevoke
	for _, e := range w.events() {
		switch e.Kind {
		case journal.KindAccessRevoke:
			told = append(told, journal.Of[journal.AccessRevoke](e))
		case journal.KindConnClose:
			if c := journal.Of[journal.ConnectionClose](e); c.CauseCode != "" && c.Because != journal.CauseRevoked.Of("7") {
				t.Errorf("%+v", c)
			}
		}
	}
	if len(told) != 2 || told[0].Number != 7 || told[0].Keys != 1 || told[0].CA != ssh.FingerprintSHA256(ca.PublicKey()) || told[1].Number != 8 {
		t.Errorf("the journal says %+v", told)
	}
}

// Z3: where a list is demanded, nobody enters before the relay has brought one that is new
// enough.
func TestZ3_NoListNobody(t *testing.T) {
	ca := testkit.NewKey(t)
	w := demanding(t, ca, csrca.Demand{Required: true, Least: 5})
	w.relay.open()
	good := certificate(t, ca, w.alice, "alice", nil)
	if c, said := w.connectAs("alice", good); c != nil || !strings.Contains(said, "is demanded here, number 5 or later, and the relay has not brought it") {
		t.Errorf("without a list: %q", said)
	}
	if w.relay.revoke(listBy(t, ca, 4).File()) {
		t.Error("an older list than the demanded is taken")
	}
	if c, _ := w.connectAs("alice", good); c != nil {
		t.Error("with an older list")
	}
	if !w.relay.revoke(listBy(t, ca, 5).File()) {
		t.Error("the list is not taken")
	}
	if c, said := w.connectAs("alice", good); c == nil {
		t.Errorf("with the list: %q", said)
	}
}

// Without a CSR CA no list counts, and the relay is not told that it was refused.
func TestZ3_WithoutACANoListCounts(t *testing.T) {
	w := newWorld(t, nil)
	w.relay.open()
	if !w.relay.revoke(listBy(t, testkit.NewKey(t), 1, w.alice.PublicKey()).File()) {
		t.Error("refused")
	}
	if got := run(t, w.csr(), "status"); got.code != cmdline.ExitOK {
		t.Errorf("%+v", got)
	}
}

// Z3: a restart goes back to no older list, also where the saved session was changed
// meanwhile, and where nothing was demanded of a list: one was there.
func TestZ3_AReturnGoesBackToNoOlderList(t *testing.T) {
	ca, lost := testkit.NewKey(t), testkit.NewKey(t)
	for name, change := range map[string]func(*state.Saved){
		"as it was": func(*state.Saved) {}, "taken out": func(s *state.Saved) { s.Revocations = csrca.Demand{} },
	} {
		for _, required := range []bool{false, true} {
			p := &fakePower{boot: "one", users: []string{"bob"}}
			w := newWorld(t, func(_ *world, o *Options) {
				o.Power, o.Join.CSRCA, o.Join.Revocations = p, []ssh.PublicKey{ca.PublicKey()}, csrca.Demand{Required: required, Least: 2, Second: []string{"Network"}}
			})
			w.alice, w.user = certificate(t, ca, w.alice, "alice", nil), "alice"
			newest := listBy(t, ca, 7, lost.PublicKey())
			w.relay.open()
			if !w.relay.revoke(newest.File()) {
				t.Fatal("the list is not taken")
			}
			w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce} // to the restart
			w.goDown(p)
			dir, err := state.Open(w.dir)
			if err != nil {
				t.Fatal(err)
			}
			saved, err := dir.Saved()
			if want := (csrca.Demand{Least: 2, Required: required, Newest: 7, Second: []string{"Network"}}); err != nil || !reflect.DeepEqual(saved.Revocations, want) {
				t.Errorf("%s: saved is %+v, %v", name, saved.Revocations, err)
			}
			change(&saved)
			if err := errors.Join(dir.Save(saved), dir.Close()); err != nil {
				t.Fatal(err)
			}
			w.comeUp(p, "two")
			stolen := certificate(t, ca, lost, "alice", nil)
			for what, key := range map[string]ssh.Signer{"the revoked": stolen, "alice": w.alice} {
				if c, said := w.connectAs("alice", key); c != nil || !strings.Contains(said, "number 7 or later") {
					t.Errorf("%s: %s enters without a list after a restart: %q", name, what, said)
				}
			}
			if w.relay.revoke(listBy(t, ca, 6).File()) {
				t.Errorf("%s: an older list is taken after a restart", name)
			}
			if !w.relay.revoke(newest.File()) {
				t.Errorf("%s: the list is not taken again", name)
			}
			if c, said := w.connectAs("alice", w.alice); c == nil {
				t.Errorf("%s: %q", name, said)
			}
			if c, _ := w.connectAs("alice", stolen); c != nil {
				t.Errorf("%s: the revoked enter after a restart", name)
			}
			w.stop(errTestStop)
			<-w.finished
			// What is demanded of scripts comes back too, and stands in the journal.
			for _, e := range w.events() {
				if e.Kind == journal.KindSessionResume {
					if demanded := journal.Of[journal.SessionResume](e).Revocations.Second; !slices.Equal(demanded, []string{"Network"}) {
						t.Errorf("%s: after a restart two signatures are demanded for %q", name, demanded)
					}
				}
			}
		}
	}
}
