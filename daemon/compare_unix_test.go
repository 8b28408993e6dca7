//go:build unix

package daemon

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/library/words"
)

// agreeOn makes words with a CSR's key, over a connection that stands.
func (w *world) agreeOn(c *ssh.Client) words.Pair {
	w.t.Helper()
	if m, ok := askWords(w.t, c); !ok || len(m.Sum) == 0 {
		w.t.Fatal("no commitment")
	}
	if _, ok := answerWords(c, words.NewNonce()); !ok {
		w.t.Fatal("not opened")
	}
	return await(w.t, w.ui, anyOf[notice.Words]).Pair
}

// picks answers the question about words: with the pair that the computer has, or with another.
func (w *world) picks(right bool) {
	w.t.Helper()
	q := <-w.screen.questions
	pair := w.kept().Words.Pairs[0]
	place := 0
	for i, c := range q.Choices {
		if c.English == pair.In(text.English) {
			place = i + 1
		}
	}
	if q.Kind != consent.Words || len(q.Choices) != words.Offered || place == 0 {
		w.t.Fatalf("asked %+v", q)
	}
	if !right {
		place = place%words.Offered + 1
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce, Picked: place}
}

// verdicts are those in the journal, each with who says so.
func (w *world) verdicts() (all []string) {
	for _, e := range w.events() {
		if e.Kind == journal.KindWordsVerdict {
			same := map[bool]string{true: "same", false: "differ"}[journal.Of[journal.WordsVerdict](e).Same]
			all = append(all, e.Actor+" "+same)
		}
	}
	return all
}

// Z1: what the customer picks belongs to the key: it is kept over a restart and shown in
// every question of that CSR.
func TestZ1_TheVerdictBelongsToTheKey(t *testing.T) {
	p := &fakePower{boot: "one", users: []string{"bob"}}
	w := newWorld(t, func(_ *world, o *Options) { o.Power = p })
	c := w.csr()
	w.agreeOn(c)
	asks := func(c *ssh.Client, want consent.Compared) {
		t.Helper()
		end := start(t, c, "sysinfo os")
		if q := <-w.screen.questions; q.Compared != want {
			t.Errorf("the question says %q, want %q", q.Compared, want)
		}
		w.screen.answers <- consent.Answer{Decision: consent.Denied}
		end()
	}
	asks(c, consent.NotCompared)
	end := start(t, c, "words")
	w.picks(true)
	if got := end(); got.code != 0 || !strings.Contains(got.out, "only their voice") {
		t.Fatalf("%+v", got)
	}
	if told := await(t, w.ui, anyOf[notice.Compared]); !told.Same || w.kept().Words.Pairs[0].Verdict != state.Same {
		t.Errorf("%+v, kept %+v", told, w.kept().Words)
	}
	if got := run(t, c, "words"); got.code != 0 { // without a question
		t.Errorf("%+v", got)
	}
	asks(c, consent.IsCompared)
	if got := run(t, c, "status --json"); !strings.Contains(got.out, `"compared": "compared"`) {
		t.Errorf("%+v", got)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	w.goDown(p)
	<-w.screen.questions
	w.comeUp(p, "two")
	w.relay.authorize(entry("alice", w.alice))
	asks(w.csr(), consent.IsCompared)
	if got := strings.Join(w.verdicts(), ", "); got != "customer same" {
		t.Errorf("the journal has %s", got)
	}
}

// Z1, Z7: who hears other words than the computer has says so, by another pair or by none of
// them, and everything ends; the CSR who hears it of the customer ends it, too.
func TestZ1_Z7_OtherWordsEndTheSession(t *testing.T) {
	for name, answer := range map[string]func(w *world, c *ssh.Client) (by string){
		"another pair": func(w *world, c *ssh.Client) string {
			start(t, c, "words")
			w.picks(false)
			return journal.ByCustomer
		},
		"none of these": func(w *world, c *ssh.Client) string {
			start(t, c, "words")
			<-w.screen.questions
			w.screen.answers <- consent.Answer{Picked: consent.NoneOfThese}
			return journal.ByCustomer
		},
		"by the CSR": func(_ *world, c *ssh.Client) string {
			_, _, _ = c.SendRequest(wire.WordsVerdictRequest, true, wire.WordsVerdict{Version: wire.WordsVersion}.Marshal())
			return "alice"
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			c := w.csr()
			w.agreeOn(c)
			by := answer(w, c)
			err := w.ended()
			var differ *state.WordsDiffer
			if !errors.As(err, &differ) || differ.By != by {
				t.Errorf("ended with %v", err)
			}
			events := w.events()
			end := journal.Of[journal.SessionEnd](events[len(events)-1])
			if end.By != by || end.CauseCode != journal.CauseWords || strings.Join(w.verdicts(), ", ") != by+" differ" {
				t.Errorf("the journal ends with %+v, and has %v", end, w.verdicts())
			}
		})
	}
}

