package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"supportd/library/text"
	"supportd/library/wire"
)

// Q5: a number is understood however a phone or a keyboard writes it, and what is
// wrong is said by its cause.
func TestK2Q5_NumbersAsPeopleTypeThem(t *testing.T) {
	for _, typed := range []string{
		"482913077", "482 913 077", " 482-913-077 ", "482.913.077", "４８２ ９１３ ０７７", "４８２９１３０７７", "482–913—077", "482\u2011913\u2011077",
		"482\u00a0913\u2009077", "482,913,077", "“482 913 077”", "𝟒𝟖𝟐𝟗𝟏𝟑𝟎𝟕𝟕", "482\u200b913\u200b077", "482·913·077", "482/913/077", "４８２－９１３－０７７",
		"482913077번", "482 913 077 번호", "번호: 482 913 077", "#482913077", "(482) 913-077", "（482）913 077", "482~913~077", "482～913～077", "482ㅡ913ㅡ077", "482ー913ー077",
	} {
		if n, m := numberOf(typed); m != nil || n != "482913077" {
			t.Errorf("%q: %q, %+v", typed, n, m)
		}
	}
	for typed, want := range map[string]key{
		"48291307": numberCount, "4829130777": numberCount, "": numberCount, "---": numberCount, "482 913 O77": numberLetter, "482 9l3 077": numberLetter,
		"482913070": numberMistyped, "082913077": numberZero, "$(touch x)": numberSign, "482x913077": numberSign, "\x1b[2J482913077": numberSign, "482+913077": numberSign,
		strings.Repeat("4", 1_000_000): numberCount,
	} {
		if n, m := numberOf(typed); m == nil || m.key != want || n != "" {
			t.Errorf("%.40q: %q, %+v", typed, n, m)
		}
	}
}

// Q5: an address likewise; what was probably meant is said where it can be guessed.
func TestK2Q5_AddressesAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"ｒｅｌａｙ．ｅｘａｍｐｌｅ：２２２２": "relay.example:2222", "relay。example": "relay.example", " relay.example ": "relay.example",
		"지원.example": "xn--sp5bt7c.example", "fe80::1%eth0": "[fe80::1%eth0]:2222", "“relay.example”": "relay.example", "relay–1.example": "relay-1.example",
		"https://h": "https://h", "HTTPS://Relay.Example/": "https://relay.example", "ｈｔｔｐｓ：／／ｒｅｌａｙ。ｅｘａｍｐｌｅ": "https://relay.example", "relay.example/": "relay.example",
		"relay.example.": "relay.example", "2001:db8::1": "[2001:db8::1]", "relay.example, relay2.example:22": "relay.example relay2.example:22",
		"a.example、b.example": "a.example b.example", "a.example，b.example；c.example": "a.example b.example c.example",
		"“a.example” “b.example”": "a.example b.example", "a.example a.example": "a.example",
	} {
		got, m := addresses(typed)
		texts := make([]string, len(got))
		for i, a := range got {
			texts[i] = a.String()
		}
		if m != nil || strings.Join(texts, " ") != want {
			t.Errorf("%q: %q, %+v", typed, texts, m)
		}
	}
	for typed, want := range map[string]struct {
		key   key
		meant string
	}{
		"http://h": {addressScheme, "h"}, "https://relay.example/j/482": {addressPart, "https://relay.example"}, "ssh://h:22": {addressScheme, "h:22"},
		"relay.example/x": {addressPart, "relay.example"}, "alice@relay.example": {addressBefore, "relay.example"}, "https://alice@relay.example": {addressBefore, "https://relay.example"},
		"relay.example 2222": {addressSign, "relay.example:2222"}, "relay.example, 482913077": {addressEmpty, ""},
		"h:22:22": {addressSign, ""}, "h:0": {addressNumber, ""}, "h:ssh": {addressNumber, ""}, "h:99999": {addressNumber, ""}, "https://": {addressEmpty, ""},
		"[::1]:x": {addressNumber, ""}, "[relay.example]": {addressSign, ""}, "https://h:x": {addressNumber, ""}, "relay_.example!:22": {addressSign, ""},
		"-oProxyCommand=x": {addressSign, ""}, "": {addressEmpty, ""}, " , ": {addressEmpty, ""}, "a\x1b[2Jb:22": {addressSign, ""},
	} {
		if got, m := addresses(typed); m == nil || m.key != want.key || m.meant != want.meant || got != nil {
			t.Errorf("%q: %q, %+v", typed, got, m)
		}
	}
}

