package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/library/cmdline"
)

func TestCompletions(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct{ words, want string }{
		{"=se", "session"},
		{"session =", "start list show end note watch"},
		{"session =en", "end"},
		{"session end --=", ""},
		{"session end =--", "--help --yes --reason"},
		{"session show -o =j", "json jsonl"},
		{"session show --output =", "table json jsonl csv"},
		{"session show =", ""}, // there is no login
		{"session end --reason text =", ""},
		{"sysinfo --category =se", "sensors services security"},
		{"sysinfo 482913077 --sa=", ""},
		{"sysinfo 482913077 =--sa", "--save"},
		{"sysinfo 482913077 --save =", ":files"},
		{"sysinfo 482913077 =", ""},
		{"script run =", ":files"},
		{"script run a.sh =", ":files"},
		{"script run -- a.sh =", ":files"},
		{"login --identity =", ":files"},
		{"completion =", "bash zsh fish pwsh"},
		{"help =e", "environment exit-codes"},
		{"help =addr", "addresses"},
		{"=conn", "connect"},
		{"connect =", ""},
		{"nope =", ""},
		{"nope", ""},
		{"", ""},
	} {
		code := b.do(t, append([]string{completeCommand}, strings.Fields(c.words)...)...)
		var got []string
		for line := range strings.Lines(b.out.String()) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			got = append(got, word)
		}
		if strings.Join(got, " ") != c.want || code != cmdline.ExitOK || b.err.Len() > 0 {
			t.Errorf("%s: %q, want %q (exit code %d, %s)", c.words, got, c.want, code, b.err.String())
		}
	}
}

// Whoever presses Tab behind a command that changes something changes nothing.
func TestCompletionRunsNothing(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	if b.do(t, completeCommand, "connect", "="); b.out.String() != "relay.invalid:2222\t\n" {
		t.Errorf("the login's relay is not proposed: %q", &b.out)
	}
	for _, words := range [][]string{{"logout", "="}, {"logout", "--help", "="}, {"ssh", "config", "--install", "="}} {
		b.do(t, append([]string{completeCommand}, words...)...)
		if _, err := os.Stat(b.path(profileFile)); err != nil {
			t.Fatalf("%v: %v", words, err)
		}
		if _, err := os.Stat(filepath.Join(b.home, ".ssh", "config")); err == nil {
			t.Fatalf("%v: ssh_config was written", words)
		}
	}
}

// A passphrase is never asked for while a word is completed.
func TestCompletionAsksNobody(t *testing.T) {
	b := newBench(t)
	pr := b.logIn(t)
	pr.KeyFile = filepath.Join(b.home, "locked")
	pr.Key = formatKey(writeKey(t, pr.KeyFile, "secret"))
	if err := pr.save(b.program); err != nil {
		t.Fatal(err)
	}
	if code := b.do(t, completeCommand, "session", "show", "="); code != cmdline.ExitOK || b.out.Len()+b.err.Len() > 0 {
		t.Errorf("exit code %d, %q, %q", code, b.out.String(), b.err.String())
	}
}

func TestEveryShellHasItsScript(t *testing.T) {
	b := newBench(t)
	for _, shell := range shells() {
		if code := b.do(t, "completion", shell); code != cmdline.ExitOK || !strings.Contains(b.out.String(), "supportctl "+completeCommand) {
			t.Errorf("%s: exit code %d: %s", shell, code, b.out.String())
		}
	}
}

func TestHelp(t *testing.T) {
	b := newBench(t)
	for _, topic := range append(guide().TopicNames(), "session start", "script", "sysinfo") {
		if code := b.do(t, append([]string{"help"}, strings.Fields(topic)...)...); code != cmdline.ExitOK || b.out.Len() < 100 {
			t.Errorf("help %s: exit code %d: %s", topic, code, b.out.String())
		}
	}
	if b.do(t, "help", "man"); !strings.HasPrefix(b.out.String(), ".TH SUPPORTCTL 1") {
		t.Errorf("%.100s", b.out.String())
	}
	// Every command and every exit code has its place in the manual.
	for _, want := range []string{".SS session start\n", ".SS script run SCRIPT...\n", ".SS sysinfo NUMBER [CATEGORY...]\n", `\-\-dry\-run`, "130  interrupted", "SSH_AUTH_SOCK"} {
		if !strings.Contains(b.out.String(), want) {
			t.Errorf("the manual lacks %q", want)
		}
	}
}

// PowerShell would run what stands in a word as it is, and ends a string at any
// of five characters.
func TestPowerShellGetsQuotedWords(t *testing.T) {
	b := newBench(t)
	b.do(t, "completion", "pwsh")
	for _, part := range []string{`$plain = $value -match '^[A-Za-z0-9_./:-]+$'`, `if ($plain) { $value } else {`, `-replace "['\u2018\u2019\u201a\u201b]", '$0$0'`} {
		if !strings.Contains(b.out.String(), part) {
			t.Errorf("%s is missing in\n%s", part, &b.out)
		}
	}
}
