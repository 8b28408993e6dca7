package main

import (
	"bytes"
	"io"
	"unicode/utf8"

	"supportd/library/text"
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
			out = append(out, text.Escape(string(in[:n]))...)
		}
		in = in[n:]
	}
	h.rest = bytes.Clone(in)
	if _, err := h.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// known returns how many bytes the first thing in s has, and whether the
// terminal may have it; 0 when its end has not come.
func known(s []byte) (n int, ok bool) {
	const escape = 0x1b
	if s[0] == escape {
		for _, seq := range wire.TerminalSequences() {
			switch {
			case bytes.HasPrefix(s, []byte(seq)):
				return len(seq), true
			case bytes.HasPrefix([]byte(seq), s):
				return 0, false
			}
		}
		return 1, false
	}
	if !utf8.FullRune(s) {
		return 0, false
	}
	r, n := utf8.DecodeRune(s)
	return n, r == '\n' || r == '\r' || !text.Hostile(r) && (r != utf8.RuneError || n > 1)
}
