package main

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// word is something that a customer answers with.
type word int

// The answers.
const (
	yes word = iota
	always
	no
	block
	show
	without
	none
	later
	compare // is typed outside of any question
)

// spellings of the word in every language: whoever is asked in one may answer
// in the other.
func (w word) spellings() []string {
	switch w {
	case yes:
		return []string{"yes", "네", "예"}
	case always:
		return []string{"always", "항상"}
	case no:
		return []string{"no", "아니요", "아니오"}
	case block:
		return []string{"block", "차단"}
	case show:
		return []string{"t", "text", "보기"}
	case without:
		return []string{"without", "제외"}
	case none:
		return []string{"none", "0", "없음", "이 중에 없음"}
	case later:
		return []string{"later", "나중에"}
	case compare:
		return []string{"words", "단어"}
	}
	return nil
}

// is reports whether the word stands there, and nothing else but the mark with
// which one ends a sentence. Korean keyboards may send a syllable in one piece or
// in its parts.
func (w word) is(s string) bool {
	s = norm.NFC.String(strings.ToLower(strings.TrimSpace(s)))
	return slices.Contains(w.spellings(), strings.TrimRight(s, ".!。"))
}
