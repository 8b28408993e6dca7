package dialog

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supportd/consent"
	"supportd/library/text"
)

func kim() consent.Person {
	return consent.Person{Name: "Kim Minji", Account: "kim", Fingerprint: "SHA256:x"}
}

func information() consent.Question {
	return consent.Question{ID: 7, Kind: consent.SysInfo, Who: kim(), Reason: "the printer does not print"}
}

func scripts() consent.Question {
	return consent.Question{ID: 8, Kind: consent.Script, Who: kim(), Own: "mina", Programs: []consent.Program{{File: consent.File{Name: "fix.sh", Size: 120}}}}
}

// player answers boxes without a screen.
type player struct {
	notes   []note
	shown   int
	stopped int
	mu      sync.Mutex // guards what runs, at which a box looks from another goroutine
	running bool
	begun   uint64
	answer  func(ctx context.Context, n note) (click, error)
}

// runs tells what runs, as a box asks for it.
func (p *player) runs() (bool, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running, p.begun
}

// run lets a script run or end.
func (p *player) run(running bool, begun uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running, p.begun = running, begun
}

func (p *player) box(t *testing.T) *Box {
	t.Helper()
	b, err := New(Options{
		Language: text.English,
		Desktop:  func(context.Context) (Starter, error) { return exec.CommandContext, nil },
		Runs:     p.runs,
		Stop:     func() { p.stopped++ },
		Show:     func(context.Context) error { p.shown++; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.show = func(ctx context.Context, _ Starter, n note) (click, error) {
		p.notes = append(p.notes, n)
		return p.answer(ctx, n)
	}
	return b
}

func TestOptionsAreRequired(t *testing.T) {
	for _, o := range []Options{{}, {Runs: func() (bool, uint64) { return false, 0 }}, {Desktop: func(context.Context) (Starter, error) { return nil, nil }}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestY6_TooEarlyCountsForNothing holds that a yes counts only in a box that has been
// seen, and that three hasty ones are a No.
func TestY6_TooEarlyCountsForNothing(t *testing.T) {
	for _, c := range []struct {
		stood []time.Duration
		want  consent.Decision
	}{
		{[]time.Duration{Settle}, consent.AllowedOnce},
		{[]time.Duration{Settle - 1, time.Second}, consent.AllowedOnce},
		{[]time.Duration{0, -time.Hour, time.Second}, consent.AllowedOnce},
		{[]time.Duration{0, 0, 0}, consent.Denied},
	} {
		p := &player{}
		p.answer = func(context.Context, note) (click, error) {
			return click{yes: true, stood: c.stood[len(p.notes)-1]}, nil
		}
		a, err := p.box(t).Ask(t.Context(), information())
		if err != nil || a.Decision != c.want || a.Question != 7 || len(p.notes) != len(c.stood) {
			t.Errorf("%v: %v, %v after %d boxes", c.stood, a, err, len(p.notes))
		}
	}
}

// TestY6_StopIsPressedAsAYesIs holds that Stop counts in a box that has been seen, once,
// also while a script runs, and never where there is no such button.
func TestY6_StopIsPressedAsAYesIs(t *testing.T) {
	for _, running := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := &player{running: running, begun: 1}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			p.answer = func(context.Context, note) (click, error) {
				return click{stop: true, stood: []time.Duration{0, Settle - 1, Settle}[len(p.notes)-1]}, nil
			}
			a, err := p.box(t).Ask(ctx, information())
			if a.Decision.Allowed() || !errors.Is(err, context.DeadlineExceeded) || p.stopped != 1 || len(p.notes) != 3 {
				t.Errorf("running %v: %v, %v, stopped %d times after %d boxes", running, a, err, p.stopped, len(p.notes))
			}
			p.notes, p.stopped = nil, 0
			p.answer = func(context.Context, note) (click, error) { return click{stop: true}, nil }
			if a, err := p.box(t).Ask(ctx, information()); err == nil && a.Decision.Allowed() || p.stopped != 0 {
				t.Errorf("running %v, three hasty ones: %v, %v, stopped %d times", running, a, err, p.stopped)
			}
		})
	}
	p := &player{}
	p.answer = func(context.Context, note) (click, error) { return click{}, nil }
	b := p.box(t)
	b.opts.Stop = nil
	if a, err := b.Ask(t.Context(), information()); err != nil || a.Decision.Allowed() || p.notes[0].stop != "" {
		t.Errorf("%v, %v, %+v", a, err, p.notes)
	}
}

// TestY14_AnAnswerBesideARunIsAskedAgain lets scripts begin at every moment of a box.
func TestY14_AnAnswerBesideARunIsAskedAgain(t *testing.T) {
	t.Run("it runs already", func(t *testing.T) {
		p := &player{running: true, begun: 1}
		p.answer = func(context.Context, note) (click, error) { return click{}, nil }
		if a, err := p.box(t).Ask(t.Context(), information()); err != nil || a.Decision.Allowed() || p.notes[0].allows || p.notes[0].yes != "" {
			t.Errorf("%v, %v, %+v", a, err, p.notes)
		}
	})
	t.Run("it runs and has ended before the answer", func(t *testing.T) {
		p := &player{}
		p.answer = func(context.Context, note) (click, error) {
			if p.run(p.running, p.begun+1); p.begun == 1 {
				return click{yes: true, stood: time.Second}, nil // the script's own
			}
			return click{}, nil
		}
		if a, err := p.box(t).Ask(t.Context(), information()); err != nil || a.Decision.Allowed() || len(p.notes) != 2 {
			t.Errorf("%v, %v after %d boxes", a, err, len(p.notes))
		}
	})
	t.Run("it begins while the box stands", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := &player{}
			p.answer = func(ctx context.Context, n note) (click, error) {
				if !n.allows {
					return click{}, nil
				}
				p.run(true, 1)
				<-ctx.Done()
				return click{yes: true, stood: time.Minute}, nil // in the last moment
			}
			if a, err := p.box(t).Ask(t.Context(), information()); err != nil || a.Decision.Allowed() || len(p.notes) != 2 {
				t.Errorf("%v, %v after %d boxes", a, err, len(p.notes))
			}
		})
	})
}

