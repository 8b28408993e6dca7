//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"supportd/daemon"
	"supportd/library/cmdline"
	"supportd/library/imprint"
	"supportd/library/text"
	"supportd/library/wire"
)

// I7: only a typed yes says that somebody called for help. Everything else is a No with
// what to do then.
func TestI7_OnlyAYesIsAYes(t *testing.T) {
	for _, l := range text.Languages() {
		for keys, ok := range map[string]bool{
			"yes\n": true, "네\n": true, "no\n": false, "아니요\n": false, "\n": false, "\x04": false, "y\n \n": false, "always\nyes please\n": false,
		} {
			p := newPerson(t, l)
			prog := &program{lang: l, imprint: imprinted{Imprint: imprint.Imprint{Organisation: "Example Ltd"}}}
			got := make(chan error, 1)
			go func() { got <- prog.askAboutCall(t.Context(), p.screen, "482913077", callPatience) }()
			for i, line := range strings.SplitAfter(keys, "\n") {
				if line == "" {
					continue
				}
				p.stands(phrase(l, callPrompt), i+1)
				p.types(line)
			}
			err := <-got
			if (err == nil) != ok || !ok && cmdline.Code(err) != cmdline.ExitDenied {
				t.Errorf("%q: %v", keys, err)
			}
			if !ok {
				p.waits(p.unbroken, joinedUp(phrase(l, callNo)), 1)
			}
			for _, want := range []string{phrase(l, callQuestion), phrase(l, callNumber, "482 913 077"), phrase(l, imprintClaim, "Example Ltd")} {
				if !strings.Contains(p.unbroken(), joinedUp(want)) {
					t.Errorf("%s: %q is not there:\n%s", l, want, p.rows())
				}
			}
		}
	}
}

// I7: nobody answers, a paste answers, and Ctrl-C.
func TestI7_SilenceAndPastesAreANo(t *testing.T) {
	for _, l := range text.Languages() {
		prog := &program{lang: l}
		p := newPerson(t, l)
		if err := prog.askAboutCall(t.Context(), p.screen, "", 100*time.Millisecond); cmdline.Code(err) != cmdline.ExitDenied {
			t.Errorf("silence: %v", err)
		}
		p.waits(p.unbroken, joinedUp(phrase(l, callSilence)), 1)
		if strings.Contains(p.unbroken(), joinedUp(phrase(l, callNo))) {
			t.Errorf("both are said:\n%s", p.rows())
		}

		p = newPerson(t, l)
		got := make(chan error, 1)
		go func() { got <- prog.askAboutCall(t.Context(), p.screen, "", callPatience) }()
		p.stands(phrase(l, callPrompt), 1)
		p.types("\x1b[200~yes\x1b[201~\n")
		p.stands(phrase(l, callPrompt), 2)
		p.types("\n")
		if err := <-got; cmdline.Code(err) != cmdline.ExitDenied {
			t.Errorf("a paste: %v", err)
		}

		p = newPerson(t, l)
		ctx, stop := context.WithCancelCause(t.Context())
		go func() { got <- prog.askAboutCall(ctx, p.screen, "", callPatience) }()
		p.stands(phrase(l, callPrompt), 1)
		stop(errTyped)
		if err := <-got; cmdline.Code(err) != cmdline.ExitInterrupted {
			t.Errorf("Ctrl-C: %v", err)
		}
	}
}

// clicked is the program as a click starts it, at a person's terminal.
func clicked(p *person) (*program, *bytes.Buffer) {
	problems := &bytes.Buffer{}
	return &program{in: p.in, out: p.terminal(), err: problems, getenv: func(string) string { return "" }, lang: text.English, named: "482913077"}, problems
}

// I7: nothing is dialled before the answer. A dial of the test's own is the first that
// the relay's port sees then; after a yes it is the program's.
func TestI7_NothingIsDialledBeforeTheAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	firstIsOurs := func(when string) {
		t.Helper()
		ours, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer ours.Close()
		first, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer first.Close()
		if first.RemoteAddr().String() != ours.LocalAddr().String() {
			t.Errorf("%s: %v was there before", when, first.RemoteAddr())
		}
	}
	for answer, code := range map[string]int{"no": cmdline.ExitDenied, "": cmdline.ExitDenied, "yes": 0} {
		p := newPerson(t, text.English)
		prog, problems := clicked(p)
		ended := make(chan int, 1)
		go func() { ended <- prog.run(t.Context(), []string{"--relay", l.Addr().String()}) }()
		p.stands(phrase(text.English, callPrompt), 1)
		firstIsOurs("before the answer")
		p.types(answer + "\n")
		if answer == "yes" {
			theirs, err := l.Accept() // and no other than the program's own
			if err != nil {
				t.Fatal(err)
			}
			theirs.Close()
			if got := <-ended; got != cmdline.ExitUnreachable {
				t.Errorf("%d, %s", got, problems)
			}
			continue
		}
		if got := <-ended; got != code || problems.Len() > 0 {
			t.Errorf("%q: %d, %s", answer, got, problems)
		}
		firstIsOurs("after " + answer)
	}
}

