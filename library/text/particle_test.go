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
		{"“주소”", Topic, "는"}, {"(이름)", Topic, "은"}, {"HTML", Topic, "은"}, {"SSH", Object, "를"}, {"PDN", By, "으로"}, {"URL", By, "로"},
		{"relay.example", Topic, "은(는)"}, {"bob", Object, "을(를)"}, {"x", By, "(으)로"}, {"A", Subject, "이(가)"}, {"", With, "과(와)"}, {"?", Subject, "이(가)"},
	} {
		if got := Particle(c.word, c.pair); got != c.want {
			t.Errorf("%s: %s, want %s", c.word, got, c.want)
		}
	}
	for s, want := range map[string]string{
		"파일 a을(를) 보고 이름을(를)": "파일 a을(를) 보고 이름을", "사용자 민지(으)로": "사용자 민지로", "“일련”(이)라는 항목": "“일련”이라는 항목", "숫자 1이(가)": "숫자 1이", "값 O(은)는": "값 O(은)는",
		"3번과(와) 같습니다": "3번과 같습니다", "키 SHA(으)로": "키 SHA로", "(a) b": "(a) b", "": "",
	} {
		if got := Particles(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
