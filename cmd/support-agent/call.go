package main

import (
	"context"
	"errors"
	"os/signal"
	"time"

	"supportd/daemon"
	"supportd/library/cmdline"
	"supportd/library/wire"
)

// callPatience is how long somebody has to say whether they called for help: longer
// than at other questions, because they have to read what this window is.
const callPatience = 2 * time.Minute

// welcome shows the first screen, and gets from the customer what the command line
// lacks. Whoever typed a number decided to join; where none was typed, a click or a
// pasted line started the program, and the customer is asked about the call before
// anything else. Nothing is looked up or dialled before they have answered.
func (p *program) welcome(ctx context.Context, s *screen, g *customerPage, j *daemon.Join, asks bool) error {
	if asks {
		ask := p.askAboutCall
		if s.in == nil {
			ask = g.askAboutCall
		}
		if err := ask(ctx, s, j.Number, callPatience); err != nil {
			return err
		}
		s.say(s.framed(s.promises(j.Allow, j.Withheld)))
	} else {
		s.say(s.opening(j.Allow, j.Withheld))
		p.claim(s)
	}
	if s.in == nil && g != nil {
		return g.askMissing(ctx, j)
	}
	return p.askMissing(ctx, s, j)
}

// askAboutCall asks whether the customer called for help. Only a typed yes goes on.
func (p *program) askAboutCall(ctx context.Context, s *screen, number wire.Number, patience time.Duration) error {
	s.begin()
	defer s.end()
	asking, done := context.WithTimeout(ctx, patience)
	defer done()
	shown := s.framed(phrase(p.lang, callQuestion)) + "\n"
	if claim := p.claimed(); claim != "" {
		shown += s.notice(claim) + "\n"
	}
	if number != "" {
		shown += s.notice(phrase(p.lang, callNumber, number.Spoken())) + "\n"
	}
	called, err := s.yesOrNo(asking, shown, s.timed(asking, callPrompt), keyAgain)
	switch {
	case ctx.Err() != nil:
		return cmdline.Silent(cmdline.ExitInterrupted)
	case err == nil && called:
		return nil
	case err != nil:
		s.write("\n") // the prompt still stands there
	}
	said := callNo
	if asking.Err() != nil {
		said = callSilence
	}
	s.write(s.notice(phrase(p.lang, said)) + "\n")
	return cmdline.Silent(cmdline.ExitDenied)
}

// untilRead keeps the window of the program open until the person has pressed Enter: it
// closes with the program. Everything has ended by now. A window or a desktop session
// that is closing is not held up.
func (p *program) untilRead(ctx context.Context) {
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), daemon.ErrStop) || !isTerminal(p.in, p.out) {
		return
	}
	reading, done := signal.NotifyContext(context.WithoutCancel(ctx), stopSignals()...)
	defer done()
	s := newScreen(p.in, p.out, p.lang)
	s.charset, s.plain = p.charset, p.getenv("TERM") == "dumb"
	defer s.close()
	s.begin()
	defer s.end()
	_, _ = s.put(reading, "\n", func() string { return phrase(p.lang, closePrompt) + " " }, nil) // whatever it is, it ends the wait
}
