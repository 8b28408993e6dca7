package web

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"supportd/library/text"
	"supportd/library/wire"
)

// maxTypedNumber bounds what is read as a number, in bytes.
const maxTypedNumber = 200

// typedNumber reads a number as people type and paste it. It decides no more than
// [wire.ParseNumber] does: other letters and digits stay, and are wrong.
func typedNumber(typed string) (wire.Number, error) {
	if len(typed) > maxTypedNumber {
		return "", wire.ErrNumberShape
	}
	return wire.ParseNumber(bared(typed))
}

// bared is what was typed in the digits of any keyboard, without what stands between
// them, and without what a message has behind a link.
func bared(typed string) string {
	plain := strings.NewReplacer("번호", "", "번", "").Replace(norm.NFKC.String(typed)) // Korean for number
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || r == '<' || r == '>' || text.Hostile(r) && r > unicode.MaxASCII {
			return -1
		}
		return r
	}, plain)
}

// grouped is what was typed and is no number as it is shown again: digits in groups of
// three, as every number is, so that people can compare them with what they hear.
func grouped(typed string) string {
	digits := ""
	if len(typed) <= maxTypedNumber {
		digits = bared(typed)
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return text.Plain(typed, maxTyped)
	}
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && i%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(digit)
	}
	return text.Plain(b.String(), maxTyped)
}
