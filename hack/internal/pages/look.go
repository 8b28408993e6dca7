//go:build linux

package pages

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"supportd/library/text"
)

// widths are those of a telephone and of a desktop, in CSS pixels.
var widths = []int64{360, 1280}

// tools are what looks for faults; "" is not there.
type tools struct{ axe, validator string }

// findTools takes axe from the variable AXE, a file axe.min.js, and the validator from
// VNU, a file vnu.jar, or else gets both from npm.
func findTools(ctx context.Context, dir string, progress io.Writer) (t tools) {
	axe, jar := os.Getenv("AXE"), os.Getenv("VNU")
	if axe == "" || jar == "" {
		at := filepath.Join(dir, "npm")
		_ = os.Mkdir(at, 0o700)
		install := exec.CommandContext(ctx, "npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", at, "axe-core@4", "vnu-jar@26")
		if out, err := install.CombinedOutput(); err != nil {
			fmt.Fprintf(progress, "npm cannot install axe-core and vnu-jar, and AXE and VNU do not name them: %v %.200s\n", err, out)
		}
		if axe == "" {
			axe = filepath.Join(at, "node_modules", "axe-core", "axe.min.js")
		}
		if jar == "" {
			jar = filepath.Join(at, "node_modules", "vnu-jar", "build", "dist", "vnu.jar")
		}
	}
	if source, err := os.ReadFile(axe); err == nil {
		t.axe = string(source)
	} else {
		fmt.Fprintln(progress, "SKIPPED: axe:", err)
	}
	if _, err := os.Stat(jar); err != nil {
		fmt.Fprintln(progress, "SKIPPED: the HTML validator:", err)
	} else if _, err := exec.LookPath("java"); err != nil {
		fmt.Fprintln(progress, "SKIPPED: the HTML validator:", err)
	} else {
		t.validator = jar
	}
	return t
}

// look collects what is found.
type look struct {
	tab      context.Context
	tools    tools
	out      string
	progress io.Writer
	pictures int
	sources  []string // files with the pages' HTML
	faults   int
}

func (l *look) fault(format string, args ...any) {
	l.faults++
	fmt.Fprintln(l.progress, "FAULT:", strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "))
}

// openTab starts a browser that keeps no download.
func openTab(ctx context.Context, dir string) (tab context.Context, end func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.UserDataDir(filepath.Join(dir, "profile")))
	allocated, endAll := chromedp.NewExecAllocator(ctx, options...)
	tab, endTab := chromedp.NewContext(allocated)
	end = func() { endTab(); endAll() }
	err = chromedp.Do(tab, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorDeny})
		return err
	}))
	return tab, end, err
}

// take opens a page, and takes its pictures.
func (l *look) take(s state, lang text.Language) error {
	if s.before != nil {
		if err := s.before(); err != nil {
			return err
		}
	}
	if s.agent != "" {
		set := emulation.SetUserAgentOverrideParams{UserAgent: s.agent, AcceptLanguage: string(lang)}
		if err := l.do(func(ctx context.Context) error {
			_, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, set)
			return err
		}); err != nil {
			return err
		}
	}
	if s.path != "" {
		response, err := chromedp.Run(l.tab, chromedp.NavigateResponse(s.base+s.path))
		if err != nil {
			return err
		}
		if int(response.Status) != cmp.Or(s.status, 200) {
			l.fault("%s: the status is %d", s.name, response.Status)
		}
	}
	if s.then != nil {
		if err := s.then(l.tab); err != nil {
			return err
		}
	}
	name := s.name + "-" + string(lang)
	if s.open {
		if err := chromedp.Do(l.tab, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => d.open = true)`)); err != nil {
			return err
		}
	}
	source, err := chromedp.Run(l.tab, chromedp.Evaluate[string](`'<!DOCTYPE html>\n' + document.documentElement.outerHTML`))
	if err != nil {
		return err
	}
	file := filepath.Join(l.out, name+".html")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		return err
	}
	l.sources = append(l.sources, file)
	for _, width := range widths {
		for _, scheme := range []string{"light", "dark"} {
			if err := l.picture(fmt.Sprintf("%s-%d-%s", name, width, scheme), width, scheme); err != nil {
				return err
			}
		}
	}
	return nil
}

// do calls the browser itself.
func (l *look) do(f func(ctx context.Context) error) error {
	return chromedp.Do(l.tab, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error { return f(ctx) }))
}

// picture takes one picture of the page as it is, and looks for faults.
func (l *look) picture(name string, width int64, scheme string) error {
	err := l.do(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1})
		if err != nil {
			return err
		}
		_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
	if err != nil {
		return err
	}
	// What stays at the top of the screen is to be at the top of the picture.
	if err := chromedp.Do(l.tab, chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`)); err != nil {
		return err
	}
	bytes, err := chromedp.Run(l.tab, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(l.out, name+".png"), bytes, 0o644); err != nil {
		return err
	}
	l.pictures++
	over, err := chromedp.Run(l.tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
	if err != nil {
		return err
	}
	if over > 0 {
		l.fault("%s: the page is %d pixels wider than the screen", name, over)
	}
	others, err := chromedp.Run(l.tab, chromedp.Evaluate[[]string](`performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin + '/'))`))
	if err != nil {
		return err
	}
	for _, one := range others {
		l.fault("%s: it asks %s", name, one)
	}
	return l.runAxe(name)
}

// runAxe lets axe look for faults.
func (l *look) runAxe(name string) error {
	if l.tools.axe == "" {
		return nil
	}
	found, err := chromedp.Run(l.tab, chromedp.Evaluate[[]string](l.tools.axe+`;
		axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.nodes.map(n => n.html).join(' ')))`, chromedp.EvalAwaitPromise))
	if err != nil {
		return err
	}
	for _, one := range found {
		l.fault("%s: axe: %.300s", name, one)
	}
	return nil
}

// validate lets the validator read all pages and the style sheet.
func (l *look) validate(ctx context.Context) {
	if l.tools.validator == "" {
		return
	}
	cmd := exec.CommandContext(ctx, "java", append([]string{"-jar", l.tools.validator, "--format", "json", "--also-check-css", "relay/web/page/style.css"}, l.sources...)...)
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run() // it fails where it finds something
	var result struct {
		Messages []struct {
			URL, Type, SubType, Message, Extract string
			LastLine                             int
		}
	}
	if wrong := json.Unmarshal([]byte(said.String()), &result); wrong != nil {
		l.fault("the HTML validator: %v: %.300s", err, said.String())
		return
	}
	for _, m := range result.Messages {
		l.fault("%s:%d: %s %s: %s: %.200s", filepath.Base(m.URL), m.LastLine, m.Type, m.SubType, m.Message, m.Extract)
	}
}
