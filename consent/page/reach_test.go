package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/hack/testkit"
	"supportd/library/text"
)

// scene is one state of the page; until says when it is there.
type scene struct {
	name, until string
	set         func(t *testing.T, s *served, l text.Language)
}

// in is a text in the language of a state.
func in(s *page.State, en, ko string) string {
	if s.Language == text.Korean {
		return ko
	}
	return en
}

func seen(id string) string { return "document.getElementById('" + id + "').checkVisibility()" }

// scenes are the states of the page, each behind the one before.
func scenes() []scene {
	phase := func(p page.Phase, change func(*page.State)) func(*testing.T, *served, text.Language) {
		return func(_ *testing.T, s *served, l text.Language) {
			state := joined(l)
			state.Phase = p
			if change != nil {
				change(&state)
			}
			s.SetState(state)
		}
	}
	question := func(q consent.Question) func(*testing.T, *served, text.Language) {
		return func(t *testing.T, s *served, _ text.Language) { s.ask(t, q, 10*time.Minute) }
	}
	lookFor := func(id uint64) func(*testing.T, *served, text.Language) {
		return func(t *testing.T, s *served, l text.Language) {
			q := look(id)
			q.Reason = in(&page.State{Language: l}, q.Reason, "프린터가 인쇄하지 않습니다")
			s.ask(t, q, 10*time.Minute)
		}
	}
	none := "document.getElementById('question').hidden"
	full := func(state *page.State) {
		state.Allowed = []page.Grant{
			{ID: "1", Says: in(state, "Alice Kim (alice) may see information about this computer until the support session ends.", "Alice Kim (alice) 상담원은 지원이 끝날 때까지 이 컴퓨터의 정보를 볼 수 있습니다.")},
			{ID: "2", Says: in(state, "Other support reps may join this support session.", "다른 상담원이 이 지원에 참여할 수 있습니다.")},
		}
		state.Away = &page.Away{Kinds: state.MayAllow, Until: time.Now().Add(time.Hour)}
		state.Run = &page.Run{Who: alice(), Scripts: []string{"fix-printer.sh"}, Since: time.Now()}
		state.ActingAs, state.Connection, state.Withheld = "bob", in(state, "The connection goes to relay.example", "연결된 곳: relay.example"), consent.Withheld{Fields: []string{"serials"}}
		state.Problem, state.Hint = in(state, "The clock is wrong.", "시계가 맞지 않습니다."), in(state, "Tell your support rep.", "상담원에게 알려 주세요.")
	}
	return []scene{
		{"call", seen("confirm"), phase(page.PhaseCall, nil)},
		{"number", seen("number-form"), phase(page.PhaseNumber, nil)},
		{"key", seen("confirm"), phase(page.PhaseKey, func(s *page.State) {
			s.Relay, s.Fingerprint = "relay.example", strings.Fields("aB3a B3aB 3aB3 aB3a B3aB 3aB3 aB3a B3aB 3aB3 aB3a B3x")
		})},
		{"connecting", "!" + seen("confirm"), phase(page.PhaseConnecting, nil)},
		{"joined", seen("session"), phase(page.PhaseJoined, nil)},
		{"words to compare", seen("words"), phase(page.PhaseJoined, func(s *page.State) { s.Words = []page.Words{{Who: alice(), Asks: true}} })},
		{"asked before the words", seen("question"), func(t *testing.T, s *served, _ text.Language) {
			q := look(11)
			q.Reason, q.Compared = "", consent.NotCompared
			s.ask(t, q, 10*time.Minute)
		}},
		{"picking words", none, nil}, {"picking words", seen("q-pick-4"), question(consent.Question{ID: 12, Kind: consent.Words, Who: alice(), Choices: []consent.Choice{
			{English: "harbor violin", Korean: "항구 바이올린"}, {English: "candle tiger", Korean: "촛불 호랑이"},
			{English: "meadow pencil", Korean: "풀밭 연필"}, {English: "rocket summer", Korean: "로켓 여름"},
		}})},
		{"words compared", none, nil}, {"words compared", "document.getElementById('words').hidden", phase(page.PhaseJoined, func(s *page.State) { s.Words = []page.Words{{Who: alice(), Compared: true}} })},
		{"look", seen("question"), lookFor(1)},
		{"scripts", none, nil}, {"scripts", seen("q-programs"), question(scripts(2))},
		{"restart", none, nil}, {"restart", seen("question"), question(consent.Question{ID: 3, Kind: consent.Reboot, Who: alice()})},
		{"away offer", none, nil}, {"away offer", seen("away-offer"), func(t *testing.T, s *served, l text.Language) {}},
		{"running", seen("running"), func(t *testing.T, s *served, l text.Language) {
			phase(page.PhaseJoined, full)(t, s, l)
			of := &page.State{Language: l}
			s.Event(page.Event{At: time.Now(), Text: in(of, "Alice Kim (alice) is connected to this computer.", "Alice Kim (alice) 상담원이 이 컴퓨터에 연결되었습니다.")})
			s.Event(page.Event{At: time.Now(), Text: in(of, "The connection is interrupted.", "연결이 끊어졌습니다."), Bad: true})
			s.Chat(page.Chat{At: time.Now(), Who: "Alice Kim (alice)", Text: in(of, "Hello", "안녕하세요, 무엇을 도와드릴까요?")})
			s.Chat(page.Chat{At: time.Now(), Text: "안녕하세요"})
			s.Output(1, strings.Repeat(in(of, "printer office is idle\n", "프린터 사무실: 대기 중\n"), 60))
		}},
		{"asked while it runs", seen("q-why"), lookFor(4)},
		{"away", none, nil}, {"away", seen("problem"), phase(page.PhaseAway, func(s *page.State) { s.Problem = in(s, "It does not answer.", "응답하지 않습니다.") })},
		{"restarted", seen("confirm"), phase(page.PhaseRestarted, nil)},
		{"ended", seen("copy"), phase(page.PhaseEnded, func(s *page.State) {
			s.End = &page.End{
				Said: []string{in(s, "The support session is over.", "지원이 끝났습니다.")}, Summary: []string{in(s, "Programs that ran: 1", "실행된 프로그램: 1개")},
				Undone: []string{in(s, "A program of the user bob may still run.", "사용자 bob의 프로그램이 아직 실행 중일 수 있습니다.")},
				At:     time.Now(), Report: true, Kept: "/home/kim/journal", Name: "copy.html",
			}
		})},
	}
}

