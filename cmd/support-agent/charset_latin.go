package main

import (
	"errors"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// latin is ISO 8859-1, whose byte is the character of the same number, with the
// bytes that mean another character. It stands in for x/text's charmap, which
// brings the tables of forty character sets: 90 kB for two that need eight lines.
type latin map[byte]rune

var _ encoding.Encoding = latin{}

// latin1 is ISO 8859-1.
func latin1() latin { return nil }

// latin9 is ISO 8859-15, which has the euro sign. Nobody types its control
// characters above ASCII, and no text has them: to charmap they are no characters.
func latin9() latin {
	l := latin{
		0xa4: '€', 0xa6: 'Š', 0xa8: 'š', 0xb4: 'Ž',
		0xb8: 'ž', 0xbc: 'Œ', 0xbd: 'œ', 0xbe: 'Ÿ',
	}
	for b := 0x80; b < 0xa0; b++ {
		l[byte(b)] = utf8.RuneError
	}
	return l
}

// NewDecoder makes text of bytes.
func (l latin) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: latinDecoder{of: l}}
}

// NewEncoder makes bytes of text. What the set does not have is an error.
func (l latin) NewEncoder() *encoding.Encoder {
	return &encoding.Encoder{Transformer: latinEncoder{of: l}}
}

// errNotLatin says that a character is not of the set.
var errNotLatin = errors.New("the terminal does not have this character")

func (l latin) rune(b byte) rune {
	if r, other := l[b]; other {
		return r
	}
	return rune(b)
}

func (l latin) byte(r rune) (byte, error) {
	if r == utf8.RuneError {
		return 0, errNotLatin
	}
	for b, other := range l {
		if other == r {
			return b, nil
		}
	}
	if r > 0xff || l.rune(byte(r)) != r {
		return 0, errNotLatin
	}
	return byte(r), nil
}

type latinDecoder struct {
	transform.NopResetter
	of latin
}

// Transform implements transform.Transformer.
func (d latinDecoder) Transform(dst, src []byte, _ bool) (wrote, read int, err error) {
	for _, b := range src {
		r := d.of.rune(b)
		if len(dst)-wrote < utf8.RuneLen(r) {
			return wrote, read, transform.ErrShortDst
		}
		wrote += utf8.EncodeRune(dst[wrote:], r)
		read++
	}
	return wrote, read, nil
}

type latinEncoder struct {
	transform.NopResetter
	of latin
}

// Transform implements transform.Transformer.
func (e latinEncoder) Transform(dst, src []byte, atEOF bool) (wrote, read int, err error) {
	for read < len(src) {
		if !atEOF && !utf8.FullRune(src[read:]) {
			return wrote, read, transform.ErrShortSrc
		}
		r, size := utf8.DecodeRune(src[read:])
		b, err := e.of.byte(r)
		if err != nil {
			return wrote, read, err
		}
		if wrote == len(dst) {
			return wrote, read, transform.ErrShortDst
		}
		dst[wrote] = b
		wrote++
		read += size
	}
	return wrote, read, nil
}
