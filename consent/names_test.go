package consent

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// Q8: a customer reads words, and may use the words that they read.
func TestK2Q8_TopicsHaveWordsInEveryLanguage(t *testing.T) {
	for _, l := range text.Languages() {
		seen := map[string]string{}
		for _, id := range append(Categories(), Fields()...) {
			w := Withheld{Categories: []string{id}}
			said := w.Names(l)
			if other, twice := seen[said]; twice || said == "" || l == text.Korean && said == id {
				t.Errorf("%s: %s is called %q, and so is %q", l, id, said, other)
			}
			seen[said] = id
			for _, typed := range []string{said, strings.ToUpper(said), id} {
				got, err := ParseWithheld(typed)
				if err != nil || len(got.Categories)+len(got.Fields) != 1 || !slices.Contains(append(got.Categories, got.Fields...), id) {
					t.Errorf("%s: %q is read as %+v, %v", l, typed, got, err)
				}
			}
		}
		all := slices.Concat(Fields(), Categories())
		every := Withheld{Fields: Fields(), Categories: Categories()}
		if got, err := ParseWithheld(every.Names(l)); err != nil || !slices.Equal(append(got.Fields, got.Categories...), all) {
			t.Errorf("%s: %+v, %v", l, got, err)
		}
		if got := NameCategories([]string{"os", "x\x1b[2J"}, l); strings.ContainsFunc(got, text.Hostile) {
			t.Errorf("%q", got)
		}
	}
	for in, want := range map[string]string{
		"serials and user_names": "serials user-names", "일련번호, 사용자 이름 및 최근 오류": "serials user-names log", "사용자 이름과 일련번호": "user-names serials", "일련번호하고 사용자 이름을": "serials user-names", "": "",
	} {
		got, err := ParseWithheld(in)
		if all := strings.Join(append(got.Fields, got.Categories...), " "); err != nil || all != want {
			t.Errorf("%q: %q, %v", in, all, err)
		}
	}
	var unknown *WithholdError
	for _, bad := range []string{"seriols", "serials, x", "user", "everything", "serials\x00"} {
		if w, err := ParseWithheld(bad); !errors.As(err, &unknown) || len(w.Categories)+len(w.Fields) > 0 || strings.ContainsFunc(err.Error(), text.Hostile) {
			t.Errorf("%q: %+v, %v", bad, w, err)
		}
	}
}

// A customer reads as which user their programs run, also where it is their own.
func TestK2Q2_RunsNameTheUser(t *testing.T) {
	q := Question{Kind: Script, Programs: []Program{{File: File{Name: "a.sh", Size: 1, SHA256: "aa"}}}, Own: "bob"}
	for l, want := range map[text.Language]string{text.English: "As user: bob, which is you", text.Korean: "실행할 사용자: bob (고객님 자신)"} {
		if d := q.Details(l); !slices.Contains(d, want) || !slices.Contains(q.Outline(l), want) {
			t.Errorf("%q", d)
		}
	}
	q.As = "root"
	if d := strings.Join(q.Details(text.English), "\n"); !strings.Contains(d, "As user: root") || strings.Contains(d, "bob") || !strings.Contains(d, "(1 byte)") {
		t.Errorf("%q", d)
	}
}

// What all topics are is said in full where there is room, and hashes too.
func TestK2Q2_OutlineIsShort(t *testing.T) {
	all := Question{Kind: SysInfo}
	run := Question{Kind: Script, Delay: time.Minute, Programs: []Program{{File: File{Name: "a.sh", SHA256: "aa"}, With: []File{{Name: "b", SHA256: "bb"}}}}}
	for _, l := range text.Languages() {
		if full := strings.Join(all.Details(l), ""); !strings.Contains(full, "21") || !strings.Contains(full, NameCategories(Categories(), l)) {
			t.Errorf("%q", full)
		}
		if short := strings.Join(all.Outline(l), ""); !strings.Contains(short, "21") || !strings.Contains(short, NameCategories([]string{"disks"}, l)) || text.Width(short) > 60 {
			t.Errorf("%q", short)
		}
		short, full := run.Outline(l), run.Details(l)
		if len(full) != len(short)+2 || strings.Contains(strings.Join(short, ""), "SHA-256") || !strings.Contains(strings.Join(full, ""), run.Programs[0].With[0].Sum()) {
			t.Errorf("%q, %q", short, full)
		}
	}
}

