package console

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/text"
	"supportd/library/wire"
)

// sessionsView lists all support sessions, those first that need the CSR.
type sessionsView struct {
	quiet
	c      *Console
	list   list
	chosen wire.Number // the one under the cursor, wherever it moves to
	search search
	rows   []wire.Number
}

func newSessionsView(c *Console) *sessionsView { return &sessionsView{c: c, search: newSearch()} }

func (v *sessionsView) title() string { return v.c.words[wSessions] }

// shown are the rows that the filter lets through.
func (v *sessionsView) shown() []wire.Number {
	all := v.c.sessions.sorted()
	if v.search.wanted == "" {
		v.rows = all
		return all
	}
	v.rows = nil
	for _, n := range all {
		s := v.c.sessions.known[n]
		if v.search.finds(string(n), n.Spoken(), v.c.state(s), s.Customer, s.Ticket, s.Name, s.Host, s.OS, s.Owner, s.Note) {
			v.rows = append(v.rows, n)
		}
	}
	return v.rows
}

// session is the one under the cursor.
func (v *sessionsView) session() (api.Session, bool) {
	rows := v.shown()
	if len(rows) == 0 {
		return api.Session{}, false
	}
	v.list.at = max(0, min(v.list.at, len(rows)-1))
	s, ok := v.c.sessions.known[rows[v.list.at]]
	return s, ok
}

func (v *sessionsView) actions() []action {
	on := func(f func(api.Session) tea.Cmd) func() tea.Cmd {
		return func() tea.Cmd {
			if s, ok := v.session(); ok {
				return f(s)
			}
			return nil
		}
	}
	open := func(tab int) func() tea.Cmd {
		return on(func(s api.Session) tea.Cmd { return v.c.openSession(s.Number, tab) })
	}
	all := []action{
		{wOpen, open(tabOverview)}, {wNew, v.start}, {wCopy, on(v.c.copy)}, {wInformation, open(tabInfo)}, {wChat, open(tabChat)}, {wLog, open(tabLog)},
		{wRun, on(func(s api.Session) tea.Cmd { return v.c.openRun(s.Number) })}, {wRunAll, func() tea.Cmd { return v.c.openRun("") }},
		{wEnd, on(v.c.askEnd)}, {wMark, on(v.mark)}, {wFilter, v.search.begin},
		{wLibrary, v.c.openLibrary}, {wReports, func() tea.Cmd { s, _ := v.session(); return v.c.openReports(s.Number) }},
	}
	for _, m := range v.list.moves(func() int { return len(v.shown()) }) {
		all = append(all, action{m.name, func() tea.Cmd {
			cmd := m.run()
			s, _ := v.session()
			v.chosen = s.Number
			return cmd
		}})
	}
	return all
}

func (v *sessionsView) mark(s api.Session) tea.Cmd {
	if v.c.marked[s.Number] {
		delete(v.c.marked, s.Number)
	} else {
		v.c.marked[s.Number] = true
	}
	return nil
}

// start opens a support session, and shows what the customer needs.
func (v *sessionsView) start() tea.Cmd {
	v.c.ask(v.c.words[wNew], []string{v.c.words[wAskTicket]}, "", func(ticket string) tea.Cmd {
		return v.c.do(v, func(ctx context.Context) any {
			s, err := v.c.opts.Relay.Start(ctx, ticket)
			return started{s, err}
		})
	})
	return nil
}

// started is the answer to start.
type started struct {
	session api.Session
	err     error
}

func (v *sessionsView) key(k tea.KeyPressMsg) (tea.Cmd, bool) { return nil, v.search.key(k) }

func (v *sessionsView) update(msg any) tea.Cmd {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		v.search.paste(msg.Content)
	case changed:
		v.keep()
	case started:
		if !v.c.failed(msg.err) {
			v.c.sessions.put(msg.session)
			v.chosen = msg.session.Number
			v.keep()
			v.c.showNumber(msg.session)
		}
	}
	return nil
}

// keep leaves the cursor on the session that it was on.
func (v *sessionsView) keep() {
	rows := v.shown()
	for i, n := range rows {
		if n == v.chosen {
			v.list.at = i
			return
		}
	}
	if s, ok := v.session(); ok {
		v.chosen = s.Number
	}
}

