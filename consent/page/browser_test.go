package page_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"supportd/hack/testkit"
)

// tab is a tab of a real browser.
type tab struct {
	t   *testing.T
	ctx context.Context
	end func() // of a browser of its own; it waits for its end
}

// TestMain ends the browser that the tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	shared.Lock()
	if shared.end != nil {
		shared.end()
	}
	os.Exit(code)
}

// shared is the browser of all tests that need none of their own: each has its own tab.
var shared struct {
	sync.Mutex
	ctx context.Context
	end func()
}

// newTab opens a tab in the shared browser, or skips the test where there is none.
func newTab(t *testing.T) *tab {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.ctx == nil {
		dir, err := os.MkdirTemp("", "page-test-")
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := start(t, dir)
		shared.ctx, shared.end = ctx, func() {
			end()
			_ = os.RemoveAll(dir)
		}
	}
	ctx, cancel := chromedp.NewContext(shared.ctx)
	t.Cleanup(cancel)
	return begin(t, ctx)
}

// start starts a browser whose files are in dir; end waits for its end.
func start(t *testing.T, dir string, options ...chromedp.ExecAllocatorOption) (ctx context.Context, end func()) {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium")
	}
	options = append(append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.UserDataDir(dir)), options...)
	allocated, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ = chromedp.NewContext(allocated)
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		t.Fatal(err)
	}
	return ctx, sync.OnceFunc(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
	})
}

// newBrowser starts a browser of its own, or skips the test where there is none.
func newBrowser(t *testing.T, dir string, options ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	ctx, end := start(t, dir, options...)
	t.Cleanup(end)
	b := begin(t, ctx)
	b.end = end
	return b
}

// another is a new tab of the same browser.
func (b *tab) another() *tab {
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	return begin(b.t, ctx)
}

// begin makes a tab, whose life is that of the context it is made with.
func begin(t *testing.T, ctx context.Context) *tab {
	t.Helper()
	err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	return &tab{t: t, ctx: ctx}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, testkit.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// value is what an expression in the page gives.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, testkit.Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil && !errors.Is(err, chromedp.ErrJSNull) && !errors.Is(err, chromedp.ErrJSUndefined) {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// text is what a person reads in an element.
func (b *tab) text(id string) string {
	b.t.Helper()
	return value[string](b, "document.getElementById('"+id+"').innerText")
}

// until waits for an expression to be true.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	testkit.Eventually(b.t, what, func() bool { return value[bool](b, "Boolean("+expression+")") })
}

// visible waits until an element can be seen.
func (b *tab) visible(id string) {
	b.t.Helper()
	b.until(id+" is there", "document.getElementById('"+id+"')?.checkVisibility()")
}

// open opens the page with a new ticket, and waits until it shows something.
func (b *tab) open(s *served) {
	b.t.Helper()
	address, _ := s.Ticket()
	b.do(chromedp.Navigate(address))
	b.until("the page is in", "document.getElementById('brand').textContent && document.getElementById('locked').hidden")
}

// settle waits until a button has stood long enough to count.
func (b *tab) settle() {
	b.t.Helper()
	begun := value[float64](b, "performance.now()")
	b.until("time has passed", fmt.Sprintf("performance.now() - %f > 700", begun))
}

func (b *tab) click(id string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS("#" + id)))
}

func (b *tab) keys(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}
