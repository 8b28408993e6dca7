//go:build unix

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
)

// browse opens a page in a real browser, and returns what has become of it.
func browse(t *testing.T, page string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
		"--no-first-run", "--user-data-dir="+t.TempDir(), "--virtual-time-budget=2000", "--dump-dom", "file://"+path)
	cmd.WaitDelay = time.Second
	var dom bytes.Buffer
	cmd.Stdout = &dom
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return dom.String()
}

// TestC9_C12_HostileReportInABrowser holds that in a page made of hostile texts
// nothing runs, and nothing is asked of anyone.
func TestC9_C12_HostileReportInABrowser(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("there is no chromium")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			c.Close()
		}
	}()
	defer func() { l.Close(); <-done }()
	evil := strings.ReplaceAll(`</pre></p></dd></title></style><script>document.title='owned';fetch('URL/1')</script><img src='URL/2' onerror="document.title='owned'">`+
		`<link rel=stylesheet href='URL/3'><iframe src='URL/4'></iframe><svg onload="document.title='owned'"><meta http-equiv=refresh content="0;url=URL/5">"><a autofocus onfocus="document.title='owned'" href="javascript:1">`+
		"{{.}}`${1}`&lt;script&gt;<!--<style>@import 'URL/6'", "URL", "http://"+l.Addr().String())

	// A page that is not ours runs and asks: otherwise this test proves nothing.
	control, _, _ := strings.Cut(evil, "<meta")
	if dom := browse(t, "<!DOCTYPE html><title>x</title>"+control); !strings.Contains(dom, "<title>owned") || asked.Load() == 0 {
		t.Fatalf("the browser runs nothing at all (%d requests):\n%.2000s", asked.Load(), dom)
	}
	asked.Store(0)

	for _, lang := range text.Languages() {
		var page bytes.Buffer
		if err := hostileReport(t, evil).HTML(&page, report.Style{Language: lang}); err != nil {
			t.Fatal(err)
		}
		dom := browse(t, page.String())
		if strings.Contains(dom, "<title>owned") || asked.Load() > 0 {
			t.Errorf("%s: something ran, or %d requests left", lang, asked.Load())
		}
		for _, element := range []string{"<script", "<img", "<iframe", "<svg onload", "<link", "<a ", "http-equiv=\"refresh"} {
			if strings.Contains(dom, element) {
				t.Errorf("%s: there is %s in the page", lang, element)
			}
		}
		if ours := `<svg viewBox="0 0 600 10"`; strings.Count(dom, "<svg") != strings.Count(dom, ours) {
			t.Errorf("%s: there is a picture that is not ours", lang)
		}
		if !strings.Contains(dom, "&lt;script&gt;document.title") {
			t.Errorf("%s: the text is not shown:\n%.2000s", lang, dom)
		}
	}
}

// hostileReport says the same in every field.
func hostileReport(t *testing.T, text string) report.Source {
	t.Helper()
	var events []journal.Event
	var last journal.Event
	for _, kind := range []string{
		journal.KindSessionJoin, journal.KindConnOpen, journal.KindAccessChange, journal.KindConsentAnswer, journal.KindSysInfoView, journal.KindFileStage, journal.KindRunStart, journal.KindScriptStart,
		journal.KindScriptOutput, journal.KindScriptExit, journal.KindRunEnd, journal.KindChatMessage, journal.KindRebootRequest, journal.KindRebootReturn,
		journal.KindLogonStart, journal.KindProblem, "other.kind", journal.KindSessionEnd,
	} {
		file := map[string]any{"name": text, "sha256": text}
		who := map[string]any{"name": text, "account": text, "fingerprint": text}
		data, err := json.Marshal(map[string]any{
			"name": text, "host": text, "os": text, "owner": text, "reason": text, "by": text, "who": who, "may_enter": []any{who}, "allow": []string{text},
			"question": map[string]any{"kind": "script", "who": who, "programs": []any{file}, "reason": text, "account": text}, "answer": map[string]any{"why": text, "decision": text},
			"categories": []string{text}, "as": text, "sha256": text, "scripts": []any{file}, "text": text, "user": text, "took": text, "why": text,
			"outcome": map[string]any{"name": text, "reason": text, "problem": text, "signal": text, "dropped": 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		e := journal.Event{Time: time.Now(), Kind: kind, Actor: text[:wire.MaxName/2], Data: data}
		e.Seal(last)
		last, events = e, append(events, e)
	}
	read := func() iter.Seq2[journal.Event, error] {
		return func(yield func(journal.Event, error) bool) {
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
	h, err := report.HeaderOf(read(), text)
	if err != nil {
		t.Fatal(err)
	}
	h.Number, h.State, h.Ticket, h.Note, h.EndedBy, h.Owner = wire.Number(text), text, text, text, text, text
	return report.Source{Header: h, Events: read, Outline: func() iter.Seq2[journal.Event, error] { return report.WithoutOutput(read()) }}
}
