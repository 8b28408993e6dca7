package text

import (
	"regexp"
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
	for n < len(word) && word[len(word)-1-n] >= 'A' && word[len(word)-1-n] <= 'Z' {
		n++
	}
	return n >= 2 && (n == len(word) || strings.IndexByte(" \"'(", word[len(word)-1-n]) >= 0)
}

// both are the ways in which texts write both forms of a particle.
var both = regexp.MustCompile(`은\(는\)|\(은\)는|이\(가\)|을\(를\)|\(을\)를|과\(와\)|\(으\)로|\(이\)라`)

// pairs are what each of them stands for.
var pairs = map[string]Pair{"은(는)": Topic, "(은)는": Topic, "이(가)": Subject, "을(를)": Object, "(을)를": Object, "과(와)": With, "(으)로": By, "(이)라": {"이라", "라"}}

// Particles puts the right form where a Korean text has both, as in "%s을(를)", once
// what stands before them is known; where the sound is not known both stay.
func Particles(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	var b strings.Builder
	at := 0
	for _, m := range both.FindAllStringIndex(s, -1) {
		b.WriteString(s[at:m[0]])
		if p := Particle(s[:m[0]], pairs[s[m[0]:m[1]]]); strings.Contains(p, "(") {
			b.WriteString(s[m[0]:m[1]])
		} else {
			b.WriteString(p)
		}
		at = m[1]
	}
	return b.String() + s[at:]
}
