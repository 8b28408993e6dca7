package console

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// session is the menu of one support session.
func (m *menu) session(ctx context.Context, n wire.Number) error {
	choices := []struct {
		name word
		do   func(context.Context, wire.Number) error
	}{
		{wInformation, m.information}, {wMenuSend, m.talk},
		{wRun, func(ctx context.Context, n wire.Number) error { return m.runScripts(ctx, []wire.Number{n}) }},
		{wRestart, m.restart}, {wLogOff, m.logOff}, {wEnd, m.end}, {wReports, m.report}, {wLogOn, m.logOn}, {wStaged, m.staged},
		{wWords, m.compare},
	}
	var items []string
	for _, choice := range choices {
		items = append(items, m.c.words[choice.name])
	}
	for {
		s := m.c.sessions.known[n]
		chosen, err := m.choose(ctx, text.Escape(m.c.nameOf(n)+", "+m.c.state(s)+", "+m.c.now(s)), items, wMenuBack)
		if err != nil || chosen < 0 {
			return err
		}
		if err := choices[chosen].do(ctx, n); err != nil {
			return err
		}
	}
}

func (m *menu) restart(ctx context.Context, n wire.Number) error {
	return m.confirmed(ctx, []string{m.c.words[wAskRestart], m.c.nameOf(n)}, func(ctx context.Context) error {
		return m.c.opts.Controls.Restart(ctx, n, func(l string) { m.c.Tell(n, l) })
	})
}

func (m *menu) logOff(ctx context.Context, n wire.Number) error {
	_, err := m.work(ctx, func(ctx context.Context) error {
		return m.c.opts.Controls.LogOff(ctx, n, func(l string) { m.c.Tell(n, l) })
	})
	return err
}

func (m *menu) end(ctx context.Context, n wire.Number) error {
	return m.confirmed(ctx, []string{m.c.words[wAskEnd], m.c.nameOf(n), m.c.words[wEndIsFinal]}, func(ctx context.Context) error {
		return m.c.opts.Relay.End(ctx, n, "")
	})
}

// readingTime is the least that a person needs to read a question and to answer it.
const readingTime = 200 * time.Millisecond

// confirmed does something after a yes that is typed.
func (m *menu) confirmed(ctx context.Context, question []string, f func(context.Context) error) error {
	for _, l := range question {
		m.print("%s", text.Escape(l))
	}
	asked := m.c.opts.Now()
	answer, err := m.typed(ctx, fmt.Sprintf(m.c.words[wTypeYes], m.c.words[wYes]))
	if err != nil {
		return err
	}
	if m.c.opts.Now().Sub(asked) < readingTime { // it was pasted, or typed before
		answer = ""
	}
	if answer != "yes" && answer != m.c.words[wYes] {
		m.print("%s", m.c.words[wNothingDone])
		return nil
	}
	ok, err := m.work(ctx, f)
	if ok {
		m.print("+ %s", m.c.words[wOK])
	}
	return err
}

func (m *menu) information(ctx context.Context, n wire.Number) error {
	m.print("%s", m.c.words[wAsking])
	var l Look
	ok, err := m.work(ctx, func(ctx context.Context) (err error) { l, err = m.c.opts.Viewer.Look(ctx, n); return err })
	if !ok {
		return err
	}
	for {
		items := []string{m.c.words[wSave], m.c.words[wChanges]}
		for _, s := range l.Sections {
			items = append(items, text.Escape(s.Title))
		}
		chosen, err := m.choose(ctx, m.c.words[wInformation], items, wMenuBack)
		switch {
		case err != nil || chosen < 0:
			return err
		case chosen == 0:
			path := "sysinfo-" + string(n) + ".txt"
			if ok, err := m.work(ctx, func(context.Context) error { return m.c.opts.Viewer.Save(path, l.Text) }); err != nil {
				return err
			} else if ok {
				m.print(m.c.words[wSaved], path)
			}
		case chosen == 1:
			m.print("%s", text.EscapeLines(l.Changes))
		default:
			s := l.Sections[chosen-2]
			m.print("%s", text.EscapeLines(strings.Join(append([]string{s.Title}, s.Lines...), "\n")))
		}
	}
}

// talk is the chat until an empty line.
func (m *menu) talk(ctx context.Context, n wire.Number) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	say := make(chan string, sayAhead)
	m.print("%s", m.c.words[wMenuChat])
	m.c.work.group.Go(func() {
		err := m.c.opts.Talker.Chat(ctx, n, say, func(l string) { m.c.send(heard(l)) })
		if err != nil && ctx.Err() == nil {
			m.c.send(heard(m.c.shortError(err)))
		}
	})
	for {
		s, err := m.line(ctx)
		if err != nil || s == "" {
			return err
		}
		select {
		case say <- s:
		default:
			m.print("%s", m.c.words[wTooMuch])
		}
	}
}

