package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// handleExec runs one command of a CSR; a shell and an empty command show what
// there is.
func (r *Relay) handleExec(ctx context.Context, s *sshd.Session) int {
	std := cmdline.Streams{In: s.Until(ctx), Out: s, Err: s.Stderr()}
	words, err := cmdline.Split(s.Command)
	if err != nil {
		cmdline.Report(std.Err, "relay", err)
		return cmdline.Code(err)
	}
	if len(words) == 0 {
		words = []string{"help"}
	}
	a, err := r.mayAct(s.Conn, actUse, nil)
	if err != nil {
		return cmdline.ExitAuth
	}
	d := &dialog{relay: r, conn: s.Conn, account: a, in: std.In, out: s, err: s.Stderr()}
	app := d.app()
	if err := d.foreign(app, words); err != nil {
		cmdline.Report(std.Err, "relay", err)
		return cmdline.Code(err)
	}
	return cmdline.Run(ctx, app, words, std)
}

// dialog is one command of one CSR.
type dialog struct {
	relay    *Relay
	conn     *sshd.Conn
	account  store.Account
	in       io.Reader
	out, err io.Writer
}

func (d *dialog) app() *cli.App {
	app := &cli.App{
		Name: "relay", HelpName: "relay", Usage: "support sessions over SSH", HideVersion: true,
		Commands: []*cli.Command{
			d.sessionCommand(), d.scriptCommand(), d.reportCommand(),
			{Name: "whoami", Usage: "your account and key", Flags: cmdline.FormatFlags(), Action: d.whoami},
			{Name: "known-hosts", Usage: "lines for your known_hosts: who certifies the computers, and the relay's own key", Action: d.knownHosts},
		},
	}
	app.Commands = append(app.Commands, &cli.Command{Name: "help", Usage: "this", Action: func(*cli.Context) error { return d.help(app) }})
	for _, c := range (Desk{Use: d.manage, Key: d.readKey, By: d.account.Name}).Commands() {
		c.Hidden = !d.account.Admin
		for _, sub := range c.Subcommands {
			if c.Name == "category" && sub.Name == "list" { // whoever adds a script chooses one
				c.Hidden = false
				continue
			}
			sub.Before, sub.Hidden = d.mayManage, !d.account.Admin
		}
		app.Commands = append(app.Commands, c)
	}
	return app
}

// help lists every command that this CSR may use.
func (d *dialog) help(app *cli.App) error {
	type entry struct{ name, usage string }
	var entries []entry
	var walk func(prefix string, commands []*cli.Command)
	walk = func(prefix string, commands []*cli.Command) {
		for _, c := range commands {
			if c.Hidden {
				continue
			}
			if len(c.Subcommands) > 0 {
				walk(prefix+c.Name+" ", c.Subcommands)
				continue
			}
			entries = append(entries, entry{strings.TrimSpace(prefix + c.Name + " " + c.ArgsUsage), c.Usage})
		}
	}
	walk("", app.Commands)
	fmt.Fprintf(d.out, "You are %s. Commands:\n\n", text.Escape(d.account.Display))
	for _, e := range entries {
		fmt.Fprintf(d.out, "  %-34s %s\n", e.name, e.usage)
	}
	_, err := fmt.Fprint(d.out, "\nEvery command takes --help, those that show something also --json and -o table|json|jsonl|csv.\n"+
		"Reach the computer of an active session with: ssh -J ACCOUNT@RELAY NUMBER"+wire.HostSuffix+"\n")
	return err
}

// names are what this CSR calls the relay, as far as we know.
func (d *dialog) names() []string {
	if names := d.relay.opts.Names; len(names) > 0 {
		return names
	}
	return []string{d.conn.LocalAddr().String()}
}

func (d *dialog) whoami(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	v := api.WhoAmI{Account: d.account.Name, Name: d.account.Display, Admin: d.account.Admin, Key: ssh.FingerprintSHA256(d.conn.Key())}
	return cmdline.Show(d.out, f, v, api.WhoAmIColumns())
}

func (d *dialog) knownHosts(*cli.Context) error {
	_, err := io.WriteString(d.out, d.relay.data.knownHosts(d.names()))
	return err
}

// mayManage stands before every command of the desk.
func (d *dialog) mayManage(*cli.Context) error {
	_, err := d.relay.mayAct(d.conn, actManage, nil)
	return d.explain(err)
}

// manage is [Desk.Use] for an admin at the other end of a connection. Before a
// change it asks again: a key may have taken its time to come.
func (d *dialog) manage(c *cli.Context, change bool, f func(*store.Store) error) error {
	if change {
		if err := d.mayManage(c); err != nil {
			return err
		}
	}
	if err := f(d.relay.data.Store); err != nil || !change {
		return d.explain(err)
	}
	return d.explain(d.relay.refresh(c.Context))
}

// readKey is [Desk.Key]: over SSH, keys come on standard input.
func (d *dialog) readKey(*cli.Context) ([]byte, error) {
	return io.ReadAll(io.LimitReader(d.in, MaxKeyText+1))
}

// explain makes what a CSR may know out of an error; the cause goes to the log.
func (d *dialog) explain(err error) error {
	var told *cmdline.Error
	switch {
	case err == nil, errors.As(err, &told), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errForbidden):
		return cmdline.Fail(cmdline.ExitFailed, "ask an admin of the relay", "only admins may do that")
	case errors.Is(err, errTooMany):
		return cmdline.Fail(cmdline.ExitFailed, "end some of them first", "%v", err)
	}
	d.relay.log.Error("a command failed", "account", d.account.Name, "err", err)
	for _, kind := range []error{store.ErrFull, store.ErrBusy, store.ErrReadOnly, store.ErrDisk, store.ErrDamaged} {
		if errors.Is(err, kind) {
			return cmdline.Fail(cmdline.ExitFailed, "nothing was changed; try again, and tell the relay's operator if it stays so", "the relay cannot do it now: %v", kind)
		}
	}
	return cmdline.Fail(cmdline.ExitFailed, "tell the relay's operator; the log says more", "the relay cannot do it now")
}
