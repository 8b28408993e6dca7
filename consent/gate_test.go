package consent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supportd/library/text"
)

// screen is a prompter whose answers the test gives.
type screen struct {
	shown   chan Question
	answers chan Answer
	mu      sync.Mutex
	now     int
	overlap bool
}

func newScreen() *screen {
	return &screen{shown: make(chan Question, 99), answers: make(chan Answer, 99)}
}

func (s *screen) Name() string { return "screen" }

func (s *screen) Ask(ctx context.Context, q Question) (Answer, error) {
	s.mu.Lock()
	s.now++
	s.overlap = s.overlap || s.now > 1
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.now--; s.mu.Unlock() }()
	s.shown <- q
	select {
	case a := <-s.answers:
		if a.Question == 0 {
			a.Question = q.ID
		}
		return a, nil
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

func gateWith(t *testing.T, o Options) *Gate {
	t.Helper()
	if o.Record == nil {
		o.Record = func(Question, Answer) error { return nil }
	}
	g, err := NewGate(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func ask(kind Kind) Question {
	return Question{Kind: kind, Who: Person{Account: "alice", Fingerprint: "SHA256:a"}}
}

func TestNothingIsAllowedWithoutAnAnswer(t *testing.T) {
	if _, err := NewGate(Options{}); err == nil {
		t.Error("a gate without a journal was made")
	}
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(t, Options{})
		for _, k := range Kinds() {
			if a := g.Ask(t.Context(), ask(k)); a.Decision != Denied || a.Why != Nobody {
				t.Errorf("%s without a prompter: %+v", k, a)
			}
		}
	})
}

func TestC1_TimeoutIsNo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		start := time.Now()
		a := g.Ask(t.Context(), ask(SysInfo))
		if a.Decision != Denied || a.Why != TimedOut || time.Since(start) != AnswerTimeout {
			t.Errorf("%+v after %v", a, time.Since(start))
		}
	})
}

func TestC3_GoneCSRWithdrawsAndALateYesHasNoEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := late{make(chan Question, 1)} // it says yes for the session, too late
		g := gateWith(t, Options{Prompters: []Prompter{p}})
		ctx, gone := context.WithCancel(t.Context())
		got := make(chan Answer)
		go func() { got <- g.Ask(ctx, ask(SysInfo)) }()
		<-p.asked
		gone()
		if a := <-got; a.Decision != Denied || a.Why != Withdrawn {
			t.Errorf("%+v", a)
		}
		if a, known := g.known(ask(SysInfo)); known {
			t.Errorf("the late yes was remembered: %+v", a)
		}
	})
}

func TestC5_OneQuestionAtATimeAndAnswersAreBoundToTheirID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		got := make(chan Answer, 2)
		for range 2 {
			go func() { got <- g.Ask(t.Context(), ask(Script)) }()
		}
		first := <-s.shown
		synctest.Wait()
		if len(s.shown) != 0 {
			t.Fatal("two questions on the screen")
		}
		s.answers <- Answer{Decision: AllowedOnce, Question: first.ID + 77} // bound to no open question
		if a := <-got; a.Decision != Denied {
			t.Errorf("an answer to another question counted: %+v", a)
		}
		<-s.shown
		s.answers <- Answer{Decision: AllowedOnce}
		if a := <-got; a.Decision != AllowedOnce || a.Question == first.ID {
			t.Errorf("second: %+v", a)
		}
		if s.overlap {
			t.Error("the prompter was asked twice at once")
		}
	})
}

func TestC6_FloodIsLimitedAndTheCustomerCanBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		recorded := 0
		g := gateWith(t, Options{Prompters: []Prompter{s}, Record: func(Question, Answer) error { recorded++; return nil }})
		for range MaxAskedPerMinute {
			s.answers <- Answer{}
			if a := g.Ask(t.Context(), ask(Script)); a.Why != Answered {
				t.Fatalf("%+v", a)
			}
			<-s.shown
		}
		if a := g.Ask(t.Context(), ask(Script)); a.Why != Flooded {
			t.Errorf("one more in the same minute: %+v", a)
		}
		time.Sleep(time.Minute)
		s.answers <- Answer{Decision: Blocked}
		if a := g.Ask(t.Context(), ask(Script)); a.Decision != Blocked {
			t.Errorf("%+v", a)
		}
		<-s.shown
		otherKey := ask(SysInfo)
		otherKey.Who.Fingerprint = "SHA256:another key of hers"
		for range 100 {
			if a := g.Ask(t.Context(), otherKey); a.Why != BlockedBy || len(s.shown) != 0 {
				t.Fatalf("after block: %+v", a)
			}
		}
		// Ten answers, the flood, the block, and ten of the hundred.
		if recorded != 2*MaxAskedPerMinute+2 {
			t.Errorf("%d were recorded", recorded)
		}
	})
}

