package report

import (
	"encoding/json"
	"testing"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
)

func TestFilesThatChangeTheirName(t *testing.T) {
	for _, c := range []struct {
		l          text.Language
		kind, data string
		want       string
	}{
		{text.English, journal.KindFileMove, `{"name":"a\u001b","to":"b"}`, `alice renamed the file a\x1b to b`},
		{text.English, journal.KindFileRemove, `{"name":"a"}`, "alice removed a"},
		{text.Korean, journal.KindFileMove, `{"name":"a","to":"b"}`, "alice 상담원이 파일 a의 이름을 b(으)로 바꾸었습니다"},
		{text.Korean, journal.KindFileRemove, `{"name":"a"}`, "alice 상담원이 a을(를) 지웠습니다"},
	} {
		if got := newTeller(c.l).tell(journal.Event{Kind: c.kind, Actor: "alice", Data: json.RawMessage(c.data)}); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A question about safety words is answered by a choice; what ended it otherwise is said as
// of other questions.
func TestZ1_AnswersAboutSafetyWords(t *testing.T) {
	teller := newTeller(text.English)
	for _, c := range []struct {
		kind consent.Kind
		a    consent.Answer
		want string
	}{
		{consent.Words, consent.Answer{Why: consent.Answered, Decision: consent.AllowedOnce}, teller.words["words.picked"]},
		{consent.Words, consent.Answer{Why: consent.Answered}, teller.words["words.none"]},
		{consent.Words, consent.Answer{Why: consent.Answered, Decision: consent.Blocked}, teller.words["blocked"]},
		{consent.Words, consent.Answer{Why: consent.TimedOut}, teller.words["why.timeout"]},
		{consent.Script, consent.Answer{Why: consent.Answered, Decision: consent.AllowedOnce}, teller.words["allowed-once"]},
		{consent.Script, consent.Answer{Why: consent.Answered}, teller.words["denied"]},
	} {
		if got := teller.answeredTo(journal.ConsentAnswer{Question: consent.Question{Kind: c.kind}, Answer: c.a}); got != c.want || got == "" {
			t.Errorf("%s, %+v: %q, want %q", c.kind, c.a, got, c.want)
		}
	}
}
