package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

func (p *program) sessionCommand() *cli.Command {
	return &cli.Command{
		Name: "session", Usage: "open, see and end support sessions",
		Subcommands: []*cli.Command{
			{
				Name: "start", Usage: "open a support session; read its number to the customer", Action: p.formatted(p.sessionStart),
				Flags: append(cmdline.FormatFlags(), &cli.StringFlag{Name: "ticket", Usage: "`CODE` by which another system knows it"},
					&cli.StringFlag{Name: "name", Usage: "`TEXT` by which you know it: how it begins stands for the number everywhere"},
					&cli.StringFlag{Name: "note", Usage: "`TEXT` for the report, in quotes"},
					&cli.BoolFlag{Name: "link", Usage: "also the address of the page where the customer begins"},
					&cli.BoolFlag{Name: "qr", Usage: "the link, and a picture of it for the customer's camera"},
					&cli.StringFlag{Name: "web", Usage: "with --link: that page is at this `ADDRESS`, https://HOST; without it, it has to be on the relay's host"}),
			},
			{
				Name: "list", Usage: "your open support sessions", Action: p.formatted(p.sessionList),
				Flags: append(cmdline.FormatFlags(),
					&cli.BoolFlag{Name: "ended", Usage: "those that have ended too"},
					&cli.BoolFlag{Name: "all", Usage: "those of every CSR; for admins"}),
			},
			{
				Name: "show", Usage: "one support session; without a number the only open one", ArgsUsage: "[NUMBER]",
				Flags: cmdline.FormatFlags(), Action: p.sessionShow,
			},
			{
				Name: "end", Usage: "end support sessions for good; without a number the only open one", ArgsUsage: "[NUMBER...]",
				Flags: []cli.Flag{yesFlag(), &cli.BoolFlag{Name: "all", Usage: "all your open sessions"}, &cli.StringFlag{Name: "reason", Usage: "`TEXT` that the customer sees, in quotes"}}, Action: p.sessionEnd,
			},
			{
				Name: "note", Usage: "put a note into the report, in the place of the one before", ArgsUsage: "NUMBER TEXT...",
				Action: p.sessionNote,
			},
			{
				Name: "watch", Usage: "tell every change of your support sessions as it happens", ArgsUsage: "[NUMBER...]",
				Flags:  []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "one JSON object a line"}, &cli.BoolFlag{Name: "all", Usage: "those of every CSR; for admins"}},
				Action: p.sessionWatch,
			},
		},
	}
}

func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask for confirmation"}
}

// formatted is the action of a command that asks the relay and shows its answer.
func (p *program) formatted(f func(*cli.Context, cmdline.Format, *client.Relay, profile) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		format, err := cmdline.FormatOf(c)
		if err != nil {
			return err
		}
		return p.onRelay(c.Context, func(r *client.Relay, pr profile) error { return f(c, format, r, pr) })
	}
}

// tables is how this program shows rows: numbers as people read them out.
func (p *program) tables(f cmdline.Format) api.Tables {
	return api.Tables{Number: wire.Number.Spoken, Time: when, Speaker: f.For(p.std.Speaker)}
}

// when shows a time as this machine's clock does.
func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

