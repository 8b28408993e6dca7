package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/hack/testkit"
	"supportd/library/text"
)

func TestAllowedWhileAway(t *testing.T) {
	s := serve(t, page.Options{})
	state := joined(text.English)
	state.MayAllow = []consent.Kind{consent.SysInfo, consent.Reboot, consent.Script, consent.LogonAs}
	s.SetState(state)
	secret := s.enter(t)
	f := s.stream(t, secret)
	f.until(t, "state")
	for _, minutes := range []int{-1, 241, 1 << 40} {
		if status, _ := s.post(t, secret, "allow", map[string]any{"minutes": minutes, "steady": 900}); status != http.StatusBadRequest {
			t.Errorf("%d minutes: %d", minutes, status)
		}
	}
	if _, o := s.post(t, secret, "allow", map[string]any{"minutes": 15, "steady": 3}); o["why"] != "early" {
		t.Errorf("%v", o)
	}
	a := s.ask(t, look(1), time.Minute)
	f.until(t, "question")
	if _, o := s.post(t, secret, "allow", map[string]any{"minutes": 15, "steady": 900}); o["why"] != "question" {
		t.Errorf("inside a question: %v", o)
	}
	a.cancel()
	f.until(t, "closed")
	if s.customer.has("allow") {
		t.Fatal("something was allowed")
	}
	if _, o := s.post(t, secret, "allow", map[string]any{"minutes": 15, "steady": 900}); len(o) > 0 {
		t.Errorf("%v", o)
	}
	s.customer.mu.Lock()
	kinds, until := s.customer.allowed, s.customer.until
	s.customer.mu.Unlock()
	if fmt.Sprint(kinds) != "[sysinfo script]" || time.Until(until) > 15*time.Minute || time.Until(until) < 14*time.Minute {
		t.Errorf("%v until %v", kinds, until)
	}
	state.MayAllow = nil
	s.SetState(state)
	if _, o := s.post(t, secret, "allow", map[string]any{"minutes": 15, "steady": 900}); o["why"] != "closed" {
		t.Errorf("where nothing can be allowed: %v", o)
	}
}

func TestPhasesThatAsk(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(page.State{Language: text.English, Phase: page.PhaseCall})
	secret := s.enter(t)
	f := s.stream(t, secret)
	f.until(t, "state")
	confirm := func(phase string, yes bool) (why string) {
		t.Helper()
		testkit.Eventually(t, "it stood long enough", func() bool {
			_, o := s.post(t, secret, "confirm", map[string]any{"phase": phase, "yes": yes, "steady": 900})
			why, _ = o["why"].(string)
			return why != "early"
		})
		return why
	}
	if _, o := s.post(t, secret, "confirm", map[string]any{"phase": "call", "yes": true, "steady": 499}); o["why"] != "early" {
		t.Errorf("%v", o)
	}
	if why := confirm("key", true); why != "closed" {
		t.Error(why)
	}
	if why := confirm("call", true); why != "" || !s.customer.has("confirm call yes") {
		t.Error(why)
	}
	if _, o := s.post(t, secret, "number", map[string]any{"number": "1"}); o["why"] != "closed" {
		t.Errorf("%v", o)
	}
	s.SetState(page.State{Language: text.English, Phase: page.PhaseNumber})
	s.customer.problem = "one digit is wrong"
	if _, o := s.post(t, secret, "number", map[string]any{"number": "482 913 078"}); o["problem"] != "one digit is wrong" || !s.customer.has("number 482 913 078") {
		t.Errorf("%v", o)
	}
	if status, _ := s.post(t, secret, "number", map[string]any{"number": strings.Repeat("1", 65)}); status != http.StatusBadRequest {
		t.Error(status)
	}
	if why := confirm("call", true); why != "closed" {
		t.Errorf("a phase that is over: %q", why)
	}
}

func TestFilesAreReadOnRequest(t *testing.T) {
	s := serve(t, page.Options{})
	secret := s.enter(t)
	f := s.stream(t, secret)
	q := scripts(1)
	q.Programs[1].Text = "echo \u202e evil \x1b[2J\n"
	a := s.ask(t, q, time.Minute)
	shown := f.until(t, "question")
	if strings.Contains(fmt.Sprint(shown), "lpstat") {
		t.Error("the text comes without being asked for")
	}
	for place, want := range map[int]string{0: q.Programs[0].Text, 2: "echo \\u202e evil \\x1b[2J\n"} {
		if _, o := s.post(t, secret, "file", map[string]any{"id": 1, "file": place}); o["text"] != want {
			t.Errorf("%d: %q", place, o["text"])
		}
	}
	for _, place := range []int{1, 3, -1, 1 << 30} { // no text, none, none, none
		if status, _ := s.post(t, secret, "file", map[string]any{"id": 1, "file": place}); status != http.StatusBadRequest {
			t.Errorf("%d: %d", place, status)
		}
	}
	a.cancel()
	if _, err := a.wait(t); err == nil {
		t.Error("answered")
	}
	if _, o := s.post(t, secret, "file", map[string]any{"id": 1, "file": 0}); o["why"] != "closed" {
		t.Errorf("%v", o)
	}
}

