package relay

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// maxEnded is how many ended sessions a list shows.
const maxEnded = 1000

func (cmd *command) sessionCommand() *cli.Command {
	number := "NUMBER"
	listFlags := append(cmdline.FormatFlags(), &cli.BoolFlag{Name: "ended", Usage: "those that have ended too"})
	watchFlags := []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "one JSON object a line"}}
	if cmd.account.Admin {
		all := &cli.BoolFlag{Name: "all", Usage: "those of every CSR"}
		listFlags, watchFlags = append(listFlags, all), append(watchFlags, all)
	}
	return &cli.Command{Name: "session", Usage: "support sessions", Subcommands: []*cli.Command{
		{Name: "start", Usage: "open a support session and get its number", ArgsUsage: "[--note TEXT...]", Action: cmd.start,
			Flags: append(cmdline.FormatFlags(), &cli.StringFlag{Name: "ticket", Usage: "`CODE` by which another system knows it"},
				&cli.StringFlag{Name: "name", Usage: "`TEXT` by which you know it: how it begins stands for the number everywhere"},
				&cli.StringFlag{Name: "note", Usage: "`TEXT` for the report, in quotes"},
				&cli.BoolFlag{Name: "link", Usage: "also the address of the page where the customer begins"})},
		{Name: "list", Usage: "your open support sessions", Flags: listFlags, Action: cmd.list},
		{Name: "show", Usage: "one support session", ArgsUsage: number, Flags: cmdline.FormatFlags(), Action: cmd.show},
		{Name: "watch", Usage: "tell every change as it happens", ArgsUsage: "[NUMBER...]", Action: cmd.watch, Flags: watchFlags},
		{Name: "end", Usage: "end support sessions for good", ArgsUsage: "[NUMBER...] NUMBER [--reason TEXT...]", Action: cmd.end, Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "all your open sessions"},
			&cli.StringFlag{Name: "reason", Usage: "`TEXT` that the customer sees"},
			&cli.BoolFlag{Name: "yes", Usage: "do not ask; nothing is asked here", Hidden: true},
		}},
		{Name: "note", Usage: "put a note into the report, in the place of the one before", ArgsUsage: "NUMBER TEXT...", Action: cmd.note},
	}}
}

func (cmd *command) view(row store.Session) api.Session {
	v := api.Session{
		Number: row.Number, State: row.State, Customer: row.Customer, Host: row.Host, OS: row.OS, Owner: row.Owner,
		Created: row.Created, Joined: row.Joined, AwaySince: row.Away, Ended: row.Ended, EndedBy: row.EndedBy, Reason: row.Reason,
		Ticket: row.Ticket, Name: row.Name, Note: row.Note, Expires: cmd.relay.timeOver(&row),
	}
	if row.Picture != nil {
		v.Show(*row.Picture, cmd.account.Name, time.Now())
	}
	if row.State == api.Waiting {
		if at := cmd.relay.web.Load(); at != nil {
			v.Link = wire.Link(*at, row.Number)
		}
	}
	return v
}

// viewOpen is view of a session that this relay holds, and what it alone knows.
func (cmd *command) viewOpen(s *session) api.Session {
	row := *s.row.Load()
	row.Picture = s.picture.Load()
	v := cmd.view(row)
	if v.State == api.Waiting {
		v.Delay = s.delayed(time.Now())
	}
	return v
}

func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// tables is how the relay shows rows: plainly, for people and programs that read
// what a plain ssh brings.
func (cmd *command) tables(f cmdline.Format) api.Tables { return tablesIn(f.For(cmd.speaker)) }

func tablesIn(s *text.Speaker) api.Tables {
	return api.Tables{Number: func(n wire.Number) string { return string(n) }, Time: when, Speaker: s}
}

func (cmd *command) start(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	note := c.String("note")
	switch {
	case c.NArg() > 0 && note == "":
		return cmdline.Usage("session start takes no arguments; session start --help shows the usage", "session start: unexpected argument %q", text.Plain(c.Args().First(), 60))
	case c.NArg() > 0: // ssh takes the quotes away
		note += " " + strings.Join(c.Args().Slice(), " ")
	}
	for flag, value := range map[string]string{"ticket": c.String("ticket"), "name": c.String("name"), "note": note} {
		if len(value) > report.MaxText {
			return cmdline.Usage("say it shorter", "--%s: %d bytes, at most %d are allowed", flag, len(value), report.MaxText)
		}
	}
	if wire.MeansNumber(c.String("name")) {
		return cmdline.Usage("put a letter into it", "--name: digits alone are always the number of a session")
	}
	at := cmd.relay.web.Load()
	if c.Bool("link") && at == nil {
		return cmdline.Usage("leave --link out and read the number to the customer, or ask the relay's admin for --web and --names", "this relay has no join page")
	}
	s, err := cmd.relay.open(c.Context, cmd.account.Name, c.String("ticket"), func(row *store.Session) {
		row.Name, row.Note = c.String("name"), note
	})
	if err != nil {
		return cmd.explain(err)
	}
	row := *s.row.Load()
	if f != cmdline.Table {
		return cmdline.Show(cmd.out, f, cmd.view(row), cmd.tables(f).Session())
	}
	if c.Bool("link") {
		_, err := fmt.Fprintf(cmd.out, "\n    %s\n    %s\n\n", row.Number.Spoken(), wire.Link(*at, row.Number))
		cmd.tell("Tell the customer the number, or send the link. It is good for %s and for one computer.", text.Span(cmd.relay.opts.NumberLife, cmd.speaker.Language()))
		return err
	}
	name := cmd.names()[0]
	// A client may show its two streams in either order: both have to be read well.
	if _, err := fmt.Fprintf(cmd.out, "\n    %s\n\n", row.Number.Spoken()); err != nil {
		return err
	}
	cmd.tell(`Tell the customer the number. It is good for %s and for one computer.
They run:       support-agent join %s --relay %s --relay-key %s
You then run:   ssh -J %[5]s@%[6]s %[5]s@%[7]s sysinfo`, text.Span(cmd.relay.opts.NumberLife, cmd.speaker.Language()), row.Number, name, cmd.relay.Fingerprint(), cmd.account.Name, net.JoinHostPort(cmd.address()), row.Number.Host())
	return nil
}