// A daemon that is killed between the verdict and the end comes back to end it; and what
// stands in the saved session alone compares nothing.
func TestZ1_AVerdictOutlivesAKill(t *testing.T) {
	for name, c := range map[string]struct {
		saved, want state.Verdict
		ends        bool
	}{
		"differ":                    {state.Differ, state.Differ, true},
		"same, which nobody picked": {state.Same, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := &fakePower{boot: "one", users: []string{"bob"}}
			w := newWorld(t, func(_ *world, o *Options) { o.Power = p })
			client := w.csr()
			w.agreeOn(client)
			w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
			w.goDown(p)
			<-w.screen.questions
			saved := w.kept()
			saved.Words.Pairs[0].Verdict = c.saved
			w.saves(saved)
			if c.ends {
				p.with(func() { p.boot = "two" })
				w.run(returning(p))
				var differ *state.WordsDiffer
				if err := w.ended(); !errors.As(err, &differ) {
					t.Errorf("ended with %v", err)
				}
				return
			}
			w.comeUp(p, "two")
			w.relay.authorize(entry("alice", w.alice))
			w.csr()
			if told := await(t, w.ui, anyOf[notice.Words]); told.Compared {
				t.Error("words count as compared that nobody has compared")
			}
		})
	}
}

// With --require-words nothing of a CSR counts before: no question, whatever was allowed
// beforehand, no message; and a program without words is told what to do.
func TestZ1_NothingCountsBeforeTheWords(t *testing.T) {
	w := newWorld(t, func(_ *world, o *Options) {
		o.Join.RequireWords = true
		o.Join.Allow = []consent.Kind{consent.SysInfo, consent.Script, consent.CSRJoin}
	})
	c := w.csr()
	for _, verb := range []string{"status", "sysinfo os", "chat --send hello", "run a.sh", "reboot", "logoff", "journal", "help"} {
		if got := run(t, c, verb); got.code != 5 || !strings.Contains(got.err, "supportctl words NUMBER") || got.out != "" {
			t.Errorf("%s: %+v", verb, got)
		}
	}
	w.agreeOn(c)
	end := start(t, c, "sysinfo os")
	<-w.screen.questions
	w.screen.answers <- consent.Answer{} // not now
	if got := end(); got.code != 5 || got.out != "" || !strings.Contains(got.err, "has not compared") {
		t.Errorf("%+v", got)
	}
	first, second := start(t, c, "sysinfo os"), start(t, c, "sysinfo os")
	w.picks(true)
	for _, end := range []func() outcome{first, second} {
		if got := end(); got.code != 0 {
			t.Errorf("%+v", got)
		}
	}
	if n := len(w.screen.questions); n != 0 {
		t.Errorf("%d more questions", n)
	}
	presented := journal.Of[journal.SessionJoin](w.events()[0])
	if !presented.RequireWords || !w.kept().RequireWords {
		t.Error("that words are required is not kept")
	}
}

// The customer can compare by themselves, and may put it off.
func TestZ1_TheCustomerComparesWhenTheyWant(t *testing.T) {
	w := newWorld(t, nil)
	w.agreeOn(w.csr())
	who := await(t, w.ui, anyOf[notice.Words]).Who
	done := make(chan error, 2)
	go func() { done <- w.daemon.Compare(who) }()
	<-w.screen.questions
	w.screen.answers <- consent.Answer{}
	if err := <-done; err != nil || w.kept().Words.Pairs[0].Verdict != "" {
		t.Errorf("%v, %+v", err, w.kept().Words)
	}
	go func() { done <- w.daemon.Compare(who) }()
	w.picks(true)
	if err := <-done; err != nil || w.kept().Words.Pairs[0].Verdict != state.Same {
		t.Errorf("%v, %+v", err, w.kept().Words)
	}
	testkit.Eventually(t, "the verdict in the journal", func() bool { return strings.Join(w.verdicts(), "") == "customer same" })
}
