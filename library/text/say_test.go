package text

import (
	"errors"
	"fmt"
	"testing"
)

var errSlow = errors.New("it is slow")

func TestSpeaker(t *testing.T) {
	korean := NewSpeaker(Korean, Catalogue{
		"%s has %d files": "%[2]d개의 파일이 %[1]s에 있습니다", "it is slow": "느립니다", "the box": "상자", "cannot open %s: %w": "%s을(를) 열 수 없습니다: %w", "plain": "그대로",
	})
	opened := Errorf("cannot open %s: %w", "문", errSlow)
	for _, test := range []struct {
		say  func(s *Speaker) string
		en   string
		want string
	}{
		{func(s *Speaker) string { return s.Text("plain") }, "plain", "그대로"},
		{func(s *Speaker) string { return s.Text("100% unknown") }, "100% unknown", "100% unknown"},
		{func(s *Speaker) string { return s.Say("%s has %d files", Later("the box"), 2) }, "the box has 2 files", "2개의 파일이 상자에 있습니다"},
		{func(s *Speaker) string { return s.Say("%v", errSlow) }, "it is slow", "느립니다"},
		{func(s *Speaker) string { return s.Error(opened) }, "cannot open 문: it is slow", "문을 열 수 없습니다: 느립니다"},
		{func(s *Speaker) string { return s.Error(fmt.Errorf("disk: %w", errSlow)) }, "disk: it is slow", "disk: 느립니다"},
		{func(s *Speaker) string { return s.Error(fmt.Errorf("%w: 7", errSlow)) }, "it is slow: 7", "느립니다: 7"},
		{func(s *Speaker) string { return s.Error(errors.Join(errSlow, opened)) }, "it is slow\ncannot open 문: it is slow", "느립니다\n문을 열 수 없습니다: 느립니다"},
		{func(s *Speaker) string { return s.With(Catalogue{"new": "새"}).Text("new") }, "new", "새"},
		{func(s *Speaker) string { return string(s.Language()) }, "en", "ko"},
	} {
		if got := test.say(nil); got != test.en {
			t.Errorf("%q, want %q", got, test.en)
		}
		if got := test.say(korean); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	if !errors.Is(opened, errSlow) {
		t.Error("an error has lost its cause")
	}
	if NewSpeaker(English) != nil {
		t.Error("English has a catalogue")
	}
}

func TestLanguageFrom(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want Language
	}{
		{nil, English},
		{map[string]string{"LANG": "ko_KR.UTF-8"}, Korean},
		{map[string]string{"LANG": "ko_KR.utf8@x"}, Korean},
		{map[string]string{"LANG": "ko"}, Korean},
		{map[string]string{"LANG": "ko_KR.eucKR"}, English},
		{map[string]string{"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, English},
		{map[string]string{"LANG": "C.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8"}, Korean},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_CTYPE": "ko_KR.UTF-8"}, English},
		{map[string]string{"LC_ALL": "ko_KR.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, Korean},
	} {
		if got := LanguageFrom(func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("%v: %s, want %s", test.env, got, test.want)
		}
	}
}
