package main

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	hangul "golang.org/x/text/encoding/korean"
)

// charset is how a terminal writes characters as bytes. The zero charset is UTF-8.
type charset struct {
	encoding encoding.Encoding // nil is UTF-8
	rest     *[]byte           // the beginning of a character whose end has not been typed
}

// charsetOf is what the locale in the environment names behind its dot, as
// setlocale(3) and locale(7) have it, e.g. ko_KR.eucKR. A locale without one is
// UTF-8: that is what terminals are today.
func charsetOf(getenv func(string) string) charset {
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale = getenv(name); locale != "" {
			break
		}
	}
	_, name, _ := strings.Cut(locale, ".")
	name, _, _ = strings.Cut(name, "@")
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name)) {
	case "euckr", "cp949", "uhc", "ksc5601", "ksc56011987", "ms949":
		return charset{hangul.EUCKR, new([]byte)} // that and its extension, code page 949
	case "iso88591", "latin1":
		return charset{latin1(), new([]byte)}
	case "iso885915", "latin9":
		return charset{latin9(), new([]byte)}
	}
	return charset{}
}

// encode makes bytes of text. What the terminal does not have becomes something
// like it, or a question mark.
func (c charset) encode(s string) []byte {
	if c.encoding == nil {
		return []byte(s)
	}
	e := c.encoding.NewEncoder()
	if b, err := e.Bytes([]byte(s)); err == nil {
		return b
	}
	var out bytes.Buffer
	for _, r := range s {
		b, err := e.Bytes(utf8.AppendRune(nil, r))
		if err != nil {
			b = []byte(instead(r))
		}
		out.Write(b)
	}
	return out.Bytes()
}

// instead is what stands for a character that a terminal does not have.
func instead(r rune) string {
	switch r {
	case '─':
		return "-"
	case '│':
		return "|"
	case '…':
		return "..."
	case '·', '•':
		return "*"
	case '“', '”':
		return "\""
	case '‘', '’':
		return "'"
	}
	return "?"
}

// decode makes text of keys, which may be cut anywhere. It is called by whoever
// reads the terminal, one at a time.
func (c charset) decode(keys []byte) []byte {
	if c.encoding == nil {
		return keys
	}
	in := append(*c.rest, keys...)
	out := make([]byte, utf8.UTFMax*len(in))
	wrote, read, _ := c.encoding.NewDecoder().Transform(out, in, false)
	*c.rest = bytes.Clone(in[read:])
	return out[:wrote]
}

// writer makes text bytes before it goes to w, in whole characters.
func (c charset) writer(w io.Writer) io.Writer {
	if c.encoding == nil {
		return w
	}
	return encodedWriter{w, c}
}

type encodedWriter struct {
	to      io.Writer
	charset charset
}

// Write takes whole characters.
func (w encodedWriter) Write(p []byte) (int, error) {
	if _, err := w.to.Write(w.charset.encode(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
