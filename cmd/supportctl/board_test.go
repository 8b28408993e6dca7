package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/relay/client"
)

func newTestBoard(color bool) (*board, *bytes.Buffer) {
	var out bytes.Buffer
	return &board{out: &out, notes: &out, color: color, begun: map[string]string{}}, &out
}

func output1(stream, text string) client.Event {
	return client.Event{Kind: journal.KindScriptOutput, Step: 1, Stream: stream, Text: text}
}

func TestLinesAreWhole(t *testing.T) {
	b, out := newTestBoard(false)
	a, c := &target{session: api.Session{Number: "482913077"}}, &target{session: api.Session{Number: "553681754"}}
	for _, step := range []struct {
		t *target
		e client.Event
	}{
		{a, client.Event{Kind: journal.KindRunStart}},
		{a, client.Event{Kind: journal.KindScriptStart, Step: 1, Text: "fix.sh"}},
		{a, output1("stdout", "one\ntw")}, {c, output1("stdout", "other\n")}, {a, output1("stderr", "oops\n")}, {a, output1("stdout", "o\n\nend")},
		{a, client.Event{Kind: journal.KindScriptExit, Step: 1, Outcome: &client.Outcome{Name: "fix.sh", Reason: "exit", Code: 7, Took: 1500 * time.Millisecond}}},
		{a, client.Event{Kind: journal.KindRunEnd}},
	} {
		if err := b.show(step.t, step.e); err != nil {
			t.Fatal(err)
		}
	}
	want := `482 913 077 > 1. fix.sh
482 913 077 | one
553 681 754 | other
482 913 077 ! oops
482 913 077 | two
482 913 077 | 
482 913 077 | end
482 913 077 < 1. fix.sh: failed with exit code 7, 1.5 s
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

// Nothing that a customer's computer sends may reach the CSR's terminal as
// anything but text behind the number it came from.
func FuzzC12_BoardShowsTextOnly(f *testing.F) {
	f.Add("plain\n", "fix.sh", "exit", "", true)
	f.Add("\x1b[2J\x1b]52;c;ZXZpbA==\x07", "a\nb", "sig\x1b[31mnal", "\u202eabc\x9b", true)
	f.Add("\r482 913 077 | forged\n\x00", "\x1b[32mok, 1 s\x1b[0m", "exit", "\x1b[31m", true)
	f.Fuzz(func(t *testing.T, text, name, reason, problem string, color bool) {
		b, out := newTestBoard(color)
		tg := &target{session: api.Session{Number: "482913077", Host: name, Customer: problem}}
		o := client.Outcome{Name: name, Reason: journal.Reason(reason), Signal: problem, Problem: problem}
		for _, e := range []client.Event{
			{Kind: journal.KindScriptStart, Step: 1, Text: name}, output1("stdout", text), output1(reason, text),
			{Kind: journal.KindScriptExit, Step: 1, Outcome: &o}, {Kind: reason, Text: text},
		} {
			if err := b.show(tg, e); err != nil {
				t.Fatal(err)
			}
		}
		b.say(tg, text)
		b.finish(tg)
		checkTerminal(t, out.String(), "482 913 077 ")

		j := &job{p: newBenchProgram(out), format: cmdline.Table, targets: []*target{tg}}
		tg.outcomes = []client.Outcome{o}
		out.Reset()
		if err := j.list(j.results()); err != nil {
			t.Fatal(err)
		}
		checkTerminal(t, out.String(), "")
		if lines := strings.Count(out.String(), "\n"); lines != 2 {
			t.Errorf("a table of one row has %d lines:\n%s", lines, out)
		}
	})
}

func newBenchProgram(out *bytes.Buffer) *program {
	return &program{std: cmdline.Streams{Out: out, Err: out}, env: func(string) string { return "" }}
}

// checkTerminal holds that a text has no other controls than line ends, tabs and
// our own two colours around a whole result, and that every line begins as it must.
func checkTerminal(t *testing.T, s, prefix string) {
	t.Helper()
	for line := range strings.Lines(s) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, prefix) {
			t.Errorf("a line without its number: %q", line)
		}
		for _, c := range []string{"\x1b[31m", "\x1b[32m"} {
			if before, after, ok := strings.Cut(line, c); ok && strings.HasSuffix(after, "\x1b[0m") {
				line = before + strings.TrimSuffix(after, "\x1b[0m")
				break
			}
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && text.Hostile(r) }) {
			t.Errorf("hostile: %q", line)
		}
	}
}

func TestColoursOnlyWhereTheyAreWanted(t *testing.T) {
	for _, color := range []bool{true, false} {
		b, _ := newTestBoard(color)
		text := b.paint(client.Outcome{Reason: "exit"})
		if strings.Contains(text, "\x1b") != color || !strings.Contains(text, "ok") {
			t.Errorf("color %v: %q", color, text)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for want, o := range map[string]client.Outcome{
		"ok":                              {Reason: "exit"},
		"failed with exit code 3":         {Reason: "exit", Code: 3},
		"killed by SIGSEGV":               {Reason: "signal", Signal: "SIGSEGV"},
		"ended at its time limit":         {Reason: "timeout"},
		"cancelled by Kim":                {Reason: "cancelled", Problem: "cancelled by Kim"},
		"cancelled":                       {Reason: "cancelled"},
		"could not be started: no python": {Reason: "not-started", Problem: "no python"},
		"not run":                         {Reason: "not-run"},
		"from-the-future":                 {Reason: "from-the-future"},
		"ok (5 bytes of output were cut)": {Reason: "exit", Dropped: 5},
	} {
		if got := verdict(nil, o); got != want {
			t.Errorf("%+v: %q, want %q", o, got, want)
		}
	}
}

// Lines are shown once and in order, whatever a reattached run replays.
func TestEventsAfterReattaching(t *testing.T) {
	b, out := newTestBoard(false)
	j := &job{board: b}
	tg := &target{session: api.Session{Number: "482913077"}}
	event := func(seq int) client.Event {
		switch seq {
		case 1:
			return client.Event{Seq: 1, Kind: journal.KindRunStart, Text: "id"}
		case 5:
			return client.Event{Seq: 5, Kind: journal.KindRunEnd, Outcomes: []client.Outcome{{Name: "a", Reason: "exit"}}}
		}
		e := output1("stdout", fmt.Sprintln("line", seq))
		e.Seq = seq
		return e
	}
	for _, seq := range []int{1, 2, 3, 1, 2, 3, 4, 5} {
		if err := j.took(tg, event(seq)); err != nil {
			t.Fatal(err)
		}
	}
	if want := "482 913 077 | line 2\n482 913 077 | line 3\n482 913 077 | line 4\n"; out.String() != want || !tg.ended || len(tg.outcomes) != 1 {
		t.Errorf("got\n%s", out)
	}
	gap := &target{session: tg.session}
	if err := j.took(gap, event(1)); err != nil {
		t.Fatal(err)
	}
	if err := j.took(gap, event(3)); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a gap: %v", err)
	}
	other := event(1)
	other.Text = "another"
	if err := j.took(gap, other); passing(err) || !errors.Is(err, errReplaced) {
		t.Errorf("another run: %v", err)
	}
}