// axeSource is axe-core, which is no part of this repository: npm install -g axe-core.
func axeSource() string {
	places := []string{"/usr/share/nodejs/axe-core/axe.min.js"}
	if root, err := exec.Command("npm", "root", "-g").Output(); err == nil {
		places = append(places, filepath.Join(strings.TrimSpace(string(root)), "axe-core", "axe.min.js"))
	}
	for _, name := range places {
		if source, err := os.ReadFile(name); err == nil {
			return string(source)
		}
	}
	return ""
}

// media sets what the browser says of the person's wishes.
func (b *tab) media(features ...string) {
	b.t.Helper()
	var set []*emulation.MediaFeature
	for i := 0; i < len(features); i += 2 {
		set = append(set, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: set})
		return err
	}))
}

// picture keeps what the page looks like where somebody wants to look at it:
// SUPPORTD_PICTURES names a directory.
func (b *tab) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("SUPPORTD_PICTURES")
	if dir == "" {
		return
	}
	for _, width := range []int64{360, 1280} {
		b.do(chromedp.EmulateViewport(width, 900), chromedp.Evaluate[chromedp.Void]("scrollTo(0, 0)"))
		png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), png, 0o600)
		}
		if err != nil {
			b.t.Error(err)
		}
	}
}

// fits fails the test where the page is wider than the window, or Stop is not in it.
func (b *tab) fits(what string, stop bool) {
	b.t.Helper()
	got := value[string](b, `(() => {
		const d = document.documentElement, s = document.getElementById("stop").getBoundingClientRect();
		if (d.scrollWidth > d.clientWidth) return "it is " + (d.scrollWidth - d.clientWidth) + " pixels too wide";
		if (`+fmt.Sprint(stop)+` && !(s.width > 40 && s.top >= 0 && s.bottom <= innerHeight && s.right <= innerWidth)) return "Stop is not in the window";
		return "";
	})()`)
	if got != "" {
		b.t.Errorf("%s: %s", what, got)
	}
}

