package relay

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/backup"
)

// change changes the host keys as another process does, and waits until the relay that
// runs has taken it up.
func (w *world) change(f func(*Data) error) {
	w.t.Helper()
	data, err := OpenPlace(w.t.Context(), w.place, false)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := errors.Join(f(data), data.Close()); err != nil {
		w.t.Fatal(err)
	}
	w.relay.catchUpHostKeys()
}

func switchNow(d *Data) error { return d.SwitchHostKey(time.Now(), false) }

// shown logs in as alice and returns the key that the relay shows to a program of ours
// which knows only one fingerprint, and what it is told of the host keys.
func (w *world) shown(key ssh.Signer, pin string) (seen string, told []ssh.PublicKey, client *sshd.Client, err error) {
	w.t.Helper()
	client, err = sshd.NewClient(w.t.Context(), w.connect(""), &ssh.ClientConfig{
		User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, ClientVersion: wire.Banner("test"),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			ok := false
			if seen, ok = sshd.Pinned(key, []string{pin}); !ok {
				return errors.New("another key")
			}
			return nil
		},
	})
	if err != nil {
		return seen, nil, nil, err
	}
	w.t.Cleanup(func() { client.Close() })
	ch, _, err := client.OpenChannel("session", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	ch.Close()
	select {
	case req := <-client.Requests:
		if req.Type != wire.HostKeysRequest || req.WantReply {
			w.t.Fatalf("%s, %t", req.Type, req.WantReply)
		}
		if told, err = wire.ParseHostKeys(req.Payload); err != nil {
			w.t.Fatal(err)
		}
	default: // it would have come before the answer to the channel
	}
	return seen, told, client, nil
}

// TestO9_TheOldHostKeyVouchesForTheNewOne follows one change of the host key at a relay
// that runs.
func TestO9_TheOldHostKeyVouchesForTheNewOne(t *testing.T) {
	w := newWorld(t, nil)
	w.restart(func(o *Options) { o.Names = []string{"relay.example:2222"} })
	key := w.account("alice", false)
	old := w.relay.Fingerprint()
	if seen, told, _, err := w.shown(key, old); err != nil || seen != old || told != nil {
		t.Fatalf("before: %s, %d keys, %v", seen, len(told), err)
	}

	w.change((*Data).NewHostKey)
	next := w.relay.data.HostKeys()[1].Key
	seen, told, client, err := w.shown(key, old)
	if err != nil || seen != old || len(told) != 2 || ssh.FingerprintSHA256(told[0]) != old || ssh.FingerprintSHA256(told[1]) != next {
		t.Fatalf("beside each other: %s, %d keys, %v", seen, len(told), err)
	}
	ok, reply, err := client.SendRequest(wire.HostKeysProve, true, wire.MarshalHostKeys(told))
	if err != nil || !ok || wire.CheckProofs(reply, client.SessionID(), told) != nil {
		t.Errorf("the keys are not proved: %t %v", ok, err)
	}
	if ok, _, _ := client.SendRequest(wire.HostKeysProve, true, wire.MarshalHostKeys([]ssh.PublicKey{testkit.NewKey(t).PublicKey()})); ok {
		t.Error("the relay proves a key that is not its own")
	}
	if want := "event=hostkey.changed from=local key=" + old + " next=" + next; !strings.Contains(w.log.String(), want) {
		t.Errorf("the log has no %q", want)
	}
	alice := w.login("alice", key)
	if hosts := alice.ok("known-hosts"); strings.Count(hosts, "\n[relay.example]:2222 ssh-ed25519 ") != 2 {
		t.Error(hosts)
	}

	w.change(switchNow)
	if got := w.relay.Fingerprint(); got != next {
		t.Fatalf("%s is in use, not %s", got, next)
	}
	if alice.ok("whoami") == "" {
		t.Error("a connection that was open is not any more")
	}
	for pin, want := range map[string]bool{old: true, next: true, ssh.FingerprintSHA256(key.PublicKey()): false} {
		seen, told, _, err := w.shown(key, pin)
		if (err == nil) != want || seen != next || want && (len(told) != 1 || ssh.FingerprintSHA256(told[0]) != next) {
			t.Errorf("who knows %s: %s, %d keys, %v", pin, seen, len(told), err)
		}
	}
	// What offers no certificates, as most programs, is shown the key alone.
	w.login("alice", key)
	if keys := w.relay.data.HostKeys(); len(keys) != 2 || keys[1].State != api.HostKeyBefore || keys[1].Key != old {
		t.Errorf("%+v", keys)
	}

	// The old key's word does not last for ever, and a relay that is started knows it.
	w.restart(nil)
	if seen, _, _, err := w.shown(key, old); err != nil || seen != next {
		t.Errorf("after a restart: %s, %v", seen, err)
	}
	if k := w.relay.data.keys.Load(); !k.vouching(time.Now().Add(VouchLife-time.Hour)) || k.vouching(time.Now().Add(VouchLife+time.Hour)) || k.changing(time.Now().Add(VouchLife+time.Hour)) {
		t.Error("the old key vouches for another time than it shall")
	}
	w.change((*Data).NewHostKey)
	w.change(func(d *Data) error { return d.SwitchHostKey(time.Now(), true) })
	if _, _, _, err := w.shown(key, next); err == nil {
		t.Error("a key that is distrusted has vouched")
	}
}