// runScripts asks which scripts in which order, and tells how they went.
func (m *menu) runScripts(ctx context.Context, on []wire.Number) error {
	if len(on) == 0 {
		m.print("%s", m.c.words[wNobodyActive])
		return nil
	}
	var scripts []api.Script
	ok, err := m.work(ctx, func(ctx context.Context) (err error) { scripts, err = m.c.opts.Scripts.List(ctx); return err })
	if !ok {
		return err
	}
	api.SortScripts(scripts, api.ByName, false)
	for i, s := range scripts {
		m.print("%d. %s", i+1, text.Escape(s.Name+", "+s.Category+", "+s.Description))
	}
	typed, err := m.typed(ctx, m.c.words[wMenuScripts])
	if err != nil {
		return err
	}
	var names []string
	for _, field := range strings.Fields(typed) {
		i, err := strconv.Atoi(field)
		if err != nil || i < 1 || i > len(scripts) {
			m.print(m.c.words[wMenuNone], text.Plain(field, 40))
			return nil
		}
		names = append(names, scripts[i-1].Name)
	}
	if len(names) == 0 {
		m.print("%s", m.c.words[wNothingDone])
		return nil
	}
	m.print("%s", m.c.words[wAsking])
	var asked *NewAuthor
	run := func(accepted string) func(context.Context) error {
		return func(ctx context.Context) error {
			err := m.c.opts.Scripts.Run(ctx, names, on, accepted, make(chan struct{}), func(e RunEvent) { m.tellRun(e, names) })
			if accepted == "" && errors.As(err, &asked) {
				return nil
			}
			return err
		}
	}
	if _, err = m.work(ctx, run("")); err != nil || asked == nil {
		return err
	}
	return m.confirmed(ctx, strings.Split(asked.Said, "\n"), run(asked.Said))
}

// tellRun says what happens in a run, each line with its session in front.
func (m *menu) tellRun(e RunEvent, names []string) {
	say := func(s string) { m.c.send(heard(e.Number.Spoken() + ": " + s)) }
	switch {
	case e.Ended && e.Err != nil:
		say("x " + m.c.shortError(e.Err))
	case e.Ended:
		m.c.send(heard(fmt.Sprintf(m.c.words[wMenuEnded], e.Number.Spoken())))
	case e.Note != "":
		say(e.Note)
	case e.Event == nil || e.Event.Step < 1 || e.Event.Step > len(names):
	case e.Event.Kind == journal.KindScriptOutput:
		for l := range strings.Lines(e.Event.Text) {
			say(mark(e.Event.Stream) + strings.TrimRight(l, "\r\n"))
		}
	case e.Event.Kind == journal.KindScriptExit && e.Event.Outcome != nil:
		say(names[e.Event.Step-1] + ": " + outcome(m.c, *e.Event.Outcome))
	}
}

func (m *menu) reports(ctx context.Context) error {
	var list []api.Report
	ok, err := m.work(ctx, func(ctx context.Context) (err error) { list, err = m.c.opts.Reports.List(ctx); return err })
	if !ok {
		return err
	}
	var items []string
	for _, r := range list {
		items = append(items, text.Escape(strings.Join([]string{r.Number.Spoken(), r.Customer, r.Ticket, r.State}, ", ")))
	}
	chosen, err := m.choose(ctx, fmt.Sprintf(m.c.words[wReportCount], len(list)), items, wMenuBack)
	if err != nil || chosen < 0 {
		return err
	}
	return m.report(ctx, list[chosen].Number)
}

// report reads a report, and says whether it is proved.
func (m *menu) report(ctx context.Context, n wire.Number) error {
	var shown, sentence string
	var proved bool
	ok, err := m.work(ctx, func(ctx context.Context) (err error) {
		if shown, err = m.c.opts.Reports.Read(ctx, n, m.c.opts.Language); err == nil {
			proved, sentence, err = m.c.opts.Reports.Verify(ctx, n)
		}
		return err
	})
	if !ok {
		return err
	}
	said := m.c.words[wNotProved]
	if proved {
		said = m.c.words[wProved]
	}
	m.print("%s\n%s: %s", text.EscapeLines(shown), said, text.Escape(sentence))
	return nil
}
