//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/daemon/notice"
	"supportd/library/text"
)

// unbroken is what stands on a person's screen, without blanks and line breaks.
func (p *person) unbroken() string { return joinedUp(p.rows()) }

func joinedUp(s string) string { return strings.Join(strings.Fields(s), "") }

// Q9: what a script has removed is not named as if it lay there.
func TestK2Q9_AJournalThatIsGoneIsNotNamed(t *testing.T) {
	for _, l := range text.Languages() {
		dir := t.TempDir()
		journal := filepath.Join(dir, "journal-482913077.jsonl")
		p := newPerson(t, l)
		once := map[string]string{}
		prog := &program{lang: l, getenv: func(name string) string { return once[name] }}
		gone := joinedUp(phrase(l, journalGone))
		for i, put := range []func() error{
			func() error { return nil },
			func() error { return syscall.Mkfifo(journal, 0o600) },
			func() error { return os.Mkdir(journal, 0o700) },
			func() error { return os.Symlink("/etc/passwd", journal) },
		} {
			if err := put(); err != nil {
				t.Fatal(err)
			}
			if err := prog.offer(p.screen, journal, "", ""); err != nil {
				t.Error(err)
			}
			p.waits(p.unbroken, gone, i+1)
			if err := os.RemoveAll(journal); err != nil {
				t.Fatal(err)
			}
		}
		if err := prog.offer(p.screen, journal, filepath.Join(dir, "copy.html"), ""); err == nil {
			t.Error("a copy of nothing")
		}
		p.waits(p.unbroken, gone, 5)
		if strings.Contains(p.unbroken(), filepath.Base(journal)) {
			t.Errorf("%s: it is named:\n%s", l, p.rows())
		}
		if err := os.WriteFile(journal, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := prog.offer(p.screen, journal, "", ""); err != nil {
			t.Error(err)
		}
		p.waits(p.unbroken, filepath.Base(journal), 1)
		p.waits(p.unbroken, joinedUp("report report.html"), 1)
		// A program that is removed when it ends offers nothing to type with it later.
		once[onceVariable] = "1"
		if err := prog.offer(p.screen, journal, "", ""); err != nil {
			t.Error(err)
		}
		p.waits(p.unbroken, filepath.Base(journal), 2)
		if n := strings.Count(p.unbroken(), joinedUp("report report.html")); n != 1 {
			t.Errorf("%s: it is offered %d times:\n%s", l, n, p.rows())
		}
	}
}

// Q9: whether a copy is wanted stands as long as every question does, also for who has
// just stopped everything.
func TestK2Q9_TheQuestionAboutACopyHasItsMinute(t *testing.T) {
	stopped, stop := context.WithCancelCause(t.Context())
	stop(errTyped)
	for _, ctx := range []context.Context{t.Context(), stopped} {
		p := newPerson(t, text.English)
		p.someoneIsThere()
		home := t.TempDir()
		prog := &program{lang: text.English, getenv: func(name string) string { return map[string]string{"HOME": home}[name] }}
		got := make(chan string, 1)
		go func() { got <- prog.askForCopy(ctx, p.screen) }()
		p.stands(phrase(text.English, copyPrompt), 1)
		p.sees("60 s left.", 1)
		p.types("no\n")
		if path := <-got; path != "" {
			t.Error(path)
		}
	}
}

// N8: whoever may have mistyped the address is told once what to do; nobody is where
// something answers.
func TestN8_AnAddressThatIsNotReachedIsDoubted(t *testing.T) {
	for _, l := range text.Languages() {
		p := newPerson(t, l)
		doubt, again := joinedUp(phrase(l, addressDoubt)), joinedUp(phrase(l, tryingAgain, text.Span(time.Second, l)))
		for i, problem := range []notice.Problem{notice.ProblemBusy, notice.ProblemBusy, notice.ProblemName, notice.ProblemName, notice.ProblemTimeout, notice.ProblemName} {
			talk{p.screen}.Notify(notice.Retrying{Relay: "relay.exmaple:2222", Problem: problem, After: time.Second})
			p.waits(p.unbroken, again, i+1)
			if said, want := strings.Count(p.unbroken(), doubt), min(i/3, 1); said != want {
				t.Errorf("%s: after %d tries said %d times:\n%s", l, i+1, said, p.rows())
			}
		}
	}
}
