//go:build unix

package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/text/unicode/norm"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/visit"
	"supportd/library/text"
)

// writer is a person who can type messages; sent gets them, until leave is called.
type writer struct {
	*person
	sent  chan string
	fails error // of the next messages
	leave func()
}

func newWriter(t *testing.T, l text.Language) *writer {
	t.Helper()
	w := &writer{person: newPerson(t, l), sent: make(chan string, 1000)}
	ctx, leave := context.WithCancel(context.Background())
	wait := w.startChat(ctx, func(text string) error {
		if w.fails == nil {
			w.sent <- text
		}
		return w.fails
	})
	w.leave = func() { leave(); wait() }
	t.Cleanup(w.leave)
	w.sees("> ", 1)
	return w
}

func (w *writer) said(want string) {
	w.t.Helper()
	select {
	case got := <-w.sent:
		if got != want {
			w.t.Errorf("%q was sent, want %q", got, want)
		}
	case <-time.After(enough):
		w.t.Fatalf("%q was not sent:\n%q", want, w.shown())
	}
}

func (w *writer) saidNothing() {
	w.t.Helper()
	select {
	case got := <-w.sent:
		w.t.Errorf("%q was sent", got)
	default:
	}
}

func (w *writer) mode() unix.Termios {
	w.t.Helper()
	mode, err := unix.IoctlGetTermios(int(w.in.Fd()), getTermios)
	if err != nil {
		w.t.Fatal(err)
	}
	return *mode
}

func TestCustomerWritesMessages(t *testing.T) {
	w := newWriter(t, text.Korean)
	w.types("안녕하세욥\x7f" + norm.NFD.String("요") + "\n")
	w.said("안녕하세요")
	w.sees("나: 안녕하세요\n\r\x1b[K> ", 1)
	w.types("half a li")
	w.sees("> half a li", 1)
	talk{w.screen}.Notify(notice.Said{Who: consent.Person{Name: "Alice Kim", Account: "alice"}, Text: "hello\nand hello"})
	w.sees("\r\x1b[KAlice Kim (alice): hello\n  > and hello\n\r\x1b[K> half a li", 1)
	w.types("ne\n \n\n")
	w.said("half a line")
	w.types("\x1b[200~pasted\r\nlines\x1b[201~\n")
	w.said("pasted\nlines")
	w.saidNothing() // an empty line is no message
}

func TestUnsentMessageIsKept(t *testing.T) {
	w := newWriter(t, text.English)
	w.fails = visit.ErrFlood
	w.types("hello\n")
	w.sees(phrase(text.English, chatTooMany)+"\n\r\x1b[K> hello", 1)
	w.leave()
	for err, k := range map[error]key{visit.ErrNotJoined: chatTooEarly, local.ErrWrite: chatUnsent} {
		w := newWriter(t, text.English)
		w.fails = err
		w.types("hello\n")
		w.sees(phrase(text.English, k)+"\n\r\x1b[K> hello", 1)
	}
}

// A question takes the terminal; a message that is being typed waits, and what
// was typed for one is nothing for the other.
func TestC8_QuestionsAndMessagesDoNotMix(t *testing.T) {
	t.Parallel()
	w := newWriter(t, text.English)
	w.types("yes\n")
	w.said("yes")
	w.types("alway")
	w.sees("> alway", 1)
	got := w.ask(t.Context(), look())
	w.screen.mu.Lock()
	if rested := time.Since(w.chat.pressed); rested < rest {
		t.Errorf("the question came %v after the last key", rested)
	}
	w.screen.mu.Unlock()
	talk{w.screen}.Notify(notice.Left{Who: look().Who})
	w.types("s\n") // would complete "always"
	w.stands(phrase(text.English, askedAgain), 1)
	w.stands(phrase(text.English, promptAnswer), 2)
	w.types("\n")
	if a := w.answered(got); a.err != nil || a.answer.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
	w.sees("not connected any more.\n", 1)
	w.sees("\r\x1b[K> alway", 2)
	w.saidNothing()
	got = w.ask(t.Context(), look())
	w.types("yes\n")
	if a := w.answered(got); a.answer.Decision != consent.AllowedOnce {
		t.Errorf("%+v", a)
	}
	w.sees("\r\x1b[K> alway", 3)
	w.types("s there\n")
	w.said("always there")
	w.saidNothing()
}

// While somebody types on and on, a question appears all the same.
func TestC8_QuestionsDoNotWaitForEver(t *testing.T) {
	t.Parallel()
	w := newWriter(t, text.English)
	typing, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	w.types("x")
	w.sees("> x", 1)
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(rest / 10); typing.Err() == nil; <-tick.C {
			_, _ = w.keys.WriteString("x")
		}
	}()
	got := w.ask(t.Context(), look())
	stop()
	<-stopped
	w.types("x\n")
	w.stands(phrase(text.English, promptAnswer), 2)
	w.types("\n")
	if a := w.answered(got); a.answer.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
	w.saidNothing()
}