// Who was typing yes to a question that vanishes must not have typed it to the
// one behind it.
func TestC3_TheNextQuestionWaitsForTheCustomerToNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		asker, leave := context.WithCancel(t.Context())
		first, second := make(chan Answer, 1), make(chan Answer, 1)
		go func() { first <- g.Ask(asker, ask(SysInfo)) }()
		synctest.Wait()
		<-s.shown
		go func() { second <- g.Ask(t.Context(), ask(Script)) }()
		synctest.Wait()
		leave()
		if a := <-first; a.Why != Withdrawn {
			t.Errorf("%+v", a)
		}
		time.Sleep(Pause - time.Millisecond)
		synctest.Wait()
		if len(s.shown) > 0 {
			t.Error("the next question stands there already")
		}
		s.answers <- Answer{Decision: AllowedOnce}
		if a := <-second; a.Decision != AllowedOnce {
			t.Errorf("%+v", a)
		}
	})
}

func TestC6_WaitingQuestionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		done := make(chan Answer, 2*MaxWaiting)
		for range MaxWaiting + 3 {
			go func() { done <- g.Ask(t.Context(), ask(Script)) }()
		}
		synctest.Wait()
		if len(done) != 3 {
			t.Errorf("%d were turned away, want 3", len(done))
		}
		g.Stop()
		for range MaxWaiting + 3 {
			if a := <-done; a.Decision.Allowed() {
				t.Errorf("%+v", a)
			}
		}
	})
}

func TestC14_StopDeniesWhatIsOpenAndTakesGrantsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}, AtStart: []Kind{CSRJoin}})
		s.answers <- Answer{Decision: AllowedForSession}
		g.Ask(t.Context(), ask(SysInfo))
		<-s.shown
		got := make(chan Answer)
		go func() { got <- g.Ask(t.Context(), ask(Script)) }()
		<-s.shown
		g.Stop()
		if a := <-got; a.Why != Stopped {
			t.Errorf("open question: %+v", a)
		}
		for _, k := range []Kind{SysInfo, CSRJoin, Script} {
			if a := g.Ask(t.Context(), ask(k)); a.Decision.Allowed() {
				t.Errorf("%s after Stop: %+v", k, a)
			}
		}
	})
}

func TestGrantsAreRememberedOnlyWhereTheyMayBe(t *testing.T) {
	s := newScreen()
	g := gateWith(t, Options{Prompters: []Prompter{s}, Withheld: Withheld{Fields: []string{"serials"}}})
	s.answers <- Answer{Decision: AllowedForSession, Withheld: Withheld{Categories: []string{"log"}}}
	g.Ask(t.Context(), ask(SysInfo))
	<-s.shown
	a := g.Ask(t.Context(), ask(SysInfo))
	if a.Why != Granted || len(a.Withheld.Fields) != 1 || len(a.Withheld.Categories) != 1 {
		t.Errorf("second look: %+v", a)
	}
	other := ask(SysInfo)
	other.Who.Fingerprint = "SHA256:b"
	s.answers <- Answer{}
	if a := g.Ask(t.Context(), other); a.Decision.Allowed() {
		t.Errorf("another CSR used the grant: %+v", a)
	}
	<-s.shown
	for _, k := range []Kind{Reboot, LogonAs} {
		for range 2 {
			s.answers <- Answer{Decision: AllowedForSession}
			if a := g.Ask(t.Context(), ask(k)); a.Decision != AllowedOnce || len(s.shown) != 1 {
				t.Errorf("%s must be asked every time: %+v", k, a)
			}
			<-s.shown
		}
	}
}

func TestAYesThatCannotBeRecordedIsNo(t *testing.T) {
	s := newScreen()
	g := gateWith(t, Options{Prompters: []Prompter{s}, Record: func(Question, Answer) error { return errors.New("disk full") }})
	s.answers <- Answer{Decision: AllowedForSession}
	if a := g.Ask(t.Context(), ask(Script)); a.Decision.Allowed() || a.Why != Unwritten {
		t.Errorf("%+v", a)
	}
}

type failing struct{ err error }