func (cmd *command) list(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	owner, err := cmd.whose(c)
	if err != nil {
		return err
	}
	var rows []store.Session
	if c.Bool("ended") {
		if rows, err = cmd.relay.data.Store.EndedSessions(c.Context, owner, maxEnded); err != nil {
			return cmd.explain(err)
		}
	}
	var views, open []api.Session
	for _, row := range rows {
		views = append(views, cmd.view(row))
	}
	for _, s := range cmd.relay.sessions() {
		if v := cmd.viewOpen(s); v.State != api.Ended && (owner == "" || v.Owner == owner) {
			open = append(open, v)
		}
	}
	slices.SortFunc(open, func(a, b api.Session) int { return a.Created.Compare(b.Created) })
	views = append(views, open...)
	if len(views) == 0 && f == cmdline.Table {
		cmd.tell("no open sessions; session start opens one")
	}
	return cmdline.List(cmd.out, f, views, cmd.tables(f).Sessions())
}

// whose sessions somebody wants to see: "" is everybody's.
func (cmd *command) whose(c *cli.Context) (owner string, err error) {
	if !c.Bool("all") {
		return cmd.account.Name, nil
	}
	_, err = cmd.relay.admit(cmd.conn, actManage, nil)
	return "", cmd.explain(err)
}

func (cmd *command) show(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	spec := c.Args().First()
	if !wire.MeansNumber(spec) {
		row, err := cmd.byID(c.Context, spec)
		if errors.Is(err, store.ErrNotFound) {
			row, err = cmd.namedAny(c.Context, spec)
		}
		if err != nil {
			return err
		}
		if row.State == api.Ended {
			return cmdline.Show(cmd.out, f, cmd.view(row), cmd.tables(f).Session())
		}
		spec = string(row.Number)
	}
	n, err := number(spec)
	if err != nil {
		return err
	}
	if s := cmd.relay.find(n); s != nil {
		if cmd.findOpen(n) == nil {
			return noSession(n)
		}
		return cmdline.Show(cmd.out, f, cmd.viewOpen(s), cmd.tables(f).Session())
	}
	row, err := cmd.relay.data.Store.SessionByNumber(c.Context, n)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && row.Owner != cmd.account.Name && !cmd.account.Admin:
		return noSession(n)
	case err != nil:
		return cmd.explain(err)
	}
	return cmdline.Show(cmd.out, f, cmd.view(row), cmd.tables(f).Session())
}

// note replaces the note of a session, in any state.
func (cmd *command) note(c *cli.Context) error {
	text := strings.Join(c.Args().Tail(), " ")
	if len(text) > report.MaxText {
		return cmdline.Usage("say it shorter", "the note has %d bytes, at most %d are allowed", len(text), report.MaxText)
	}
	row, err := cmd.findReport(c.Context, c.Args().First())
	if err != nil {
		return err
	}
	if s := cmd.relay.find(row.Number); s != nil && s.row.Load().ID == row.ID {
		err = s.setNote(c.Context, text)
	} else {
		_, err = cmd.relay.data.Store.For(cmd.account.Name).SetNote(c.Context, row.ID, text)
	}
	if err != nil {
		return cmd.explain(err)
	}
	cmd.tell("note saved for session %s", cmd.view(row))
	return nil
}

// number reads a session number that a person typed.
func number(s string) (wire.Number, error) {
	n, err := wire.ParseNumber(s)
	switch {
	case errors.Is(err, wire.ErrNumberCheck):
		return "", cmdline.Fail(cmdline.ExitNoSession, "", "no open session %s", text.Plain(s, 20)).WithHint("%v", err)
	case err != nil:
		return "", cmdline.Usage("session list shows yours", "%q is no session number: %v", text.Plain(s, 20), err)
	}
	return n, nil
}

// noSession is also the answer about a session of somebody else.
func noSession(n wire.Number) error {
	return cmdline.Fail(cmdline.ExitNoSession, "it has ended or the number is mistyped; session list shows yours", "no open session %s", n.Spoken())
}
