package main

import (
	"bytes"
	"strings"
	"testing"

	"supportd/library/text"
	"supportd/library/wire"
)

func TestC12_ComputerDrivesNoTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"안녕\r\n":                       "안녕\r\n",
		"\r\x1b[K> a\x1b[36mb\x1b[m":   "\r\x1b[K> a\x1b[36mb\x1b[m",
		"\x1b[?2004hx\x1b[?2004l":      "\x1b[?2004hx\x1b[?2004l",
		"\x1b]52;c;ZXZpbA==\x07":       `\x1b]52;c;ZXZpbA==\x07`,
		"\x1b[2J\x1b[31m\x1b[?2004x":   `\x1b[2J\x1b[31m\x1b[?2004x`,
		"\u202e\u200b\u009b2J\b\x0e\t": `\u202e\u200b\x9b2J\x08\x0e\t`,
		"\xff\xc3(\xed\xa0\x80":        `\xff\xc3(\xed\xa0\x80`,
		"\ufffd":                       "\ufffd",
	} {
		for size := 1; size <= len(in); size++ {
			var out bytes.Buffer
			h := &harmless{w: &out}
			for i := 0; i < len(in); i += size {
				if n, err := h.Write([]byte(in[i:min(i+size, len(in))])); err != nil || n == 0 {
					t.Fatal(n, err)
				}
			}
			if out.String() != want {
				t.Errorf("%q in pieces of %d is %q, want %q", in, size, out.String(), want)
			}
		}
	}
}

func FuzzC12_Harmless(f *testing.F) {
	for _, s := range append(wire.TerminalSequences(), "\x1b[?2004", "\xe1\x84", "\x1b]0;x\x07", "\x1b\x1b[K", "안녕\r\n") {
		f.Add([]byte(s), []byte("\x1b[K"))
	}
	var known []string
	for _, s := range append(wire.TerminalSequences(), "\r", "\n") {
		known = append(known, s, "")
	}
	drop := strings.NewReplacer(known...)
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var out, whole bytes.Buffer
		h := &harmless{w: &out}
		for _, p := range [][]byte{a, b} {
			if n, err := h.Write(p); err != nil || n != len(p) {
				t.Fatal(n, err)
			}
		}
		if _, err := (&harmless{w: &whole}).Write(append(bytes.Clone(a), b...)); err != nil || whole.String() != out.String() {
			t.Fatalf("%q, at once %q, %v", out.String(), whole.String(), err)
		}
		if len(h.rest) > 8 || strings.ContainsFunc(drop.Replace(out.String()), text.Hostile) {
			t.Fatalf("%q goes out, %q waits", out.String(), h.rest)
		}
	})
}
