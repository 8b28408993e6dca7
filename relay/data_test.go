package relay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/relay/store"
)

func TestFirstStartMakesEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	if _, err := OpenData(t.Context(), dir, false); !errors.Is(err, ErrNoData) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("looking has made the directory")
	}
	var prints []string
	for range 2 {
		d, err := OpenData(t.Context(), dir, true)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, d.Fingerprint(), ssh.FingerprintSHA256(d.cas.Load().own.PublicKey()))
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if prints[0] != prints[2] || prints[1] != prints[3] || prints[0] == prints[1] || !strings.HasPrefix(prints[0], "SHA256:") {
		t.Errorf("%q", prints)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]os.FileMode{"": 0o700, hostKeyFile: 0o600, caKeyFile: 0o600, databaseFile: 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// Two first starts at once have to end with one set of keys.
func TestTwoFirstStarts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	type result struct {
		print string
		err   error
	}
	results := make(chan result)
	for range 4 {
		go func() {
			d, err := OpenData(t.Context(), dir, true)
			if err != nil {
				results <- result{err: err}
				return
			}
			results <- result{d.Fingerprint(), d.Close()}
		}()
	}
	first := receive(t, results)
	for range 3 {
		if r := receive(t, results); r != first || r.err != nil {
			t.Errorf("%+v and %+v", first, r)
		}
	}
}

func TestR6_SecondRelayOnOneDirectory(t *testing.T) {
	w := newWorld(t, nil)
	_, err := New(t.Context(), Options{Dir: w.dir, Database: w.place.Database, Log: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), w.dir) || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("%v", err)
	}
	w.account("alice", false) // others may use the data
	w.restart(nil)            // and the lock ends with its relay
}

func TestR8_R9_KeysThatCannotBeTrusted(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(path string) error
		want  string
	}{
		"missing": {os.Remove, "is missing, but there is a database"},
		"readable by the group": {func(path string) error { return os.Chmod(path, 0o640) },
			"has mode 0640, so that others can read it"},
		"readable by all": {func(path string) error { return os.Chmod(path, 0o604) }, "has mode 0604"},
		"empty":           {func(path string) error { return os.Truncate(path, 0) }, "cannot be used"},
		"garbage": {func(path string) error { return os.WriteFile(path, []byte("-----BEGIN garbage\n\x00"), 0o600) },
			"cannot be used"},
		"cut off": {func(path string) error { return os.Truncate(path, 200) }, "cannot be used"},
		"a directory": {func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
			"reading the key"},
		"of another kind": {writeECDSA, "is of type ecdsa-sha2-nistp256, not ssh-ed25519"},
	} {
		for _, key := range []string{hostKeyFile, caKeyFile} {
			t.Run(name+" "+key, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "data")
				d, err := OpenData(t.Context(), dir, true)
				if err != nil {
					t.Fatal(err)
				}
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(dir, key)
				if err := c.spoil(path); err != nil {
					t.Fatal(err)
				}
				_, err = New(t.Context(), Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("%v", err)
				}
				if _, err := os.Stat(path); name == "missing" && !errors.Is(err, os.ErrNotExist) {
					t.Error("the key was made anew")
				}
			})
		}
	}
}

func writeECDSA(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}

func TestANewRelayHasACategory(t *testing.T) {
	d, err := OpenData(t.Context(), filepath.Join(t.TempDir(), "data"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	all, err := d.Store.Categories(t.Context())
	if err != nil || len(all) != 1 || all[0].Name != firstCategory {
		t.Errorf("%v, %v", all, err)
	}
}

func TestDirectoryThatOthersCanChange(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenData(t.Context(), dir, true); err == nil || !strings.Contains(err.Error(), "others can replace the relay's keys") {
		t.Errorf("%v", err)
	}
}

func TestD3_ADamagedDatabaseIsNotServed(t *testing.T) {
	onFile(t)
	w := newWorld(t, nil)
	w.stop()
	path := filepath.Join(w.dir, databaseFile)
	if err := os.WriteFile(path, []byte(strings.Repeat("damaged\n", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a refusal leaves no lock behind
		_, err := New(t.Context(), Options{Dir: w.dir, Log: slog.New(slog.DiscardHandler)})
		if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v", err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for name, o := range map[string]Options{
		"no directory":      {Log: log},
		"no log":            {Dir: t.TempDir()},
		"a negative window": {Dir: t.TempDir(), Log: log, Window: -1},
		"a bad name":        {Dir: t.TempDir(), Log: log, Names: []string{"relay example"}},
	} {
		if _, err := New(t.Context(), o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestKnownHosts(t *testing.T) {
	w := newWorld(t, nil)
	ca, own := authorizedKey(w.relay.data.cas.Load().own.PublicKey()), authorizedKey(w.relay.data.hostKey())
	for name, c := range map[string]struct {
		relays []string
		want   string
	}{
		"no name":    {nil, ""},
		"names":      {[]string{"Relay.example.org:2222", "relay.example.org", "10.0.0.1:22", "[::1]:2222"}, "[relay.example.org]:2222,relay.example.org,[relay.example.org]:443,10.0.0.1,[::1]:2222 " + own + " supportd-relay\n"},
		"foul names": {[]string{"*", "a,b", "x y", "!z", "", "a\nb", "|1|x"}, ""},
	} {
		want := "@cert-authority *.support " + ca + " supportd-computers\n" + c.want
		if got := w.relay.data.knownHosts(c.relays); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}