// Q5: a space for the dot is told; two hosts and a word in front of one are not.
func TestK2Q5_ASpaceForTheDot(t *testing.T) {
	for typed, meant := range map[string]string{
		"relay example": "relay.example", " support　example ": "support.example",
		"a, b": "", "relay a.example": "", "relay localhost": "", "--relay alpha": "", "alpha": "", "alpha 2222": "",
	} {
		m := twoWords(typed)
		if got := m != nil; got != (meant != "") || got && m.meant != meant {
			t.Errorf("%q: %+v", typed, m)
		}
	}
	if _, m := place("relay example"); m == nil || m.meant != "relay.example" {
		t.Errorf("%+v", m)
	}
}

// Q4, Q5: where an address is asked for, more of the line may be typed.
func TestK2Q4_PlacesAsPeopleTypeThem(t *testing.T) {
	const k1, k2 = "SHA256:GbfvC1QXpP8RFg21i9f0D9h4GMcPOgfSYS+pJFkBHnA", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for typed, want := range map[string]string{
		"relay.example":                       "relay.example",
		"a.example, b.example":                "a.example, b.example",
		"--relay a.example --relay b.example": "a.example, b.example",
		"http://a.example":                    "a.example", "HTTP://a.example:2222": "a.example:2222",
		"relay a.example":                                                    "a.example",
		"—relay=a.example —relay‑key=" + k1:                                  "a.example " + k1,
		"a.example --relay-key " + k1 + " " + k2:                             "a.example " + k1 + " " + k2,
		"a.example " + k1:                                                    "a.example " + k1,
		"a.example --relay-key " + k1[:20] + " " + k1[20:]:                   "a.example " + k1,
		"--relay-key " + k1 + " --relay a.example --relay-key " + k2:         "a.example " + k1 + " " + k2,
		"support-agent join 482 913 077 --relay a.example --relay-key " + k1: "a.example " + k1,
	} {
		got, m := place(typed)
		if said := strings.Join(append([]string{got.String()}, got.Keys...), " "); m != nil || said != want {
			t.Errorf("%q: %q, %+v", typed, said, m)
		}
	}
	for typed, want := range map[string]key{
		"--relay a.example --relay-key": keyLength, "a.example --relay-key SHA256:short": keyLength, "--relay": addressEmpty, "": addressEmpty, "--relay-key " + k1: addressEmpty,
	} {
		if got, m := place(typed); m == nil || m.key != want {
			t.Errorf("%q: %+v, %+v", typed, got, m)
		}
	}
}

// Q5, Q6: a fingerprint is read in the forms in which people copy it, and a mistake in
// typing is told from another key.
func TestK2Q6_FingerprintsAsPeopleTypeThem(t *testing.T) {
	const good = "GbfvC1QXpP8RFg21i9f0D9h4GMcPOgfSYS+pJFkBHnA"
	for _, typed := range []string{
		"SHA256:" + good, "sha256:" + good, good, "SHA256:" + good + "=", "SHA256: " + good[:20] + " " + good[20:], "ＳＨＡ２５６：" + good, "“SHA256:" + good + "”",
	} {
		if got, m := keyOf(typed); m != nil || got != "SHA256:"+good {
			t.Errorf("%q: %q, %+v", typed, got, m)
		}
	}
	for typed, want := range map[string]key{
		"SHA256:short": keyLength, "SHA256:" + good + "x": keyLength, "SHA256:" + good[1:]: keyLength, "": keyLength, "MD5:00:11": keySign,
		"SHA256:" + good[:42] + "B": keyLast, "SHA256:" + good[:42] + "가": keySign, "SHA256:" + good[:42] + "!": keySign,
	} {
		if got, m := keyOf(typed); m == nil || m.key != want || got != "" {
			t.Errorf("%q: %q, %+v", typed, got, m)
		}
	}
	for _, l := range text.Languages() {
		p := &program{lang: l}
		for _, c := range []struct {
			typed string
			says  []string // nothing where it is another key
		}{
			{good[:5] + "x" + good[6:], []string{"5", "8", "CxQX", "C1QX"}},
			{"x" + good[1:42] + "B", []string{"xbfv", "Gbfv", "41", "43", "HnB", "HnA"}},
			{good, nil},
			{strings.Repeat("A", 43), nil},
			{strings.ToLower(good), nil},
			{"short", nil},
		} {
			said, ok := p.mistyped("SHA256:"+c.typed, "SHA256:"+good, "relay.example:2222")
			if ok != (len(c.says) > 0) {
				t.Errorf("%q: %t, %q", c.typed, ok, said)
			}
			for _, part := range c.says {
				if !strings.Contains(said, part) {
					t.Errorf("%q: %q does not say %q", c.typed, said, part)
				}
			}
		}
	}
}

