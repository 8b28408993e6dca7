//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// A terminal that is stopped (Ctrl-S, or a click into a Windows console) holds up
// its question, and nothing else.
func TestStoppedTerminalHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	in, out, err := os.Pipe() // a terminal that takes 64 KiB and then nothing
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(newPerson(t, text.English).in, out, text.English)
	for range 10 * maxHeld {
		s.say(strings.Repeat("x", 4096))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if a, err := s.Ask(ctx, look()); a.Decision.Allowed() || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v, %v", a, err)
	}
	s.close()
	in.Close()
	<-s.done
	out.Close()
}

// What does not fit behind a question is not dropped without a word.
func TestMessagesBehindAQuestion(t *testing.T) {
	p := newPerson(t, text.English)
	got := p.ask(t.Context(), look())
	for range 2 * maxHeld {
		p.say("held back")
	}
	p.types("no\n")
	p.answered(got)
	p.sees("There is more; all of it is written down.", 1)
	if n := strings.Count(p.shown(), "held back"); n != maxHeld {
		t.Errorf("%d messages", n)
	}
}
