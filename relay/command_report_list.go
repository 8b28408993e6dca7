package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/relay/store"
)

// maxReports is how many reports a list or an export has at most.
const maxReports = 10_000

func (d *dialog) filterFlags() []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "customer", Usage: "`TEXT` in the customer's name"},
		&cli.StringFlag{Name: "state", Usage: "waiting, active, away or ended"},
		&cli.StringFlag{Name: "script", Usage: "`TEXT` in the name of a script that was run"},
		&cli.StringFlag{Name: "ticket", Usage: "`TEXT` in the tracking code"},
		&cli.StringFlag{Name: "since", Usage: "created at this `TIME` or later: 2026-03-01, or 7d ago"},
		&cli.StringFlag{Name: "until", Usage: "created before this `TIME`"},
	}
	if d.account.Admin {
		flags = append(flags, &cli.StringFlag{Name: "csr", Usage: "of this `ACCOUNT`; without it those of every CSR"})
	}
	return flags
}

// filter reads [dialog.filterFlags]. Whoever is no admin sees their own.
func (d *dialog) filter(c *cli.Context) (store.Filter, error) {
	f := store.Filter{
		Owner: d.account.Name, State: store.State(c.String("state")), Customer: c.String("customer"),
		Ticket: c.String("ticket"), Script: c.String("script"),
	}
	if _, err := d.relay.mayAct(d.conn, actManage, nil); err == nil {
		f.Owner = c.String("csr")
	}
	switch f.State {
	case "", store.Waiting, store.Active, store.Away, store.Ended:
	default:
		return f, cmdline.Usage("one of: waiting, active, away, ended", "--state: unknown state %q", text.Plain(string(f.State), 20))
	}
	for name, into := range map[string]*time.Time{"since": &f.Since, "until": &f.Until} {
		if text := c.String(name); text != "" {
			at, err := cmdline.ParseWhen(text, time.Now(), time.UTC)
			if err != nil {
				return f, cmdline.Usage("--"+name+" 2026-03-01", "--%s: %v", name, err)
			}
			*into = at
		}
	}
	return f, nil
}

// found are the sessions that the flags mean.
func (d *dialog) found(c *cli.Context) ([]store.Session, error) {
	f, err := d.filter(c)
	if err != nil {
		return nil, err
	}
	rows, err := d.relay.data.Store.FindSessions(c.Context, f, maxReports)
	if len(rows) == maxReports {
		fmt.Fprintf(d.err, "these are the newest %d; --until shows older ones\n", maxReports)
	}
	return rows, d.explain(err)
}

// reportView is one report in a list: its header, and whether it is signed.
type reportView struct {
	report.Header
	Sealed bool `json:"sealed"`
}

func (d *dialog) reportView(ctx context.Context, row store.Session) (reportView, error) {
	src, err := reportOf(ctx, d.relay.data.Store, row)
	var broken *report.Broken
	if errors.As(err, &broken) { // "verify" says more
		src.Header, err = headerOf(ctx, d.relay.data.Store, row)
	}
	return reportView{src.Header, src.Seal != nil}, err
}

// proof says in a word what there is to verify.
func (v reportView) proof() string {
	switch {
	case v.Pruned != nil && v.Pruned.End != nil && v.Sealed:
		return "deleted, proved"
	case v.Pruned != nil && v.Sealed:
		return "deleted, was signed"
	case v.Pruned != nil:
		return "deleted"
	case v.Sealed:
		return "signed"
	case v.State != report.Ended:
		return "open"
	}
	return "not signed"
}

func reportColumns() []cmdline.Column[reportView] {
	type column = cmdline.Column[reportView]
	return []column{
		{Title: "NUMBER", Value: func(v reportView) string { return string(v.Number) }},
		{Title: "STATE", Value: func(v reportView) string { return v.State }},
		{Title: "TICKET", Value: func(v reportView) string { return v.Ticket }},
		{Title: "CUSTOMER", Value: func(v reportView) string { return v.Customer }},
		{Title: "HOST", Value: func(v reportView) string { return v.Host }},
		{Title: "OWNER", Value: func(v reportView) string { return v.Owner }},
		cmdline.TimeColumn("CREATED", func(v reportView) time.Time { return v.Created }, when),
		cmdline.TimeColumn("ENDED", func(v reportView) time.Time { return v.Ended }, when),
		{Title: "MINUTES", Value: func(v reportView) string { return fmt.Sprint(v.Connected / 60) }},
		{Title: "JOURNAL", Value: reportView.proof},
	}
}

// reportDetails is what an export adds to the columns of a list.
func reportDetails() []cmdline.Column[reportView] {
	return append(reportColumns(), []cmdline.Column[reportView]{
		{Title: "OS", Value: func(v reportView) string { return v.OS }},
		cmdline.TimeColumn("JOINED", func(v reportView) time.Time { return v.Joined }, when),
		{Title: "ENTERED", Value: func(v reportView) string {
			var names []string
			for _, e := range v.Entered {
				names = append(names, e.Account)
			}
			return strings.Join(names, " ")
		}},
		{Title: "RESTARTS", Value: func(v reportView) string { return fmt.Sprint(v.Restarts) }},
		{Title: "ENDED BY", Value: func(v reportView) string { return v.EndedBy }},
		{Title: "REASON", Value: func(v reportView) string { return v.Reason }},
		{Title: "NOTE", Value: func(v reportView) string { return v.Note }},
		{Title: "ID", Value: func(v reportView) string { return v.ID }},
	}...)
}

func (d *dialog) reportViews(c *cli.Context) (views []reportView, err error) {
	rows, err := d.found(c)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		v, err := d.reportView(c.Context, row)
		if err != nil {
			return nil, d.explain(err)
		}
		views = append(views, v)
	}
	return views, nil
}

func (d *dialog) listReports(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	views, err := d.reportViews(c)
	if err != nil {
		return err
	}
	if len(views) == 0 && f == cmdline.Table {
		fmt.Fprintln(d.err, "no matching reports; report list --help shows how to look for others")
	}
	return cmdline.List(d.out, f, views, reportColumns())
}

func (d *dialog) exportReports(c *cli.Context) error {
	switch format := c.String("output"); format {
	case "csv":
		views, err := d.reportViews(c)
		if err != nil {
			return err
		}
		return cmdline.List(d.out, cmdline.CSV, views, reportDetails())
	case "jsonl":
		rows, err := d.found(c)
		if err != nil {
			return err
		}
		for _, row := range rows {
			src, err := reportOf(c.Context, d.relay.data.Store, row)
			if err == nil {
				err = src.Write(d.out)
			}
			if err != nil {
				return d.explainReport(err)
			}
		}
		return nil
	default:
		return cmdline.Usage("one of: csv, jsonl", "-o: unknown format %q", text.Plain(format, 20))
	}
}
