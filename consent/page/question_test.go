package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/hack/testkit"
	"supportd/library/text"
)

// reply is what a tab sends to a question, after it stood long enough.
func reply(id uint64, decision string) map[string]any {
	return map[string]any{"id": id, "decision": decision, "steady": 900}
}

// answer sends a reply until it is not too early any more, and returns why it does not
// count.
func (s *served) answer(t *testing.T, secret string, body map[string]any) (why string) {
	t.Helper()
	testkit.Eventually(t, "the question has stood long enough", func() bool {
		_, o := s.post(t, secret, "answer", body)
		why, _ = o["why"].(string)
		return why != "early"
	})
	return why
}

func TestAQuestionIsShownAndAnswered(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	secret := s.enter(t)
	f := s.stream(t, secret)
	f.until(t, "state")
	for id, c := range map[uint64]struct {
		q        consent.Question
		decision string
		want     consent.Decision
	}{
		1: {look(1), "allowed-once", consent.AllowedOnce},
		2: {look(2), "allowed-for-session", consent.AllowedForSession},
		3: {scripts(3), "denied", consent.Denied},
		4: {scripts(4), "blocked", consent.Blocked},
		5: {consent.Question{ID: 5, Kind: consent.Reboot, Who: alice()}, "allowed-once", consent.AllowedOnce},
	} {
		a := s.ask(t, c.q, time.Minute)
		q := f.until(t, "question")
		if q["sentence"] != c.q.Sentence(text.English) || q["left"].(float64) > 60000 || q["left"].(float64) < 30000 {
			t.Errorf("%v", q)
		}
		if why := s.answer(t, secret, reply(id, c.decision)); why != "" {
			t.Errorf("%s does not count: %s", c.decision, why)
		}
		got, err := a.wait(t)
		if err != nil || got.Decision != c.want || got.Question != id || got.Why != consent.Answered {
			t.Errorf("%s: %+v %v", c.decision, got, err)
		}
		if over := f.until(t, "closed"); over["id"] != float64(id) || over["said"] != got.Said(text.English) {
			t.Errorf("%v", over)
		}
	}
}

func TestWhatIsWithheld(t *testing.T) {
	s := serve(t, page.Options{})
	secret := s.enter(t)
	f := s.stream(t, secret)
	q := look(1)
	q.Categories = []string{"os", "disks"}
	a := s.ask(t, q, time.Minute)
	shown := f.until(t, "question")
	if list := shown["categories"].([]any); len(list) != 2 || len(shown["fields"].([]any)) != len(consent.Fields()) {
		t.Errorf("%v", shown)
	}
	with := func(decision string, categories, fields []string) map[string]any {
		r := reply(1, decision)
		r["withheld"] = map[string]any{"categories": categories, "fields": fields}
		return r
	}
	s.answer(t, secret, reply(9, "denied"))
	if why := s.answer(t, secret, with("allowed-once", []string{"os", "disks"}, nil)); why != "nothing" {
		t.Errorf("all of it is withheld: %q", why)
	}
	for _, bad := range []map[string]any{with("allowed-once", []string{"cpu"}, nil), with("allowed-once", nil, []string{"os"}), with("yes", nil, nil), with("Denied", nil, nil)} {
		if status, _ := s.post(t, secret, "answer", bad); status != http.StatusBadRequest {
			t.Errorf("%v: %d", bad, status)
		}
	}
	if !a.open() {
		t.Fatal("what is no answer has answered")
	}
	if why := s.answer(t, secret, with("allowed-for-session", []string{"disks"}, []string{"serials"})); why != "" {
		t.Error(why)
	}
	got, err := a.wait(t)
	if err != nil || got.Decision != consent.AllowedForSession || fmt.Sprint(got.Withheld) != "{[disks] [serials]}" {
		t.Errorf("%+v %v", got, err)
	}
	a = s.ask(t, consent.Question{ID: 2, Kind: consent.Reboot, Who: alice()}, time.Minute)
	f.until(t, "question")
	s.answer(t, secret, reply(9, "denied"))
	testkit.Eventually(t, "what is asked every time has no yes until the end", func() bool {
		status, _ := s.post(t, secret, "answer", reply(2, "allowed-for-session"))
		return status == http.StatusBadRequest
	})
	if !a.open() {
		t.Error("a restart was allowed until the end")
	}
}