// Every way in which a question can go has its sentence, which never says more than
// what is allowed, and names what is withheld.
func TestK2Q3_AnswersAreSaid(t *testing.T) {
	for _, l := range text.Languages() {
		seen := map[string]Answer{}
		for _, a := range []Answer{
			{Decision: AllowedOnce, Why: Answered}, {Decision: AllowedForSession, Why: Answered}, {Decision: Blocked, Why: Answered},
			{Decision: AllowedOnce, Why: Away}, {Why: Answered}, {Why: Unclear}, {Why: TimedOut}, {Why: Withdrawn},
			{Decision: AllowedOnce, Why: Answered, Withheld: Withheld{Fields: []string{"serials"}}},
		} {
			said := a.Said(l)
			if other, twice := seen[said]; twice {
				t.Errorf("%+v and %+v are both %q", a, other, said)
			}
			seen[said] = a
			if allows := strings.HasPrefix(said, "Allowed") || strings.Contains(said, " 허용했") || strings.HasPrefix(said, "이번만"); allows != a.Decision.Allowed() {
				t.Errorf("%+v: %q", a, said)
			}
			if strings.Contains(said, NameFields([]string{"serials"}, l)) != (len(a.Withheld.Fields) > 0) {
				t.Errorf("%+v: %q", a, said)
			}
		}
	}
	if s := (Answer{Why: TimedOut}).Said(text.English); !strings.Contains(s, "no answer within a minute") {
		t.Error(s)
	}
}

// What a customer reads when their question is over, to the letter.
func TestK2Q3_AnswersToTheLetter(t *testing.T) {
	words := []Choice{{"apple river", "사과 강"}, {"stone bird", "돌 새"}}
	const once, refused, later, laterKo = "Allowed, this once.", "Refused.", "The safety words are not compared yet.", "확인 단어를 아직 비교하지 않았습니다."
	for _, c := range []struct {
		kind   Kind
		a      Answer
		en, ko string
	}{
		{Script, Answer{}, refused, "거절했습니다."},
		{Script, Answer{Why: Answered}, refused, "거절했습니다."},
		{Script, Answer{Decision: AllowedOnce, Why: Answered}, once, "이번만 허용했습니다."},
		{Script, Answer{Decision: AllowedForSession, Why: Answered}, "Allowed until the support session ends.", "지원이 끝날 때까지 허용했습니다."},
		{Script, Answer{Decision: AllowedForSession, Why: Granted}, "Allowed, as you had said before.", "미리 허용하신 대로 허용했습니다."},
		{Script, Answer{Decision: AllowedOnce, Why: AtStart}, "Allowed, as you had said before.", "미리 허용하신 대로 허용했습니다."},
		{Script, Answer{Decision: AllowedOnce, Why: Away}, "Allowed, as you had said before.", "미리 허용하신 대로 허용했습니다."},
		{Script, Answer{Why: Away}, refused, "거절했습니다."},
		{Script, Answer{Why: Granted}, refused, "거절했습니다."},
		{Script, Answer{Decision: Blocked, Why: Answered}, "Refused. You will not be asked again.", "거절했습니다. 더 묻지 않겠습니다."},
		{Script, Answer{Decision: AllowedOnce, Why: Answered, Picked: 1}, once, "이번만 허용했습니다."},
		{SysInfo, Answer{Decision: AllowedOnce, Why: Answered, Withheld: Withheld{Fields: []string{"serials"}}}, once + " Not shown: serial numbers.", "이번만 허용했습니다. 보여 주지 않는 것: 일련번호."},
		{SysInfo, Answer{Why: Answered, Withheld: Withheld{Fields: []string{"serials"}}}, refused, "거절했습니다."},
		{Words, Answer{Decision: AllowedOnce, Why: Answered, Picked: 1}, "You have picked: apple river.", "고르신 것: 사과 강."},
		{Words, Answer{Decision: AllowedOnce, Why: Answered, Picked: 2}, "You have picked: stone bird.", "고르신 것: 돌 새."},
		{Words, Answer{Decision: AllowedOnce, Picked: 2}, "You have picked: stone bird.", "고르신 것: 돌 새."},
		{Words, Answer{Decision: AllowedOnce, Why: Answered, Picked: 3}, later, laterKo},
		{Words, Answer{Why: Answered, Picked: NoneOfThese}, "You have picked none of these.", "‘이 중에 없음’을 고르셨습니다."},
		{Words, Answer{Why: Answered}, later, laterKo},
		{Words, Answer{}, later, laterKo},
		{Words, Answer{Decision: Blocked, Why: Answered}, "Refused. You will not be asked again.", "거절했습니다. 더 묻지 않겠습니다."},
		{Words, Answer{Why: Stopped, Picked: 1}, "This question is closed. Nothing was allowed.", "이 질문은 닫혔습니다. 아무것도 허용되지 않았습니다."},
		{Words, Answer{Why: Locked}, "The screen was locked. Nothing was allowed.", "화면이 잠겨 있었습니다. 아무것도 허용되지 않았습니다."},
	} {
		q := Question{Kind: c.kind, Choices: words}
		if en, ko := q.Said(c.a, text.English), q.Said(c.a, text.Korean); en != c.en || ko != c.ko {
			t.Errorf("%s, %+v: %q, %q", c.kind, c.a, en, ko)
		}
	}
}

// The word that is not understood is named as it was typed; a particle goes off ids only.
func TestTheWordThatMeansNothingIsNamed(t *testing.T) {
	for typed, word := range map[string]string{"과": "과", "사과": "사과", "seriols과": "seriols", "serials, 비밀은": "비밀은"} {
		var unknown *WithholdError
		if _, err := ParseWithheld(typed); !errors.As(err, &unknown) || unknown.Word != word {
			t.Errorf("%q: %v", typed, err)
		}
	}
}
