package relay

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/csrca"
	"supportd/relay/backup"
)

// changeCA is [world.change] for the keys that certify computers.
func (w *world) changeCA(f func(*Data) error) {
	w.t.Helper()
	w.change(f)
	w.relay.catchUpCAKeys()
}

func switchCANow(d *Data) error { return d.SwitchCAKey(time.Now(), false) }

// back is a computer that has connected again.
func (w *world) back(p *pc) *pc { return w.computer(p.key, "") }

// certifiedBy is the fingerprint of who certifies a computer that comes back now.
func (w *world) certifiedBy(p *pc) string {
	w.t.Helper()
	key, err := ssh.ParsePublicKey(p.resume().Certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	return ssh.FingerprintSHA256(key.(*ssh.Certificate).SignatureKey)
}

// authoritiesOf are the fingerprints in known_hosts of who certifies computers.
func authoritiesOf(t *testing.T, knownHosts string) (prints []string) {
	t.Helper()
	for line := range strings.Lines(knownHosts) {
		marker, names, key, _, _, err := ssh.ParseKnownHosts([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if marker == "cert-authority" && slices.Equal(names, []string{"*.support"}) {
			prints = append(prints, ssh.FingerprintSHA256(key))
		}
	}
	return prints
}

// TestO9_TheKeyThatCertifiesComputersIsChanged follows one change at a relay that runs: a
// computer whose certificate is by the old key stays reachable for those who ask now.
func TestO9_TheKeyThatCertifiesComputersIsChanged(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice := w.login("alice", key)
	p := w.joined(alice.start())
	old := w.relay.data.CAKeys()[0].Key
	if got := authoritiesOf(t, alice.ok("known-hosts")); !slices.Equal(got, []string{old}) {
		t.Errorf("before: %s", got)
	}

	w.changeCA((*Data).NewCAKey)
	next := w.relay.data.CAKeys()[1].Key
	if got := authoritiesOf(t, alice.ok("known-hosts")); !slices.Equal(got, []string{old, next}) {
		t.Errorf("beside each other: %s", got)
	}
	if want := "event=cakey.changed from=local key=" + old + " next=" + next; !strings.Contains(w.log.String(), want) {
		t.Errorf("the log has no %q", want)
	}
	// A program of ours is told that there is something to ask for.
	if _, told, _, err := w.shown(key, w.relay.Fingerprint()); err != nil || len(told) != 1 {
		t.Errorf("%d host keys are told of, %v", len(told), err)
	}
	for _, ca := range w.relay.data.cas.Load().trusted(time.Now()) {
		if !errors.Is(w.relay.CheckCSRCA([]ssh.PublicKey{ca}), ErrOwnCA) {
			t.Errorf("%s may certify CSRs", ssh.FingerprintSHA256(ca))
		}
	}
	if got := w.certifiedBy(w.back(p)); got != old {
		t.Errorf("%s certifies before its time", got)
	}

	p = w.back(p)
	p.resume()
	w.changeCA(switchCANow)
	if got := authoritiesOf(t, alice.ok("known-hosts")); !slices.Equal(got, []string{next, old}) {
		t.Errorf("after: %s", got)
	}
	select {
	case <-p.done:
		t.Error("the computer was disconnected")
	default:
	}
	if got := w.certifiedBy(w.back(p)); got != next {
		t.Errorf("%s certifies", got)
	}
	keys := w.relay.data.CAKeys()
	if len(keys) != 2 || keys[0].Key != next || keys[1].State != api.HostKeyBefore || keys[1].Key != old || time.Until(keys[1].Until) < certificateLife-time.Hour {
		t.Errorf("%+v", keys)
	}
	k := w.relay.data.cas.Load()
	if at := time.Now().Add(certificateLife + time.Minute); k.changing(at) || len(k.trusted(at)) != 1 {
		t.Error("the old key is told of when all its certificates have ended")
	}

	// A relay that is started knows it, too.
	w.restart(nil)
	if got := authoritiesOf(t, w.login("alice", key).ok("known-hosts")); !slices.Equal(got, []string{next, old}) {
		t.Errorf("after a restart: %s", got)
	}
}

// TestO9_ADistrustedKeyCertifiesNoComputer: what it has certified is gone at once.
func TestO9_ADistrustedKeyCertifiesNoComputer(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	p := w.joined(alice.start())
	w.changeCA((*Data).NewCAKey)
	next := w.relay.data.CAKeys()[1].Key
	w.changeCA(func(d *Data) error { return d.SwitchCAKey(time.Now(), true) })
	receive(t, p.done)
	if got := w.certifiedBy(w.back(p)); got != next {
		t.Errorf("%s certifies", got)
	}
	if got := authoritiesOf(t, alice.ok("known-hosts")); !slices.Equal(got, []string{next}) {
		t.Errorf("known-hosts has %s", got)
	}
}

// TestO9_AnInterruptedChangeOfTheCAKeyIsNone leaves what a crash leaves behind.
func TestO9_AnInterruptedChangeOfTheCAKeyIsNone(t *testing.T) {
	w := newWorld(t, nil)
	old := w.relay.data.CAKeys()[0].Key
	for name, f := range map[string]func(*Data) error{"switch": switchCANow, "drop": (*Data).DropCAKey} {
		if err := f(w.relay.data); !errors.Is(err, ErrNoNextCAKey) {
			t.Errorf("%s without a new key: %v", name, err)
		}
	}
	w.changeCA((*Data).NewCAKey)
	if err := w.relay.data.NewCAKey(); !errors.Is(err, ErrNextCAKey) {
		t.Errorf("a second new key: %v", err)
	}
	// The old key was written down, and the new one has not got its place.
	line := authorizedKey(w.relay.data.cas.Load().own.PublicKey()) + " " + time.Now().Add(certificateLife).UTC().Format(time.RFC3339) + "\n"
	if err := os.WriteFile(filepath.Join(w.dir, beforeCAFile), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	w.relay.catchUpCAKeys()
	if keys := w.relay.data.CAKeys(); len(keys) != 2 || keys[0].Key != old || keys[1].State != api.HostKeyNext {
		t.Errorf("%+v", keys)
	}
	w.changeCA((*Data).DropCAKey)
	if keys := w.relay.data.CAKeys(); len(keys) != 1 || keys[0].Key != old {
		t.Errorf("%+v", keys)
	}
	// What cannot be read changes nothing at a relay that runs, and the next one says so.
	for _, text := range []string{"no key", authorizedKey(testkit.NewKey(t).PublicKey()) + " for ever\n"} {
		if err := os.WriteFile(filepath.Join(w.dir, beforeCAFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w.relay.catchUpCAKeys()
		if w.relay.data.CAKeys()[0].Key != old || w.relay.badCAKeys.last.Load() == nil {
			t.Errorf("%q: no word of it", text)
		}
		if _, err := OpenPlace(t.Context(), w.place, false); err == nil || !strings.Contains(err.Error(), "ca_key-before.pub cannot be used") {
			t.Error(err)
		}
	}
}

// TestO9_ABackupHasTheKeysThatCertify proves it for each moment of a change.
func TestO9_ABackupHasTheKeysThatCertify(t *testing.T) {
	onFile(t)
	w := newWorld(t, nil)
	for i, step := range []func(*Data) error{func(*Data) error { return nil }, (*Data).NewCAKey, switchCANow, (*Data).NewCAKey} {
		w.changeCA(step)
		file := filepath.Join(t.TempDir(), "backup")
		if _, err := w.relay.data.Backup(t.Context(), file, "", backup.Manifest{Program: "test"}); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "restored")
		_, err = Restore(context.WithoutCancel(t.Context()), dir, f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		again, err := OpenData(t.Context(), dir, false)
		if err != nil {
			t.Fatal(err)
		}
		same := func(a, b ssh.PublicKey) bool { return csrca.IsOneOf(a, []ssh.PublicKey{b}) }
		now := time.Now()
		if got, want := again.cas.Load().trusted(now), w.relay.data.cas.Load().trusted(now); !slices.EqualFunc(got, want, same) || len(got) != i+1-i/2 {
			t.Errorf("step %d: %d keys, not %d", i, len(got), len(want))
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}
