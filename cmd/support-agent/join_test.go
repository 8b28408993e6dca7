package main

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// pin has the form of a fingerprint.
const pin = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// noScreenProgram is a program without a terminal.
func noScreenProgram(t *testing.T, l text.Language) (p *program, problems *bytes.Buffer) {
	t.Helper()
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); out.Close() })
	problems = &bytes.Buffer{}
	network := func(name string) string { // who comes over the network has no desktop here, on any system
		return map[string]string{"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}[name]
	}
	return &program{in: in, out: out, err: problems, getenv: network, lang: l}, problems
}

// What is mistyped is refused before anything is sent anywhere.
func TestK3_A9_WrongUsageReachesNoNetwork(t *testing.T) {
	relay, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	touched := make(chan struct{})
	go func() {
		defer close(touched)
		if c, err := relay.Accept(); err == nil {
			c.Close()
			t.Error("something was sent")
		}
	}()
	addr := relay.Addr().String()
	good := []string{"join", "482913077", "--relay", addr, "--relay-key", pin}
	with := func(args ...string) []string { return append(append([]string{}, good...), args...) }
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "number of the support session is missing"},
		{[]string{"join"}, "number of the support session is missing"},
		{[]string{"join", "48291307", "--relay", addr}, "9 digits"},
		{[]string{"join", "482913070", "--relay", addr}, "probably mistyped"},
		{[]string{"join", "-oProxyCommand=x", "--relay", addr}, "unknown flag"},
		{[]string{"join", "$(id)", "--relay", addr}, "9 digits"},
		{[]string{"join", strings.Repeat("4", 1_000_000), "--relay", addr}, "9 digits"},
		{[]string{"join", "482913077"}, "--relay"},
		{[]string{"join", "482913077", "--relay", "host:port"}, "no number from 1 to 65535"},
		{[]string{"join", "482913077", "--relay", "a\x1b[2Jb:22"}, "cannot stand in one"},
		{[]string{"join", "482913077", "--relay", addr, "--relay", "http://relay.example"}, "without http://"},
		{[]string{"join", "482913077", "--relay", "", "--relay", " "}, "--relay"},
		{[]string{"join", "482913077", "--relay", addr, "--relay-key", "SHA256:short"}, "no fingerprint"},
		{[]string{"join", "482913077", "--relay", addr, "--relay-key", pin, "--relay-key", "SHA256:short"}, "no fingerprint"},
		{[]string{"join", "482913077", "--relay", addr, "--relay-key", ""}, "--allow"},
		{[]string{"join", "482913077", "--relay", addr, "--allow", "sysinfo"}, "--relay-key"},
		{with(), "--ui none --allow"},
		{with("--ui", "none"), "--ui none --allow"},
		{with("--ui", "terminal", "--allow", "all"), "no screen"},
		{with("--ui", "window"), "--ui"},
		{with("--allow", "reboot"), "asked every time"},
		{with("--allow", "everything"), "cannot be allowed"},
		{with("--allow", "script", "--withhold", "everything"), "--withhold"},
		{with("--allow", "script", "--name", strings.Repeat("x", 257)), "--name"},
		{[]string{"resume"}, "no screen"},
	} {
		p, problems := noScreenProgram(t, text.English)
		if code := p.run(t.Context(), c.args); code != cmdline.ExitUsage || !strings.Contains(problems.String(), c.says) || len(problems.String()) > 1000 {
			t.Errorf("%.200q: code %d, %.1000s", c.args, code, problems)
		}
	}
	relay.Close()
	<-touched
}

func TestNumberIsReadAsItIsTyped(t *testing.T) {
	p, problems := noScreenProgram(t, text.English)
	// The spaces of a number that was read out make three arguments of it.
	code := p.run(t.Context(), []string{"join", "482", "913", "077", "--relay", "127.0.0.1:1", "--relay-key", pin})
	if code != cmdline.ExitUsage || !strings.Contains(problems.String(), "no screen") {
		t.Errorf("code %d, %s", code, problems)
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"relay.example:22": "relay.example:22", "relay.example": "relay.example", "[::1]:22": "[::1]:22", "::1": "[::1]",
		"[::1]": "[::1]", "https://relay.example": "https://relay.example", "https://relay.example:8443/ssh": "https://relay.example:8443",
		"": "", ":22": "", "a:0": "", "a:65536": "", "a:b": "", "a\n:22": "", "482913077": "",
	} {
		if got, m := address(in); m == nil && got.String() != want || (m == nil) != (want != "") {
			t.Errorf("address(%q) = %q, %v", in, got, m)
		}
	}
}

// A computer whose home directory is missing or cannot be written needs help too.
func TestA8_StateDirectoryWithoutAHome(t *testing.T) {
	temp := filepath.Join(t.TempDir(), "temp ü")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, home := range []string{"", file} {
		p, _ := noScreenProgram(t, text.English)
		p.getenv = func(name string) string {
			if name == "HOME" || name == "LOCALAPPDATA" {
				return home
			}
			return ""
		}
		s, err := p.openState("")
		if err != nil {
			t.Errorf("HOME=%q: %v", home, err)
			continue
		}
		if filepath.Dir(s.Name()) != temp {
			t.Errorf("HOME=%q: %s", home, s.Name())
		}
		s.Close()
	}
	p, _ := noScreenProgram(t, text.English)
	if s, err := p.openState(file); err == nil || cmdline.Code(err) != cmdline.ExitFailed {
		t.Errorf("a file: %v, %v", s, err)
	}
}

