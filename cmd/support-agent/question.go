package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"supportd/consent"
	"supportd/daemon/lineedit"
	"supportd/daemon/sysinfo/document"
	"supportd/library/text"
)

// Name implements [consent.Prompter].
func (s *screen) Name() string { return "terminal" }

// Ask implements [consent.Prompter]: only a whole word is an answer, and
// everything that is none is No.
func (s *screen) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	defer s.takeTerminal(ctx)()
	s.begin()
	defer s.end()
	for {
		line, err := s.put(ctx, s.question(q))
		if err == nil && show.is(line) && len(q.Programs) > 0 {
			if err = s.showPrograms(ctx, q); err == nil {
				continue
			}
		}
		switch {
		case ctx.Err() != nil:
			s.write("\n" + phrase(s.lang, questionClosed) + "\n")
			return consent.Answer{}, context.Cause(ctx)
		case err != nil && !errors.Is(err, io.EOF):
			return consent.Answer{}, consent.ErrNobody // the terminal is gone
		}
		a, understood := s.parse(q, line)
		if a.Decision.Allowed() && pasted(s.in) {
			a, understood = consent.Answer{}, false
		}
		if !understood {
			a.Why = consent.Unclear
		}
		a.Question = q.ID
		outcome := s.outcome(a, understood)
		if strings.Contains(line, lineedit.PasteBegins) {
			outcome = phrase(s.lang, pasteUnclear)
		}
		s.write(s.notice(outcome) + "\n")
		return a, nil
	}
}

// question is the whole question with its prompt, in one piece. Where it is higher
// than the window, who wants what stands below the words that answer it: what has
// scrolled away must not be what is allowed.
func (s *screen) question(q consent.Question) string {
	var what, words strings.Builder
	s.wrap(&what, "", q.Sentence(s.lang))
	for _, line := range q.Details(s.lang) {
		s.wrap(&what, "  │ ", line) // foreign text, so no row of it may begin like a choice
	}
	s.wrap(&words, "", phrase(s.lang, howToAnswer))
	s.table(&words, choices(q))
	first, then := what.String(), words.String()
	const others = 4 // the rule, empty lines, the prompt
	if strings.Count(first, "\n")+strings.Count(then, "\n")+others > s.height() {
		first, then = then, first
	}
	return "\n" + s.rule() + "\n" + first + "\n" + then + phrase(s.lang, promptAnswer) + " "
}

// table writes choices: the word, and what it means.
func (s *screen) table(b *strings.Builder, choices []key) {
	const before, between, most = 2, 2, 10
	column := 0
	for _, choice := range choices {
		word, _, _ := strings.Cut(phrase(s.lang, choice), "\t")
		if w := text.MostWidth(word); w <= most {
			column = max(column, w+between)
		}
	}
	for _, choice := range choices {
		word, meaning, _ := strings.Cut(phrase(s.lang, choice), "\t")
		line := strings.Repeat(" ", before) + word
		if w := text.MostWidth(word); w <= most {
			line += strings.Repeat(" ", column-w)
		} else {
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", before+column)
		}
		for room := s.width() - before - column; ; line = strings.Repeat(" ", before+column) {
			n := text.Fit(meaning, room)
			b.WriteString(line + strings.TrimRight(meaning[:n], " ") + "\n")
			if meaning = meaning[n:]; meaning == "" {
				break
			}
		}
	}
}

// choices are the words that may answer a question.
func choices(q consent.Question) []key {
	list := []key{choiceYes}
	if !q.Kind.EveryTime() {
		list = append(list, choiceAlways)
	}
	if q.Kind == consent.SysInfo {
		list = append(list, choiceWithout)
	}
	list = append(list, choiceNo, choiceBlock)
	if len(q.Programs) > 0 {
		list = append(list, choiceShow)
	}
	return list
}

func (s *screen) outcome(a consent.Answer, understood bool) string {
	key := answeredNo
	switch {
	case !understood:
		key = notUnderstood
	case a.Decision == consent.AllowedForSession:
		key = answeredAlways
	case a.Decision == consent.AllowedOnce:
		key = answeredYes
	case a.Decision == consent.Blocked:
		key = answeredBlock
	}
	return phrase(s.lang, key)
}

// parse reads an answer: a word, and behind a yes to a look at the system
// information what is withheld, with "without" on the side where the language has it.
func (s *screen) parse(q consent.Question, line string) (a consent.Answer, understood bool) {
	words := strings.FieldsFunc(ownWords(line), func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	if len(words) == 0 {
		return consent.Answer{}, false
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
		return consent.Answer{}, false
	}
	kept := words[1:]
	if len(kept) == 0 {
		return a, true
	}
	switch last := len(kept) - 1; {
	case without.is(kept[0]):
		kept = kept[1:]
	case without.is(kept[last]):
		kept = kept[:last]
	default:
		return consent.Answer{}, false
	}
	withheld, err := parseWithheld(strings.Join(kept, " "))
	if q.Kind != consent.SysInfo || !a.Decision.Allowed() || err != nil || len(kept) == 0 {
		return consent.Answer{}, false
	}
	a.Withheld = withheld
	return a, true
}

// ownWords puts the program's names for what can be withheld in the place of those
// that a question in Korean has for them.
func ownWords(line string) string {
	return strings.NewReplacer("사용자 이름", "user-names", "일련번호", "serials", "주소", "addresses").Replace(norm.NFC.String(line))
}

// parseWithheld reads categories and kinds of field, separated by commas or
// spaces.
func parseWithheld(list string) (w consent.Withheld, err error) {
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		if class, err := document.ParseClass(strings.ReplaceAll(name, "-", "_")); err == nil {
			w.Fields = append(w.Fields, strings.ReplaceAll(string(class), "_", "-"))
			continue
		}
		category, err := document.ParseCategory(name)
		if err != nil {
			return consent.Withheld{}, fmt.Errorf("%w, user-names, serials, addresses", err)
		}
		w.Categories = append(w.Categories, string(category))
	}
	return w, nil
}