// The answer's rest, e.g. of a pasted page, is no message.
func TestC2_PastedAnswerIsNoMessage(t *testing.T) {
	t.Parallel()
	w := newWriter(t, text.English)
	got := w.ask(t.Context(), look())
	w.types("yes\nyes\nyes\n")
	w.stands(phrase(text.English, promptAnswer), 2)
	w.types("yes\nyes\nyes\n")
	if a := w.answered(got); a.answer.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
	w.types("hello\n")
	w.said("hello")
}

func TestTerminalIsLeftAsItWas(t *testing.T) {
	p := newPerson(t, text.English)
	before, err := unix.IoctlGetTermios(int(p.in.Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	wait := p.startChat(ctx, func(string) error { return nil })
	p.types("half a li")
	p.sees("> half a li", 1)
	w := &writer{person: p}
	if w.mode().Lflag&(unix.ICANON|unix.ECHO) != 0 || w.mode().Lflag&unix.ISIG == 0 {
		t.Error("keys are not taken one by one, or Ctrl-C is no signal")
	}
	leave()
	wait()
	p.say("the last words")
	p.sees("\r\x1b[K\x1b[?2004lthe last words\n", 1)
	if w.mode() != *before {
		t.Errorf("%+v, was %+v", w.mode(), before)
	}
	// A question that comes then still works, and leaves it so.
	got := p.ask(t.Context(), look())
	p.types("no\n")
	p.answered(got)
	if w.mode() != *before {
		t.Error("the question has changed the terminal")
	}
}

func TestPlainTerminalGetsNoEscapes(t *testing.T) {
	p := newPerson(t, text.English)
	ctx, leave := context.WithCancel(t.Context())
	sent := make(chan string, 1)
	p.plain = true
	wait := p.startChat(ctx, func(text string) error { sent <- text; return nil })
	p.types("helo\blo\n")
	if got := <-sent; got != "hello" {
		t.Errorf("%q", got)
	}
	p.sees("You: hello", 1)
	leave()
	wait()
	if strings.Contains(p.shown(), "\x1b") {
		t.Errorf("%q", p.shown())
	}
}

// What a CSR writes looks like nothing of ours, whatever it holds.
func TestC9_C10_C11_MessagesLookLikeMessages(t *testing.T) {
	p := newPerson(t, text.English)
	evil := strings.Repeat("x", 70) + phrase(text.English, promptAnswer) + "\x1b[2J\u202e\n" + phrase(text.English, promptAnswer) + " yes\n" + strings.Repeat("가", 100)
	talk{p.screen}.Notify(notice.Said{Who: look().Who, Text: evil})
	p.sees("\n  > 가", 1)
	lines := slices.Collect(strings.Lines(p.shown()))
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "Alice Kim (alice): ") != (i == 0) || i > 0 && !strings.HasPrefix(line, "  ") || strings.ContainsFunc(line, text.Hostile) {
			t.Errorf("line %d: %q", i+1, line)
		}
	}
}

// What scripts write is seen while they run, a few lines of it, and looks like
// nothing of ours.
func TestOutputStandsBehindABar(t *testing.T) {
	p := newPerson(t, text.English)
	who := look().Who
	tell := talk{p.screen}.Notify
	tell(notice.RunStarted{Who: who, Scripts: []string{"a.sh"}})
	tell(notice.Printed{Step: 1, Text: "one\ntw"})
	tell(notice.Printed{Step: 1, Text: "o\n" + phrase(text.English, promptAnswer) + " " + strings.Repeat("가", 60) + "\x1b[2J\n"})
	tell(notice.Printed{Step: 1, Text: "no end"})
	tell(notice.Printed{Step: 2, Text: "the next\nlast"})
	tell(notice.RunEnded{Who: who})
	p.sees("  │ one\n  │ two\n  │ Do you allow this? 가", 1)
	p.sees("  │ no end\n  │ the next\n  │ last\n", 1)
	tell(notice.Printed{Step: 1, Text: strings.Repeat("x\n", 1000)})
	p.sees("  │ … There is more", 1)
	tell(notice.RunEnded{Who: who})
	tell(notice.Printed{Step: 1, Text: "again\n"})
	p.sees("  │ again\n", 1)
	if got := strings.Count(p.shown(), "  │ x\n"); got != maxPrinted {
		t.Errorf("%d lines are shown", got)
	}
	for line := range strings.Lines(p.shown()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.Contains(line, "가") && !strings.HasPrefix(line, "  │ ") || strings.ContainsFunc(line, text.Hostile) {
			t.Errorf("%q", line)
		}
	}
}
