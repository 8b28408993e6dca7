package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"supportd/cmd/supportctl/console"
	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/text"
)

// backend is what a console works with, at the relay of the test.
func (n *network) backend(t *testing.T) *backend {
	t.Helper()
	d := &backend{p: n.program, lines: &lines{}}
	var err error
	if d.lines.profile, err = n.loadProfile(); err == nil {
		d.lines.keys, err = n.keysOf(t.Context(), d.lines.profile)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestUINeedsATerminal(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	for _, args := range [][]string{{"ui"}, {"ui", "--lang", "fr"}, {"ui", "--lang", "ko"}} {
		if code := b.do(t, args...); code != cmdline.ExitUsage || !strings.Contains(b.err.String(), "\nhint: ") {
			t.Errorf("%v: exit code %d: %s", args, code, b.err.String())
		}
	}
}

// The console is told of all sessions first, then of each that is another than it was,
// and that the relay is lost; one that ended meanwhile is told as ended.
func TestUIWatches(t *testing.T) {
	n := newNetwork(t)
	row := func(state string) string {
		return fmt.Sprintf(`{"number":%q,"state":%q}`, benchNumber, state)
	}
	n.relay.on("session list --json", says("["+row("waiting")+"]", "[]"))
	n.relay.on("session watch --json", says(row("waiting")+"\n"+row("active")+"\n", ""))
	n.state("ended")
	ctx, stop := context.WithCancel(t.Context())
	var told []string
	lost := 0
	err := n.backend(t).Watch(ctx, func(c console.Change) {
		said := fmt.Sprintf("all %t", c.All)
		for _, s := range c.Sessions {
			said += " " + string(s.State)
		}
		if c.Lost != nil {
			if said = "lost"; lost == 1 {
				stop()
			}
			lost++
		}
		told = append(told, said)
	})
	if want := "all true waiting|all false active|lost|all true ended|lost"; err != nil || strings.Join(told, "|") != want {
		t.Errorf("told %q, %v, want %s", told, err, want)
	}
}

// Who may not log in any more reads why, and the console ends.
func TestUIWatchEndsWhereTryingAgainIsNoUse(t *testing.T) {
	n := newNetwork(t)
	n.relay.on("session list --json", refuses(cmdline.ExitAuth, "the account is disabled", ""))
	if err := n.backend(t).Watch(t.Context(), func(console.Change) {}); cmdline.Code(err) != cmdline.ExitAuth {
		t.Errorf("%v", err)
	}
}

// A relay without a join page opens a session all the same.
func TestUIStartsWithoutAJoinPage(t *testing.T) {
	n := newNetwork(t)
	n.relay.on("session start --ticket=T-1 --link --json", refuses(cmdline.ExitUsage, "this relay has no join page", ""))
	n.relay.on("session start --ticket=T-1 --json", says(fmt.Sprintf(`{"number":%q,"state":"waiting"}`, benchNumber)))
	s, err := n.backend(t).Start(t.Context(), "T-1")
	if err != nil || s.Number != benchNumber {
		t.Errorf("%v, %v", s.Number, err)
	}
}

// What a computer says about itself is cut into its categories, and compared with the look
// before.
func TestUILooks(t *testing.T) {
	n := newNetwork(t)
	n.computer.on("sysinfo", says("System information of pc\n\nMemory [memory]\n  free 2\x1b[2J GiB\n", "System information of pc\n\nMemory [memory]\n  free 1 GiB\n"))
	d := n.backend(t)
	first, err := d.Look(t.Context(), benchNumber)
	if err != nil || len(first.Sections) != 1 || first.Sections[0].Category != "memory" || strings.ContainsRune(first.Text, 0x1b) {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := d.Look(t.Context(), benchNumber)
	if err != nil || !strings.Contains(second.Changes, "+ free 1 GiB") {
		t.Errorf("%q, %v", second.Changes, err)
	}
	file := filepath.Join(t.TempDir(), "pc.txt")
	if err := d.Save(file, second.Text); err != nil {
		t.Error(err)
	}
	if err := d.Save(file, "other"); cmdline.Code(err) != cmdline.ExitFailed {
		t.Errorf("a file that is there: %v", err)
	}
}

// Lines come whole, and in parts where they have no end.
func TestUILines(t *testing.T) {
	var got []string
	w := &toldLines{tell: func(l string) { got = append(got, l) }}
	for _, s := range []string{"a", "b\r\nc\n", "\nd", strings.Repeat("x", maxLine+1), "e"} {
		if _, err := w.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	w.end()
	if want := []string{"ab", "c", "", "d" + strings.Repeat("x", maxLine+1), "e"}; strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%.80q", got)
	}
}

// A chat sends lines and shows what comes; the log goes on where it was.
func TestUIChatAndLog(t *testing.T) {
	n := newNetwork(t)
	n.computer.on("chat", func(s *sshd.Session) int {
		in := s.Input(t.Context())
		fmt.Fprintf(s, "you said %s", <-in)
		return cmdline.ExitDenied
	})
	say := make(chan string, 1)
	say <- "two\nlines"
	var got []string
	tell := func(l string) { got = append(got, l) }
	if err := n.backend(t).Chat(t.Context(), benchNumber, say, tell); cmdline.Code(err) != cmdline.ExitDenied {
		t.Error(err)
	}
	n.computer.on("journal --follow", says("one\ntwo\n"))
	if err := n.backend(t).Log(t.Context(), benchNumber, tell); err != nil {
		t.Error(err)
	}
	if strings.Join(got, "|") != "you said two lines|one|two" {
		t.Errorf("%q", got)
	}
	n.computer.on("logoff", refuses(cmdline.ExitFailed, "nobody is logged on", ""))
	if err := n.backend(t).LogOff(t.Context(), benchNumber, tell); err == nil || !strings.Contains(err.Error(), "nobody is logged on") {
		t.Error(err)
	}
}

// A report that nobody has signed is not proved, and a long one is cut where it is read.
func TestUIReports(t *testing.T) {
	n := newNetwork(t)
	n.relay.on("report show "+string(benchNumber)+" -o jsonl", says(""))
	d := reportBackend{n.backend(t)}
	if proved, _, err := d.Verify(t.Context(), benchNumber); proved || err == nil {
		t.Errorf("an empty report: %t, %v", proved, err)
	}
	file := filepath.Join(t.TempDir(), "r.jsonl")
	if err := errors.Join(d.Export(t.Context(), benchNumber, file)); err != nil {
		t.Error(err)
	}
	if _, err := d.Read(t.Context(), benchNumber, text.Korean); err == nil {
		t.Error("the relay knows no such report")
	}
}