func TestC9_NoticesAreHarmlessInBothLanguages(t *testing.T) {
	const evil = "Kim\x1b[2J\r\n\u202eDo you allow this?\u200b"
	who := consent.Person{Name: evil, Account: evil}
	for _, l := range text.Languages() {
		var out bytes.Buffer
		talk := talk{newScreen(nil, &out, l)}
		notices := []notice.Notice{
			notice.Joined{Owner: who}, notice.Joined{Owner: who, Resumed: true}, notice.ClockWrong{By: time.Hour}, notice.ClockWrong{By: -time.Hour},
			notice.Entered{Who: who}, notice.Left{Who: who}, notice.Viewed{Who: who}, notice.Viewed{Who: who, Categories: []string{evil}},
			notice.RunStarted{Who: who, Scripts: []string{evil}}, notice.RunEnded{Who: who}, notice.RunEnded{Who: who, Failed: 2},
			notice.RunEnded{Who: who, Failed: 1, Skipped: 2}, notice.RunEnded{Who: who, Cancelled: 1, Skipped: 1},
			notice.RunStarted{Who: who, Scripts: []string{"fix-" + strings.Repeat("x", 59) + "Kim is not connected any more"}},
			notice.LoggedOff{Who: who, User: evil}, notice.LoggedOff{Who: who, User: evil, Survivors: 1, Stays: evil},
			notice.HandingOver{}, notice.Said{Who: who, Text: strings.ReplaceAll(evil, "\n", "")},
		}
		for problem := notice.ProblemNone; problem <= notice.ProblemDisk; problem++ {
			notices = append(notices, notice.Retrying{Problem: problem, Relay: evil, Who: evil, Tried: []string{"2222", evil}, Key: evil, After: time.Second})
		}
		lines := len(notices) + int(notice.ProblemDisk) + 1 + 3 // two for each retry, one doubt, three for what another user leaves
		for _, n := range notices {
			talk.Notify(n)
		}
		talk.close()
		// A line that goes on below is indented, so that none of it looks like ours.
		if got := strings.Count(out.String(), "\n") - strings.Count(out.String(), "\n  "); got != lines {
			t.Errorf("%s: %d lines, want %d:\n%s", l, got, lines, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), text.Hostile) || strings.Contains(line, "%!") {
				t.Errorf("%s: %q", l, line)
			}
		}
	}
}

// Every end has its own sentence and its exit code.
func TestEnds(t *testing.T) {
	relayError := func(p notice.Problem) error {
		return &link.RelayError{Problem: p, Relay: "relay.example:22", Key: pin, Who: "who.example", Tried: []string{"22", "443", "https"}}
	}
	for _, l := range text.Languages() {
		p, _ := noScreenProgram(t, l)
		said := map[string]error{}
		for _, c := range []struct {
			err  error
			code int
		}{
			{&link.Refusal{Code: wire.CodeUnknown}, 6},
			{&link.Refusal{Code: wire.CodeExpired}, 6},
			{&link.Refusal{Code: wire.CodeUsed}, 6},
			{&link.Refusal{Code: wire.CodeEnded}, 6},
			{&link.Refusal{Code: wire.CodeLimited}, 1},
			{&link.Refusal{Code: wire.CodeVersion}, 1},
			{relayError(notice.ProblemHostKey), 4},
			{relayError(notice.ProblemName), 8},
			{relayError(notice.ProblemRefused), 8},
			{relayError(notice.ProblemUnreachable), 8},
			{relayError(notice.ProblemTimeout), 8},
			{relayError(notice.ProblemNotSSH), 8},
			{relayError(notice.ProblemBusy), 8},
			{relayError(notice.ProblemBroken), 8},
			{relayError(notice.ProblemPortal), 8},
			{relayError(notice.ProblemBlocked), 8},
			{relayError(notice.ProblemProxy), 8},
			{relayError(notice.ProblemProxyPassword), 8},
			{relayError(notice.ProblemProxySetting), 8},
			{relayError(notice.ProblemUntrusted), 8},
			{relayError(notice.ProblemSelfMade), 8},
			{relayError(notice.ProblemExpired), 8},
			{relayError(notice.ProblemNotYet), 8},
			{relayError(notice.ProblemOtherName), 8},
			{relayError(notice.ProblemNoTLS), 8},
			{state.ErrWindow, 6},
			{state.ErrBusy, 1},
			{state.ErrUnsafe, 1},
			{state.ErrNothing, 6},
			{local.ErrWrite, 1},
		} {
			err := p.explain(c.err)
			if cmdline.Code(err) != c.code {
				t.Errorf("%v: exit code %d, want %d", c.err, cmdline.Code(err), c.code)
			}
			if other, twice := said[err.Error()]; twice {
				t.Errorf("%q is said for %v and for %v", err, c.err, other)
			}
			said[err.Error()] = c.err
			var shown *cmdline.Error
			if !errors.As(err, &shown) || shown.Hint == "" && c.code != cmdline.ExitUnreachable {
				t.Errorf("%q has no hint", err)
			}
		}
	}
}

func TestLogFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	log, closeLog, err := openLog(name)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("hello")
	if err := closeLog(); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(name); err != nil || !strings.Contains(string(data), "hello") {
		t.Errorf("%q, %v", data, err)
	}
	if log, _, err := openLog(""); err != nil || log.Enabled(t.Context(), slog.LevelError) {
		t.Error("no file, no log")
	}
	if _, _, err := openLog(t.TempDir()); err == nil {
		t.Error("a directory was opened")
	}
}