func (v *sessionsView) cursor() (x, y int, shown bool) { return v.search.cursor(v.c) }

func (v *sessionsView) draw(width, height int) []string {
	rows := v.shown()
	head := fmt.Sprintf(v.c.words[wCount], len(rows))
	if n := len(v.c.marked); n > 0 {
		head += "  " + fmt.Sprintf(v.c.words[wMarked], n)
	}
	columns := fitting([]column{
		{title: wState, width: 10}, {title: wCustomer, width: 14}, {title: wTicket, width: 9}, {title: wName, width: 9, drop: 3},
		{title: wNumber, width: 11, drop: 1}, {title: wSystem, width: 14, drop: 4}, {title: wSince, width: 5, drop: 2}, {title: wNow, least: 26},
	}, width-2)
	lines := []string{v.search.head(v.c, head, width), v.c.heading(columns, "", width)}
	if len(rows) == 0 {
		return append(lines, "", "  "+text.Cut(v.c.words[wNoSessions], max(0, width-2)))
	}
	from, to := v.list.window(len(rows), height-len(lines))
	for i, n := range rows[from:to] {
		s := v.c.sessions.known[n]
		drawn := row(columns, func(title word) string { return v.value(s, title) })
		if v.c.marked[n] {
			drawn = "*" + drawn[1:]
		}
		drawn = v.c.pick(from+i == v.list.at, drawn, width)
		if needOf(s) == needAnswer && from+i != v.list.at {
			drawn = v.c.look.urgent(drawn)
		}
		lines = append(lines, drawn)
	}
	return lines
}

func (v *sessionsView) value(s api.Session, title word) string {
	switch title {
	case wState:
		return v.c.state(s)
	case wCustomer:
		if s.Customer == "" { // nobody has joined
			return s.Number.Spoken()
		}
		return s.Customer
	case wTicket:
		return s.Ticket
	case wName:
		return s.Name
	case wNumber:
		return s.Number.Spoken()
	case wSystem:
		return s.OS
	case wSince:
		return v.c.clock(s.Created)
	}
	return v.c.now(s)
}

// copy puts the number into the clipboard, with the link where there is one (OSC 52).
func (c *Console) copy(s api.Session) tea.Cmd {
	what := s.Number.Spoken()
	if s.Link != "" {
		what += "\n" + s.Link
	}
	c.say(noticeInfo, fmt.Sprintf(c.words[wCopied], strings.ReplaceAll(what, "\n", " ")))
	return tea.SetClipboard(what)
}

// showNumber shows a number in large, for a CSR who reads it out.
func (c *Console) showNumber(s api.Session) {
	said := "\n    " + s.Number.Spoken() + "\n"
	if s.Link != "" {
		said += "    " + s.Link + "\n"
	}
	if s.WithheldLink() != "" {
		said += "\n" + fmt.Sprintf(c.words[wElsewhere], s.WithheldLink()) + "\n"
	}
	said += "\n" + fmt.Sprintf(c.words[wReadOut], c.clock(s.Expires)) + "\n"
	c.showText(c.words[wNew], said, action{wCopy, func() tea.Cmd { return c.copy(s) }})
}

// askEnd asks before a support session is ended, and names it.
func (c *Console) askEnd(s api.Session) tea.Cmd {
	if s.State == api.Ended {
		c.say(noticeBad, c.words[wIsOver])
		return nil
	}
	question := []string{
		c.words[wAskEnd], "",
		c.words[wNumber] + ": " + s.Number.Spoken(), c.words[wCustomer] + ": " + orDash(s.Customer),
		c.words[wTicket] + ": " + orDash(s.Ticket), c.words[wName] + ": " + orDash(s.Name), "",
		c.words[wEndIsFinal],
	}
	c.confirm(c.words[wEnd], question, func(to view) tea.Cmd {
		return c.do(to, func(ctx context.Context) any { return c.opts.Relay.End(ctx, s.Number, "") })
	}, func(err error) {
		if !c.failed(err) {
			c.say(noticeInfo, fmt.Sprintf(c.words[wHasEnded], c.nameOf(s.Number)))
		}
	})
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
