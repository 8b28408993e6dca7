package page_test

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/hack/testkit"
	"supportd/library/text"
)

// asks puts a question on the page and waits until it stands there with its focus.
func (b *tab) asks(s *served, q consent.Question) asked {
	b.t.Helper()
	a := s.ask(b.t, q, time.Minute)
	b.visible("question")
	b.until("the question has the focus", "['q-no', 'q-later'].includes(document.activeElement.id)")
	return a
}

// decided waits for an answer and compares it.
func (b *tab) decided(a asked, want consent.Decision) consent.Answer {
	b.t.Helper()
	got, err := a.wait(b.t)
	if err != nil || got.Decision != want {
		b.t.Errorf("%v %v, and not %v", got.Decision, err, want)
	}
	b.until("the question is closed", "document.getElementById('question').hidden")
	return got
}

// Y6: only a person who has seen a button presses it.
func TestY6_AButtonCountsOnlyWhenItWasSeen(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	b := newTab(t)
	b.open(s)

	// Whoever is typing when it comes answers nothing, and finds the focus on "Don't allow".
	for try := range uint64(5) {
		began := time.Now()
		a := s.ask(t, look(100+try), time.Minute)
		b.visible("question")
		b.keys(kb.Enter + kb.Enter + " " + kb.Enter + kb.Tab + kb.Enter + "y" + kb.Enter)
		slow := time.Since(began) >= 500*time.Millisecond // a busy computer presses them as a person does
		if !a.open() {
			got, err := a.wait(t)
			if got.Decision.Allowed() && !slow || err != nil {
				t.Fatalf("keys that were pressed at once gave %v %v", got, err)
			}
		}
		a.cancel()
		b.until("closed", "document.getElementById('question').hidden")
		if !slow {
			break
		}
	}

	a := b.asks(s, look(2))
	b.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('q-once').click()")) // not a person
	b.settle()
	for _, event := range []string{"new MouseEvent('click', {bubbles: true})", "new PointerEvent('pointerdown', {bubbles: true})", "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true})", "new KeyboardEvent('keydown', {key: 'Escape', bubbles: true})"} {
		b.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('q-once').dispatchEvent(" + event + ")"))
	}
	b.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('q-once').click()"))
	if !a.open() {
		t.Fatal("a script in the page has answered")
	}
	// A button that moves under the hand does not count.
	b.do(chromedp.Evaluate[chromedp.Void]("window.move = () => { const s = document.getElementById('q-details').style; s.marginTop = parseInt(s.marginTop || 0) + 1 + 'px' }; window.move(); window.moving = setInterval(window.move, 50)"))
	b.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('q-once').scrollIntoView({block: 'center'})"))
	at := value[[]float64](b, "(r => [r.x + r.width / 2, r.y + r.height / 2])(document.getElementById('q-once').getBoundingClientRect())")
	b.do(chromedp.MouseClickXY(at[0], at[1]))
	b.until("it says so", "!document.getElementById('q-why').hidden")
	b.do(chromedp.Evaluate[chromedp.Void]("clearInterval(window.moving)"))
	if !a.open() || !strings.Contains(b.text("q-why"), "too quick") {
		t.Fatalf("a button that moved counts: %q", b.text("q-why"))
	}
	// Nor does one that is covered.
	b.do(chromedp.Evaluate[chromedp.Void](`(() => { const c = document.createElement('div'); c.id = 'cover';
		Object.assign(c.style, {position: 'fixed', inset: '0', zIndex: '9', pointerEvents: 'auto'}); document.body.append(c) })()`))
	b.settle()
	b.do(chromedp.Focus(chromedp.CSS("#q-once")))
	b.keys(kb.Enter)
	b.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('cover').remove()"))
	if !a.open() {
		t.Fatal("a button that was covered counts")
	}
	b.settle()
	b.click("q-once")
	b.decided(a, consent.AllowedOnce)

	a = b.asks(s, look(3)) // Enter is No where nothing else was chosen
	b.settle()
	b.keys(kb.Enter)
	b.decided(a, consent.Denied)
	a = b.asks(s, look(4)) // so is Escape
	b.settle()
	b.keys(kb.Escape)
	b.decided(a, consent.Denied)
	a = b.asks(s, look(5))
	b.do(chromedp.Navigate("about:blank")) // closing answers nothing: it stands, and there is no yes
	if !a.open() {
		t.Error("closing the page has answered")
	}
	a.cancel()
	if got, err := a.wait(t); err == nil || got.Decision.Allowed() {
		t.Error(got, err)
	}
}