func TestY6_TooEarlyDoesNotCount(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	secret := s.enter(t)
	f := s.stream(t, secret)
	f.until(t, "state")
	if _, o := s.post(t, secret, "answer", reply(1, "allowed-once")); o["why"] != "closed" {
		t.Errorf("an answer before the question: %v", o)
	}
	a := s.ask(t, look(1), time.Minute)
	f.until(t, "question")
	began := time.Now()
	for _, decision := range []string{"allowed-once", "allowed-for-session", "denied", "blocked"} {
		if _, o := s.post(t, secret, "answer", reply(1, decision)); o["why"] != "early" && time.Since(began) < 400*time.Millisecond {
			t.Errorf("%s at once: %v", decision, o)
		}
	}
	testkit.Eventually(t, "half a second is over", func() bool { return time.Since(began) > 600*time.Millisecond })
	for _, steady := range []int{0, 499, -1} {
		r := reply(1, "allowed-once")
		r["steady"] = steady
		if _, o := s.post(t, secret, "answer", r); o["why"] != "early" {
			t.Errorf("a button of %d ms counts: %v", steady, o)
		}
	}
	other := s.enter(t) // it was never shown there
	if _, o := s.post(t, other, "answer", reply(1, "allowed-once")); o["why"] != "closed" {
		t.Errorf("a tab that does not show the question: %v", o)
	}
	if !a.open() {
		t.Fatal("the question was answered")
	}
	if why := s.answer(t, secret, reply(1, "allowed-once")); why != "" {
		t.Error(why)
	}
	if got, err := a.wait(t); err != nil || got.Decision != consent.AllowedOnce {
		t.Error(got, err)
	}
}

func TestY6_ClosingAndTimeAreNo(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	a := s.ask(t, look(1), 50*time.Millisecond)
	if got, err := a.wait(t); !errors.Is(err, consent.ErrNobody) || got.Decision.Allowed() {
		t.Errorf("nobody has seen it: %+v %v", got, err)
	}
	f := s.stream(t, s.enter(t))
	f.until(t, "state")
	a = s.ask(t, look(2), 300*time.Millisecond)
	f.until(t, "question")
	f.end()
	if got, err := a.wait(t); !errors.Is(err, context.DeadlineExceeded) || got.Decision.Allowed() {
		t.Errorf("the tab was closed: %+v %v", got, err)
	}
	f = s.stream(t, s.enter(t))
	a = s.ask(t, look(3), time.Minute)
	f.until(t, "question")
	a.cancel() // the CSR goes, or another screen has answered
	if got, err := a.wait(t); err == nil || errors.Is(err, consent.ErrNobody) || got.Decision.Allowed() {
		t.Errorf("it was withdrawn: %+v %v", got, err)
	}
	if over := f.until(t, "closed"); over["said"] != "" {
		t.Errorf("the page says how it went elsewhere: %v", over)
	}
}

