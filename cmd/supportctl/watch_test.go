package main

import (
	"strings"
	"testing"

	"supportd/library/cmdline"
	"supportd/library/sshd"
)

// Whoever watches all sees each change once, also how one ended that is in no list
// any more; a relay that fails for good ends it with its exit code.
func TestWatchAll(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	session := func(state, customer string) string {
		return `{"number":"482913077","state":"` + state + `","customer":"` + customer + `","host":"pc"}`
	}
	lists := []string{"[" + session("waiting", "") + "]", "[" + session("active", `\u001b[2Jkim`) + "]", "[" + session("active", `\u001b[2Jkim`) + "]", "[]"}
	n.relay.on("session list --json", func(s *sshd.Session) int {
		if len(lists) == 0 {
			return refuses(cmdline.ExitAuth, "the account is disabled", "")(s)
		}
		defer func() { lists = lists[1:] }()
		return says(lists[0])(s)
	})
	n.state("ended")
	if code := n.do(t, "session", "watch"); code != cmdline.ExitAuth || !strings.Contains(n.err.String(), "the account is disabled") {
		t.Errorf("exit code %d, %s", code, &n.err)
	}
	lines := strings.Split(strings.TrimSpace(n.out.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "482 913 077  waiting") || !strings.Contains(lines[1], `active   \x1b[2Jkim`) || !strings.Contains(lines[2], "ended") || !strings.HasSuffix(lines[2], "the reason") {
		t.Errorf("%q", lines)
	}
	n.harmless(t, "watch")
}

func TestWatchOne(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.state("waiting", "active", "active", "away", "active", "ended")
	if code := n.do(t, "session", "watch", "482913077", "--json"); code != cmdline.ExitOK {
		t.Fatalf("exit code %d, %s", code, &n.err)
	}
	var states []string
	for line := range strings.Lines(n.out.String()) {
		_, rest, _ := strings.Cut(line, `"state":"`)
		state, _, _ := strings.Cut(rest, `"`)
		states = append(states, state)
	}
	if got := strings.Join(states, " "); got != "waiting active away active ended" {
		t.Errorf("%s:\n%s", got, &n.out)
	}
	if code := n.do(t, "session", "watch", "482913078"); code != cmdline.ExitNoSession {
		t.Errorf("mistyped: exit code %d", code)
	}
}

// Whoever waits for a customer sees that the computer has the number and has to wait,
// once, and again when it takes longer.
func TestW4_WatchTellsThatAComputerHasToWait(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	session := func(state, more string) string {
		return `{"number":"482913077","state":"` + state + `"` + more + `}`
	}
	delay := func(until string) string {
		return `,"delay":{"from":"203.0.113.7","until":"2026-03-01T09:00:` + until + `Z"}`
	}
	said := []string{session("waiting", ""), session("waiting", delay("30")), session("waiting", delay("30")), session("waiting", delay("59")), session("active", ""), session("ended", "")}
	n.relay.on("session show 482913077 --json", says(said...))
	if code := n.do(t, "session", "watch", "482913077"); code != cmdline.ExitOK {
		t.Fatalf("exit code %d, %s", code, &n.err)
	}
	lines := strings.Split(strings.TrimSpace(n.out.String()), "\n")
	if len(lines) != 5 || !strings.Contains(lines[1], "waiting") || !strings.Contains(lines[1], "a computer tried this number from 203.0.113.7 and has to wait until ") ||
		!strings.HasSuffix(lines[2], "support-relay unlock 203.0.113.7 --data DIR") || strings.Contains(lines[3], "203.0.113.7") {
		t.Errorf("%q", lines)
	}
}
