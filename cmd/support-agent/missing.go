package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"supportd/daemon"
	"supportd/daemon/link"
	"supportd/library/cmdline"
	"supportd/library/wire"
)

// attempts is how often somebody may type the same thing wrong.
const attempts = 3

// askMissing asks for what a join lacks: the number, and where to connect to.
func (p *program) askMissing(ctx context.Context, s *screen, j *daemon.Join) error {
	if s.in == nil {
		return nil
	}
	s.begin()
	defer s.end()
	if j.Number == "" {
		if err := p.askNumber(ctx, s, j); err != nil {
			return err
		}
		p.asked = true
	}
	if len(j.Relay.Addresses) > 0 {
		return nil
	}
	return p.askFor(ctx, s, askRelay, relayMissing, addressHint, func(typed string) *mistake {
		relay, m := place(typed)
		if m != nil {
			return m
		}
		j.Relay.Addresses = relay.Addresses
		if len(relay.Keys) > 0 {
			j.Relay.Keys = relay.Keys
		}
		return nil
	})
}

func (p *program) askNumber(ctx context.Context, s *screen, j *daemon.Join) error {
	return p.askFor(ctx, s, askNumber, numberMissing, numberReadHint, func(typed string) (m *mistake) {
		j.Number, m = numberOf(typed)
		return m
	})
}

// refusedNumber is a number that the relay did not take and that may be typed again.
type refusedNumber struct{ why error }

func (e *refusedNumber) Error() string { return e.why.Error() }

// mayRetype reports whether err is about a number that the customer has typed when they
// were asked: whoever has started the program by a click has no command line to correct.
func (p *program) mayRetype(ctx context.Context, err error) bool {
	var refused *link.Refusal
	if !p.asked || ctx.Err() != nil || !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case wire.CodeUnknown, wire.CodeExpired, wire.CodeUsed, wire.CodeEnded:
		return true
	}
	return false
}

// retype says why the number was not taken and asks for it again. Who types none gets
// the relay's no as the error.
func (p *program) retype(ctx context.Context, s *screen, g *customerPage, j *daemon.Join, no *refusedNumber) error {
	if s.in == nil && g != nil {
		j.Number = ""
		return g.retype(ctx, j, no)
	}
	s.say(s.notice(phrase(p.lang, numberAgain, no.why, phrase(p.lang, p.newNumberHint()))))
	s.begin()
	defer s.end()
	j.Number = ""
	if err := p.askNumber(ctx, s, j); err != nil && ctx.Err() != nil {
		return err
	}
	if j.Number == "" {
		return no.why
	}
	return nil
}

// askFor asks for one thing until it is right. Enter alone gives up.
func (p *program) askFor(ctx context.Context, s *screen, question, missing, hint key, read func(string) *mistake) error {
	text := "\n" + s.notice(phrase(p.lang, question)) + "\n"
	for attempt := range attempts {
		r, err := s.put(ctx, text, func() string { return "> " }, nil)
		switch {
		case ctx.Err() != nil:
			return cmdline.Silent(cmdline.ExitInterrupted)
		case err != nil && !errors.Is(err, io.EOF):
			return err
		}
		if strings.TrimSpace(r.text) == "" {
			break
		}
		m := read(r.text)
		switch {
		case m == nil:
			return nil
		case attempt == attempts-1:
			return p.refuse(m, "", hint)
		}
		text = s.notice(phrase(p.lang, m.key, m.args...)+"\n"+phrase(p.lang, hintLabel)+": "+p.hintAsked(m, hint)) + "\n"
	}
	return p.fail(cmdline.ExitUsage, wholeLineHint, missing)
}

// yesOrNo asks something that concerns nobody but the customer. What is not
// understood is asked once more, and is then No.
func (s *screen) yesOrNo(ctx context.Context, text string, prompt func() string, again key) (bool, error) {
	for note := ""; ; note = s.notice(phrase(s.lang, again)) + "\n" {
		r, err := s.put(ctx, note+text, prompt, nil)
		switch {
		case ctx.Err() != nil:
			return false, context.Cause(ctx)
		case err != nil && !errors.Is(err, io.EOF):
			return false, err
		case yes.is(r.text) && !r.pasted:
			return true, nil
		case err != nil:
			s.write("\n") // the prompt still stands there
			return false, nil
		case r.text == "", no.is(r.text), note != "":
			return false, nil
		}
		s.calm(ctx)
	}
}
