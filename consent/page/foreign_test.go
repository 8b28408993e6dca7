package page_test

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/library/text"
)

// Y1, Y12: the ticket leaves the address at once, the secret is in the memory of the tab
// and nowhere else, and no request goes anywhere but to the program.
func TestY1_Y12_TheSecretStaysAndNothingLeaves(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	profile := t.TempDir()
	b := newBrowser(t, profile)
	var mu sync.Mutex
	var asked []string
	secret := ""
	err := chromedp.Listen(b.ctx, func(ev any) {
		if sent, ok := ev.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, sent.Request.URL)
			for name, value := range sent.Request.Headers {
				switch {
				case strings.EqualFold(name, "X-Page-Secret"):
					secret = fmt.Sprint(value)
				case value != "" && (strings.EqualFold(name, "Referer") || strings.EqualFold(name, "Cookie")):
					t.Errorf("%s: %v", name, value)
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
		return err
	}))
	address, _ := s.Ticket()
	_, ticket, _ := strings.Cut(address, "#")
	b.do(chromedp.Navigate(address))
	b.visible("session")
	a := b.asks(s, scripts(1))
	b.do(chromedp.Click(chromedp.CSS("#q-programs details summary")))
	b.until("the file is there", "document.querySelector('#q-programs pre').textContent.includes('lpstat')")
	b.settle()
	b.click("q-once")
	b.decided(a, consent.AllowedOnce)
	state := joined(text.Korean)
	state.Phase, state.End = page.PhaseEnded, &page.End{Report: true, Name: "copy.html"}
	s.SetState(state)
	b.visible("copy")
	if kept := value[string](b, "[document.cookie, localStorage.length, sessionStorage.length, document.referrer, location.href, history.length].join()"); kept != ",0,0,,"+s.URL()+",2" {
		t.Errorf("the browser keeps %s", kept)
	}
	if got := value[string](b, "fetch(document.getElementById('copy').href).then(r => r.text(), e => 'refused')"); got != "refused" {
		t.Errorf("the page may ask for what is not the program's: %q", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if secret == "" || len(asked) < 9 {
		t.Errorf("%d requests were seen, the secret is %q", len(asked), secret)
	}
	for _, url := range asked {
		if !strings.HasPrefix(url, s.URL()) && !strings.HasPrefix(url, "blob:"+s.URL()) || strings.Contains(url, secret) {
			t.Errorf("the page asks %s", url)
		}
	}
	if strings.Contains(s.log.String(), ticket) || strings.Contains(s.log.String(), secret) {
		t.Error("what lets somebody in is in the log")
	}
	b.end() // and it writes what it keeps
	holds(t, profile, secret)
}

// holds fails the test where a file below a directory holds a secret.
func holds(t *testing.T, dir, secret string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // it may vanish meanwhile
		}
		files++
		if content, err := os.ReadFile(name); err == nil && strings.Contains(string(content), secret) {
			t.Errorf("the secret is in %s", name)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

// Y2, Y4: a page of another origin can neither read, nor send, nor frame, nor load
// anything of ours, also under a name that leads to this computer.
func TestY2_Y4_AnotherPageReachesNothing(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!DOCTYPE html><title>evil</title><iframe id=f src=%q></iframe>", s.URL())
	}))
	defer evil.Close()
	_, port, err := net.SplitHostPort(s.host)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, t.TempDir(), chromedp.Flag("host-resolver-rules", "MAP rebound.example 127.0.0.1"))
	b.do(chromedp.Navigate(evil.URL))
	try := func(expression string) string {
		t.Helper()
		return value[string](b, "(async () => { try { "+expression+" } catch (e) { return 'refused' } })()")
	}
	for what, expression := range map[string]string{
		"read the page":     "return (await fetch('" + s.URL() + "')).text()",
		"ask for a way in":  "return String((await fetch('" + s.URL() + "api/reopen', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})).status)",
		"load the script":   "return await import('" + s.URL() + "page.js') && 'loaded'",
		"load the pictures": "return await new Promise((a, b) => { const i = new Image(); i.onload = () => a('loaded'); i.onerror = b; i.src = '" + s.URL() + "icon.svg' })",
	} {
		if got := try(expression); got != "refused" {
			t.Errorf("another page can %s: %q", what, got)
		}
	}
	// A form needs no permission to send, and is refused by what it sends.
	try("await fetch('" + s.URL() + "api/reopen', {method: 'POST', mode: 'no-cors', body: '{}'}); return ''")
	frames, err := chromedp.Run(b.ctx, chromedp.Action[cdppage.GetFrameTreeResult](func(ctx context.Context, _ *chromedp.Target) (cdppage.GetFrameTreeResult, error) {
		return chromedp.Call(ctx, cdppage.GetFrameTree, cdp.Empty{})
	}))
	if err != nil || len(frames.FrameTree.ChildFrames) != 1 || frames.FrameTree.ChildFrames[0].Frame.URL == s.URL() {
		t.Errorf("the page is framed: %+v %v", frames.FrameTree.ChildFrames, err)
	}
	gesture := true
	opened, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("window.w = open('"+s.URL()+"'); w !== null", func(p *runtime.EvaluateParams) { p.UserGesture = &gesture }))
	if err != nil || !opened {
		t.Errorf("no window was opened: %v", err)
	}
	b.until("another page does not hold the window of ours", "window.w.closed")
	b.do(chromedp.Navigate("http://rebound.example:" + port + "/"))
	if got := value[string](b, "document.body.innerText"); !strings.Contains(got, "another host name") {
		t.Errorf("under another name there is %q", got)
	}
	if did := s.customer.all(); len(did) > 0 {
		t.Errorf("another page did %v", did)
	}
}