// TestY14_ABoxSaysWhatHoldsNow lets a script begin and end while a box stands: the page
// is not opened and takes no yes while one runs, so the box offers neither then.
func TestY14_ABoxSaysWhatHoldsNow(t *testing.T) {
	for _, q := range []consent.Question{information(), scripts()} {
		synctest.Test(t, func(t *testing.T) {
			p := &player{}
			p.answer = func(ctx context.Context, n note) (click, error) {
				switch len(p.notes) {
				case 1:
					p.run(true, 1)
				case 2:
					p.run(false, 1)
				default:
					return click{}, nil
				}
				<-ctx.Done()
				return click{yes: true, stood: time.Minute}, context.Cause(ctx)
			}
			a, err := p.box(t).Ask(t.Context(), q)
			if err != nil || a.Decision.Allowed() || len(p.notes) != 3 || p.shown != 0 {
				t.Fatalf("%v, %v after %d boxes, %d times shown elsewhere", a, err, len(p.notes), p.shown)
			}
			if p.notes[0].yes == "" || p.notes[1].yes != "" || p.notes[2].yes != p.notes[0].yes || strings.Contains(p.notes[1].text, "Show") {
				t.Errorf("the boxes offer %q, %q and %q:\n%s", p.notes[0].yes, p.notes[1].yes, p.notes[2].yes, p.notes[1].text)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) { // it runs when Show is pressed
		p := &player{}
		p.answer = func(context.Context, note) (click, error) {
			p.run(true, 1)
			return click{yes: len(p.notes) == 1, stood: time.Minute}, nil
		}
		if a, err := p.box(t).Ask(t.Context(), scripts()); err != nil || a.Decision.Allowed() || p.shown != 0 || len(p.notes) != 2 {
			t.Errorf("%v, %v after %d boxes, %d times shown elsewhere", a, err, len(p.notes), p.shown)
		}
	})
}

// TestScriptsAreReadElsewhere holds that Show is no answer.
func TestScriptsAreReadElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &player{answer: func(context.Context, note) (click, error) { return click{yes: true, stood: time.Minute}, nil }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		a, err := p.box(t).Ask(ctx, scripts())
		if !errors.Is(err, context.DeadlineExceeded) || a.Decision.Allowed() || p.shown != 1 || p.notes[0].allows || p.notes[0].yes != "Show" {
			t.Errorf("%v, %v, %d times shown, %+v", a, err, p.shown, p.notes[0])
		}
	})
}