// I7: and no name is looked up.
func TestI7_NoNameIsLookedUpBeforeTheAnswer(t *testing.T) {
	var lookups atomic.Int32
	before := net.DefaultResolver
	defer func() { net.DefaultResolver = before }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		lookups.Add(1)
		return nil, errors.New("no lookup here")
	}}
	for _, answer := range []string{"no", "yes"} {
		p := newPerson(t, text.English)
		prog, problems := clicked(p)
		ended := make(chan int, 1)
		go func() { ended <- prog.run(t.Context(), []string{"--relay", "relay.example:22"}) }()
		p.stands(phrase(text.English, callPrompt), 1)
		p.types(answer + "\n")
		code := <-ended
		if n := lookups.Load(); (n > 0) != (answer == "yes") || (code == cmdline.ExitDenied) != (answer == "no") {
			t.Errorf("%s: %d lookups, %d, %s", answer, n, code, problems)
		}
	}
}

// I7: where nobody can be asked, a name is no reason to join, whatever is allowed;
// --ui none is.
func TestI7_NobodyToAsk(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "--relay is missing"},
		{[]string{"--relay", "127.0.0.1:1", "--relay-key", pin}, "no screen here"},
		{[]string{"--relay", "127.0.0.1:1", "--relay-key", pin, "--allow", "all"}, "no screen here"},
		{[]string{"--relay", "127.0.0.1:1", "--relay-key", pin, "--ui", "terminal", "--allow", "all"}, "no screen here"},
		{[]string{"--relay", "127.0.0.1:1", "--relay-key", pin, "--ui", "none"}, "no screen here"},
		{[]string{"--relay", "127.0.0.1:1", "--ui", "none", "--allow", "sysinfo"}, "--relay-key"}, // it would join
	} {
		p, problems := noScreenProgram(t, text.English)
		p.named = "482913077"
		if code := p.run(t.Context(), c.args); code != cmdline.ExitUsage || !strings.Contains(problems.String(), c.says) {
			t.Errorf("%q: %d, %s", c.args, code, problems)
		}
	}
}

// A window of the program's own stays until Enter, or until it is closed; one that is
// closing holds nothing up.
func TestTheWindowStaysUntilItIsRead(t *testing.T) {
	typed, stop := context.WithCancelCause(t.Context())
	stop(errTyped)
	closing, stop := context.WithCancelCause(t.Context())
	stop(errStopped)
	for _, l := range text.Languages() {
		for name, c := range map[string]struct {
			ctx  context.Context
			keys string // none: nothing is asked
		}{"the end": {t.Context(), "\n"}, "some text": {t.Context(), "ok\n"}, "the end of input": {t.Context(), "\x04"}, "after Ctrl-C": {typed, "\n"}, "closing": {closing, ""}} {
			p := newPerson(t, l)
			prog, _ := clicked(p)
			prog.lang = l
			read := make(chan struct{})
			go func() { defer close(read); prog.untilRead(c.ctx) }()
			if c.keys != "" {
				p.stands(phrase(l, closePrompt), 1)
				select {
				case <-read:
					t.Errorf("%s: it did not wait", name)
				default:
				}
				p.types(c.keys)
			}
			<-read
			if c.keys == "" && strings.Contains(p.rows(), phrase(l, closePrompt)) {
				t.Errorf("%s:\n%s", name, p.rows())
			}
		}
	}
	p, _ := noScreenProgram(t, text.English)
	p.untilRead(t.Context()) // nobody is there
}

// A number that the program's name has grown old with is not asked for again and again:
// the person is told where it comes from.
func TestAnOldNumberInTheName(t *testing.T) {
	for byName, want := range map[bool]key{true: namedHint, false: numberHint} {
		p := &program{lang: text.English, byName: byName}
		var told *cmdline.Error
		if err := p.refused(wire.CodeExpired); !errors.As(err, &told) || told.Hint != phrase(text.English, want) || told.Code != cmdline.ExitNoSession {
			t.Errorf("%v", err)
		}
	}
}

// The number that is typed goes before the name's, without the question, as it always
// was; the first screen has the same words.
func TestATypedNumberIsNotAskedAbout(t *testing.T) {
	p := newPerson(t, text.English)
	prog := &program{lang: text.English, named: "482913077"}
	if err := prog.welcome(t.Context(), p.screen, nil, &daemon.Join{Number: "612655667", Relay: relayOf(t, "relay.example")}, false); err != nil {
		t.Fatal(err)
	}
	p.waits(p.unbroken, joinedUp(phrase(text.English, firstScreen)), 1)
	if !strings.Contains(p.unbroken(), joinedUp(phrase(text.English, onlyIfYouCalled))) || strings.Contains(p.unbroken(), joinedUp(phrase(text.English, callPrompt))) {
		t.Errorf("%s", p.rows())
	}
}
