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
	"supportd/library/csrca"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// handleExec runs one command of a CSR; a shell and an empty command show what
// there is.
func (r *Relay) handleExec(ctx context.Context, s *sshd.Session) int {
	std := cmdline.Streams{In: s.Until(ctx), Out: s, Err: s.Stderr(), Speaker: speaker(text.LanguageFrom(s.Getenv))}
	words, err := cmdline.Split(s.Command)
	if err != nil {
		cmdline.ReportIn(std.Err, std.Speaker, "relay", err)
		return cmdline.Code(err)
	}
	if len(words) == 0 {
		words = []string{"help"}
	}
	a, err := r.admit(s.Conn, actUse, nil)
	if err != nil {
		return cmdline.ExitAuth
	}
	cmd := &command{relay: r, conn: s.Conn, account: a, words: words, in: std.In, out: s, err: s.Stderr(), speaker: std.Speaker}
	app := cmd.app()
	if err := cmd.misdirected(app, words); err != nil {
		cmdline.ReportIn(std.Err, std.Speaker, "relay", err)
		return cmdline.Code(err)
	}
	r.log.Debug("command", "from", s.Conn.Source(), "account", a.Name, "command", commandName(app, words))
	return cmdline.Run(ctx, app, words, std)
}

// commandName is the command that words name, without its arguments: those may be
// session numbers, and what people write.
func commandName(app *cli.App, words []string) string {
	c := app.Command(words[0])
	if c == nil {
		return "none"
	}
	if len(words) > 1 {
		for _, sub := range c.Subcommands {
			if sub.HasName(words[1]) {
				return c.Name + " " + sub.Name
			}
		}
	}
	return c.Name
}

// command is one command of one CSR.
type command struct {
	relay    *Relay
	conn     *sshd.Conn
	account  store.Account
	words    []string // as they were typed
	in       io.Reader
	out, err io.Writer
	speaker  *text.Speaker
}

// say says a text to the CSR in their language.
func (cmd *command) say(format string, args ...any) string { return cmd.speaker.Say(format, args...) }

// tell tells the CSR what goes on, in a line beside the answer; both are on one terminal,
// where there is one.
func (cmd *command) tell(format string, args ...any) {
	fmt.Fprintln(cmd.err, cmdline.Folded(cmd.out, cmd.say(format, args...)))
}

func (cmd *command) app() *cli.App {
	app := &cli.App{
		Name: "relay", HelpName: "relay", Usage: "support sessions over SSH", HideVersion: true,
		Commands: []*cli.Command{
			cmd.sessionCommand(), cmd.scriptCommand(), cmd.reportCommand(),
			{Name: "whoami", Usage: "your account and key", Flags: cmdline.FormatFlags(), Action: cmd.whoami},
			{Name: "known-hosts", Usage: "lines for your known_hosts: who certifies the computers, and the relay's own key", Action: cmd.knownHosts},
		},
	}
	app.Commands = append(app.Commands, &cli.Command{Name: "help", Usage: "list the commands", Action: func(*cli.Context) error { return cmd.help(app) }})
	for _, c := range (Admin{Use: cmd.manage, Key: cmd.readKey, KeyFrom: cmd.keyFrom, Pin: cmd.pin, By: cmd.account.Name, Second: cmd.relay.second, Speaker: cmd.speaker}).Commands() {
		c.Hidden = !cmd.account.Admin
		for _, sub := range c.Subcommands {
			if c.Name == "category" && sub.Name == "list" { // whoever adds a script chooses one
				c.Hidden = false
				continue
			}
			sub.Before, sub.Hidden = cmd.mayManage, !cmd.account.Admin
		}
		app.Commands = append(app.Commands, c)
	}
	host, port := cmd.address()
	called := "ssh " + cmd.account.Name + "@" + host
	if port != "22" {
		called = "ssh -p " + port + " " + cmd.account.Name + "@" + host
	}
	return examples().AddTo(app, called)
}