func TestY11_EveryStateIsAccessible(t *testing.T) {
	axe := axeSource()
	b := newTab(t)
	for _, l := range text.Languages() {
		s := serve(t, page.Options{})
		s.SetState(page.State{Language: l})
		b.open(s)
		b.do(chromedp.Evaluate[chromedp.Void](axe + ";0"))
		for _, scene := range scenes() {
			if scene.set == nil {
				s.withdraw()
			} else {
				scene.set(t, s, l)
			}
			b.until(scene.name, scene.until)
			if scene.set == nil {
				continue
			}
			b.do(chromedp.Evaluate[chromedp.Void]("for (const d of document.querySelectorAll('details')) if (d.checkVisibility()) d.open = true"))
			b.picture(scene.name + "-" + string(l))
			stop := scene.name != "ended"
			for _, size := range [][2]int64{{1280, 900}, {320, 256}} { // the last is 400 % of 1280 x 1024
				b.do(chromedp.EmulateViewport(size[0], size[1]))
				b.fits(fmt.Sprint(l, " ", scene.name, " ", size), stop)
				scheme := map[text.Language]string{text.English: "light", text.Korean: "dark"}[l]
				if axe == "" || (l == text.English) != (size[1] == 900) { // what axe looks at is not in the words
					continue
				}
				b.media("prefers-color-scheme", scheme)
				found := value[string](b, `axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target + " " + n.failureSummary).join("; ")).join("\n"))`)
				if found != "" {
					t.Errorf("%s %s %v %s: %s", l, scene.name, size, scheme, found)
				}
			}
			b.do(chromedp.EmulateViewport(1280, 900))
			if key := value[string](b, "document.body.innerText.match(/\\b[a-z]+_[a-z_]+\\b|%s|undefined|null|NaN|Invalid Date/)?.[0] || ''"); key != "" && key != "lpstat" {
				t.Errorf("%s %s: a text is missing: %s", l, scene.name, key)
			}
		}
	}
	if axe == "" {
		t.Skip("all but axe was looked at, which is not here: npm install -g axe-core")
	}
}

// Everything can be reached and done with the keyboard alone, in an order that makes
// sense, and the focus can always be seen.
func TestY11_KeyboardOnly(t *testing.T) {
	s := serve(t, page.Options{})
	state := joined(text.English)
	state.Allowed = []page.Grant{{ID: "g1", Says: "Alice Kim (alice) may see information about this computer."}}
	s.SetState(state)
	s.customer.onSay = func(m string) { s.Chat(page.Chat{At: time.Now(), Text: m}) }
	b := newTab(t)
	b.open(s)
	b.visible("session")
	a := b.asks(s, scripts(1))
	var order []string
	for range 10 {
		here := value[string](b, `(() => { const e = document.activeElement, o = getComputedStyle(e);
			return (e.id || (e.closest("[id]")?.id || "") + " " + e.tagName.toLowerCase()) + (o.outlineStyle !== "none" && parseFloat(o.outlineWidth) >= 2 ? "" : " without a ring") })()`)
		order = append(order, here)
		b.keys(kb.Tab)
	}
	want := "q-no, q-once, q-always, q-block"
	order = slices.DeleteFunc(order, func(here string) bool { return strings.HasPrefix(here, " body") }) // behind the last
	if got := strings.Join(order, ", "); !strings.HasPrefix(got, want) || strings.Contains(got, "without a ring") {
		t.Errorf("the focus goes %s", got)
	}
	b.do(chromedp.Focus(chromedp.CSS("#q-no")))
	b.settle()
	b.keys(kb.Tab + kb.Enter)
	b.decided(a, consent.AllowedOnce)
	b.do(chromedp.Focus(chromedp.CSS("#message")))
	b.keys("hello" + kb.Enter)
	testkit.Eventually(t, "the message is sent", func() bool { return s.customer.has("say hello") })
	b.until("it is shown, and the field is empty", "document.getElementById('chat').innerText.includes('hello') && document.getElementById('message').value === ''")
	b.do(chromedp.Focus(chromedp.CSS("#allowed button")))
	b.keys(kb.Enter)
	testkit.Eventually(t, "it is taken back", func() bool { return s.customer.has("takeback g1") })
	b.do(chromedp.Focus(chromedp.CSS("#away-offer summary")))
	b.keys(kb.Enter)
	b.until("the times are there", "document.getElementById('away-until').options.length === 5")
	b.do(chromedp.Focus(chromedp.CSS("#away-go")))
	b.settle()
	b.keys(kb.Enter)
	testkit.Eventually(t, "it is allowed", func() bool { return s.customer.has("allow") })
	// A question that comes while somebody writes takes the focus only when they pause.
	b.do(chromedp.Focus(chromedp.CSS("#message")))
	b.keys("I am wri")
	a = s.ask(t, look(2), time.Minute)
	b.visible("question")
	b.keys("ting")
	if got := value[string](b, "document.getElementById('message').value"); !strings.HasPrefix(got, "I am wri") {
		t.Errorf("the message is %q", got)
	}
	b.until("the question has the focus", "document.activeElement.id === 'q-no'")
	a.cancel()
	b.until("the focus goes back to the message", "document.activeElement.id === 'message'")
	b.do(chromedp.Focus(chromedp.CSS("#stop")))
	b.keys(kb.Enter)
	testkit.Eventually(t, "everything stops", func() bool { return s.customer.has("stop") })
}

