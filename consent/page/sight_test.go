package page_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/library/text"
)

// What a question or the end is about is not hidden below the line with Stop, also where
// that line is high and the window small.
func TestY11_TheHeadlineStaysInSight(t *testing.T) {
	s := serve(t, page.Options{})
	state := joined(text.English)
	state.Organisation = strings.Repeat("A long name ", 8)
	s.SetState(state)
	b := newTab(t)
	b.do(chromedp.EmulateViewport(360, 400))
	b.open(s)
	for i := range 40 {
		s.Event(page.Event{At: time.Now(), Text: fmt.Sprint("event ", i)})
	}
	b.do(chromedp.Evaluate[chromedp.Void]("scrollTo(0, document.body.scrollHeight)"))
	inSight := func(id string) {
		t.Helper()
		b.until(id+" is in sight", "(() => { const r = document.getElementById('"+id+"').getBoundingClientRect(); return r.top >= document.querySelector('header').getBoundingClientRect().bottom && r.top < innerHeight - 40; })()")
	}
	a := b.asks(s, scripts(1))
	inSight("q-who")
	a.cancel()
	b.until("closed", "document.getElementById('question').hidden")
	b.do(chromedp.Evaluate[chromedp.Void]("scrollTo(0, document.body.scrollHeight)"))
	state.Phase = page.PhaseRestarted
	s.SetState(state)
	b.visible("confirm")
	inSight("heading")
	state.Phase, state.End = page.PhaseEnded, &page.End{Said: []string{"It is over."}}
	b.do(chromedp.Evaluate[chromedp.Void]("scrollTo(0, document.body.scrollHeight)"))
	s.SetState(state)
	b.visible("end")
	inSight("heading")
	// A key on a button that is not in sight answers nothing, and brings it there.
	state.Phase, state.End = page.PhaseJoined, nil
	s.SetState(state)
	a = b.asks(s, scripts(2))
	if value[bool](b, "document.getElementById('q-no').getBoundingClientRect().top > innerHeight") {
		b.settle()
		b.keys(kb.Enter)
		b.until("the button is in sight", "document.getElementById('q-no').getBoundingClientRect().bottom <= innerHeight")
		if !a.open() {
			t.Error("a button that nobody saw has answered")
		}
	}
	b.settle()
	b.keys(kb.Enter)
	b.decided(a, consent.Denied)
}

// The newest of what happened and was said stands in sight, also when it came before its
// list was shown, and when the window became narrow; who has scrolled back is left alone.
func TestY11_TheNewestLineStaysInSight(t *testing.T) {
	for _, list := range []string{"events", "chat"} {
		s := serve(t, page.Options{})
		state := joined(text.English)
		state.Phase = page.PhaseRestarted
		s.SetState(state)
		add := func(i int) {
			line := fmt.Sprintf("%d %s", i, strings.Repeat("what a long line ", 8))
			if list == "events" {
				s.Event(page.Event{At: time.Now(), Text: line})
				return
			}
			s.Chat(page.Chat{At: time.Now(), Who: "Alice Kim (alice)", Text: line})
		}
		for i := range 40 {
			add(i)
		}
		b := newTab(t)
		b.do(chromedp.EmulateViewport(1280, 900))
		b.open(s)
		b.until("all is there", "document.getElementById('"+list+"').children.length === 40")
		atEnd := `(() => {
			const ol = document.getElementById("` + list + `"), box = ol.parentElement.getBoundingClientRect(), last = ol.lastChild.getBoundingClientRect();
			return ol.checkVisibility() && last.bottom <= box.bottom && last.top >= box.top;
		})()`
		state.Phase = page.PhaseJoined
		s.SetState(state)
		b.until("the newest is in sight once the list is shown", atEnd)
		b.do(chromedp.EmulateViewport(360, 900))
		b.until("the newest is in sight in a narrow window", atEnd)
		add(40)
		b.until("a newer one is in sight", "document.getElementById('"+list+"').children.length === 41 && "+atEnd)
		b.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('" + list + "').parentElement.scrollTop = 30"))
		b.until("it is seen that somebody scrolled back", "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => go(true))))")
		add(41)
		b.until("it came", "document.getElementById('"+list+"').children.length === 42")
		if top := value[float64](b, "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => go(document.getElementById('"+list+"').parentElement.scrollTop))))"); top != 30 {
			t.Errorf("%s: who has scrolled back is taken away, to %v", list, top)
		}
	}
}
