package main

import (
	"os"
	"strings"

	"supportd/library/text"
)

// problems is where errors go: on a terminal they are broken between words, and
// what is a hint is said in the customer's language.
type problems struct {
	out     *os.File
	lang    text.Language
	charset charset
}

// Write takes whole lines.
func (p problems) Write(lines []byte) (int, error) {
	s := &screen{out: p.out, lang: p.lang}
	_, _, onTerminal := s.size()
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(string(lines), "\n"), "\n") {
		if hint, ok := strings.CutPrefix(line, "hint: "); ok {
			line = phrase(p.lang, hintLabel) + ": " + hint
		}
		if !onTerminal {
			b.WriteString(line + "\n")
			continue
		}
		s.wrap(&b, "", line)
	}
	if _, err := p.out.Write(p.charset.encode(b.String())); err != nil {
		return 0, err
	}
	return len(lines), nil
}