func (failing) Name() string { return "failing" }
func (f failing) Ask(context.Context, Question) (Answer, error) {
	if f.err == nil {
		panic("prompter")
	}
	return Answer{Question: 1, Decision: AllowedOnce}, f.err
}

func TestAPrompterThatFailsOrPanicsIsNoAnswer(t *testing.T) {
	for _, p := range []Prompter{failing{}, failing{errors.New("closed")}, failing{ErrNobody}} {
		g := gateWith(t, Options{Prompters: []Prompter{p}})
		if a := g.Ask(t.Context(), ask(Script)); a.Decision.Allowed() {
			t.Errorf("%+v", a)
		}
	}
	s := newScreen()
	g := gateWith(t, Options{Prompters: []Prompter{failing{ErrNobody}, s, failing{}}})
	s.answers <- Answer{Decision: AllowedOnce}
	if a := g.Ask(t.Context(), ask(Script)); !a.Decision.Allowed() || a.Via != "screen" {
		t.Errorf("the prompter that works was not heard: %+v", a)
	}
}

// "Exactly this" is not "whatever is asked next".
func TestAGrantCoversNothingBeyondItself(t *testing.T) {
	look := func(categories ...string) Question {
		q := ask(SysInfo)
		q.Categories = categories
		return q
	}
	run := func(sha256 string) Question {
		q := ask(Script)
		q.Programs = []Program{{File: File{Name: "a.sh", SHA256: sha256}}}
		return q
	}
	as := func(user string, q Question) Question { q.As = user; return q }
	for _, c := range []struct {
		allowed, asked Question
		want           bool
	}{
		{run("aa"), as("root", run("aa")), false},
		{look(), as("root", look("os")), false},
		{as("root", run("aa")), run("aa"), false},
		{as("root", run("aa")), as("root", run("aa")), true},
		{look("os"), look("os"), true},
		{look("os", "cpu"), look("cpu", "os"), true},
		{look("os", "cpu"), look("cpu"), true},
		{look(), look("users"), true},
		{look("os"), look("users"), false},
		{look("os"), look("os", "users"), false},
		{look("os"), look(), false},
		{look("os"), run("aa"), false},
		{run("aa"), run("aa"), true},
		{run("aa"), run("ab"), false},
	} {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		s.answers <- Answer{Decision: AllowedForSession}
		s.answers <- Answer{Decision: Denied}
		g.Ask(t.Context(), c.allowed)
		if a := g.Ask(t.Context(), c.asked); a.Decision.Allowed() != c.want {
			t.Errorf("%v %v after %v: %+v", c.asked.Kind, c.asked.Categories, c.allowed.Categories, a)
		}
	}
}

func TestC10_NoCategoryIsLeftOutOfTheQuestion(t *testing.T) {
	q := ask(SysInfo)
	for range 60 {
		q.Categories = append(q.Categories, "os")
	}
	q.Categories = append(q.Categories, "environment")
	for _, l := range text.Languages() {
		if d := strings.Join(q.Details(l), "\n"); !strings.Contains(d, NameCategories([]string{"environment"}, l)) {
			t.Errorf("%s: %q", l, d)
		}
	}
}

// --allow is said of the customer's own account, before anybody logged on.
func TestWhatWasAllowedAtTheStartHoldsForTheCustomersUser(t *testing.T) {
	for _, c := range []struct {
		allow []Kind
		as    string
		want  bool
	}{
		{[]Kind{Script}, "", true},
		{[]Kind{Script}, "root", false},
		{Kinds(), "root", false},
	} {
		q := ask(Script)
		q.As = c.as
		if a := gateWith(t, Options{AtStart: c.allow}).Ask(t.Context(), q); a.Decision.Allowed() != c.want {
			t.Errorf("%v, as %q: %+v", c.allow, c.as, a)
		}
	}
}

// P17: what is asked every time is asked, whatever was allowed at the start, also
// by a program of an earlier version.
func TestK1P17_RestartAndOtherUsersAreNeverAllowedBeforehand(t *testing.T) {
	all, err := ParseAllow("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, allow := range [][]Kind{all, Kinds(), {Reboot, LogonAs}} {
		for _, k := range Kinds() {
			a := gateWith(t, Options{AtStart: allow}).Ask(t.Context(), ask(k))
			want := !k.EveryTime() && slices.Contains(allow, k)
			if a.Decision.Allowed() != want || !want && a.Why != Nobody {
				t.Errorf("%s, allowed %v: %+v", k, allow, a)
			}
		}
	}
}
