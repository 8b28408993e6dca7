package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"supportd/consent"
	"supportd/daemon/lineedit"
	"supportd/library/text"
)

// Name implements [consent.Prompter].
func (s *screen) Name() string { return "terminal" }

// Ask implements [consent.Prompter]: only a whole word is an answer. What is not
// understood is never a yes: it is asked once more while there is time, and then it
// is No. An empty line and the end of input are No at once.
func (s *screen) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	defer s.takeTerminal(ctx)()
	s.begin()
	defer s.end()
	note, again, stood := "", false, false
	for {
		r, err := s.put(ctx, s.question(q, note, stood), s.timed(ctx, promptOf(q)), q.Shown)
		stood = true
		if more := s.readMore(q, r); err == nil && more != nil {
			if err = more(ctx); err == nil {
				note = ""
				continue
			}
		}
		switch {
		case ctx.Err() != nil:
			s.write("\n" + s.notice(s.saidOver(ctx)) + "\n")
			return consent.Answer{}, context.Cause(ctx)
		case err != nil && !errors.Is(err, io.EOF):
			return consent.Answer{}, consent.ErrNobody // the terminal is gone
		}
		a, understood := s.parse(q, r)
		if !understood && err == nil && !again && r.text != "" {
			again = true
			s.calm(ctx)
			note = s.askAgain(q, r)
			continue
		}
		a.Question = q.ID
		if r.text != "" {
			s.someoneIsThere()
		}
		s.write(s.notice(s.outcome(q, a, r)) + "\n")
		return a, nil
	}
}

// readMore is what shows more of what is asked for, where that is what was typed; else
// it is nil.
func (s *screen) readMore(q consent.Question, r reply) func(context.Context) error {
	switch {
	case r.pasted || !show.is(r.text):
	case len(q.Programs) > 0:
		return func(ctx context.Context) error { return s.showPrograms(ctx, q) }
	case listsTopics(q):
		return func(ctx context.Context) error { return s.show(ctx, s.showTopics()) }
	}
	return nil
}

// saidOver says why a question is over that was not answered here.
func (s *screen) saidOver(ctx context.Context) string {
	if errors.Is(context.Cause(ctx), consent.ErrElsewhere) {
		return phrase(s.lang, answeredElsewhere)
	}
	return consent.Answer{Why: whyOver(ctx)}.Said(s.lang)
}

// whyOver is why a question is over that nobody has answered.
func whyOver(ctx context.Context) consent.Why {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return consent.TimedOut
	}
	return consent.Withdrawn
}

// askAgain says why an answer was not understood, and that nothing happens yet.
func (s *screen) askAgain(q consent.Question, r reply) string {
	if q.Kind == consent.Words {
		return phrase(s.lang, askedPick)
	}
	why := ""
	switch kept, unknown := withheldBy(r.text); {
	case r.pasted || strings.Contains(r.text, lineedit.PasteBegins):
		why = phrase(s.lang, pasteUnclear)
	case q.Kind == consent.SysInfo && kept && unknown != "":
		why = phrase(s.lang, nothingCalled, text.Plain(unknown, 40))
	case strings.ContainsFunc(r.text, isJamo):
		why = phrase(s.lang, keyboardIsKorean)
	}
	return strings.TrimSpace(phrase(s.lang, askedAgain) + " " + why)
}

// isJamo reports whether a rune is a letter of the Korean alphabet by itself, as a
// keyboard gives them when a word in English is typed with the Korean layout.
func isJamo(r rune) bool { return r >= 0x3131 && r <= 0x318e }

// outcome tells the customer what has become of their answer.
func (s *screen) outcome(q consent.Question, a consent.Answer, r reply) string {
	if a.Why == "" {
		a.Why = consent.Answered
	}
	if a.Why == consent.Unclear && r.pasted {
		return phrase(s.lang, pasteUnclear) + " " + a.Said(s.lang)
	}
	return q.Said(a, s.lang)
}

// parse reads an answer: a word, and behind a yes to a look at the system
// information what is withheld, with "without" on the side where the language has
// it. What is not understood is a No that says so.
func (s *screen) parse(q consent.Question, r reply) (a consent.Answer, understood bool) {
	unclear := consent.Answer{Why: consent.Unclear}
	if q.Kind == consent.Words {
		return parsePick(q, r)
	}
	words := splitAnswer(r.text)
	if len(words) == 0 {
		return unclear, false
	}
	switch first := words[0]; {
	case yes.is(first):
		a.Decision = consent.AllowedOnce
	case always.is(first) && !q.Kind.EveryTime():
		a.Decision = consent.AllowedForSession
	case block.is(first):
		a.Decision = consent.Blocked
	case no.is(first):
	default:
		return unclear, false
	}
	if a.Decision.Allowed() && r.pasted {
		return unclear, false
	}
	if len(words) == 1 {
		return a, true
	}
	kept, ok := withheldWords(words)
	if !ok || q.Kind != consent.SysInfo || !a.Decision.Allowed() {
		return unclear, false
	}
	withheld, err := consent.ParseWithheld(strings.Join(kept, " "))
	if err != nil || len(withheld.Categories)+len(withheld.Fields) == 0 {
		return unclear, false
	}
	a.Withheld = withheld
	return a, true
}

func splitAnswer(line string) []string {
	return strings.FieldsFunc(norm.NFC.String(line), func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
}

// withheldWords are what is withheld by an answer of several words, where "without"
// stands before or behind it.
func withheldWords(words []string) (kept []string, ok bool) {
	kept = words[1:]
	switch last := len(kept) - 1; {
	case len(kept) < 2:
		return nil, false
	case without.is(kept[0]):
		return kept[1:], true
	case without.is(kept[last]):
		return kept[:last], true
	}
	return nil, false
}

// withheldBy reports whether a line would withhold something, and what of it names
// nothing.
func withheldBy(line string) (kept bool, unknown string) {
	words := splitAnswer(line)
	if len(words) == 0 {
		return false, ""
	}
	list, ok := withheldWords(words)
	var bad *consent.WithholdError
	if _, err := consent.ParseWithheld(strings.Join(list, " ")); errors.As(err, &bad) {
		unknown = bad.Word
	}
	return ok, unknown
}