// TestWithoutAnswer are boxes that end otherwise.
func TestWithoutAnswer(t *testing.T) {
	broken := errors.New("broken")
	p := &player{answer: func(context.Context, note) (click, error) { return click{yes: true}, broken }}
	if a, err := p.box(t).Ask(t.Context(), information()); !errors.Is(err, broken) || a.Decision.Allowed() {
		t.Errorf("%v, %v", a, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p.answer = func(context.Context, note) (click, error) {
		cancel()
		return click{yes: true, stood: time.Minute}, nil
	}
	if a, err := p.box(t).Ask(ctx, information()); !errors.Is(err, context.Canceled) || a.Decision.Allowed() {
		t.Errorf("%v, %v", a, err)
	}
	if name := p.box(t).Name(); name != "box" {
		t.Errorf("it is called %q", name)
	}
}

// TestWhatABoxSays looks at every kind of question in both languages.
func TestWhatABoxSays(t *testing.T) {
	long := strings.Repeat("x", 10000)
	for _, l := range text.Languages() {
		w := wordsOf(l)
		for _, c := range []struct {
			q             consent.Question
			running, show bool
			yes           string
			says          []string
		}{
			{information(), false, true, w.allow, []string{"the printer does not print", "Kim Minji (kim)", w.once}},
			{information(), true, true, "", strings.Fields(w.runs)},
			{scripts(), true, true, "", []string{"fix.sh"}},
			{information(), true, false, "", nil},
			{consent.Question{Kind: consent.LogonAs, Who: kim(), Account: `CORP\nancy`}, false, true, w.allow, []string{`CORP\nancy`}},
			{consent.Question{Kind: consent.Reboot, Who: kim()}, false, false, w.allow, []string{w.once}},
			{consent.Question{Kind: consent.CSRJoin, Who: kim(), Restarted: true}, false, false, w.allow, nil},
			{scripts(), false, true, w.show, []string{"fix.sh"}},
			{scripts(), false, false, "", []string{"fix.sh"}},
			{consent.Question{Kind: "something-new", Who: kim()}, false, true, w.show, []string{"something-new"}},
			{consent.Question{Kind: consent.SysInfo, Who: consent.Person{Name: long, Account: long}, Categories: consent.Categories(), Reason: long}, false, true, w.allow, nil},
			{consent.Question{Kind: consent.SysInfo, Who: kim(), Categories: strings.Split(strings.Repeat("x,", 3000), ",")}, false, true, w.show, []string{w.more}},
		} {
			n := noteOf(c.q, l, "Hanbit IT", c.running, c.show)
			if n.yes != c.yes || n.no != w.no || n.allows != (c.yes == w.allow) || !strings.Contains(n.title, "Hanbit IT") {
				t.Errorf("%s %s: %+v", l, c.q.Kind, n)
			}
			for _, want := range append(c.says, strings.Fields(w.minute+" "+w.stop)...) {
				if !strings.Contains(n.text, want) {
					t.Errorf("%s %s: %q is missing in\n%s", l, c.q.Kind, want, n.text)
				}
			}
			if with := n.said(); n.stop != w.end || !strings.Contains(with, w.ends) || strings.Contains(with, map[text.Language]string{text.English: "another box", text.Korean: "다른 창이"}[l]) {
				t.Errorf("%s %s: with the button it says\n%s", l, c.q.Kind, with)
			}
			for line := range strings.SplitSeq(n.text+"\n"+n.press, "\n") {
				if text.MostWidth(line) > columns || strings.ContainsFunc(line, text.Hostile) {
					t.Errorf("%s %s: the line %q", l, c.q.Kind, line)
				}
			}
			if lines := strings.Count(n.text, "\n") + 1; lines > mostAllowed+6 {
				t.Errorf("%s %s: %d lines", l, c.q.Kind, lines)
			}
		}
	}
	if n := noteOf(information(), text.English, "\n\u202e", false, true); n.title != "Remote support" {
		t.Errorf("title %q", n.title)
	}
}