// Whatever is typed is read or refused, and what is read is read again as the same.
func FuzzTyped(f *testing.F) {
	f.Add("４８２.913–077", "ｈ:22", "sha256:GbfvC1QXpP8RFg21i9f0D9h4GMcPOgfSYS+pJFkBHnA")
	f.Add("", "[::1]:2", "\xff")
	f.Fuzz(func(t *testing.T, number, host, fingerprint string) {
		if n, m := numberOf(number); m == nil {
			if again, err := wire.ParseNumber(string(n)); err != nil || again != n {
				t.Errorf("%q: %q", number, n)
			}
		}
		if a, m := address(host); m == nil {
			if again, m := address(a.String()); m != nil || again != a || strings.ContainsFunc(a.String(), text.Hostile) {
				t.Errorf("%q: %q and %q", host, a, again)
			}
		}
		if p, m := place(host + " " + fingerprint); m == nil && len(p.Addresses) == 0 {
			t.Errorf("%q: no address", host)
		}
		if k, m := keyOf(fingerprint); m == nil && wire.CheckFingerprint(k) != nil {
			t.Errorf("%q: %q", fingerprint, k)
		}
	})
}

// Q4, Q5: a number without a command is a join, and so is nothing; the dashes of a
// phone are dashes.
func TestK2Q4_CommandLinesAsPeopleTypeThem(t *testing.T) {
	p := &program{lang: text.English}
	commands := []*cli.Command{p.joinCommand(), p.resumeCommand(), p.reportCommand()}
	for line, want := range map[string]string{
		"":                            "join",
		"612 655 667":                 "join 612 655 667",
		"join":                        "join",
		"--relay h 612655667":         "join --relay h 612655667",
		"—relay h ６１２":                "join --relay h ６１２",
		"–relay=h 6":                  "join --relay=h 6",
		"－－ｒｅｌａｙ h 6":                 "join --relay h 6",
		"--Relay h 6":                 "join --relay h 6",
		"join 6 ——relay‑key SHA256:x": "join 6 --relay-key SHA256:x",
		"--state d":                   "join --state d",
		"--state d report x.html":     "--state d report x.html",
		"report --state 9 x.html":     "report --state 9 x.html",
		"resume":                      "resume",
		"jion 612655667":              "jion 612655667",
		"--help":                      "--help",
		"-v":                          "-v",
		"help":                        "help",
		"join — 6":                    "join — 6",
		"--name stop 6":               "join --name stop 6",
	} {
		if got := p.arguments(commands, strings.Fields(line)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

// Q1: which lines of a chat would answer a question, if there were one.
func TestK2Q1_AnswersInTheChat(t *testing.T) {
	for line, want := range map[string]bool{
		"yes": true, " YES. ": true, "네": true, "no": true, "아니요": true, "always": true, "block": true, "ｙｅｓ": true, "ㅛㄷㄴ": true, "yes without serials": true,
		"네, 일련번호 제외": true, "yes, I see it": false, "y": false, "ok": false, "hello": false, "": false, "no, wait": false, "without": false,
	} {
		if anyAnswer(line) != want {
			t.Errorf("%q: %t", line, !want)
		}
	}
}
