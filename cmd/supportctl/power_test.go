package main

import (
	"strings"
	"testing"

	"supportd/library/cmdline"
	"supportd/library/sshd"
)

// hostileAnswer is what a computer may say that wants to drive the CSR's terminal.
const hostileAnswer = "it restarts \x1b[2J\u202e now\n"

// harmless fails where something raw is on a stream.
func (n *network) harmless(t *testing.T, what string) {
	t.Helper()
	if s := n.out.String() + n.err.String(); strings.ContainsAny(s, "\x1b\u202e\u009b") {
		t.Errorf("%s: %q", what, s)
	}
}

// What the CSR typed reaches the computer as it was typed, and what the computer says
// drives no terminal.
func TestRebootAndLogoffAsk(t *testing.T) {
	n := newNetwork(t)
	for line, want := range map[string]string{
		"reboot 482913077":                       "reboot",
		"reboot 482913077 --delay 2m":            "reboot --delay 2m0s",
		"reboot --delay 90s 482 913 077":         "reboot --delay 1m30s",
		"reboot 482913077 --reason new;rm_-rf_~": `reboot --reason 'new;rm -rf ~'`,
		"logoff 482913077":                       "logoff",
	} {
		n.computer.on(want, says(hostileAnswer))
		var args []string
		for _, word := range strings.Fields(line) {
			args = append(args, strings.ReplaceAll(word, "_", " "))
		}
		if code := n.do(t, args...); code != cmdline.ExitOK || !strings.HasPrefix(n.out.String(), "it restarts ") {
			t.Errorf("%s: exit code %d, %s%s", line, code, &n.out, &n.err)
		}
		n.harmless(t, line)
		if heard := n.computer.heard(); !strings.HasSuffix(heard, want) {
			t.Errorf("%s: the computer heard %q", line, heard)
		}
	}
}

// Each No has its exit code and the words of whoever said it, and nothing stands on
// standard output.
func TestRebootAndLogoffAreRefused(t *testing.T) {
	n := newNetwork(t)
	for _, command := range []string{"reboot", "logoff"} {
		for _, c := range []struct {
			code       int
			text, hint string
		}{
			{cmdline.ExitDenied, "the customer said no", "ask them on the phone"},
			{cmdline.ExitFailed, "another program forbids it \x1b[2J", ""},
			{cmdline.ExitTimeout, "the customer did not answer", ""},
		} {
			n.computer.on(command, refuses(c.code, c.text, c.hint))
			text, _, _ := strings.Cut(c.text, " \x1b")
			if code := n.do(t, command, "482913077"); code != c.code || n.out.Len() > 0 || !strings.Contains(n.err.String(), text) || !strings.Contains(n.err.String(), c.hint) {
				t.Errorf("%s: exit code %d, want %d: %s%s", command, code, c.code, &n.out, &n.err)
			}
			n.harmless(t, command)
		}
		if code := n.do(t, command, "482913078"); code != cmdline.ExitNoSession {
			t.Errorf("%s, mistyped: exit code %d", command, code)
		}
	}
	n.relay.refuse = "this computer is away"
	for _, command := range [][]string{{"reboot", "482913077"}, {"logoff", "482913077"}} {
		if code := n.do(t, command...); code == cmdline.ExitOK || n.out.Len() > 0 || !strings.Contains(n.err.String(), "is away") {
			t.Errorf("%v: exit code %d, %s%s", command, code, &n.out, &n.err)
		}
	}
}

// A password is typed by a person at a terminal, or not at all.
func TestLogOnNeedsATerminal(t *testing.T) {
	n := newNetwork(t)
	if code := n.do(t, "logon-as", "482913077", "admin"); code != cmdline.ExitUsage || !strings.Contains(n.err.String(), "hint: run it in a terminal") || n.computer.heard() != "" {
		t.Errorf("exit code %d, %s; the computer heard %q", code, &n.err, n.computer.heard())
	}
	if code := n.do(t, "logon-as", "482913077"); code != cmdline.ExitUsage || !strings.Contains(n.err.String(), "USER is missing") {
		t.Errorf("exit code %d, %s", code, &n.err)
	}
}

// reboot --wait tells when the computer is back, and what is another one then. What is
// there before it has gone down counts for nothing.
func TestRebootWaits(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	look := func(kernel string) string {
		return "System information of pc\n\nOperating system [os]\n  kernel: " + kernel + " \x1b[2J\n"
	}
	n.computer.on("sysinfo", says(look("6.1.0-1"), look("6.1.0-2")))
	n.computer.on("sysinfo os", says(look("6.1.0-1"), look("6.1.0-2")))
	if code := n.do(t, "sysinfo", "482913077"); code != cmdline.ExitOK {
		t.Fatalf("exit code %d, %s", code, &n.err)
	}
	n.computer.on("reboot", says("it restarts\n"))
	tries := 0
	n.computer.on("status", func(s *sshd.Session) int { // not at once, as in life
		if tries++; tries < 2 {
			return cmdline.ExitFailed
		}
		return cmdline.ExitOK
	})
	n.state("active", "active", "away", "active")
	if code := n.do(t, "reboot", "482913077", "--wait"); code != cmdline.ExitOK {
		t.Fatalf("exit code %d, %s%s", code, &n.out, &n.err)
	}
	for _, want := range []string{"it restarts\nit is back after ", "6.1.0-1", "6.1.0-2"} {
		if !strings.Contains(n.out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &n.out)
		}
	}
	if tries != 2 {
		t.Errorf("it was tried %d times", tries)
	}
	n.harmless(t, "reboot --wait")
}

func TestRebootWaitEnds(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.computer.on("reboot", says("it restarts\n"))
	n.state("active", "away", "ended")
	if code := n.do(t, "reboot", "482913077", "--wait"); code != cmdline.ExitNoSession || !strings.Contains(n.err.String(), "ended before the computer was back") {
		t.Errorf("ended: exit code %d, %s", code, &n.err)
	}
	// A No is the end: nobody waits for a computer that does not restart.
	n.computer.on("reboot", refuses(cmdline.ExitDenied, "the customer said no", ""))
	if code := n.do(t, "reboot", "482913077", "--wait"); code != cmdline.ExitDenied || strings.Contains(n.out.String(), "back") {
		t.Errorf("denied: exit code %d, %s%s", code, &n.out, &n.err)
	}
}
