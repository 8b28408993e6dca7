package text

import (
	"strings"
	"unicode/utf8"
)

// A Pair is a Korean particle in its two forms: behind a consonant, and behind a vowel.
type Pair struct{ consonant, vowel string }

// The particles.
var (
	Topic   = Pair{"은", "는"}
	Subject = Pair{"이", "가"}
	Object  = Pair{"을", "를"}
	With    = Pair{"과", "와"}
	By      = Pair{"으로", "로"} // ㄹ counts as a vowel
	Called  = Pair{"이라는", "라는"}
)

// both is what is written where the sound is not known: "을(를)".
func (p Pair) both() string {
	if rest, ok := strings.CutSuffix(p.consonant, p.vowel); ok {
		return "(" + rest + ")" + p.vowel
	}
	return p.consonant + "(" + p.vowel + ")"
}

// Particle is the form of a particle that stands behind a word. It is known behind
// Hangul and digits, and behind Latin letters that are read one by one, as in HTML;
// behind everything else both forms stand there.
func Particle(word string, p Pair) string {
	word = strings.TrimRight(word, "\"'”’)]» ")
	last, _ := utf8.DecodeLastRuneInString(word)
	final := -1 // as in Unicode's Hangul syllables: 0 none, 8 is ㄹ
	switch {
	case last >= '가' && last <= '힣':
		final = int(last-'가') % 28
	case last >= '0' && last <= '9':
		final = [...]int{21, 8, 0, 16, 0, 0, 1, 8, 8, 0}[last-'0'] // 영 일 이 삼 사 오 육 칠 팔 구
	case last < utf8.RuneSelf && acronym(word):
		switch last {
		case 'L', 'R': // 엘, 알
			final = 8
		case 'M', 'N': // 엠, 엔
			final = 16
		default:
			final = 0
		}
	}
	switch {
	case final < 0:
		return p.both()
	case final == 0, final == 8 && p == By:
		return p.vowel
	}
	return p.consonant
}

// acronym reports whether a word ends in capital letters that are read one by one.
func acronym(word string) bool {
	n := 0
	for i := len(word) - 1; i >= 0 && word[i] >= 'A' && word[i] <= 'Z'; i-- {
		n++
	}
	return n >= 2 && n == len(word)
}
