//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/library/text"
)

// sized makes the window so large.
func (p *person) sized(columns, lines uint16) {
	p.t.Helper()
	if err := unix.IoctlSetWinsize(int(p.in.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: lines}); err != nil {
		p.t.Fatal(err)
	}
}

// window is what stands in it: no line is broken by the terminal itself.
func (p *person) window() []string {
	p.t.Helper()
	columns, lines, _ := p.size()
	all := strings.Split(p.rows(), "\n")
	for _, line := range all {
		if w := text.Width(line); w >= columns {
			p.t.Errorf("%d columns, the window has %d: %q", w, columns, line)
		}
	}
	return all[max(0, len(all)-lines):]
}

// In a small window who asks for what still stands there when it is answered.
func TestSmallWindow(t *testing.T) {
	for _, l := range text.Languages() {
		p := newPerson(t, l)
		p.sized(50, 15)
		p.say(p.opening(nil, consent.Withheld{}))
		p.say(p.opening(consent.Beforehand(), consent.Withheld{}))
		talk{p.screen}.Notify(notice.Joined{Owner: look().Who})
		q := look()
		q.Reason = strings.Repeat("because it is slow ", 5)
		q.Categories = []string{"os", "memory"}
		got := p.ask(t.Context(), q)
		seen := strings.Join(p.window(), "\n")
		for _, want := range []string{"Alice Kim (alice)", consent.NameCategories(q.Categories, l), "because it is slow", phrase(l, promptAnswer)} {
			if !strings.Contains(seen, want) {
				t.Errorf("%s: %q is not in the window:\n%s", l, want, seen)
			}
		}
		p.types("no\n")
		p.answered(got)
	}
}

// What was allowed beforehand is not asked, and the first screen says so.
func TestOpeningSaysWhatIsNotAsked(t *testing.T) {
	for _, c := range []struct {
		allowed   []consent.Kind
		someone   bool
		want, not string
	}{
		{nil, true, "Before your support rep sees or does anything, you are asked here.", "beforehand"},
		{[]consent.Kind{consent.SysInfo, consent.Script}, true, "You allowed this beforehand: seeing information about this computer, running programs. You are NOT asked about it. You are asked here before anything else, and every time before a restart or the use of another account.", "Before your support rep"},
		{consent.Beforehand(), false, "another support rep joining. You are NOT asked about it. Nothing else is allowed, and neither a restart nor the use of another account, because nobody can be asked here.", "are asked here"},
	} {
		s := &screen{out: io.Discard, lang: text.English}
		if c.someone {
			s.in = os.Stdin
		}
		got := strings.Join(strings.Fields(s.opening(c.allowed, consent.Withheld{})), " ")
		if !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
			t.Errorf("%v: %s", c.allowed, got)
		}
	}
}

// A connection that breaks off comes back by itself: nobody is asked whether the
// address is right, and what the customer can see to is said once.
func TestInterruption(t *testing.T) {
	p := newPerson(t, text.English)
	ui := talk{p.screen}
	ui.Notify(notice.Retrying{Problem: notice.ProblemRefused, Relay: "relay:2222", After: time.Second})
	p.sees("Is the address right?", 1)
	ui.Notify(notice.Joined{Owner: look().Who})
	ui.Notify(notice.Retrying{Problem: notice.ProblemBroken, Relay: "relay:2222", After: time.Second, Lost: true})
	ui.Notify(notice.Retrying{Problem: notice.ProblemRefused, Relay: "relay:2222", After: time.Second})
	for range 3 {
		ui.Notify(notice.Retrying{Problem: notice.ProblemName, Relay: "relay:2222", After: time.Second})
	}
	p.sees("Trying again", 6)
	for part, times := range map[string]int{
		phrase(text.English, interrupted): 1, "Is the address right?": 1, "is not found": 1, "broke off": 0,
	} {
		if n := strings.Count(strings.ReplaceAll(p.shown(), "\n  ", ""), part); n != times {
			t.Errorf("%q stands there %d times, want %d:\n%s", part, n, times, p.shown())
		}
	}
}

// Errors are broken between words where there is a terminal, and not in a file.
func TestProblems(t *testing.T) {
	lines := "support-agent: " + strings.Repeat("word ", 30) + "end\nhint: try it\n"
	p := newPerson(t, text.Korean)
	if n, err := (problems{p.in, text.Korean, charset{}}).Write([]byte(lines)); n != len(lines) || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	p.sees("도움말: try it\n", 1)
	p.window()
	if strings.Contains(p.shown(), "wor\n") {
		t.Errorf("%s", p.shown())
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "errors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := (problems{f, text.English, charset{}}).Write([]byte(lines)); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(f.Name()); string(got) != lines {
		t.Errorf("%q, %v", got, err)
	}
}
