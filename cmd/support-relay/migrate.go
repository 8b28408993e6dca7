package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/relay"
	"supportd/relay/store"
)

func (o operator) migrateCommand() *cli.Command {
	return &cli.Command{
		Name: "migrate", Usage: "move what the relay has stored into a PostgreSQL database, or back into its data directory",
		Description: "Stop the relay first. The keys stay in the data directory, and the reports prove as before. Everything is compared in\n" +
			"the end; only then the old database cannot be used any more, and the new one can. Was it interrupted? The same\n" +
			"command goes on; to give it up, delete relay.db.coming, or the tables in PostgreSQL. An older relay's database is\n" +
			"brought up to date first.",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "to", Required: true, Usage: "`URL` of an empty PostgreSQL database, postgres://USER@HOST/NAME, or the configuration file that names it, for one with a password; or, to move back, the data directory"},
		}, dataFlags()...),
		Action: o.migrate,
	}
}

func (o operator) migrate(c *cli.Context) error {
	job, config, err := migrationOf(c)
	if err != nil {
		return err
	}
	job.Program = cmdline.Build()
	shown := newProgress(o.std.Err)
	job.Tell = shown.tell
	done, err := relay.Migrate(c.Context, job)
	shown.end()
	if err != nil {
		return explainMigration(err)
	}
	what := "moved the relay"
	if done.Finished {
		what = "everything was there already, and is used from now on: the relay was moved"
	}
	fmt.Fprintf(o.std.Out, "%s from %s into %s\n", what, text.Escape(done.From), text.Escape(done.To))
	if !done.Finished {
		tellMoved(o.std.Out, done)
	}
	return tellMigrated(o.std.Out, job, done, config)
}

// migrationOf is what the command line asks for. config is the file that names the target;
// "" is none.
func migrationOf(c *cli.Context) (job relay.Migration, config string, err error) {
	to := c.String("to")
	var at place
	switch info, err := os.Stat(to); {
	case store.IsPostgres(to):
		job.Database, err = to, checkDatabaseFlag(databaseURL(to))
		if err != nil {
			return job, "", err
		}
	case err != nil:
		return job, "", cmdline.Usage("--to postgres://USER@HOST/NAME, --to relay.toml, or --to the data directory", "--to: neither the address of a PostgreSQL database nor a file or directory: %v", err)
	case info.IsDir():
		job.Back = true
	default:
		named, err := readTarget(to)
		if err != nil {
			return job, "", err
		}
		job.Database, config, at.data = string(named.Database), to, named.Data
	}
	if at.data == "" || c.IsSet("data") || c.IsSet("config") {
		if at, err = placeOf(c); err != nil {
			return job, "", err
		}
	}
	job.Dir = at.data
	switch {
	case !job.Back && c.IsSet(keyDatabase):
		return job, "", cmdline.Usage("leave it out; from one PostgreSQL database into another one, pg_dump and pg_restore move a relay", "--database: it is for the way back; --to names the new database")
	case job.Back && at.database == "":
		return job, "", cmdline.Usage("name it with --config FILE or --database URL", "migrate: from which PostgreSQL database?")
	case job.Back && !sameDir(to, job.Dir):
		return job, "", cmdline.Usage("--to "+text.Escape(job.Dir), "--to: the relay's keys stay in its data directory, so that the database has to come there")
	case job.Back:
		job.Database = string(at.database)
	}
	if owner := ownerInstead(job.Dir); owner != "" {
		return job, "", cmdline.Usage("run this as that user, e.g. with runuser -u "+text.Plain(owner, 40)+" -- support-relay …",
			"%s belongs to the user %s, who could not open what root makes there", text.Escape(job.Dir), text.Plain(owner, 40))
	}
	return job, config, nil
}

// checkDatabaseFlag refuses the address of a database that cannot be used on the command line.
func checkDatabaseFlag(to databaseURL) error {
	if to.secret() {
		return cmdline.Usage("write database = \"postgres://…\" into the configuration, which only the relay's user may read, and name that with --to FILE",
			"--to: a password on the command line can be seen by every user of this computer")
	}
	if err := to.problem(""); err != nil {
		return cmdline.Usage("--to postgres://USER@HOST/NAME", "--to: %v", err)
	}
	return nil
}

// readTarget reads a configuration that names the relay's new database.
func readTarget(path string) (cfg config, err error) {
	if err := cfg.read(path); err != nil {
		return cfg, err
	}
	if cfg.Database == "" {
		err = cmdline.Usage("write database = \"postgres://USER:PASSWORD@HOST/NAME\" into it", "--to: %s names no database", text.Escape(path))
	}
	return cfg, err
}