// What a screen reader is given of a question reads as a sentence with its choices.
func TestY11_AQuestionReadsAsASentence(t *testing.T) {
	s := serve(t, page.Options{})
	b := newTab(t)
	for _, l := range text.Languages() {
		s.SetState(joined(l))
		if l == text.English {
			b.open(s)
		}
		b.until("the language", "document.documentElement.lang === '"+string(l)+"' && "+seen("session"))
		q := scripts(uint64(len(l)) + uint64(l[0]))
		a := b.asks(s, q)
		nodes, err := chromedp.Run(b.ctx, chromedp.Action[accessibility.GetFullAXTreeResult](func(ctx context.Context, _ *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
			return chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		}))
		if err != nil {
			t.Fatal(err)
		}
		said := map[string][]string{}
		for _, n := range nodes.Nodes {
			if n.Ignored || n.Role == nil {
				continue
			}
			role := plainValue(n.Role)
			said[role] = append(said[role], plainValue(n.Name)+" | "+plainValue(n.Description))
		}
		dialog := strings.Join(said["alertdialog"], "\n")
		for _, part := range []string{q.Sentence(l) + " | ", "fix-printer.sh", "1,234", "driver.bin", "check.sh", "kim"} {
			if !strings.Contains(dialog, part) {
				t.Errorf("%s: the dialog says %q, without %q", l, dialog, part)
			}
		}
		buttons := strings.Join(said["button"], "\n")
		for _, part := range map[text.Language][]string{
			text.English: {"Don't allow nothing happens", "Allow once this, and then you are asked again", "Allow until the end exactly this", "Block no, and no more questions", "Stop everything, at once"},
			text.Korean:  {"허용 안 함", "이번만 허용", "끝날 때까지 허용", "차단", "중지 모두 즉시 멈춤"},
		}[l] {
			if !strings.Contains(buttons, part) {
				t.Errorf("%s: no button says %q: %s", l, part, buttons)
			}
		}
		if len(said["log"]) != 0 && !slices.ContainsFunc(said["log"], func(n string) bool { return !strings.HasPrefix(n, " |") }) {
			t.Errorf("%s: the lists have no names: %v", l, said["log"])
		}
		a.cancel()
		b.until("closed", "document.getElementById('question').hidden")
	}
	s.Event(page.Event{At: time.Now(), Text: "one"})
	b.until("what happens is announced", "document.getElementById('events').closest('[role=log]').innerText.includes('one')")
}

func plainValue(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	raw, err := json.Marshal(v.Value)
	if err != nil {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

func TestY11_ForcedColoursAndLessMotion(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	b := newTab(t)
	b.media("forced-colors", "active", "prefers-reduced-motion", "reduce")
	b.open(s)
	a := b.asks(s, look(1))
	got := value[string](b, `(() => {
		const wrong = [];
		for (const e of document.querySelectorAll("button, .question, .warning, .problem, input, textarea, select")) {
			if (!e.checkVisibility()) continue;
			const c = getComputedStyle(e);
			if (e.type !== "checkbox" && (c.borderLeftStyle === "none" || parseFloat(c.borderLeftWidth) < 1)) wrong.push((e.id || e.className) + " has no border");
		}
		if (document.getAnimations().length) wrong.push("something moves");
		for (const e of document.querySelectorAll("*")) if (parseFloat(getComputedStyle(e).transitionDuration) > 0) wrong.push(e.tagName + " moves");
		return wrong.join(", ");
	})()`)
	if got != "" {
		t.Error(got)
	}
	a.cancel()
}
