package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// latins are ours beside the tables that they stand in for.
var latins = []struct {
	locale string
	ours   latin
	tables encoding.Encoding
}{
	{"de_DE.ISO-8859-1", latin1(), charmap.ISO8859_1},
	{"de_DE.ISO-8859-15", latin9(), charmap.ISO8859_15},
}

func TestLatinDecodesAsTheTablesDo(t *testing.T) {
	for _, c := range latins {
		var all []byte
		for b := range 256 {
			all = append(all, byte(b))
		}
		want, err := c.tables.NewDecoder().Bytes(all)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.ours.NewDecoder().Bytes(all); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: all bytes are %q, %v, want %q", c.locale, got, err, want)
		}
		terminal := charsetOf(func(string) string { return c.locale })
		if got := terminal.decode(all); !bytes.Equal(got, want) {
			t.Errorf("%s: all keys are %q, want %q", c.locale, got, want)
		}
		if got := string(terminal.encode(string(want[:128]) + "äöüß")); got != string(all[:128])+"\xe4\xf6\xfc\xdf" {
			t.Errorf("%s: text is the bytes %x", c.locale, got)
		}
	}
}

func TestLatinEncodesAsTheTablesDo(t *testing.T) {
	for _, c := range latins {
		ours, tables := c.ours.NewEncoder(), c.tables.NewEncoder()
		for r := range rune(0x3000) {
			s := utf8.AppendRune(nil, r)
			want, wantErr := tables.Bytes(s)
			got, err := ours.Bytes(s)
			if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
				t.Fatalf("%s: %U is %x, %v, want %x, %v", c.locale, r, got, err, want, wantErr)
			}
		}
		for _, s := range []string{"", "\xff", "a\xe2\x82", "한글", "😀", "\U0010ffff", "\ufffd"} {
			want, wantErr := tables.String(s)
			got, err := ours.String(s)
			if (err == nil) != (wantErr == nil) || err == nil && got != want {
				t.Errorf("%s: %q is %q, %v, want %q, %v", c.locale, s, got, err, want, wantErr)
			}
		}
		// More than what is made at once, so that both ends are met in the middle of it.
		long := strings.Repeat("aé", 3000)
		want, _ := tables.String(long)
		if got, err := ours.String(long); err != nil || got != want {
			t.Errorf("%s: a long text is %d bytes, %v, want %d", c.locale, len(got), err, len(want))
		}
		if got, err := c.ours.NewDecoder().String(want); err != nil || got != long {
			t.Errorf("%s: a long text's bytes are %d bytes of text, %v, want %d", c.locale, len(got), err, len(long))
		}
	}
}
