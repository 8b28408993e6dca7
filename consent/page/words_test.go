package page_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/hack/testkit"
	"supportd/library/text"
)

// Z1: a person begins to compare on the page, and picks a pair or none with one button, which
// does not count before it could be read; a script that runs picks nothing.
func TestZ1_WordsAreComparedInABrowser(t *testing.T) {
	s := serve(t, page.Options{})
	st := joined(text.English)
	st.Words = []page.Words{{Who: alice(), Asks: true}}
	s.SetState(st)
	b := newTab(t)
	b.open(s)
	b.visible("words")
	b.do(chromedp.Click(chromedp.CSS("#words-open button")))
	testkit.Eventually(t, "the page begins to compare", func() bool { return s.customer.has("compare " + alice().Fingerprint) })
	question := consent.Question{Kind: consent.Words, Who: alice(), Choices: []consent.Choice{
		{English: "harbor violin"}, {English: "candle tiger"}, {English: "meadow pencil"}, {English: "rocket summer"},
	}}
	for id, c := range map[string]int{"q-pick-2": 2, "q-none": consent.NoneOfThese, "q-later": 0} {
		question.ID++
		a := s.ask(t, question, time.Minute)
		b.visible("q-pick-4")
		if value[bool](b, "document.getElementById('q-once').checkVisibility()") {
			t.Error("there is a yes")
		}
		if got := b.text("q-pick-3"); got != "meadow pencil" {
			t.Errorf("the third is %q", got)
		}
		b.settle()
		b.click(id)
		if got, err := a.wait(t); err != nil || got.Picked != c {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	st.Words = []page.Words{{Who: alice(), Compared: true}}
	s.SetState(st)
	b.until("it is said to be compared", "document.getElementById('words').hidden && document.getElementById('facts').innerText.includes('compared')")
}

// A pair is picked, none of them, or nothing; a yes to none of them is nothing that the page
// sends.
func TestZ1_WordsArePicked(t *testing.T) {
	s := serve(t, page.Options{})
	st := joined(text.Korean)
	st.Words = []page.Words{{Who: alice(), Asks: true}}
	s.SetState(st)
	secret := s.enter(t)
	f := s.stream(t, secret)
	if words := f.until(t, "state")["words"].([]any); len(words) != 1 || words[0].(map[string]any)["asks"] != true {
		t.Errorf("%v", words)
	}
	if _, o := s.post(t, secret, "compare", map[string]any{"key": alice().Fingerprint}); o["why"] != nil || !s.customer.has("compare "+alice().Fingerprint) {
		t.Errorf("%v, %v", o, s.customer.all())
	}
	with := func(id uint64, decision string, picked int) map[string]any {
		r := reply(id, decision)
		r["picked"] = picked
		return r
	}
	for id, c := range map[uint64]struct {
		decision string
		picked   int
		said     string
	}{
		1: {"allowed-once", 2, "고르신 것: 다 라."}, 2: {"denied", consent.NoneOfThese, "‘이 중에 없음’을 고르셨습니다."}, 3: {"denied", 0, "확인 단어를 아직 비교하지 않았습니다."},
	} {
		a := s.ask(t, consent.Question{ID: id, Kind: consent.Words, Who: alice(), Choices: []consent.Choice{{English: "a b", Korean: "가 나"}, {English: "c d", Korean: "다 라"}}}, time.Minute)
		if q := f.until(t, "question"); fmt.Sprint(q["choices"]) != "[가 나 다 라]" {
			t.Errorf("%v", q)
		}
		for _, bad := range []map[string]any{with(id, "allowed-once", 0), with(id, "allowed-once", 3), with(id, "allowed-once", -1), with(id, "denied", 1), with(id, "denied", -2)} {
			if status, _ := s.post(t, secret, "answer", bad); status != http.StatusBadRequest {
				t.Errorf("%v: %d", bad, status)
			}
		}
		if why := s.answer(t, secret, with(id, c.decision, c.picked)); why != "" {
			t.Errorf("%+v does not count: %s", c, why)
		}
		if got, err := a.wait(t); err != nil || got.Picked != c.picked || got.Decision.Allowed() != (c.picked > 0) {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
		if over := f.until(t, "closed"); over["said"] != c.said {
			t.Errorf("%v", over)
		}
	}
}
