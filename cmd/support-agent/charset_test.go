package main

import (
	"strings"
	"testing"
)

// Q8: a terminal gets the bytes that it shows, and its keys are read as what they are,
// however they are cut.
func TestK2Q8_TerminalsOfOtherCharacterSets(t *testing.T) {
	for locale, want := range map[string]string{
		"ko_KR.UTF-8": "네, 가─│…", "ko_KR": "네, 가─│…", "C": "네, 가─│…", "": "네, 가─│…", "ko_KR.eucKR": "\xb3\xd7, \xb0\xa1\xa6\xa1\xa6\xa2\xa1\xa6", "ko_KR.EUC-KR": "\xb3\xd7, \xb0\xa1\xa6\xa1\xa6\xa2\xa1\xa6",
		"ko_KR.CP949": "\xb3\xd7, \xb0\xa1\xa6\xa1\xa6\xa2\xa1\xa6", "en_US.ISO-8859-1": "?, ?-|...", "de_DE.ISO8859-15@euro": "?, ?-|...",
	} {
		c := charsetOf(func(name string) string {
			if name == "LANG" {
				return locale
			}
			return ""
		})
		if got := string(c.encode("네, 가─│…")); got != want {
			t.Errorf("%s: %q, want %q", locale, got, want)
		}
	}
	for name, locale := range map[string]string{"LC_ALL": "ko_KR.eucKR", "LC_CTYPE": "ko_KR.eucKR"} {
		c := charsetOf(func(n string) string { return map[string]string{name: locale, "LANG": "en_US.UTF-8"}[n] })
		if c.encoding == nil {
			t.Errorf("%s does not go before LANG", name)
		}
	}
	c := charsetOf(func(string) string { return "ko_KR.eucKR" })
	if got := string(c.encode("👍é" + strings.Repeat("가", 3))); got != "??\xb0\xa1\xb0\xa1\xb0\xa1" {
		t.Errorf("%q", got)
	}
	const typed = "네, 일련번호 제외\r\x1b[D\x7f"
	keys := c.encode(typed)
	for size := 1; size <= len(keys); size++ {
		var got strings.Builder
		for at := 0; at < len(keys); at += size {
			got.Write(c.decode(keys[at:min(at+size, len(keys))]))
		}
		if got.String() != typed {
			t.Errorf("in pieces of %d: %q", size, got.String())
		}
	}
	var plain charset
	if string(plain.decode([]byte("\xff"))) != "\xff" || string(plain.encode("\xff가")) != "\xff가" {
		t.Error("UTF-8 is changed")
	}
}