func TestY7_TwoTabsShowOneQuestion(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	one := newTab(t)
	one.open(s)
	two := one.another()
	two.open(s)
	a := s.ask(t, look(1), time.Minute)
	one.visible("question")
	two.visible("question")
	two.settle()
	two.click("q-always")
	two.decided(a, consent.AllowedForSession)
	one.until("it is closed in the other tab", "document.getElementById('question').hidden")
	if said := one.text("outcome"); said == "" {
		t.Error("the other tab does not say that it is closed")
	}
	state := joined(text.English)
	state.Allowed = []page.Grant{{ID: "g1", Says: "Alice Kim (alice) may see information about this computer."}}
	s.SetState(state)
	for _, b := range []*tab{one, two} {
		b.until("both show what is allowed", "document.getElementById('allowed').innerText.includes('may see information')")
	}
	one.do(chromedp.Click(chromedp.CSS("#allowed button")))
	testkit.Eventually(t, "it is taken back", func() bool { return s.customer.has("takeback g1") })
}

// Y10: after a reload the page shows nothing and says how to open it; the question stands
// and is shown with the time that is left. A stream that breaks off comes back by itself.
func TestY10_ReloadBackAndBrokenStreams(t *testing.T) {
	cuts := &cutting{}
	var err error
	if cuts.Listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s := serve(t, page.Options{Listener: cuts})
	s.SetState(joined(text.English))
	b := newTab(t)
	b.open(s)
	a := b.asks(s, look(1))
	b.do(chromedp.Evaluate[chromedp.Void]("Date.now = () => 0, performance.timeOrigin")) // a clock that jumps
	b.do(chromedp.Reload())
	b.visible("locked")
	if shown := value[string](b, "document.body.innerText"); strings.Contains(shown, "Alice") || strings.Contains(shown, "482") || value[bool](b, "document.getElementById('stop').checkVisibility()") {
		t.Errorf("a page without its secret shows %q", shown)
	}
	b.click("reopen")
	testkit.Eventually(t, "the program is asked for a new way in", func() bool { return s.customer.has("reopen") })
	code := s.Code()
	b.do(chromedp.SendKeys(chromedp.CSS("#code"), "x"+kb.Enter))
	b.until("a wrong code is said to be wrong", "document.getElementById('code-problem').innerText.includes('Tries left: 2')")
	b.do(chromedp.Evaluate[chromedp.Void]("document.getElementById('code').value = ''"), chromedp.SendKeys(chromedp.CSS("#code"), code[:3]+" "+code[3:]+kb.Enter))
	b.visible("question")
	b.do(chromedp.Navigate("about:blank"), chromedp.NavigateBack())
	b.until("going back shows nothing, or all of it", "document.getElementById('locked').checkVisibility() || document.getElementById('question').checkVisibility()")
	b.do(chromedp.Navigate("about:blank"))
	b.open(s)
	b.visible("question")
	cuts.cut()
	b.until("the page comes back by itself", "document.getElementById('question').checkVisibility() && document.getElementById('lost').hidden")
	s.Event(page.Event{Text: "after the cut"})
	b.until("and shows what is new", "document.getElementById('events').innerText.includes('after the cut')")
	b.until("the question has the focus", "document.activeElement.id === 'q-no'")
	b.settle()
	if left := value[int](b, "parseInt(document.getElementById('q-count').innerText)"); left >= 60 || left < 30 {
		t.Errorf("%d seconds are left", left)
	}
	b.click("q-once")
	b.decided(a, consent.AllowedOnce)
	used, _ := s.Ticket()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(used))
	b.visible("session")
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(used))
	b.visible("locked")
}

// cutting is a listener whose connections can be cut.
type cutting struct {
	net.Listener
	mu   sync.Mutex
	have []net.Conn
}

func (c *cutting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.have = append(c.have, conn)
	}
	return conn, err
}

func (c *cutting) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.have {
		conn.Close()
	}
	c.have = nil
}
