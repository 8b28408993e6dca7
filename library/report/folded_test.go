package report

import (
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
)

// Sixteen questions wait for their answer; one more is told at once.
func TestOpenQuestionsAtTheirLimit(t *testing.T) {
	var q questions
	for i := range 17 {
		e := event(t, "alice", journal.ConsentAsk{Question: uint64(i + 1), Asked: consent.SysInfo})
		if folded := q.folds(e); folded != (i < 16) {
			t.Errorf("question %d is left out: %v", i+1, folded)
		}
	}
	answer := func(actor string, id uint64) int {
		q.folds(event(t, actor, journal.ConsentAnswer{Question: consent.Question{ID: id, Kind: consent.SysInfo}}))
		return len(q.open)
	}
	if n := answer("bob", 1); n != 16 {
		t.Errorf("somebody else's answer leaves %d", n)
	}
	if n := answer("alice", 2); n != 15 {
		t.Errorf("an answer leaves %d", n)
	}
}

// A question and its answer are one line of a report for people, in both languages; one
// that nobody has answered is told, and what a CSR has read is not.
func TestK6V1_AQuestionAndItsAnswerAreOneLine(t *testing.T) {
	who := consent.Person{Name: "Alice Kim", Account: "alice", Fingerprint: "SHA256:abc"}
	var events []journal.Event
	var last journal.Event
	add := func(actor string, p journal.Payload) {
		e, err := journal.New(time.Unix(1_800_000_000, 0), actor, p)
		if err != nil {
			t.Fatal(err)
		}
		e.Seal(last)
		events, last = append(events, e), e
	}
	add(journal.ByCustomer, journal.SessionJoin{Presented: journal.Presented{Number: "482913077", Owner: "alice"}})
	add("alice", journal.ConsentAsk{Question: 1, Asked: consent.SysInfo, Who: who})
	add("alice", journal.ConsentAnswer{Question: consent.Question{ID: 1, Kind: consent.SysInfo, Who: who}, Answer: consent.Answer{Question: 1, Decision: consent.AllowedOnce, Why: consent.Answered}})
	add(journal.ByCustomer, journal.ChatMessage{Text: "hello"})
	add("alice", journal.ChatRead{UpTo: 4})
	add("alice", journal.ConsentAsk{Question: 2, Asked: consent.Reboot, Who: who})
	for l, want := range map[text.Language]struct{ asked, open, read string }{
		text.English: {"wants to see information", "restarting this computer → no answer is written", "has read"},
		text.Korean:  {"정보를 보려고", "이 컴퓨터 다시 시작 → 대답이 기록되지 않음", "메시지를 읽었습니다"},
	} {
		got := renderings(t, source(t, events, ""), Style{Language: l})["text"]
		// In the timeline, and in what the customer was asked.
		if strings.Count(got, want.asked) != 2 || strings.Count(got, want.open) != 2 || strings.Contains(got, want.read) {
			t.Errorf("%s:\n%s", l, got)
		}
	}
}
