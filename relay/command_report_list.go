package relay

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/relay/store"
)

const (
	// maxReports is how many reports a list or an export has at most.
	maxReports = 10_000
	// maxListed is how many of a session's events a list reads for who was there: a
	// hostile computer can write millions, and each list would read them all.
	maxListed = 5_000
)

func (cmd *command) filterFlags() []cli.Flag {
	var flags []cli.Flag
	for _, f := range api.ReportFilters() {
		if f.Name != api.FilterCSR || cmd.account.Admin {
			flags = append(flags, &cli.StringFlag{Name: f.Name, Usage: f.Usage})
		}
	}
	return flags
}

// filter reads [command.filterFlags]. Whoever is no admin sees their own.
func (cmd *command) filter(c *cli.Context) (store.Filter, error) {
	f := store.Filter{
		Owner: cmd.account.Name, State: api.State(c.String("state")), Customer: c.String("customer"),
		Ticket: c.String("ticket"), Script: c.String("script"),
	}
	if _, err := cmd.relay.admit(cmd.conn, actManage, nil); err == nil {
		f.Owner = c.String(api.FilterCSR)
	}
	if f.State != "" && !f.State.Known() {
		return f, cmdline.Usage("", "--state: unknown state %q", text.Plain(string(f.State), 20)).WithHint("one of: %s", api.StateNames(", "))
	}
	for name, into := range map[string]*time.Time{api.FilterSince: &f.Since, api.FilterUntil: &f.Until} {
		if text := c.String(name); text != "" {
			at, err := cmdline.ParseWhen(text, time.Now(), time.UTC)
			if err != nil {
				return f, cmdline.Usage("", "--%s: %v", name, err).WithHint("--%s 2026-03-01", name)
			}
			*into = at
		}
	}
	return f, nil
}

// found are the sessions that the flags mean.
func (cmd *command) found(c *cli.Context) ([]store.Session, error) {
	f, err := cmd.filter(c)
	if err != nil {
		return nil, err
	}
	rows, err := cmd.relay.data.Store.FindSessions(c.Context, f, maxReports)
	if len(rows) == maxReports {
		cmd.tell("these are the newest %d; --until shows older ones", maxReports)
	}
	return rows, cmd.explain(err)
}

func (cmd *command) reportView(ctx context.Context, row store.Session) (api.Report, error) {
	src, whole, err := reportWithin(ctx, cmd.relay.data.Store, row, maxListed)
	var broken *report.Broken
	if errors.As(err, &broken) { // "verify" says more
		src.Header, whole, err = headerOf(ctx, cmd.relay.data.Store, row, maxListed)
	}
	if err == nil && !whole {
		cmd.tell("session %s has more than %d events of connections, and its line is about the first of them; report show %s reads them all", row.Number.Spoken(), maxListed, row.ID)
	}
	v := api.Report{Header: src.Header, Sealed: src.Seal != nil}
	if err == nil {
		v.CountedTo, err = cmd.countedTo(ctx, row, v.Header)
	}
	return v, err
}

// countedTo is up to when the minutes of a computer that is connected count: to the
// journal's last event. Its clock may be wrong, so that event is as long ago as it came
// behind the one of joining, which the relay has seen too.
func (cmd *command) countedTo(ctx context.Context, row store.Session, h report.Header) (*time.Time, error) {
	if row.State != api.Active || row.Joined.IsZero() || h.Joined.IsZero() || h.Pruned != nil {
		return nil, nil
	}
	last, err := cmd.relay.data.Store.LastEvent(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	at := row.Joined.Add(max(last.Time.Sub(h.Joined), 0)).UTC().Truncate(time.Second)
	return &at, nil
}

func (cmd *command) reportViews(c *cli.Context) (views []api.Report, err error) {
	rows, err := cmd.found(c)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		v, err := cmd.reportView(c.Context, row)
		if err != nil {
			return nil, cmd.explain(err)
		}
		views = append(views, v)
	}
	return views, nil
}

func (cmd *command) listReports(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	views, err := cmd.reportViews(c)
	if err != nil {
		return err
	}
	if len(views) == 0 && f == cmdline.Table {
		cmd.tell("no matching reports; report list --help shows how to look for others")
	}
	return cmdline.List(cmd.out, f, views, cmd.tables(f).Reports())
}

func (cmd *command) exportReports(c *cli.Context) error {
	form, err := report.ParseForm(c.String("output"), report.ExportForms())
	if err != nil {
		return cmdline.Usage("", "-o: unknown format %q", text.Plain(c.String("output"), 20)).WithHint("%v", err)
	}
	if form == report.AsCSV {
		views, err := cmd.reportViews(c)
		if err != nil {
			return err
		}
		out := cmd.out
		if cmdline.WantsBOM(c) {
			out = cmdline.WithBOM(out)
		}
		return cmdline.List(out, cmdline.CSV, views, tablesIn(nil).ReportDetails())
	}
	rows, err := cmd.found(c)
	if err != nil {
		return err
	}
	for _, row := range rows {
		src, err := reportOf(c.Context, cmd.relay.data.Store, row)
		if err == nil {
			err = src.Write(cmd.out)
		}
		if err != nil {
			return cmd.explainReport(err)
		}
	}
	return nil
}
