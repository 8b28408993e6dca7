package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
)

// bench is a program whose surroundings are a test's own.
type bench struct {
	*program
	env      map[string]string
	out, err bytes.Buffer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{env: map[string]string{}}
	home := t.TempDir()
	b.program = &program{
		std:  cmdline.Streams{In: strings.NewReader(""), Out: &b.out, Err: &b.err},
		env:  func(name string) string { return b.env[name] },
		home: home, dir: filepath.Join(home, "config", "supportctl"), interrupts: &interrupts{},
	}
	return b
}

// do runs a command line and returns its exit code; the streams hold its output
// alone.
func (b *bench) do(t *testing.T, args ...string) int {
	t.Helper()
	b.out.Reset()
	b.err.Reset()
	return b.run(t.Context(), args)
}

func newKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publicOf(t *testing.T, key ed25519.PrivateKey) ssh.PublicKey {
	t.Helper()
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// writeKey writes a private key; a passphrase encrypts it.
func writeKey(t *testing.T, path, passphrase string) ssh.PublicKey {
	t.Helper()
	key := newKey(t)
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return publicOf(t, key)
}

// logIn keeps a login without a relay.
func (b *bench) logIn(t *testing.T) profile {
	t.Helper()
	file := filepath.Join(b.home, ".ssh", "id_ed25519")
	pr := profile{
		Account: "alice", Name: "Alice Kim", Relay: "relay.invalid:2222", KeyFile: file,
		Key: formatKey(writeKey(t, file, "")), HostKey: formatKey(publicOf(t, newKey(t))),
		HostCAs: []string{formatKey(publicOf(t, newKey(t)))}, Library: "library",
	}
	if err := pr.decode(); err != nil {
		t.Fatal(err)
	}
	if err := pr.save(b.program); err != nil {
		t.Fatal(err)
	}
	return pr
}

func TestK3_Targets(t *testing.T) {
	for text, want := range map[string]string{
		"alice@relay.example":       "alice relay.example",
		"alice@relay.example.":      "alice relay.example",
		"alice@https://relay:8443/": "alice https://relay:8443",
		"alice@https://relay/ssh":   "alice https://relay",
		"alice@http://relay":        "",
		"alice@https://bob@relay":   "",
		"alice@https://relay/x":     "",
		"alice@relay.example:22":    "alice relay.example:22",
		"a.b-c_d@10.0.0.1:3000":     "a.b-c_d 10.0.0.1:3000",
		"alice@[::1]:2222":          "alice [::1]:2222",
		"alice@[fe80::1%eth0]":      "alice [fe80::1%eth0]:2222",
		"alice@[fe80::1%eth0]:22":   "alice [fe80::1%eth0]:22",
		"alice@[fe80::1%eth0":       "",
		"alice@fe80::1%eth0":        "alice [fe80::1%eth0]:2222",
		"alice@2001:db8::1":         "alice [2001:db8::1]",
		"alice":                     "",
		"@relay":                    "",
		"alice@":                    "",
		"-oProxyCommand=x@relay":    "",
		"alice@-oProxyCommand=x":    "",
		"alice@relay\nProxyCommand": "",
		"alice@relay example":       "",
		"al ice@relay":              "",
		"alice@$(id)":               "",
		"alice@`id`":                "",
		"alice@relay:0":             "",
		"alice@relay:65536":         "",
		"alice@relay:-1":            "",
		"alice@relay:":              "",
		"customer@relay":            "",
		"alice@re\"lay":             "",
	} {
		account, address, err := parseTarget(text)
		got := strings.TrimSpace(account + " " + address.String())
		if got != want || (err == nil) != (want != "") {
			t.Errorf("parseTarget(%q) = %q, %v, want %q", text, got, err, want)
		}
		if err != nil && cmdline.Code(err) != cmdline.ExitUsage {
			t.Errorf("parseTarget(%q): exit code %d", text, cmdline.Code(err))
		}
	}
}

// What is no session number is refused before anything is dialled, in one line
// and a hint, wherever a number is taken.
func TestK3_NumbersThatAreNone(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	for _, command := range [][]string{{"session", "show"}, {"session", "end", "--yes"}, {"session", "watch"}, {"sysinfo"}, {"script", "attach"}} {
		for text, code := range map[string]int{
			"-oProxyCommand=x": cmdline.ExitUsage, "$(id)": cmdline.ExitUsage, "../../x": cmdline.ExitUsage, "48291307": cmdline.ExitUsage,
			strings.Repeat("9", 1_000_000): cmdline.ExitUsage, "\x1b[2J": cmdline.ExitUsage, "482913071": cmdline.ExitNoSession,
		} {
			if got := b.do(t, append(command, text)...); got != code {
				t.Errorf("%v %.20q: exit code %d, want %d: %.200s", command, text, got, code, b.err.String())
			}
			if lines := strings.Count(b.err.String(), "\n"); lines != 2 || b.err.Len() > 400 || strings.ContainsRune(b.err.String(), 0x1b) {
				t.Errorf("%v %.20q: %d lines: %.400q", command, text, lines, b.err.String())
			}
		}
	}
}

func TestUsageErrors(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	script := filepath.Join(t.TempDir(), "a.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"", "nope", "session nope", "session list extra", "session list --nope", "session list -o xml", "sysinfo", "sysinfo 482913077 482913077",
		"sysinfo 482913077 --json --diff", "sysinfo 482913077 --save", "sysinfo 482913077 --force", "sysinfo 482913077 --save x --category cpu",
		"sysinfo 482913077 --category CPU;id", "sysinfo 482913077 --printer -x", "script run", "script run SCRIPT", "script run SCRIPT --all --session 482913077",
		"script run SCRIPT --all --from 2", "script run SCRIPT --all --from 0", "script run SCRIPT --all --parallel 0", "script run SCRIPT --all --timeout 5",
		"script run SCRIPT --all --timeout -1s", "script run ./nothere --all", "script run SCRIPT --session 482913077 --session 482913077",
		"chat", "chat 482913077 a --send b", "chat 482913077 --send=", "chat 482913077 " + strings.Repeat("x", 4097),
		"chat 482913077 --since -1s", "login", "login alice", "login alice@relay.invalid --relay-key SHA256:x --identity KEY", "completion tcsh", "help nope",
	} {
		words := strings.Fields(strings.NewReplacer("SCRIPT", script, "KEY", filepath.Join(b.home, ".ssh", "id_ed25519")).Replace(args))
		if code := b.do(t, words...); code != cmdline.ExitUsage {
			t.Errorf("supportctl %s: exit code %d, want 2: %s", args, code, b.err.String())
		}
		if !strings.HasPrefix(b.err.String(), "supportctl: ") || !strings.Contains(b.err.String(), "\nhint: ") || b.out.Len() > 0 {
			t.Errorf("supportctl %s: %q, standard output %q", args, b.err.String(), b.out.String())
		}
	}
}

func TestK1_MissingKeys(t *testing.T) {
	b := newBench(t)
	if code := b.do(t, "whoami"); code != cmdline.ExitAuth || !strings.Contains(b.err.String(), "supportctl login") {
		t.Errorf("without a login: %d, %s", code, b.err.String())
	}
	pin := ssh.FingerprintSHA256(publicOf(t, newKey(t)))
	login := func(more ...string) int {
		return b.do(t, append([]string{"login", "alice@relay.invalid", "--relay-key", pin}, more...)...)
	}
	if code := login(); code != cmdline.ExitAuth || !strings.Contains(b.err.String(), "ssh-keygen -t ed25519") {
		t.Errorf("without any key: %d, %s", code, b.err.String())
	}
	if code := login("--identity", filepath.Join(b.home, "nothere")); code != cmdline.ExitAuth || !strings.Contains(b.err.String(), "nothere") {
		t.Errorf("without the named key: %d, %s", code, b.err.String())
	}
	locked := filepath.Join(b.home, "locked")
	writeKey(t, locked, "secret")
	pr := b.logIn(t)
	pr.KeyFile, pr.Key = locked, formatKey(publicHalf(locked, parseError(t, locked)))
	if err := pr.save(b.program); err != nil {
		t.Fatal(err)
	}
	if code := b.do(t, "whoami"); code != cmdline.ExitAuth || !strings.Contains(b.err.String(), "ssh-add "+locked) {
		t.Errorf("encrypted key without a terminal: %d, %s", code, b.err.String())
	}
	pr.KeyFile = ""
	if err := pr.save(b.program); err != nil {
		t.Fatal(err)
	}
	if code := b.do(t, "whoami"); code != cmdline.ExitAuth || !strings.Contains(b.err.String(), "ssh-agent") {
		t.Errorf("key that the agent has lost: %d, %s", code, b.err.String())
	}
}

func parseError(t *testing.T, file string) error {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ssh.ParsePrivateKey(data)
	return err
}

// A login that somebody has tampered with cannot put lines into ssh_config.
func TestProfileIsChecked(t *testing.T) {
	b := newBench(t)
	pr := b.logIn(t)
	for name, change := range map[string]func(*profile){
		"account": func(p *profile) { p.Account = "a\n    ProxyCommand x" },
		"relay":   func(p *profile) { p.Relay = "relay\n    ProxyCommand x:22" },
		"key":     func(p *profile) { p.Key = "nothing" },
		"host":    func(p *profile) { p.HostKey = "" },
		"ca":      func(p *profile) { p.HostCAs = []string{"x"} },
	} {
		bad := pr
		change(&bad)
		if err := bad.save(b.program); err != nil {
			t.Fatal(err)
		}
		if code := b.do(t, "ssh", "config"); code != cmdline.ExitUsage || b.out.Len() > 0 {
			t.Errorf("%s: exit code %d: %s", name, code, b.out.String())
		}
	}
}

func TestLogoutLeavesNothing(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	if _, err := b.remember(testkit.NewKey(t).PublicKey(), look{Host: "pc"}); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(b.home, ".ssh", "config")
	const before = "Host mine\n    Port 22\n"
	if err := os.WriteFile(own, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if code := b.do(t, "ssh", "config", "--install"); code != cmdline.ExitOK {
			t.Fatal(b.err.String())
		}
	}
	if text, _ := os.ReadFile(own); string(text) != b.includeLine()+"\n"+before {
		t.Errorf("ssh_config after --install: %q", text)
	}
	if code := b.do(t, "logout"); code != cmdline.ExitOK {
		t.Fatal(b.err.String())
	}
	if text, _ := os.ReadFile(own); string(text) != before {
		t.Errorf("ssh_config after logout: %q", text)
	}
	if _, err := os.Lstat(b.dir); err == nil {
		t.Errorf("%s is still there", b.dir)
	}
	if code := b.do(t, "logout"); code != cmdline.ExitAuth {
		t.Errorf("second logout: %d", code)
	}
}

func TestFilesAreForThisUserOnly(t *testing.T) {
	b := newBench(t)
	pr := b.logIn(t)
	if err := b.writeSSHFiles(pr); err != nil {
		t.Fatal(err)
	}
	if _, err := b.remember(testkit.NewKey(t).PublicKey(), look{Host: "pc"}); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A Ctrl-C goes to whoever has taken it, and ends the program otherwise.
func TestInterrupts(t *testing.T) {
	var i interrupts
	if i.give() {
		t.Error("somebody takes a Ctrl-C that nobody wants")
	}
	ch := make(chan struct{}, 1)
	release := i.take(ch)
	for range 2 { // the second one finds no room, and is dropped
		if !i.give() {
			t.Error("a Ctrl-C is not given on")
		}
	}
	if len(ch) != 1 {
		t.Errorf("%d Ctrl-C are waiting", len(ch))
	}
	release()
	if i.give() {
		t.Error("a Ctrl-C goes to somebody who has given it up")
	}
}

func TestK5_ProgramEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := newBench(t)
	b.logIn(t)
	if code := b.run(ctx, []string{"session", "list"}); code != cmdline.ExitInterrupted {
		t.Errorf("exit code %d: %s", code, b.err.String())
	}
}

// ssh looks in the home directory of the list of users, whatever HOME says: nobody
// is told that "ssh NUMBER.support" works now where it does not.
func TestInstallWhereSSHDoesNotLook(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	install := func() (said, problems string) {
		t.Helper()
		if code := b.do(t, "ssh", "config", "--install"); code != cmdline.ExitOK {
			t.Fatal(b.err.String())
		}
		return b.out.String(), b.err.String()
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(b.home, link); err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat(link); err != nil {
		t.Skip(err) // Wine makes no links, and says that it has
	}
	for _, same := range []string{"", b.home, b.home + "/", link} {
		b.sshHome = same
		if said, problems := install(); !strings.Contains(said, "now: ssh NUMBER.support, ") || problems != "" {
			t.Errorf("%q: %s%s", same, said, problems)
		}
	}
	b.sshHome = t.TempDir()
	said, problems := install()
	if !strings.Contains(said, "now: ssh -F "+filepath.ToSlash(filepath.Join(b.home, ".ssh", "config"))+" NUMBER.support, ") ||
		!strings.Contains(problems, "it reads "+filepath.Join(b.sshHome, ".ssh", "config")+", whatever HOME says\nhint: ") || !strings.Contains(problems, b.includeLine()) {
		t.Errorf("%s%s", said, problems)
	}
	if entries, err := os.ReadDir(b.sshHome); err != nil || len(entries) > 0 {
		t.Errorf("%v lie in a home directory that is not ours, %v", entries, err)
	}
}
