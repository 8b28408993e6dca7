package main

import (
	"bytes"
	"io"
	"unicode/utf8"

	"supportd/consent"
	"supportd/library/wire"
)

// harmless writes what a customer's computer sends to a CSR's terminal. It lets
// through text, line ends, and the few escape sequences that draw a chat;
// everything else is shown escaped, so that the computer cannot drive the
// terminal, whatever runs there.
type harmless struct {
	w    io.Writer
	rest []byte // the beginning of a character or sequence
}

func (h *harmless) Write(p []byte) (int, error) {
	in := append(h.rest, p...)
	var out []byte
	for len(in) > 0 {
		n, ok := known(in)
		if n == 0 {
			break
		}
		if ok {
			out = append(out, in[:n]...)
		} else {
			out = append(out, consent.Escape(string(in[:n]))...)
		}
		in = in[n:]
	}
	h.rest = bytes.Clone(in)
	if _, err := h.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// known returns how many bytes the first thing in text has, and whether the
// terminal may have it; 0 when its end has not come.
func known(text []byte) (n int, ok bool) {
	const escape = 0x1b
	if text[0] == escape {
		for _, s := range wire.TerminalSequences() {
			switch {
			case bytes.HasPrefix(text, []byte(s)):
				return len(s), true
			case bytes.HasPrefix([]byte(s), text):
				return 0, false
			}
		}
		return 1, false
	}
	if !utf8.FullRune(text) {
		return 0, false
	}
	r, n := utf8.DecodeRune(text)
	return n, r == '\n' || r == '\r' || !consent.Hostile(r) && (r != utf8.RuneError || n > 1)
}
