package relay

import (
	"errors"
	"fmt"
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

func (d *dialog) sessionCommand() *cli.Command {
	number := "NUMBER"
	listFlags := append(cmdline.FormatFlags(), &cli.BoolFlag{Name: "ended", Usage: "those that have ended too"})
	if d.account.Admin {
		listFlags = append(listFlags, &cli.BoolFlag{Name: "all", Usage: "those of every CSR"})
	}
	return &cli.Command{Name: "session", Usage: "support sessions", Subcommands: []*cli.Command{
		{Name: "start", Usage: "open a support session and get its number", Action: d.start,
			Flags: append(cmdline.FormatFlags(), &cli.StringFlag{Name: "ticket", Usage: "`CODE` by which another system knows it"})},
		{Name: "list", Usage: "your open support sessions", Flags: listFlags, Action: d.list},
		{Name: "show", Usage: "one support session", ArgsUsage: number, Flags: cmdline.FormatFlags(), Action: d.show},
		{Name: "end", Usage: "end a support session for good", ArgsUsage: number + " [--reason TEXT...]", Action: d.end, Flags: []cli.Flag{
			&cli.StringFlag{Name: "reason", Usage: "`TEXT` that the customer sees"},
			&cli.BoolFlag{Name: "yes", Usage: "do not ask; nothing is asked here", Hidden: true},
		}},
		{Name: "note", Usage: "put a note into the report, in the place of the one before", ArgsUsage: "NUMBER TEXT...", Action: d.note},
	}}
}

func (d *dialog) view(row store.Session) api.Session {
	v := api.Session{
		Number: row.Number, State: row.State, Customer: row.Customer, Host: row.Host, OS: row.OS, Owner: row.Owner,
		Created: row.Created, Joined: row.Joined, AwaySince: row.Away, Ended: row.Ended, EndedBy: row.EndedBy, Reason: row.Reason,
		Ticket: row.Ticket, Note: row.Note,
	}
	if row.State == api.Waiting {
		v.Expires = row.Created.Add(d.relay.opts.NumberLife)
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
func tables() api.Tables {
	return api.Tables{Number: func(n wire.Number) string { return string(n) }, Time: when}
}

func (d *dialog) start(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	ticket := c.String("ticket")
	if len(ticket) > report.MaxText {
		return cmdline.Usage("name it shorter", "--ticket: %d bytes, at most %d are allowed", len(ticket), report.MaxText)
	}
	s, err := d.relay.open(c.Context, d.account.Name, ticket)
	if err != nil {
		return d.explain(err)
	}
	row := *s.row.Load()
	if f != cmdline.Table {
		return cmdline.Show(d.out, f, d.view(row), tables().Session())
	}
	at := d.names()[0]
	// A client may show its two streams in either order: both have to be read well.
	if _, err := fmt.Fprintf(d.out, "\n    %s\n\n", row.Number.Spoken()); err != nil {
		return err
	}
	fmt.Fprintf(d.err, `Tell the customer the number. It is good for %s and for one computer.
They run:       support-agent join %s --relay %s --relay-key %s
You then run:   ssh -J %[5]s@%[3]s %[5]s@%[6]s sysinfo
`, text.Span(d.relay.opts.NumberLife, text.English), row.Number, at, d.relay.Fingerprint(), d.account.Name, row.Number.Host())
	return nil
}

func (d *dialog) list(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	owner := d.account.Name
	if c.Bool("all") {
		if _, err := d.relay.mayAct(d.conn, actManage, nil); err != nil {
			return d.explain(err)
		}
		owner = ""
	}
	var rows []store.Session
	if c.Bool("ended") {
		if rows, err = d.relay.data.Store.EndedSessions(c.Context, owner, maxEnded); err != nil {
			return d.explain(err)
		}
	}
	var open []store.Session
	for _, s := range d.relay.sessions() {
		if row := s.row.Load(); row.State != api.Ended && (owner == "" || row.Owner == owner) {
			open = append(open, *row)
		}
	}
	slices.SortFunc(open, func(a, b store.Session) int { return a.Created.Compare(b.Created) })
	var views []api.Session
	for _, row := range append(rows, open...) {
		views = append(views, d.view(row))
	}
	if len(views) == 0 && f == cmdline.Table {
		fmt.Fprintln(d.err, "no open sessions; session start opens one")
	}
	return cmdline.List(d.out, f, views, tables().Sessions())
}

func (d *dialog) show(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	n, err := number(c.Args().First())
	if err != nil {
		return err
	}
	if s := d.relay.find(n); s != nil {
		if _, err := d.relay.mayAct(d.conn, actUse, s); err != nil {
			return noSession(n)
		}
		return cmdline.Show(d.out, f, d.view(*s.row.Load()), tables().Session())
	}
	row, err := d.relay.data.Store.SessionByNumber(c.Context, n)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && row.Owner != d.account.Name && !d.account.Admin:
		return noSession(n)
	case err != nil:
		return d.explain(err)
	}
	return cmdline.Show(d.out, f, d.view(row), tables().Session())
}

func (d *dialog) end(c *cli.Context) error {
	n, err := number(c.Args().First())
	if err != nil {
		return err
	}
	reason := c.String("reason")
	// ssh takes the quotes away: what is behind the text belongs to it.
	if rest := c.Args().Tail(); len(rest) > 0 && reason != "" {
		reason = strings.Join(append([]string{reason}, rest...), " ")
	} else if len(rest) > 0 {
		return cmdline.Usage("session end NUMBER --reason TEXT", "session end: unexpected argument %q", text.Plain(rest[0], 60))
	}
	if len(reason) > wire.MaxReason {
		return cmdline.Usage("say it shorter", "--reason: %d bytes, at most %d are allowed", len(reason), wire.MaxReason)
	}
	s := d.relay.find(n)
	if s != nil {
		if _, err := d.relay.mayAct(d.conn, actUse, s); err != nil {
			s = nil
		}
	}
	if s == nil {
		return noSession(n)
	}
	if err := s.end(c.Context, d.account.Name, reason); errors.Is(err, store.ErrState) {
		return noSession(n)
	} else if err != nil {
		return d.explain(err)
	}
	fmt.Fprintf(d.err, "session %s has ended\n", n.Spoken())
	return nil
}

// note replaces the note of a session, in any state.
func (d *dialog) note(c *cli.Context) error {
	text := strings.Join(c.Args().Tail(), " ")
	if len(text) > report.MaxText {
		return cmdline.Usage("say it shorter", "the note has %d bytes, at most %d are allowed", len(text), report.MaxText)
	}
	row, err := d.findReport(c.Context, c.Args().First())
	if err != nil {
		return err
	}
	if s := d.relay.find(row.Number); s != nil && s.row.Load().ID == row.ID {
		err = s.setNote(c.Context, text)
	} else {
		_, err = d.relay.data.Store.SetNote(c.Context, row.ID, text)
	}
	if err != nil {
		return d.explain(err)
	}
	fmt.Fprintf(d.err, "note saved for session %s\n", row.Number.Spoken())
	return nil
}

// number reads a session number that a person typed.
func number(s string) (wire.Number, error) {
	n, err := wire.ParseNumber(s)
	switch {
	case errors.Is(err, wire.ErrNumberCheck):
		return "", cmdline.Fail(cmdline.ExitNoSession, err.Error(), "no open session %s", text.Plain(s, 20))
	case err != nil:
		return "", cmdline.Usage("session list shows yours", "%q is no session number: %v", text.Plain(s, 20), err)
	}
	return n, nil
}

// noSession is also the answer about a session of somebody else.
func noSession(n wire.Number) error {
	return cmdline.Fail(cmdline.ExitNoSession, "it has ended or the number is mistyped; session list shows yours", "no open session %s", n.Spoken())
}