func (p *program) sessionStart(c *cli.Context, f cmdline.Format, r *client.Relay, pr profile) error {
	if c.Bool("qr") && f != cmdline.Table {
		return cmdline.Usage("leave one of them out", "--qr is a picture, and cannot be shown as %s", f)
	}
	link, web := c.Bool("link") || c.Bool("qr"), strings.TrimSuffix(c.String("web"), "/")
	if c.IsSet("web") && (!link || wire.CheckWeb(web) != nil) {
		return cmdline.Usage("--link --web https://HOST", "--web: %q: the address of the join page is wanted, and --link with it", text.Plain(web, 80))
	}
	var called []string
	for _, flag := range []string{"name", "note"} {
		if c.IsSet(flag) {
			called = append(called, "--"+flag+"="+c.String(flag))
		}
	}
	s, err := r.Start(c.Context, c.String("ticket"), link, called...)
	if err != nil {
		return err
	}
	var foreign error
	if link {
		foreign = p.confirmLink(c.Context, &s, pr, web)
	}
	if f != cmdline.Table {
		return errors.Join(cmdline.Show(p.std.Out, f, s, p.tables(f).Session()), foreign)
	}
	if foreign != nil {
		return foreign
	}
	until := text.Message{}
	if !s.Expires.IsZero() {
		until = text.Later(" until %s", s.Expires.Local().Format("15:04"))
	}
	if link {
		return p.showLink(s, until, c.Bool("qr"))
	}
	fmt.Fprintln(p.std.Err, p.say("Read this number to the customer. It is good for one computer%s:", until)+"\n")
	if _, err := fmt.Fprintf(p.std.Out, "    %s\n", s.Number.Spoken()); err != nil {
		return err
	}
	fmt.Fprint(p.std.Err, "\n"+p.say("They run:      support-agent join %s --relay %s --relay-key %s\nYou then run:  supportctl sysinfo %s\n", s.Number, pr.Relay, pr.RelayKey, s.Number))
	return nil
}

func (p *program) sessionList(c *cli.Context, f cmdline.Format, r *client.Relay, _ profile) error {
	list, err := r.Sessions(c.Context, client.Which{Ended: c.Bool("ended"), Everybody: c.Bool("all")})
	if err != nil {
		return err
	}
	if len(list) == 0 && f == cmdline.Table {
		fmt.Fprintln(p.std.Err, p.say("no support session is open; \"supportctl session start\" opens one"))
		return nil
	}
	return cmdline.List(p.std.Out, f, list, p.tables(f).Sessions())
}

func (p *program) sessionShow(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	return p.onSessions(c, func(_ *client.Relay, list []api.Session) error {
		return cmdline.Show(p.std.Out, f, list[0], p.tables(f).Session())
	})
}

func (p *program) sessionNote(c *cli.Context) error {
	spec := c.Args().First()
	if wire.MeansNumber(spec) || !api.MayBeName(spec) { // a mistake needs no relay
		if _, err := number(spec); err != nil {
			return err
		}
	}
	return p.onRelay(c.Context, func(r *client.Relay, _ profile) error {
		n := wire.Number(spec)
		if !wire.MeansNumber(spec) {
			s, err := find(c.Context, r, spec)
			if err != nil {
				return err
			}
			n = s.Number
		}
		if err := r.SetNote(c.Context, n, strings.Join(c.Args().Tail(), " ")); err != nil {
			return err
		}
		p.note("note saved for session %s", n.Spoken())
		return nil
	})
}

// chosen is the number that was typed, or that of the only open support session.
func chosen(ctx context.Context, r *client.Relay, typed wire.Number) (wire.Number, error) {
	if typed != "" {
		return typed, nil
	}
	list, err := r.Sessions(ctx, client.Which{})
	if err != nil {
		return "", err
	}
	switch len(list) {
	case 0:
		return "", cmdline.Fail(cmdline.ExitNoSession, "supportctl session start opens one", "no support session is open")
	case 1:
		return list[0].Number, nil
	}
	return "", cmdline.Usage("", "which support session? %d are open", len(list)).WithHint("one of: %s", titles{list, true})
}

// titles name support sessions in a text, with their states where that helps.
type titles struct {
	list   []api.Session
	states bool
}

// In implements [text.Sayable].
func (t titles) In(s *text.Speaker) string {
	var all []string
	for _, one := range t.list {
		title := one.In(s)
		if t.states {
			title += " (" + s.Text(string(one.State)) + ")"
		}
		all = append(all, title)
	}
	return strings.Join(all, ", ")
}

// String is the English.
func (t titles) String() string { return t.In(nil) }