// Stop comes through while everything else waits.
func TestStopWaitsForNothing(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	secret := s.enter(t)
	release := make(chan struct{})
	s.customer.onSay = func(string) { <-release }
	var waiting sync.WaitGroup
	for range 5 {
		waiting.Go(func() { s.post(t, secret, "say", map[string]any{"text": "x"}) })
	}
	testkit.Eventually(t, "all of them wait", func() bool { return len(s.customer.all()) == 5 })
	began := time.Now()
	s.post(t, secret, "stop", struct{}{})
	select {
	case <-s.customer.stopped:
	default:
		t.Error("Stop was not called")
	}
	if took := time.Since(began); took > testkit.Soon {
		t.Errorf("Stop took %v", took)
	}
	close(release)
	waiting.Wait()
}

func TestShutdownLeavesThePageWhole(t *testing.T) {
	s := serve(t, page.Options{})
	state := joined(text.English)
	s.SetState(state)
	secret := s.enter(t)
	f := s.stream(t, secret)
	f.until(t, "state")
	if status, _ := s.post(t, secret, "report", struct{}{}); status != http.StatusNotFound {
		t.Errorf("a report before the end: %d", status)
	}
	state.Phase, state.End = page.PhaseEnded, &page.End{Said: []string{"It is over."}, Report: true, Name: "copy.html"}
	s.Event(page.Event{Text: "the last one"})
	s.SetState(state)
	left := make(chan error, 1)
	go func() { left <- s.Shutdown(context.Background()) }()
	f.until(t, "event")
	f.until(t, "bye")
	r := s.request(t, "report", "{}")
	r.Header.Set("X-Page-Secret", secret)
	if status, body := do(t, r); status != http.StatusOK || body != s.customer.report {
		t.Errorf("%d %q", status, body)
	}
	select {
	case err := <-left:
		t.Fatalf("it goes before the page has everything: %v", err)
	default:
	}
	s.post(t, secret, "have", struct{}{})
	if err := <-left; err != nil {
		t.Error(err)
	}
	f.ended(t)

	late := serve(t, page.Options{})
	late.stream(t, late.enter(t)).until(t, "state")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := late.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a page that takes nothing holds the program up: %v", err)
	}
	alone := serve(t, page.Options{})
	if err := alone.Shutdown(t.Context()); err != nil {
		t.Errorf("where no page is open: %v", err)
	}
}

func TestATooLongReportIsBrokenOff(t *testing.T) {
	s := serve(t, page.Options{})
	s.customer.report = strings.Repeat("x", page.MaxReport+1)
	s.SetState(page.State{Phase: page.PhaseEnded, End: &page.End{Report: true}})
	r := s.request(t, "report", "{}")
	r.Header.Set("X-Page-Secret", s.enter(t))
	answer, err := client.Do(r)
	if err == nil {
		defer answer.Body.Close()
		var n int
		for buf := make([]byte, 1<<20); err == nil; {
			var m int
			m, err = answer.Body.Read(buf)
			n += m
		}
		if err.Error() == "EOF" {
			t.Errorf("%d bytes look whole", n)
		}
	}
}

// What was before is there for a tab that comes later, and output is bounded.
func TestATabThatComesLater(t *testing.T) {
	s := serve(t, page.Options{})
	state := joined(text.English)
	state.Run = &page.Run{Who: alice(), Scripts: []string{"a.sh", "b.sh"}, Since: time.Now()}
	s.SetState(state)
	for n := range 700 {
		s.Event(page.Event{Text: fmt.Sprint("event ", n)})
	}
	s.Chat(page.Chat{Who: "Alice", Text: "one\ntwo\u202e"})
	s.Output(1, strings.Repeat("가나다\n", 20000))
	s.Output(2, "from the second\n")
	f := s.stream(t, s.enter(t))
	if first := f.until(t, "event"); !strings.HasPrefix(first["text"].(string), "event 1") {
		t.Errorf("%v", first)
	}
	if m := f.until(t, "chat"); m["text"] != "one\ntwo\\u202e" {
		t.Errorf("%q", m["text"])
	}
	out := f.until(t, "output")
	written := out["text"].(string)
	if out["fresh"] != true || len(written) > 64<<10 || !strings.HasSuffix(written, "\n── b.sh\nfrom the second\n") || strings.ContainsRune(written, '\ufffd') {
		t.Errorf("%d bytes of output, ending in %q", len(written), written[len(written)-40:])
	}
	s.Output(2, "more\n")
	if out := f.until(t, "output"); out["text"] != "more\n" || out["fresh"] != nil {
		t.Errorf("%v", out)
	}
	state.Run = &page.Run{Who: alice(), Scripts: []string{"c.sh"}, Since: time.Now().Add(time.Second)}
	s.SetState(state)
	s.Output(1, "new\n")
	testkit.Eventually(t, "the next run begins anew", func() bool {
		out := f.until(t, "output")
		return out["text"] == "── c.sh\nnew\n"
	})
}
