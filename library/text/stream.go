package text

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Writer makes a foreign stream harmless as it comes. A character may arrive in
// parts; the beginning of one waits for the rest of it.
type Writer struct {
	to     io.Writer
	escape func(string) string
	rest   []byte
}

// NewWriter returns a Writer for one of [EscapeLines] and [EscapeJSON].
func NewWriter(to io.Writer, escape func(string) string) *Writer {
	return &Writer{to: to, escape: escape}
}

// Write writes what has come whole.
func (w *Writer) Write(p []byte) (int, error) {
	in := append(w.rest, p...)
	whole := len(in) - Begun(in)
	w.rest = bytes.Clone(in[whole:])
	if _, err := io.WriteString(w.to, w.escape(string(in[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Begun is how many bytes at the end of data are the beginning of a character
// whose other bytes may still come.
func Begun(data []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		if tail := data[len(data)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
