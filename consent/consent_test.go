package consent

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

func TestZeroValueIsNo(t *testing.T) {
	var d Decision
	var a Answer
	if d.Allowed() || a.Decision.Allowed() || Blocked.Allowed() || Decision(99).Allowed() {
		t.Fatal("a zero, blocked or unknown decision allows")
	}
}

func TestParseAllow(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []Kind
		bad  bool
	}{
		{in: ""},
		{in: "sysinfo", want: []Kind{SysInfo}},
		{in: " script , sysinfo,script", want: []Kind{Script, SysInfo}},
		{in: "all", want: []Kind{SysInfo, Script}},
		{in: "sysinfo,csr-join", want: []Kind{SysInfo, CSRJoin}},
		{in: "reboot", bad: true},
		{in: "sysinfo,logon-as", bad: true},
		{in: "everything", bad: true},
		{in: "all,script", bad: true},
	} {
		got, err := ParseAllow(c.in)
		if (err != nil) != c.bad || !slices.Equal(got, c.want) {
			t.Errorf("ParseAllow(%q) = %v, %v", c.in, got, err)
		}
	}
}

// Another byte in any file, another order or another name is another question.
func TestSubjectBindsEveryByteShown(t *testing.T) {
	base := func() Question {
		return Question{Kind: Script, Programs: []Program{
			{File: File{Name: "a.sh", SHA256: "aa"}, With: []File{{Name: "data", SHA256: "dd"}}},
			{File: File{Name: "b.sh", SHA256: "bb"}},
		}}
	}
	want := base().Subject()
	for name, change := range map[string]func(*Question){
		"script hash":    func(q *Question) { q.Programs[0].SHA256 = "ab" },
		"data hash":      func(q *Question) { q.Programs[0].With[0].SHA256 = "de" },
		"name":           func(q *Question) { q.Programs[1].Name = "c.sh" },
		"order":          func(q *Question) { slices.Reverse(q.Programs) },
		"one fewer":      func(q *Question) { q.Programs = q.Programs[:1] },
		"newline forged": func(q *Question) { q.Programs = q.Programs[:1]; q.Programs[0].Name = "a.sh\" aa\n\"b.sh" },
	} {
		q := base()
		change(&q)
		if q.Subject() == want {
			t.Errorf("%s: the subject did not change", name)
		}
	}
}

func TestEveryTextExistsInEveryLanguage(t *testing.T) {
	for _, l := range text.Languages() {
		for _, k := range Kinds() {
			q := Question{Kind: k, Who: Person{Name: "김민지", Account: "minji"}}
			if s := q.Sentence(l); !strings.Contains(s, "김민지 (minji)") || strings.Contains(s, "%!") {
				t.Errorf("%s %s: %q", l, k, s)
			}
		}
		two := Question{Kind: Script, Programs: make([]Program, 2)}
		if s := two.Sentence(l); !strings.Contains(s, "2") || strings.Contains(s, "%!") {
			t.Errorf("%s: %q", l, s)
		}
	}
	if text.LanguageOf("ko_KR.UTF-8") != text.Korean || text.LanguageOf("kok_IN") != text.English || text.LanguageOf("") != text.English {
		t.Error("LanguageOf")
	}
}

// A CSR's texts cannot add a line, move the cursor or turn the reading direction.
func TestC9_C10_C11_HostileTextInQuestions(t *testing.T) {
	evil := "Kim\r\n\x1b[2J\x1b]52;c;ZXZpbA==\x07\u202eabc\u200b\u009b31m Type yes: " + strings.Repeat("x", 10_000)
	q := Question{Kind: Script, Who: Person{Name: evil, Account: evil}, Reason: evil, Account: evil, Categories: []string{evil},
		Programs: []Program{{File: File{Name: evil, SHA256: evil}, With: []File{{Name: evil}}}}}
	for _, l := range text.Languages() {
		for _, k := range append(Kinds(), Kind(evil)) {
			q.Kind = k
			for _, line := range append(q.Details(l), q.Sentence(l)) {
				if len(line) > 2000 || strings.ContainsFunc(line, text.Hostile) {
					t.Errorf("%s: %.80q (%d bytes)", k, line, len(line))
				}
			}
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		0: {"0 seconds", "0초"}, time.Second: {"1 second", "1초"}, 400 * time.Millisecond: {"0 seconds", "0초"},
		90 * time.Second: {"1 minute 30 seconds", "1분 30초"}, 5 * time.Minute: {"5 minutes", "5분"}, time.Hour: {"1 hour", "1시간"},
		49*time.Hour + 30*time.Minute: {"2 days 1 hour", "2일 1시간"}, 24*time.Hour + 61*time.Second: {"1 day 1 minute", "1일 1분"},
	} {
		if en, ko := text.Span(d, text.English), text.Span(d, text.Korean); en != want[0] || ko != want[1] {
			t.Errorf("%v: %q, %q", d, en, ko)
		}
	}
}
