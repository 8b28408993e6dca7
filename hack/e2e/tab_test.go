//go:build unix

package e2e_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a page in a real browser. It fails the test where something does not work.
type tab struct {
	t         *testing.T
	ctx       context.Context
	downloads string // where they go
}

// openTab starts a browser, with or without script, that ends with the test.
func openTab(t *testing.T, script bool, more ...chromedp.ExecAllocatorOption) tab {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium")
	}
	dir := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.UserDataDir(filepath.Join(dir, "profile")))
	allocated, end := chromedp.NewExecAllocator(t.Context(), append(options, more...)...)
	t.Cleanup(end)
	ctx, end := chromedp.NewContext(allocated)
	t.Cleanup(end)
	b := tab{t, ctx, filepath.Join(dir, "Downloads")}
	yes := true
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script})
		if err == nil {
			_, err = chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
				Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: b.downloads, EventsEnabled: &yes,
			})
		}
		return err
	}))
	return b
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b tab) read(what chromedp.Action[string]) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, what)
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

// download clicks, and returns the name of what has been downloaded then.
func (b tab) download(click string) (named string) {
	b.t.Helper()
	began, progress := chromedp.Events(b.ctx, browser.DownloadWillBegin), chromedp.Events(b.ctx, browser.DownloadProgress)
	b.do(chromedp.Click(chromedp.CSS(click)))
	for event, err := range began {
		if err != nil {
			b.t.Fatal(err)
		}
		named = event.SuggestedFilename
		break
	}
	for event, err := range progress {
		if err != nil {
			b.t.Fatal(err)
		}
		if event.State == browser.DownloadProgressStateCompleted {
			break
		}
	}
	return named
}
