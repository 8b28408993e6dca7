package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/text"
	"supportd/library/wire"
)

// Where a run may go.
const (
	onOne = iota
	onMarked
	onAll
	whereCount
)

// runView chooses scripts, their order and the computers, and then shows the run.
type runView struct {
	quiet
	c       *Console
	one     wire.Number // "" where the run was not begun from one session
	where   int
	scripts []api.Script
	came    bool
	list    list
	chosen  []string // in their order
	live    *matrix  // nil until it begins
}

// openRun chooses what runs on a session, on those that are marked, or on all that are
// active. A run that goes on is shown instead.
func (c *Console) openRun(n wire.Number) tea.Cmd {
	if c.run != nil && c.run.live != nil && c.run.live.goes {
		c.push(c.run)
		return nil
	}
	v := &runView{c: c, one: n, where: onOne}
	switch {
	case n == "":
		v.where = onAll
	case len(c.marked) > 0:
		v.where = onMarked
	}
	c.run = v
	c.push(v)
	return (&libraryView{c: c}).fetch(v)
}

func (v *runView) title() string { return v.c.words[wRun] }

// on are the sessions on which it runs.
func (v *runView) on() (numbers []wire.Number) {
	for _, n := range v.c.sessions.sorted() {
		s := v.c.sessions.known[n]
		in := v.where == onAll || v.where == onMarked && v.c.marked[n] || v.where == onOne && n == v.one
		if in && s.State == api.Active {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func (v *runView) actions() []action {
	if v.live != nil {
		return v.live.actions(v)
	}
	return append([]action{
		{wChoose, v.choose}, {wStart, v.start}, {wMoveUp, v.move(-1)}, {wMoveDown, v.move(1)},
		{wWhere, func() tea.Cmd { v.where = (v.where + 1) % whereCount; return nil }},
	}, v.list.moves(func() int { return len(v.rows()) })...)
}

// rows are the chosen scripts in their order, and then the others.
func (v *runView) rows() (names []string) {
	names = slices.Clone(v.chosen)
	for _, s := range v.scripts {
		if !slices.Contains(v.chosen, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// choose puts the script under the cursor behind those that are chosen, or back.
func (v *runView) choose() tea.Cmd {
	rows := v.rows()
	if v.list.at >= len(rows) {
		return nil
	}
	name := rows[v.list.at]
	if i := slices.Index(v.chosen, name); i >= 0 {
		v.chosen = slices.Delete(v.chosen, i, i+1)
	} else {
		v.chosen = append(v.chosen, name)
		v.list.at = min(v.list.at+1, len(rows)-1)
	}
	return nil
}

// move moves the chosen script under the cursor in the order.
func (v *runView) move(by int) func() tea.Cmd {
	return func() tea.Cmd {
		at, to := v.list.at, v.list.at+by
		if at < len(v.chosen) && to >= 0 && to < len(v.chosen) {
			v.chosen[at], v.chosen[to] = v.chosen[to], v.chosen[at]
			v.list.at = to
		}
		return nil
	}
}

// start begins the run. Every customer is asked, so nobody is asked here.
func (v *runView) start() tea.Cmd {
	names, on := v.chosen, v.on()
	if rows := v.rows(); len(names) == 0 && v.list.at < len(rows) {
		names = []string{rows[v.list.at]}
	}
	switch {
	case v.c.pace.pasted() || len(names) == 0:
		return nil
	case len(on) == 0:
		v.c.say(noticeBad, v.c.words[wNobodyActive])
		return nil
	}
	return v.run(names, on, "")
}

// run runs scripts on computers. The CSR is asked about authors whose scripts they have not
// run yet, unless that is the question that they have accepted.
func (v *runView) run(names []string, on []wire.Number, accepted string) tea.Cmd {
	v.live = newMatrix(names, on)
	cancel := v.live.cancel
	return v.c.do(v, func(ctx context.Context) any {
		err := v.c.opts.Scripts.Run(ctx, names, on, accepted, cancel, func(e RunEvent) { v.c.send(result{v, e}) })
		return ranAll{err, names, on}
	})
}

// ranAll is the end of a run on all computers.
type ranAll struct {
	err   error
	names []string
	on    []wire.Number
}

// askAuthor asks about an author before anything runs.
func (v *runView) askAuthor(question *NewAuthor, of ranAll) {
	v.live = nil
	v.c.confirm(v.c.words[wNewAuthor], strings.Split(text.EscapeLines(question.Said), "\n"), func(to view) tea.Cmd {
		v.c.drop(to)
		return v.run(of.names, of.on, question.Said)
	}, func(error) {})
}

func (v *runView) update(msg any) tea.Cmd {
	switch msg := msg.(type) {
	case listed:
		v.came = true
		if !v.c.failed(msg.err) {
			v.scripts = msg.scripts
			api.SortScripts(v.scripts, api.ByName, false)
		}
	case RunEvent:
		v.live.take(v.c, msg)
		if msg.Err != nil {
			v.c.failed(msg.Err)
		}
	case ranAll:
		v.live.goes = false
		var question *NewAuthor
		if errors.As(msg.err, &question) {
			v.askAuthor(question, msg)
			return nil
		}
		if !v.c.failed(msg.err) {
			v.c.say(noticeInfo, v.c.words[wRunOver])
		}
	}
	return nil
}

func (v *runView) draw(width, height int) []string {
	if v.live != nil {
		return v.live.draw(v.c, width, height)
	}
	var named []string
	for _, n := range v.on() {
		named = append(named, v.c.shortName(n))
	}
	where := fmt.Sprintf(v.c.words[[]word{wOnOne, wOnMarked, wOnAll}[v.where]], len(named))
	lines := []string{
		line(v.c.words[wWhere]+": "+where+"  "+strings.Join(named, ", "), width),
		v.c.look.strong(line("  "+fmt.Sprintf(v.c.words[wChosen], len(v.chosen)), width)),
	}
	rows := v.rows()
	if len(rows) == 0 {
		said := wLoading
		if v.came {
			said = wNoScripts
		}
		return append(lines, "", "  "+line(v.c.words[said], width-2))
	}
	about := map[string]api.Script{}
	for _, s := range v.scripts {
		about[s.Name] = s
	}
	from, to := v.list.window(len(rows), height-len(lines))
	for i, name := range rows[from:to] {
		mark := "[  ] "
		if at := slices.Index(v.chosen, name); at >= 0 {
			mark = fmt.Sprintf("[%2d] ", at+1)
		}
		shown := mark + cell(name, 20) + "  " + cell(about[name].Category, 12) + "  " + text.Escape(about[name].Description)
		lines = append(lines, v.c.pick(from+i == v.list.at, line(shown, width-2), width))
	}
	return lines
}
