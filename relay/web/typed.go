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

// typedNumber reads a number as people type and paste it, in the digits of any keyboard,
// with what stands between them, and with what a message has behind a link. It decides no
// more than [wire.ParseNumber] does: other letters and digits stay, and are wrong.
func typedNumber(typed string) (wire.Number, error) {
	if len(typed) > maxTypedNumber {
		return "", wire.ErrNumberShape
	}
	plain := strings.NewReplacer("번호", "", "번", "").Replace(norm.NFKC.String(typed)) // Korean for number
	return wire.ParseNumber(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || r == '<' || r == '>' || text.Hostile(r) && r > unicode.MaxASCII {
			return -1
		}
		return r
	}, plain))
}
