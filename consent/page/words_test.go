package page_test

import (
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
