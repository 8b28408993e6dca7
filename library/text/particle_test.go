package text

import "testing"

// Korean particles follow the sound of the word before them.
func TestK2Q8_ParticlesFollowTheSound(t *testing.T) {
	for _, c := range []struct {
		word string
		pair Pair
		want string
	}{
		{"상담원", Object, "을"}, {"주소", Object, "를"}, {"파일", By, "로"}, {"이름", By, "으로"}, {"컴퓨터", By, "로"}, {"서울", Topic, "은"}, {"지수", Subject, "가"},
		{"0", Subject, "이"}, {"1", By, "로"}, {"2", Topic, "는"}, {"3", By, "으로"}, {"6", Object, "을"}, {"7", By, "로"}, {"8", Topic, "은"}, {"10", With, "과"}, {"9", With, "와"},
		{"“주소”", Called, "라는"}, {"(이름)", Called, "이라는"}, {"HTML", Topic, "은"}, {"SSH", Object, "를"}, {"PDN", By, "으로"}, {"URL", By, "로"},
		{"relay.example", Topic, "은(는)"}, {"bob", Object, "을(를)"}, {"x", By, "(으)로"}, {"x", Called, "(이)라는"}, {"A", Subject, "이(가)"}, {"", With, "과(와)"}, {"?", Subject, "이(가)"},
	} {
		if got := Particle(c.word, c.pair); got != c.want {
			t.Errorf("%s: %s, want %s", c.word, got, c.want)
		}
	}
}