// help lists every command that this CSR may use.
func (cmd *command) help(app *cli.App) error {
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
	var said strings.Builder
	fmt.Fprintf(&said, "%s\n\n", cmd.say("You are %s. Commands:", text.Escape(cmd.account.Display)))
	for _, e := range entries {
		fmt.Fprintf(&said, "  %-34s  %s\n", e.name, e.usage)
	}
	fmt.Fprintf(&said, "\n%s\n%s\n", cmd.say("Every command takes --help, those that show something also --json and -o table|json|jsonl|csv."),
		cmd.say("Reach the computer of an active session with: %s", "ssh -J ACCOUNT@RELAY NUMBER"+wire.HostSuffix))
	_, err := io.WriteString(cmd.out, cmdline.Folded(cmd.out, said.String()))
	return err
}

// names are what this CSR calls the relay, as far as we know.
func (cmd *command) names() []string {
	if names := *cmd.relay.names.Load(); len(names) > 0 {
		return names
	}
	return []string{cmd.conn.LocalAddr().String()}
}

func (cmd *command) whoami(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	_, cert, err := cmd.relay.accountOf(cmd.account.Name, cmd.conn.RemoteAddr(), cmd.conn.Key())
	if err != nil {
		return cmdline.Silent(cmdline.ExitAuth) // ended a moment ago, and so does the connection
	}
	v := api.WhoAmI{
		Account: cmd.account.Name, Name: cmd.account.Display, Admin: cmd.account.Admin,
		Key: ssh.FingerprintSHA256(csrca.Plain(cmd.conn.Key())), Certificate: shownCertificate(cert),
		Library: cmd.relay.data.Store.Library(),
	}
	return cmdline.Show(cmd.out, f, v, cmd.tables(f).WhoAmI(v))
}

func (cmd *command) knownHosts(*cli.Context) error {
	_, err := io.WriteString(cmd.out, cmd.relay.data.knownHosts(cmd.names()))
	return err
}

// mayManage stands before every command of [Admin] but "category list".
func (cmd *command) mayManage(*cli.Context) error {
	_, err := cmd.relay.admit(cmd.conn, actManage, nil)
	return cmd.explain(err)
}

// manage is [Admin.Use] for an admin at the other end of a connection. Before a
// change it asks again: a key may have taken its time to come.
func (cmd *command) manage(c *cli.Context, change bool, f func(*store.Store) error) error {
	if change {
		if err := cmd.mayManage(c); err != nil {
			return err
		}
	}
	who := actor{by: cmd.account.Name, from: cmd.conn.Source()}
	st := cmd.relay.data.Store.For(cmd.account.Name).Telling(func(revision int64) { cmd.relay.actors.note(revision, who) })
	if err := f(st); err != nil || !change {
		return cmd.explain(err)
	}
	return cmd.explain(cmd.relay.refresh(c.Context))
}

// readKey is [Admin.Key]: over SSH, keys come on standard input.
func (cmd *command) readKey(*cli.Context) ([]byte, error) {
	return io.ReadAll(io.LimitReader(cmd.in, MaxKeyText+1))
}

// keyFrom is [Admin.KeyFrom]: there are no files, only standard input.
func (cmd *command) keyFrom(c *cli.Context, name string) ([]byte, error) {
	if name != "-" {
		return nil, nil // then it stands for a fingerprint
	}
	return cmd.readKey(c)
}

// pin is [Admin.Pin].
func (cmd *command) pin(*cli.Context) (string, error) { return cmd.relay.Fingerprint(), nil }

// explain makes what a CSR may know out of an error; the cause goes to the log.
func (cmd *command) explain(err error) error {
	var known *cmdline.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errForbidden):
		return cmdline.Fail(cmdline.ExitFailed, "ask an admin of the relay", "only admins may do that")
	case errors.Is(err, errTooMany):
		return cmdline.Fail(cmdline.ExitFailed, "end some of them first", "%v", err)
	}
	cmd.relay.log.Error("a command failed", "account", cmd.account.Name, "err", err)
	for _, kind := range []error{store.ErrAway, store.ErrServed, store.ErrFull, store.ErrBusy, store.ErrReadOnly, store.ErrDisk, store.ErrDamaged} {
		if errors.Is(err, kind) {
			return cmdline.Fail(cmdline.ExitFailed, "nothing was changed; try again, and tell the relay's operator if it stays so", "the relay cannot do it now: %v", kind)
		}
	}
	return cmdline.Fail(cmdline.ExitFailed, "tell the relay's operator; the log says more", "the relay cannot do it now")
}
