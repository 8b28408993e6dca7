package main

import (
	"slices"
	"strings"

	"supportd/consent"
	"supportd/library/text"
)

// question is the whole question without its prompt, in one piece; note stands
// above it, if there is one. Who asks for what and every word that answers it stand
// in the window together, also in a small one: what has scrolled away must not be
// what is allowed. again says that all of it stood there before, so that what does not
// fit is not shown once more.
func (s *screen) question(q consent.Question, note string, again bool) string {
	if note != "" {
		note = s.notice(note) + "\n"
	}
	most := s.height() - 1 // the last row is the prompt's
	who := s.notice(q.Sentence(s.lang)) + "\n"
	if full := note + "\n" + s.rule() + "\n" + who + s.details(s.listed(q)) + "\n" + s.meanings(q); !again && rows(full) <= most {
		return full
	}
	words := s.words(q)
	what := s.details(q.Outline(s.lang))
	if small := note + who + what + words; rows(small) < most {
		return "\n" + small
	} else if rows(small) == most {
		return small
	}
	// All of it once, and below that as much as fits; the words in any case.
	all := "\n" + s.rule() + "\n" + what + s.rule() + "\n"
	if again {
		all = "\n"
	}
	lines := strings.SplitAfter(what, "\n")
	above := s.notice(phrase(s.lang, moreAbove)) + "\n"
	room := most - rows(note) - rows(who) - rows(words)
	switch {
	case room > rows(above):
		room -= rows(above)
	case room > 0:
		above = ""
	default: // a very small window
		above, words = "", s.bareWords(q)
		room = max(0, most-rows(note)-rows(who)-rows(words))
	}
	return all + note + who + strings.Join(lines[:min(room, len(lines))], "") + above + words
}

// listed are the details of a question but for the hashes, which stand with the text
// of the programs.
func (s *screen) listed(q consent.Question) []string {
	if q.Kind == consent.SysInfo {
		return q.Details(s.lang)
	}
	return q.Outline(s.lang)
}

func rows(text string) int { return strings.Count(text, "\n") }

// details have a bar before each row: they are foreign text, so no row of them may
// begin like a choice.
func (s *screen) details(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		s.wrap(&b, "  │ ", line)
	}
	return b.String()
}

// meanings lists the words that answer, each with what it means in full.
func (s *screen) meanings(q consent.Question) string {
	if q.Kind == consent.Words {
		return s.pairs(q) + "\n"
	}
	var b strings.Builder
	s.wrap(&b, "", phrase(s.lang, howToAnswer))
	s.table(&b, choices(q, true))
	return b.String() + "\n"
}

// bareWords are nothing but the words, for a window that has no room for what they
// mean.
func (s *screen) bareWords(q consent.Question) string {
	if q.Kind == consent.Words {
		return s.pairs(q)
	}
	var words []string
	for _, c := range choices(q, false) {
		word, _, _ := strings.Cut(phrase(s.lang, c), "\t")
		words = append(words, word)
	}
	var b strings.Builder
	s.wrap(&b, "", phrase(s.lang, howInShort))
	s.wrap(&b, "", strings.Join(words, " / "))
	return b.String()
}

// words lists them in short, several in a row.
func (s *screen) words(q consent.Question) string {
	if q.Kind == consent.Words {
		return s.pairs(q)
	}
	var b strings.Builder
	s.wrap(&b, "", phrase(s.lang, howInShort))
	row := ""
	for _, c := range choices(q, false) {
		word, _, _ := strings.Cut(phrase(s.lang, c), "\t")
		item := word + " = " + phrase(s.lang, inShort(c))
		if next := row + "   " + item; row != "" && text.MostWidth(next) <= s.width() {
			row = next
			continue
		}
		if row != "" {
			s.wrap(&b, "", row)
		}
		row = item
	}
	s.wrap(&b, "", row)
	return b.String()
}

// table writes choices: the word, and what it means.
func (s *screen) table(b *strings.Builder, choices []key) {
	lines := make([]string, len(choices))
	for i, choice := range choices {
		lines[i] = phrase(s.lang, choice)
	}
	s.columns(b, lines)
}

// columns writes lines that have a word, a tab and what it means.
func (s *screen) columns(b *strings.Builder, choices []string) {
	const before, between, most = 2, 2, 10
	column := 0
	for _, choice := range choices {
		word, _, _ := strings.Cut(choice, "\t")
		if w := text.MostWidth(word); w <= most {
			column = max(column, w+between)
		}
	}
	for _, choice := range choices {
		word, meaning, _ := strings.Cut(choice, "\t")
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

// choices are the words that may answer a question. Where all topics are listed already
// there is no word for it.
func choices(q consent.Question, listed bool) []key {
	list := []key{choiceYes}
	if !q.Kind.EveryTime() {
		list = append(list, choiceAlways)
	}
	if q.Kind == consent.SysInfo {
		without := choiceWithoutTopics
		if len(q.Categories) == 1 {
			without = choiceWithout // there would be nothing left
		}
		list = append(list, without)
	}
	list = append(list, choiceNo, choiceBlock)
	if len(q.Programs) > 0 {
		list = append(list, choiceShow)
	}
	if listsTopics(q) && !listed {
		list = append(list, choiceTopics)
	}
	return list
}

// listsTopics reports whether a question asks for more topics than can always be
// shown, so that the word for reading more lists them.
func listsTopics(q consent.Question) bool {
	return q.Kind == consent.SysInfo && len(q.Categories) == 0
}

// inShort is the meaning of a choice for a small window.
func inShort(choice key) key {
	short := map[key]key{
		choiceYes: shortYes, choiceAlways: shortAlways, choiceWithout: shortWithout, choiceWithoutTopics: shortWithout,
		choiceNo: shortNo, choiceBlock: shortBlock, choiceShow: shortShow, choiceTopics: shortTopics,
	}
	return short[choice]
}

// showTopics lists what all topics are.
func (s *screen) showTopics() string {
	topics := consent.Categories()
	lines := make([]string, len(topics))
	for i, id := range topics {
		lines[i] = consent.NameCategories([]string{id}, s.lang)
	}
	return "\n" + s.details(slices.Clip(lines))
}
