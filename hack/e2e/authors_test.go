//go:build unix

package e2e_test

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	_ "modernc.org/sqlite" // the relay's database

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
	"supportd/library"
	"supportd/library/api"
	"supportd/library/author"
)

// another is a further CSR with a home of their own.
func (d *rep) another(account, name string) (*rep, rig.CSR) {
	d.t.Helper()
	c, err := rig.NewCSR(d.ctx, d.relay, account, name, d.t.TempDir())
	if err != nil {
		d.t.Fatal(err)
	}
	b := *d
	b.home = d.t.TempDir()
	b.env = append(os.Environ(), "HOME="+b.home, "XDG_CONFIG_HOME="+b.home, "LC_ALL=C.UTF-8", "TERM=xterm-256color", "PAGER=", "SSH_AUTH_SOCK=")
	b.run("supportctl", "login", account+"@"+d.relay.Addr, "--relay-key", d.key, "--identity", c.Key())
	return &b, c
}

// refused runs a program that has to fail with this exit code, and returns why.
func (d *rep) refused(code int, name string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.ctx, name, args...)
	cmd.Dir, cmd.Env = d.home, d.env
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != code {
		d.t.Errorf("%s: %v, want exit code %d\n%s", strings.Join(cmd.Args, " "), err, code, out)
	}
	return string(out)
}

// Z4: the relay swaps a library script under a known name: its bytes, listing and hash, the
// signature away, by another key, or the version before. supportctl refuses each before
// anything is sent to the customer's computer, in "run" and in "show".
func TestZ4_ASwappedScriptIsRefused(t *testing.T) {
	alice := newRep(t)
	bob, csr := alice.another("bob", "Bob Lee")
	alice.run("supportctl", "script", "add", "fix", "--file", "fix.sh", "--category", "General", "--publish")
	bob.customer(1)
	var session api.Session
	if err := json.Unmarshal([]byte(bob.run("supportctl", "session", "show", "T-01", "--json")), &session); err != nil {
		t.Fatal(err)
	}
	run := []string{"script", "run", "fix", "--session", "T-01"}

	// An author who is new is not taken without a person or --accept.
	said := bob.refused(1, "supportctl", run...)
	key, err := os.ReadFile(filepath.Join(alice.home, "supportctl", "authors", authorFile(t, alice.home)))
	if err != nil {
		t.Fatal(err)
	}
	var known struct{ Key string }
	if err := json.Unmarshal(key, &known); err != nil || !strings.Contains(said, known.Key) || !strings.Contains(said, "--accept") {
		t.Errorf("%v, %s: %s", err, known.Key, said)
	}
	if got := bob.run("supportctl", append(run, "--accept")...); !strings.Contains(got, "| fixed") {
		t.Errorf("%s", got)
	}
	if err := os.WriteFile(filepath.Join(alice.home, "fix.sh"), []byte("#!/bin/sh\necho fixed again\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	alice.run("supportctl", "script", "edit", "fix", "--file", "fix.sh")
	if got := bob.run("supportctl", run...); !strings.Contains(got, "| fixed again") {
		t.Errorf("the next version of a known author: %s", got)
	}
	if _, err := rig.Run(csr.SFTP(alice.ctx, string(session.Number)+".support", "rm fix/fix.sh\nrmdir fix\n")); err != nil {
		t.Fatal(err)
	}

	db, err := sql.Open("sqlite", "file:"+filepath.Join(alice.relay.Data, "relay.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(alice.ctx, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	evil := library.Package{Executable: "fix.sh", Files: []library.File{{Path: "fix.sh", Data: []byte("#!/bin/sh\necho EVIL from the relay as $(id -un)\n")}}}
	archive, err := evil.Tar()
	if err != nil {
		t.Fatal(err)
	}
	sum, program := library.Sum(archive), evil.Program()
	set(`INSERT INTO packages (sha256, archive) VALUES ($1, $2)`, sum, base64.StdEncoding.EncodeToString(archive))
	var line string
	if err := db.QueryRowContext(alice.ctx, `SELECT signature FROM script_versions WHERE version = 2`).Scan(&line); err != nil {
		t.Fatal(err)
	}
	signed, err := author.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	mallory := testkit.NewKey(t)
	forged, err := author.Sign(signed, evil.Executable, evil.Signable(), mallory)
	if err != nil {
		t.Fatal(err)
	}
	forgedLine, err := forged.Line()
	if err != nil {
		t.Fatal(err)
	}
	for _, attack := range []struct {
		name, want string
		do         func()
	}{
		{"other bytes with listing and hash", "the author's signature is not for these files", func() {
			set(`UPDATE script_versions SET sha256 = $1, size = $2, program = $3, parts = $4 WHERE version = 2`, sum, evil.Size(), program.SHA256, program.Sum())
		}},
		{"unsigned", "it is unsigned now, and you know it as signed by " + known.Key, func() {
			set(`UPDATE script_versions SET signer = '', signature = '' WHERE version = 2`)
		}},
		{"signed by another key", "it is signed by " + ssh.FingerprintSHA256(mallory.PublicKey()) + " now", func() {
			set(`UPDATE script_versions SET signer = $1, signature = $2 WHERE version = 2`, ssh.FingerprintSHA256(mallory.PublicKey()), forgedLine)
		}},
		{"the version before", "it is version 1 of its author's now, and you know version 2", func() { set(`UPDATE scripts SET version = 1`) }},
		{"under another name", "the relay was asked for the script \"other\" and sent \"fix\"", func() {
			set(`UPDATE scripts SET version = 1, key = 'OTHER'`)
			run[2] = "other"
		}},
	} {
		attack.do()
		for _, args := range [][]string{run, append(run, "--accept"), append(run, "--dry-run")} {
			if said := bob.refused(1, "supportctl", args...); !strings.Contains(said, attack.want) || strings.Contains(said, "EVIL") {
				t.Errorf("%s: %s\nwant %s", attack.name, said, attack.want)
			}
		}
		if run[2] == "fix" {
			if said := bob.refused(1, "supportctl", "script", "show", "fix"); !strings.Contains(said, attack.want) {
				t.Errorf("show, %s: %s", attack.name, said)
			}
		}
		if staged, err := rig.Run(csr.SFTP(alice.ctx, string(session.Number)+".support", "ls -1\n")); err != nil || strings.Contains(staged, "fix") {
			t.Errorf("%s: %v, on the customer's computer lies %s", attack.name, err, staged)
		}
	}
}

// authorFile is the only file in a home of what is known of authors.
func authorFile(t *testing.T, home string) string {
	t.Helper()
	found, err := os.ReadDir(filepath.Join(home, "supportctl", "authors"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0].Name()
}