// TestO9_AnInterruptedChangeIsNone leaves what a crash leaves behind at each step.
func TestO9_AnInterruptedChangeIsNone(t *testing.T) {
	w := newWorld(t, nil)
	old := w.relay.Fingerprint()
	w.change((*Data).NewHostKey)
	next := w.relay.data.HostKeys()[1].Key
	// The certificate was written, and the key has not got its place.
	text, err := vouch(w.relay.data.keys.Load().own, w.relay.data.keys.Load().next.PublicKey(), time.Now())
	if err == nil {
		err = os.WriteFile(filepath.Join(w.dir, certFile), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.relay.catchUpHostKeys()
	if keys := w.relay.data.HostKeys(); len(keys) != 2 || keys[0].Key != old || len(w.relay.data.signers()) != 1 {
		t.Errorf("%+v", keys)
	}
	w.change(switchNow)
	if keys := w.relay.data.HostKeys(); len(keys) != 2 || keys[0].Key != next || keys[1].Key != old {
		t.Errorf("%+v", keys)
	}
	for name, f := range map[string]func(*Data) error{"switch": switchNow, "drop": (*Data).DropHostKey} {
		if err := f(w.relay.data); !errors.Is(err, ErrNoNextHostKey) {
			t.Errorf("%s without a new key: %v", name, err)
		}
	}
	w.change((*Data).NewHostKey)
	if err := w.relay.data.NewHostKey(); !errors.Is(err, ErrNextHostKey) {
		t.Errorf("a second new key: %v", err)
	}
	w.change((*Data).DropHostKey)

	// Keys that cannot be read change nothing at a relay that runs, and the next one says so.
	if err := os.WriteFile(filepath.Join(w.dir, nextKeyFile), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.relay.catchUpHostKeys()
	if w.relay.Fingerprint() != next || w.relay.badHostKeys.last.Load() == nil {
		t.Errorf("%s, and no word of it", w.relay.Fingerprint())
	}
	if _, err := OpenPlace(t.Context(), w.place, false); err == nil || !strings.Contains(err.Error(), "host_key.next cannot be used") {
		t.Error(err)
	}
}

// TestO9_OnlyCSRsAreToldOfHostKeys: a computer's program needs no list.
func TestO9_OnlyCSRsAreToldOfHostKeys(t *testing.T) {
	w := newWorld(t, nil)
	w.change((*Data).NewHostKey)
	conn, _, _, err := w.dial(wire.CustomerUser, testkit.NewKey(t), "")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := conn.SendRequest(wire.HostKeysProve, true, wire.MarshalHostKeys([]ssh.PublicKey{w.relay.data.hostKey()})); ok || err != nil {
		t.Errorf("%t %v", ok, err)
	}
}

// TestO9_ABackupHasBothKeys proves it for each moment of a change.
func TestO9_ABackupHasBothKeys(t *testing.T) {
	onFile(t)
	w := newWorld(t, nil)
	for i, step := range []func(*Data) error{func(*Data) error { return nil }, (*Data).NewHostKey, switchNow, (*Data).NewHostKey} {
		w.change(step)
		file := filepath.Join(t.TempDir(), "backup")
		made, err := w.relay.data.Backup(t.Context(), file, "", backup.Manifest{Program: "test"})
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "restored")
		restored, err := Restore(context.WithoutCancel(t.Context()), dir, f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if made.Fingerprint != w.relay.Fingerprint() || restored.Fingerprint != made.Fingerprint {
			t.Errorf("step %d: %s and %s", i, made.Fingerprint, restored.Fingerprint)
		}
		again, err := OpenData(t.Context(), dir, false)
		if err != nil {
			t.Fatal(err)
		}
		same := func(a, b api.HostKey) bool { return a.Key == b.Key && a.State == b.State && a.Until.Equal(b.Until) }
		if got, want := again.HostKeys(), w.relay.data.HostKeys(); !slices.EqualFunc(got, want, same) {
			t.Errorf("step %d: %+v, not %+v", i, got, want)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(w.dir, certFile)); err != nil || !bytes.HasPrefix(text, []byte(ssh.CertAlgoED25519v01)) {
		t.Errorf("%s %v", text, err)
	}
}