// sameDir reports whether two paths lead to one directory.
func sameDir(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// tellMoved says what was moved, and how that was checked.
func tellMoved(w io.Writer, m relay.Migrated) {
	fmt.Fprintf(w, "  relay %s, accounts: %d, support sessions: %d, of them open: %d, scripts: %d, events: %d\n",
		m.Fingerprint, m.Accounts, m.Sessions, m.Open, m.Scripts, m.Events)
	fmt.Fprintf(w, "  compared: %d tables, each row the same in both; journals: %d, of them whole, with a seal that fits: %d\n", len(m.Tables), m.Journals, m.Proved)
	if m.Proved < m.Journals {
		fmt.Fprintln(w, "  The other journals were not whole before: \"report list\" names them.")
	}
	if m.Changed > 0 {
		fmt.Fprintf(w, "  texts with characters that PostgreSQL cannot hold, which are shown as U+FFFD now: %d\n", m.Changed)
	}
	if m.Behind > 0 {
		fmt.Fprintf(w, "  names of scripts that PostgreSQL cannot hold, and by which no session is found any more: %d\n", m.Behind)
	}
}

// tellMigrated says what is left to do.
func tellMigrated(w io.Writer, job relay.Migration, m relay.Migrated, config string) (err error) {
	switch {
	case job.Back:
		_, err = fmt.Fprintf(w, "next:\n"+
			"  configure  take the line database = … out of the configuration, or --database out of the command; then start the relay\n"+
			"  back up    \"support-relay backup\" does it again\n"+
			"  delete     the tables in %s, when nobody needs them: they hold everything as it was\n", text.Escape(m.Old))
	default:
		line := "the configuration names the database already"
		if config == "" {
			line = fmt.Sprintf("write database = %q into the configuration, beside data, where the keys stay", job.Database)
		}
		_, err = fmt.Fprintf(w, "next:\n"+
			"  configure  %s; then start the relay\n"+
			"  back up    the database with pg_dump, and with it host_key and ca_key of %s\n"+
			"  delete     %s, when nobody needs it: it holds everything as it was\n", text.Escape(line), text.Escape(job.Dir), text.Escape(m.Old))
	}
	return err
}

// explainMigration says what to do where a relay cannot be moved.
func explainMigration(err error) error {
	hint, code := "", cmdline.ExitFailed
	switch {
	case errors.Is(err, context.Canceled):
		return cmdline.Fail(cmdline.ExitInterrupted, "the same command goes on; until it has ended well, the relay is where it was, and can be started there", "interrupted")
	case errors.Is(err, store.ErrServed), errors.Is(err, relay.ErrLocked):
		hint, code = "stop that relay first: what it stores meanwhile would be lost", cmdline.ExitUsage
	case errors.Is(err, store.ErrNotEmpty):
		hint, code = "name an empty database: support-relay migrate writes into no other", cmdline.ExitUsage
	case errors.Is(err, store.ErrBusy):
		hint = "another program uses the database, perhaps another command of support-relay; try again when it is done"
	case errors.Is(err, store.ErrDiffers):
		hint = "somebody has written into one of them meanwhile, or a disk has lost something; the same command compares and copies once more"
	case errors.Is(err, relay.ErrMovedFile):
		hint, code = "nothing is overwritten: delete it, or move it elsewhere", cmdline.ExitUsage
	case errors.Is(err, relay.ErrThere):
		hint, code = "there is nothing to do; --to says where the relay shall go", cmdline.ExitUsage
	case errors.Is(err, relay.ErrWritten):
		hint = "end the program that uses the file, and call the same command again"
	case errors.Is(err, store.ErrFull):
		hint = "make room there; the same command goes on"
	case errors.Is(err, store.ErrAway):
		hint = "check that the PostgreSQL server runs and takes connections; the same command goes on"
	default:
		return explain(err)
	}
	return &cmdline.Error{Code: code, Text: err.Error(), Hint: hint, Err: err}
}

// progress shows at a terminal how far it is, in one line that is written again and again.
type progress struct {
	to    io.Writer // nil is nobody
	shown time.Time
}

// progressPause is how long a line stands at least.
const progressPause = 200 * time.Millisecond

func newProgress(w io.Writer) *progress {
	if f, is := w.(*os.File); is && term.IsTerminal(int(f.Fd())) {
		return &progress{to: w}
	}
	return &progress{}
}

func (p *progress) tell(at store.Progress) {
	if now := time.Now(); p.to != nil && now.Sub(p.shown) >= progressPause {
		p.shown = now
		doing := "copying"
		if at.Checking {
			doing = "comparing"
		}
		line := fmt.Sprintf("%s %s: %d", doing, at.Table, at.Rows)
		if at.Of > 0 {
			line += fmt.Sprintf(" of %d", at.Of)
		}
		fmt.Fprintf(p.to, "\r%-70s", line)
	}
}

// end makes the line empty.
func (p *progress) end() {
	if p.to != nil && !p.shown.IsZero() {
		fmt.Fprintf(p.to, "\r%-70s\r", "")
	}
}
