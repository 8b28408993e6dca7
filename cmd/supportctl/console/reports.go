package console

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/wire"
)

// reportsView lists what the relay keeps of support sessions.
type reportsView struct {
	quiet
	c     *Console
	first wire.Number // under the cursor at the beginning
	list  list
	all   []api.Report
	came  bool
}

// gotReports, gotReport and verified are answers.
type (
	gotReports struct {
		list []api.Report
		err  error
	}
	gotReport struct {
		number wire.Number
		text   string
		err    error
	}
	verified struct {
		number   wire.Number
		proved   bool
		sentence string
		err      error
	}
)

func (c *Console) openReports(n wire.Number) tea.Cmd {
	v := &reportsView{c: c, first: n}
	c.push(v)
	return v.fetch()
}

func (v *reportsView) fetch() tea.Cmd {
	return v.c.do(v, func(ctx context.Context) any {
		list, err := v.c.opts.Reports.List(ctx)
		return gotReports{list, err}
	})
}

func (v *reportsView) title() string { return v.c.words[wReports] }

func (v *reportsView) actions() []action {
	on := func(f func(wire.Number) tea.Cmd) func() tea.Cmd {
		return func() tea.Cmd {
			if v.list.at < len(v.all) {
				return f(v.all[v.list.at].Number)
			}
			return nil
		}
	}
	return append([]action{
		{wRead, on(v.read)}, {wVerify, on(v.verify)}, {wExport, on(v.export)}, {wRefresh, v.fetch},
	}, v.list.moves(func() int { return len(v.all) })...)
}

func (v *reportsView) read(n wire.Number) tea.Cmd {
	return v.c.do(v, func(ctx context.Context) any {
		s, err := v.c.opts.Reports.Read(ctx, n, v.c.opts.Language)
		return gotReport{n, s, err}
	})
}

func (v *reportsView) verify(n wire.Number) tea.Cmd {
	v.c.say(noticeInfo, v.c.words[wVerifying])
	return v.c.do(v, func(ctx context.Context) any {
		proved, sentence, err := v.c.opts.Reports.Verify(ctx, n)
		return verified{n, proved, sentence, err}
	})
}

func (v *reportsView) export(n wire.Number) tea.Cmd {
	v.c.ask(v.c.words[wExport], []string{v.c.words[wAskFile]}, "report-"+string(n)+".jsonl", func(path string) tea.Cmd {
		if path == "" {
			return nil
		}
		return v.c.do(v, func(ctx context.Context) any {
			return done{v.c.opts.Reports.Export(ctx, n, path), fmt.Sprintf(v.c.words[wSaved], path)}
		})
	})
	return nil
}

func (v *reportsView) update(msg any) tea.Cmd {
	switch msg := msg.(type) {
	case gotReports:
		v.came = true
		if v.c.failed(msg.err) {
			return nil
		}
		v.all = msg.list
		slices.SortStableFunc(v.all, func(a, b api.Report) int { return b.Created.Compare(a.Created) })
		if i := slices.IndexFunc(v.all, func(r api.Report) bool { return r.Number == v.first }); i >= 0 {
			v.list.at = i
		}
	case gotReport:
		if !v.c.failed(msg.err) {
			v.c.showText(fmt.Sprintf(v.c.words[wReportOf], msg.number.Spoken()), msg.text,
				action{wVerify, func() tea.Cmd { return v.verify(msg.number) }}, action{wExport, func() tea.Cmd { return v.export(msg.number) }})
		}
	case verified:
		if v.c.failed(msg.err) {
			return nil
		}
		said, sort := "+ "+v.c.words[wProved], noticeInfo
		if !msg.proved {
			said, sort = v.c.words[wNotProved], noticeBad
		}
		v.c.say(sort, msg.number.Spoken()+": "+said+". "+msg.sentence)
		v.c.showText(v.c.words[wVerify], msg.number.Spoken()+": "+said+"\n\n"+msg.sentence)
	case done:
		if !v.c.failed(msg.err) {
			v.c.say(noticeInfo, msg.said)
		}
	}
	return nil
}

func (v *reportsView) draw(width, height int) []string {
	columns := fitting([]column{
		{title: wNumber, width: 11}, {title: wState, width: 8}, {title: wTicket, width: 9, drop: 2}, {title: wCustomer, width: 14},
		{title: wComputer, width: 12, drop: 3}, {title: wCreated, width: 16, drop: 1}, {title: wSigned},
	}, width-2)
	lines := []string{line(fmt.Sprintf(v.c.words[wReportCount], len(v.all)), width), v.c.heading(columns, "", width)}
	if len(v.all) == 0 {
		said := wLoading
		if v.came {
			said = wNoReports
		}
		return append(lines, "", "  "+line(v.c.words[said], width-2))
	}
	from, to := v.list.window(len(v.all), height-len(lines))
	for i, r := range v.all[from:to] {
		lines = append(lines, v.c.pick(from+i == v.list.at, row(columns, func(title word) string { return v.value(r, title) }), width))
	}
	return lines
}

func (v *reportsView) value(r api.Report, title word) string {
	switch title {
	case wNumber:
		return r.Number.Spoken()
	case wState:
		return v.c.words[word("state "+strings.ToLower(r.State))]
	case wTicket:
		return r.Ticket
	case wCustomer:
		return r.Customer
	case wComputer:
		return r.Host
	case wCreated:
		return r.Created.Local().Format(time.DateTime)[:16]
	}
	if r.Sealed {
		return "+ " + v.c.words[wIsSigned]
	}
	return "- " + v.c.words[wIsNotSigned]
}