// evil is what somebody else could write in every place that takes text.
const evil = `"'><img src=x onerror="window.hit=1"><script>window.hit=1</script><a href="javascript:window.hit=1">x</a>${window.hit=1}{{window.hit}}</textarea></title>`

// fill sets each string below a value, so that no field is forgotten.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), s)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), s)
		}
	}
}

func TestY5_CodeInForeignTextIsText(t *testing.T) {
	s := serve(t, page.Options{})
	b := newTab(t)
	b.open(s)
	nodes := "document.querySelectorAll('main img, main script, main a:not(#copy), iframe').length"
	for i, phase := range []page.Phase{page.PhaseCall, page.PhaseKey, page.PhaseNumber, page.PhaseRestarted, page.PhaseJoined, page.PhaseAway, page.PhaseEnding, page.PhaseEnded} {
		var state page.State
		fill(reflect.ValueOf(&state).Elem(), evil)
		state.Phase, state.Language, state.MayAllow = phase, text.English, []consent.Kind{evil}
		state.Away.Kinds, state.Run = state.MayAllow, nil
		s.SetState(state)
		for _, kind := range consent.Kinds() {
			var q consent.Question
			fill(reflect.ValueOf(&q).Elem(), evil)
			q.ID, q.Kind = uint64(i*100+len(kind)), kind
			if phase == page.PhaseJoined {
				a := b.asks(s, q)
				if kind == consent.Script {
					b.do(chromedp.Click(chromedp.CSS("#q-programs details summary")))
					b.until("the file is there", "document.querySelector('#q-programs pre').textContent.includes('onerror')")
				}
				if !strings.Contains(b.text("q-who"), "<img src=x") {
					t.Errorf("the page says %q", b.text("q-who"))
				}
				a.cancel()
				b.until("the question is closed", "document.getElementById('question').hidden")
			}
		}
		s.Event(page.Event{Text: evil})
		s.Chat(page.Chat{Who: evil, Text: evil + "\n" + evil})
		s.Output(1, evil)
		b.until("the phase is shown", "document.getElementById('events').children.length === "+fmt.Sprint(i+1))
		if n := value[int](b, nodes); n > 0 {
			t.Errorf("%s: %d elements were made of text", phase, n)
		}
	}
	if shown := b.text("chat"); strings.Count(shown, "onerror") < 16 {
		t.Errorf("the chat shows %q", shown)
	}
	if value[bool](b, "'hit' in window") {
		t.Error("code in foreign text ran")
	}
	// Nothing in the page can be made HTML or code at all.
	for _, sink := range []string{"document.body.innerHTML = '<b>x</b>'", "document.write('x')", "document.body.insertAdjacentHTML('beforeend', 'x')"} {
		if got := value[string](b, "(() => { try { "+sink+"; return 'done' } catch (e) { return 'refused' } })()"); got != "refused" {
			t.Errorf("%s: %s", sink, got)
		}
	}
}
