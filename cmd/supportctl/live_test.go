package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// liveOf is a live display of sessions, which nothing draws.
func liveOf(color bool, sessions ...api.Session) (*live, []*target) {
	j := &job{p: &program{env: func(string) string { return "" }}}
	j.plan.names = []string{"first", "second"}
	for _, s := range sessions {
		j.targets = append(j.targets, &target{session: s})
	}
	l := newLive(j)
	l.color = color
	return l, j.targets
}

// The lines of five computers in windows of three sizes, word for word.
func TestK6V3_LiveLines(t *testing.T) {
	session := func(n wire.Number, customer, name, ticket string) api.Session {
		return api.Session{Number: n, Customer: customer, Name: name, Ticket: ticket, Host: "vm"}
	}
	l, targets := liveOf(false,
		session("482913077", "Kim Minji", "front desk", "T-17"), session("553681754", "이민지", "", "T-18"), session("941401649", "", "", ""),
		session("120000016", "Park", "", ""), session("120000024", "Choi", "", ""), session("120000032", "Han", "", ""),
	)
	now := time.Now()
	l.reached(targets[0], stageAsks)
	l.asked("482913077", &api.Question{Kind: "script", By: "alice", Until: now.Add(57 * time.Second)})
	l.say(targets[0], "the customer's screen shows it; waiting for the customer's answer, at most 60 s …")
	show := func(t1 *target, events ...client.Event) {
		t.Helper()
		for _, e := range events {
			if err := l.show(t1, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	start := client.Event{Kind: journal.KindScriptStart, Step: 1, Text: "first"}
	show(targets[1], start, output1("stdout", "looking\nfound 3 files\n"), output1("stderr", "cannot read\tone"), output1("stderr", " of them\n\n"))
	l.of[targets[1]].since = now.Add(-3 * time.Second)
	l.reached(targets[2], stageConnects)
	targets[3].outcomes = []client.Outcome{{Name: "first", Reason: "exit", Took: time.Second}, {Name: "second", Reason: "exit", Code: 7}}
	l.finish(targets[3])
	targets[4].err = cmdline.Fail(cmdline.ExitDenied, "", "the customer said no")
	l.finish(targets[4])
	for _, c := range []struct {
		columns, rows int
		want          string
	}{
		{120, 24, `
482 913 077  Kim Minji, front desk, T-17  asked, 57 s left  * the customer's screen shows it; waiting for the custome…
553 681 754  이민지, T-18                 1 of 2: first, 3 s  ! cannot read one of them
941 401 649  vm                           connecting
120 000 016  Park                         2. second: failed with exit code 7
120 000 024  Choi                         the customer said no
120 000 032  Han                          waits for its turn
6 sessions: 1 asked, 1 running, 2 not begun, 2 not ok  Ctrl-C: cancel or detach
`},
		{80, 24, `
482 913 077  Kim Minji, front des…   asked, 57 s left  * the customer's scre…
553 681 754  이민지, T-18            1 of 2: first, 3 s  ! cannot read one of…
941 401 649  vm                      connecting
120 000 016  Park                    2. second: failed with exit code 7
120 000 024  Choi                    the customer said no
120 000 032  Han                     waits for its turn
6 sessions: 1 asked, 1 running, 2 not begun, 2 not ok  Ctrl-C: cancel or detach
`},
		{80, 5, `
482 913 077  Kim Minji, front des…   asked, 57 s left  * the customer's scre…
553 681 754  이민지, T-18            1 of 2: first, 3 s  ! cannot read one of…
120 000 016  Park                    2. second: failed with exit code 7
and 3 more: 2 not begun, 1 not ok
6 sessions: 1 asked, 1 running, 2 not begun, 2 not ok  Ctrl-C: cancel or detach
`},
		{30, 3, `
482 913 077  asked, 57 s left
and 5 more: 1 running, 2 no…
6 sessions: 1 asked, 1 runn…
`},
		{30, 1, "\n6 sessions: 1 asked, 1 runn…\n"},
	} {
		if got := "\n" + strings.Join(l.frame(now, c.columns, c.rows), "\n") + "\n"; got != c.want {
			t.Errorf("%d by %d: got%s", c.columns, c.rows, got)
		}
	}
	l.asked("482913077", &api.Question{Kind: "sysinfo", By: "bob", Until: now.Add(9 * time.Second)})
	if got := l.frame(now, 120, 24)[0]; !strings.Contains(got, "  asked about sysinfo first, 9 s left  ") {
		t.Error(got)
	}
}

// The same lines for a CSR who reads Korean.
func TestK6V3_LiveLinesInKorean(t *testing.T) {
	now := time.Now()
	l, targets := liveOf(false, api.Session{Number: "482913077", Customer: "이민지"}, api.Session{Number: "553681754", Customer: "Park"}, api.Session{Number: "941401649", Customer: "Choi"}, api.Session{Number: "120000016", Host: "vm"})
	l.speaker = speaker(text.Korean)
	l.reached(targets[0], stageAsks)
	l.asked("482913077", &api.Question{Kind: "script", By: "alice", Until: now.Add(57 * time.Second)})
	targets[1].outcomes = []client.Outcome{{Name: "first", Reason: "exit", Took: time.Second}, {Name: "second", Reason: "exit", Code: 7}}
	l.finish(targets[1])
	targets[2].outcomes = []client.Outcome{{Name: "first", Reason: "exit", Took: time.Second}}
	l.finish(targets[2])
	targets[3].err = &cmdline.Error{Code: cmdline.ExitInterrupted, Text: errCancelled.Error(), Err: errCancelled}
	l.finish(targets[3])
	const want = `
482 913 077  이민지  질문 중, 57초 남음
553 681 754  Park    2. second: 실패(종료 코드 7)
941 401 649  Choi    성공, 스크립트 1개, 0.0 s
120 000 016  vm      시작하기 전에 취소했습니다. 아무것도 실행하지 않았습니다
세션 4개: 질문 중 1, 성공 1, 실패 2  Ctrl-C: 취소 또는 나가기
`
	if got := "\n" + strings.Join(l.frame(now, 100, 24), "\n") + "\n"; got != want {
		t.Error(got)
	}
}

// Thirty sessions in a window of 24 rows: those that have not answered are the first lines,
// the one with the least time before the others.
func TestK6V3_WhoHasNotAnsweredStaysInSight(t *testing.T) {
	var sessions []api.Session
	for i := range 30 {
		sessions = append(sessions, api.Session{Number: wire.Number(fmt.Sprintf("48291%04d", i)), Customer: fmt.Sprint("vm", i)})
	}
	l, targets := liveOf(true, sessions...)
	now := time.Now()
	for i, tg := range targets {
		switch {
		case i >= 27:
			l.reached(tg, stageAsks)
			l.asked(tg.session.Number, &api.Question{Kind: "script", Until: now.Add(time.Duration(60-i) * time.Second)})
		case i%2 == 0:
			tg.outcomes = []client.Outcome{{Name: "first", Reason: "exit"}}
			l.finish(tg)
		default:
			_ = l.show(tg, client.Event{Kind: journal.KindScriptStart, Step: 1, Text: "first"})
		}
	}
	frame := l.frame(now, 80, 24)
	if len(frame) != 24 {
		t.Fatalf("%d lines:\n%s", len(frame), strings.Join(frame, "\n"))
	}
	for i, want := range []string{"vm29", "vm28", "vm27"} {
		if !strings.Contains(frame[i], want) || !strings.Contains(frame[i], fmt.Sprintf("asked, %d s left", 31+i)) {
			t.Errorf("line %d: %q", i+1, frame[i])
		}
	}
	if frame[22] != "and 8 more: 8 ok" || frame[23] != "30 sessions: 3 asked, 13 running, 14 ok  Ctrl-C: cancel or detach" {
		t.Errorf("%q", frame[22:])
	}
}

// Whatever computers and customers say, a live line is one row, and drives no terminal.
func FuzzK6V3_LiveLinesAreHarmless(f *testing.F) {
	f.Add("plain\n", "Kim", "fix.sh", "no", 80, 24)
	f.Add("\x1b[2J\x1b]52;c;ZXZpbA==\x07\r\n", "\u202eabc\x9b", "a\nb", "\x1b[31m", 40, 3)
	f.Add("각\u1100\u1161\U0001F468\u200d\U0001F469 e\u0301\u0301\u0301", "한글", "…", "\t", 13, 1)
	own := regexp.MustCompile(`\x1b\[(3[123])?m|\x1b\[0m`)
	f.Fuzz(func(t *testing.T, out, customer, script, problem string, columns, rows int) {
		columns, rows = columns%300, rows%100
		one := api.Session{Number: "482913077", Customer: customer, Ticket: problem, Name: script, Host: out}
		l, targets := liveOf(true, one, api.Session{Number: "553681754", Customer: out}, one)
		for i, tg := range targets {
			l.reached(tg, stageAsks)
			l.say(tg, problem)
			l.asked(tg.session.Number, &api.Question{Kind: script, By: customer, Until: time.Now()})
			if i == 0 {
				continue
			}
			_ = l.show(tg, client.Event{Kind: journal.KindScriptStart, Step: 1, Text: script})
			_ = l.show(tg, output1("stdout", out))
			_ = l.show(tg, output1(script, problem))
			if i == 2 {
				tg.outcomes = []client.Outcome{{Name: script, Reason: journal.Reason(problem), Problem: out}}
				l.finish(tg)
			}
		}
		frame := l.frame(time.Now(), columns, rows)
		if len(frame) > max(rows, 1) {
			t.Errorf("%d lines in %d rows", len(frame), rows)
		}
		for _, line := range frame {
			line = own.ReplaceAllString(line, "")
			if width := text.MostWidth(line); width > max(columns-1, 1) || strings.ContainsFunc(line, text.Hostile) {
				t.Errorf("%d columns of %d: %q", width, columns, line)
			}
		}
	})
}
