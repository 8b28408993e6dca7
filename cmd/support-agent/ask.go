package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"supportd/daemon"
	"supportd/library/cmdline"
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
		err := p.askFor(ctx, s, askNumber, numberMissing, numberReadHint, func(typed string) (m *mistake) {
			j.Number, m = numberOf(typed)
			return m
		})
		if err != nil {
			return err
		}
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