// Y7: of all tabs that answer at the same instant one counts, and the gate has one answer
// also where a terminal answers with them.
func TestY7_OneQuestionOneAnswer(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	terminal := &other{answers: make(chan consent.Answer, 1)}
	recorded := make(chan consent.Answer, 100)
	gate, err := consent.NewGate(consent.Options{Prompters: []consent.Prompter{s, terminal}, Record: func(_ consent.Question, a consent.Answer) error {
		recorded <- a
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	var secrets []string
	var feeds []*feed
	for range 3 {
		secret := s.enter(t)
		secrets, feeds = append(secrets, secret), append(feeds, s.stream(t, secret))
	}
	for round := range 8 {
		q := look(0)
		q.Who.Account = fmt.Sprint("csr", round)
		final := make(chan consent.Answer, 1)
		go func() { final <- gate.Ask(context.Background(), q) }()
		id := uint64(round + 1)
		for _, f := range feeds {
			if shown := f.until(t, "question"); shown["id"] != float64(id) {
				t.Fatalf("%v", shown)
			}
		}
		s.answer(t, secrets[0], map[string]any{"id": id, "decision": "allowed-once", "steady": 900, "withheld": map[string]any{"categories": consent.Categories()}})
		var together sync.WaitGroup
		counted := make(chan string, len(secrets))
		for i, secret := range secrets {
			together.Go(func() {
				if why := s.answer(t, secret, reply(id, []string{"allowed-once", "denied", "allowed-once"}[i])); why == "" {
					counted <- "page"
				} else if why != "closed" {
					t.Errorf("why is %s", why)
				}
			})
		}
		if round%2 == 0 {
			terminal.answers <- consent.Answer{Question: id, Decision: consent.AllowedOnce}
		}
		together.Wait()
		close(counted)
		n := len(counted)
		a, written := <-final, <-recorded
		if n > 1 || n == 0 && a.Via != "terminal" || a.Why != consent.Answered || a.Via != written.Via || a.Question != id {
			t.Errorf("%d tabs count; the answer is %+v, written is %+v", n, a, written)
		}
		select {
		case <-terminal.answers:
		default:
		}
		for _, f := range feeds {
			if over := f.until(t, "closed"); over["id"] != float64(id) {
				t.Errorf("%v", over)
			}
		}
	}
	if len(recorded) > 0 {
		t.Errorf("%d more answers were written", len(recorded))
	}
}

// other is another screen.
type other struct{ answers chan consent.Answer }

func (o *other) Name() string { return "terminal" }
func (o *other) Ask(ctx context.Context, _ consent.Question) (consent.Answer, error) {
	select {
	case a := <-o.answers:
		return a, nil
	case <-ctx.Done():
		return consent.Answer{}, ctx.Err()
	}
}

// Y14: while a script runs, nothing that comes from the page allows anything: a program of
// the same user could have sent it. A tab that was opened meanwhile never does.
func TestY14_AScriptThatRunsCannotAllow(t *testing.T) {
	s := serve(t, page.Options{})
	state := joined(text.English)
	s.SetState(state)
	before := s.enter(t)
	f := s.stream(t, before)
	f.until(t, "state")
	state.Run = &page.Run{Who: alice(), Scripts: []string{"fix.sh"}, Since: time.Now()}
	s.SetState(state)
	f.until(t, "state")
	meanwhile := s.enter(t)
	g := s.stream(t, meanwhile)
	if shown := g.until(t, "state"); shown["hurried"] != true {
		t.Error("the tab does not know that it is hurried")
	}
	try := func(running bool, secret, what string, body map[string]any) {
		t.Helper()
		_, o := s.post(t, secret, what, body)
		want := "hurried"
		if secret == before {
			want = "run"
		}
		if !running && secret == before {
			want = ""
		}
		if why, _ := o["why"].(string); why != want {
			t.Errorf("%s: %q and not %q", what, why, want)
		}
	}
	for _, running := range []bool{true, false} {
		if !running {
			state.Run = nil
			s.SetState(state)
			f.until(t, "state")
		}
		for _, secret := range []string{before, meanwhile} {
			try(running, secret, "allow", map[string]any{"minutes": 30, "steady": 900})
		}
		for i, decision := range []string{"allowed-once", "allowed-for-session"} {
			id := uint64(10 + i)
			if !running {
				id += 10
			}
			a := s.ask(t, look(id), time.Minute)
			f.until(t, "question")
			g.until(t, "question")
			if why := s.answer(t, meanwhile, reply(id, decision)); why != "hurried" {
				t.Errorf("a hurried tab answers: %q", why)
			}
			if running {
				if why := s.answer(t, before, reply(id, decision)); why != "run" || !a.open() {
					t.Errorf("while a script runs: %q", why)
				}
				if why := s.answer(t, before, reply(id, "denied")); why != "" {
					t.Errorf("nothing can be refused: %q", why)
				}
			} else if why := s.answer(t, before, reply(id, decision)); why != "" {
				t.Errorf("behind the run: %q", why)
			}
			if got, err := a.wait(t); err != nil || got.Decision.Allowed() == running {
				t.Errorf("%+v %v", got, err)
			}
		}
	}
	try(false, meanwhile, "say", map[string]any{"text": "hello"})
	s.post(t, meanwhile, "takeback", map[string]any{"id": "1"})
	s.post(t, meanwhile, "allow", map[string]any{"minutes": 0, "steady": 0})
	s.post(t, meanwhile, "stop", struct{}{})
	if !s.customer.has("takeback 1") || !s.customer.has("stop") || s.customer.has("say hello") {
		t.Errorf("%v", s.customer.all())
	}
}

// The CSR is told that the customer can read the question once a tab has it.
func TestK6V1_AQuestionOnThePageIsToldAsShown(t *testing.T) {
	s := serve(t, page.Options{})
	s.SetState(joined(text.English))
	told := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = s.Ask(ctx, look(1).TellShown(sync.OnceFunc(func() { close(told) })))
	}()
	s.stream(t, s.enter(t)).until(t, "question")
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Error("it was not told")
	}
	cancel()
	<-over
}
