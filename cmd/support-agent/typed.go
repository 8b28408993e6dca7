package main

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
)

// mistake is what is wrong with something that a person typed: the text about it,
// and what they may have meant, if that can be guessed.
type mistake struct {
	key   key
	args  []any
	meant string
}

// wrong makes a mistake; texts in args are made harmless.
func wrong(k key, args ...any) *mistake {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = text.Plain(s, 40)
		}
	}
	return &mistake{key: k, args: args}
}

// plainTyped is what a person typed in the characters that were meant: Korean and
// other keyboards have wide letters, digits, commas and full stops, and phones make one
// dash of two, and curly quotes.
func plainTyped(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r), r == '\u2212': // dashes and the minus sign
			return '-'
		case r == '。', r == '｡':
			return '.'
		case r == '、':
			return ','
		case text.Hostile(r) && !unicode.IsSpace(r) && r > unicode.MaxASCII:
			return -1 // what cannot be seen came with a copied text
		}
		return r
	}, norm.NFKC.String(s))
	return strings.Trim(strings.TrimSpace(s), "\"'“”‘’`<>")
}

// numberOf reads a session number as people type and paste it. What stands between
// the digits does not count, other characters do.
func numberOf(typed string) (wire.Number, *mistake) {
	const most = 200
	s := plainTyped(typed[:min(len(typed), most)])
	for _, word := range []string{"번호", "번"} { // Korean for number: in front of it or behind it
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, word), word))
	}
	var digits strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case unicode.IsSpace(r), strings.ContainsRune("-.,·•_/#()~:ー\u3161\u1173", r): // the last two are ㅡ, which stands beside the digits of a Korean keyboard
		case strings.ContainsRune("oO", r):
			return "", wrong(numberLetter, string(r), "0")
		case strings.ContainsRune("lI|", r):
			return "", wrong(numberLetter, string(r), "1")
		default:
			return "", wrong(numberSign, string(r))
		}
	}
	d := digits.String()
	switch {
	case len(d) != wire.NumberDigits:
		return "", wrong(numberCount, len(d))
	case d[0] == '0':
		return "", wrong(numberZero)
	}
	n, err := wire.ParseNumber(d)
	if err != nil {
		return "", wrong(numberMistyped)
	}
	return n, nil
}

// keyOf reads a key's fingerprint: SHA256: and 43 characters.
func keyOf(typed string) (string, *mistake) {
	const prefix, length = "SHA256:", 43
	s := strings.TrimRight(strings.Join(strings.Fields(plainTyped(typed)), ""), "=")
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		s = s[len(prefix):]
	}
	other := func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+' && r != '/'
	}
	if at := strings.IndexFunc(s, other); at >= 0 {
		return "", wrong(keySign, strconv.QuoteRune([]rune(s[at:])[0]))
	}
	switch {
	case len(s) != length:
		return "", wrong(keyLength, len(s))
	case wire.CheckFingerprint(prefix+s) != nil: // four bits are too many in the last one
		return "", wrong(keyLast, strconv.Quote(s[length-1:]))
	}
	return prefix + s, nil
}

// mistyped reports whether a fingerprint is another one but for a few characters,
// and says which.
func (p *program) mistyped(typed, seen, relay string) (string, bool) {
	groups := wire.Mistyped(typed, seen)
	if len(groups) == 0 {
		return "", false
	}
	var differ []string
	for _, g := range groups {
		differ = append(differ, phrase(p.lang, keyGroup, g.From, g.To, g.Typed, relay, g.Seen))
	}
	return strings.Join(differ, "; "), true
}

// hint is what helps against a mistake, k where nothing better is known.
func (p *program) hint(m *mistake, k key) string {
	switch {
	case m.meant != "":
		return phrase(p.lang, addressMeant, m.meant)
	case m.key == numberSign:
		return phrase(p.lang, numberOnlyHint)
	}
	return phrase(p.lang, k)
}

// hintAsked is [program.hint] where it was asked for, so that the bare address is typed.
func (p *program) hintAsked(m *mistake, k key) string {
	if m.meant != "" {
		return phrase(p.lang, addressMeantAsked, m.meant)
	}
	return p.hint(m, k)
}

// refuse is a mistake as an error, with a hint for where nothing better is known.
func (p *program) refuse(m *mistake, where string, hint key) error {
	return cmdline.Usage(p.hint(m, hint), "%s", where+phrase(p.lang, m.key, m.args...))
}

// anyAnswer reports whether a line is nothing but a word that answers a question,
// also one that was typed with wide letters or the Korean layout of the keyboard.
func anyAnswer(line string) bool {
	if words := splitAnswer(line); len(words) > 1 && (yes.is(words[0]) || always.is(words[0])) {
		_, ok := withheldWords(words)
		return ok
	}
	line = norm.NFKC.String(strings.TrimSpace(line))
	for w := yes; w < without; w++ {
		if w.is(line) {
			return true
		}
	}
	return line == norm.NFKC.String("ㅛㄷㄴ") || line == norm.NFKC.String("ㅜㅐ") // yes and no
}
