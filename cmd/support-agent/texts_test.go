package main

import (
	"regexp"
	"strings"
	"testing"

	"supportd/library/text"
)

// Every text exists in both languages, takes the same arguments in the same
// order, and has no word that only technicians know.
func TestTexts(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z%]`)
	jargon := regexp.MustCompile(`(?i)\b(ssh|sftp|tunnel|daemon|relay|csr|session id|host ?key|public key|server|client|port|dns|tcp|ip|exit code|terminal|subsystem|channel|script|handshake|hash)\b`)
	// Flags and commands are to be typed as they are.
	flags := regexp.MustCompile(`--[a-z-]+( [a-z,]+)*|support-agent join|(script|csr-join) \(|auto.?, page[^,]*, terminal`)
	for k := range keyCount {
		en, ko := english(k), korean(k)
		if en == "" || ko == "" {
			t.Errorf("text %d: %q, %q", k, en, ko)
			continue
		}
		if a, b := verbs.FindAllString(en, -1), verbs.FindAllString(ko, -1); strings.Join(a, "") != strings.Join(b, "") {
			t.Errorf("%q takes %v, %q takes %v", en, a, ko, b)
		}
		for _, text := range []string{en, ko} {
			if found := jargon.FindString(flags.ReplaceAllString(text, "")); found != "" {
				t.Errorf("%q says %q", text, found)
			}
		}
		if !strings.ContainsFunc(ko, func(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }) && en != "%s" {
			t.Errorf("%q is not Korean", ko)
		}
	}
}

func TestWords(t *testing.T) {
	all := map[string]word{}
	for w := yes; w <= without; w++ {
		for _, s := range w.spellings() {
			if other, taken := all[s]; taken {
				t.Errorf("%q is %d and %d", s, other, w)
			}
			all[s] = w
			if !w.is(" "+strings.ToUpper(s)+"\n") || w.is(s+"x") || w.is("") {
				t.Errorf("%q", s)
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want text.Language
	}{
		{map[string]string{"LANG": "ko_KR.UTF-8"}, text.Korean},
		{map[string]string{"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, text.English},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8"}, text.Korean},
		{map[string]string{"LANG": "ar_EG.UTF-8"}, text.English},
	} {
		if got := language(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %s", c.env, got)
		}
	}
}
