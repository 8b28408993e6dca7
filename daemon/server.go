package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/text"
)

const (
	// program is how the daemon's verbs call themselves in errors.
	program = "support-agent"
	// waitingAfter is how long a CSR waits for an answer without being told so.
	waitingAfter = 700 * time.Millisecond
)

// innerOptions make the SSH server that CSRs reach through the tunnel. What is
// not named here is refused by package sshd.
func (d *Daemon) innerOptions() sshd.Options {
	sessions := sshd.Sessions{
		Program:    program,
		Exec:       func(ctx context.Context, s *sshd.Session) int { return d.serve(ctx, s, d.exec) },
		Shell:      func(ctx context.Context, s *sshd.Session) int { return d.serve(ctx, s, d.shell) },
		Subsystems: map[string]sshd.SessionHandler{},
		Requests:   d.requests(),
	}
	for _, c := range (&visit{Daemon: d}).commands() {
		sessions.Subsystems[c.Name] = func(ctx context.Context, s *sshd.Session) int {
			return d.serve(ctx, s, func(ctx context.Context, v *visit) int { return v.run(ctx, []string{c.Name}) })
		}
	}
	sessions.Subsystems["sftp"] = func(ctx context.Context, s *sshd.Session) int { return d.serve(ctx, s, d.sftp) }
	return sshd.Options{
		HostKeys:     d.identity.hostKeys,
		Authenticate: d.authenticate,
		Opened:       d.enterCSR,
		Closed:       d.leaveCSR,
		Channels:     map[string]sshd.ChannelHandler{"session": d.channel(sessions.Handle)},
		Log:          d.opts.Log,
		Software:     "supportd_daemon",
	}
}

// visit is one program that a CSR runs on a channel.
type visit struct {
	*Daemon
	*sshd.Session
	who     consent.Person
	channel context.Context // done when the client goes away or is interrupted
}

// channel counts the channels, so that the end of the support session can wait
// until each has had its last word.
func (d *Daemon) channel(handle sshd.ChannelHandler) sshd.ChannelHandler {
	return func(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
		if !d.channels.begin(maxConnections * sshd.MaxChannels) {
			c.Reject(nc, ssh.ResourceShortage, "the support session has ended")
			return
		}
		defer d.channels.end()
		handle(ctx, c, nc)
	}
}

// serve is the door of every exec, shell and subsystem: it checks again that
// the CSR may be here, and ends the program with the support session.
func (d *Daemon) serve(ctx context.Context, s *sshd.Session, handle func(context.Context, *visit) int) int {
	who, ok := d.visitor(s.Conn)
	if !ok {
		return tell(s, errNoAccess())
	}
	v := &visit{Daemon: d, Session: s, who: who, channel: ctx}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.over, func() { cancel(context.Cause(d.over)) })()
	if err := v.strangers(ctx); err != nil {
		return tell(s, err)
	}
	return handle(ctx, v)
}

func tell(s *sshd.Session, err error) int {
	cmdline.Report(s.Stderr(), program, err)
	return cmdline.Code(err)
}

func (d *Daemon) exec(ctx context.Context, v *visit) int {
	words, err := cmdline.Split(v.Command)
	if err != nil {
		return tell(v.Session, err)
	}
	if len(words) == 0 {
		return d.shell(ctx, v)
	}
	return v.run(ctx, words)
}

// shell answers a plain "ssh NUMBER.support": there is no shell, so it shows
// where one is and what can be done.
func (d *Daemon) shell(ctx context.Context, v *visit) int {
	if code := v.run(ctx, []string{"status"}); code != cmdline.ExitOK {
		return code
	}
	_, _ = io.WriteString(v.Session, "\n")
	return v.run(ctx, []string{"help"})
}

// run runs one verb.
func (v *visit) run(ctx context.Context, words []string) int {
	app := &cli.App{Name: program, Usage: "what a CSR can do on this computer", Commands: v.commands()}
	if err := foreign(app, words); err != nil {
		return tell(v.Session, err)
	}
	for _, c := range app.Commands {
		act := c.Action
		c.Action = func(c *cli.Context) error { return v.explain(ctx, act(c)) }
	}
	return cmdline.Run(ctx, app, words, cmdline.Streams{In: strings.NewReader(""), Out: v, Err: v.Stderr()})
}

// foreign answers what people and common programs send to a computer that is in no
// support session: it says what this is, and what to use instead.
func foreign(app *cli.App, words []string) error {
	if app.Command(words[0]) != nil || strings.HasPrefix(words[0], "-") {
		return nil
	}
	name := text.Plain(words[0], 60)
	const scripts = "\"help\" lists what there is; commands go into a script, which is uploaded by sftp and started with \"run\""
	if slices.Contains([]string{"session", "script", "report", "category", "csr", "whoami", "known-hosts"}, words[0]) {
		return cmdline.Usage("ssh ACCOUNT@RELAY "+name+" …, without -J", "unknown command %q: this is a customer's computer in a support session; that is a command of the relay", name)
	}
	switch cmdline.HabitOf(words) {
	case cmdline.CopiesFiles:
		return cmdline.Usage("use sftp, or scp without -O: both copy through SFTP", "%q cannot be run here: files come by SFTP", name)
	case cmdline.KeepsRepository:
		return cmdline.Usage(scripts, "%q: this is a customer's computer in a support session, and there is no git for you", name)
	case cmdline.InstallsKey:
		return cmdline.Usage("an admin of the relay adds keys: csr key-add", "this is a customer's computer in a support session: there is no shell here, and keys cannot be installed")
	case cmdline.WantsShell:
		return cmdline.Usage(scripts, "unknown command %q: this is a customer's computer in a support session, and there is no shell for you", name)
	}
	return nil
}

// explain says why a verb was interrupted, where it was.
func (v *visit) explain(ctx context.Context, err error) error {
	var said *cmdline.Error
	switch {
	case err == nil || ctx.Err() == nil || errors.As(err, &said) && said.Code != cmdline.ExitInterrupted:
		return err
	case v.over.Err() != nil:
		return v.overError()
	case errors.Is(context.Cause(ctx), sshd.ErrInterrupted):
		return cmdline.Fail(cmdline.ExitInterrupted, "", "interrupted")
	}
	return err
}

// overError says to a CSR that and why the support session is over.
func (d *Daemon) overError() error {
	if errors.Is(context.Cause(d.over), ErrRestarting) {
		return cmdline.Fail(cmdline.ExitFailed, "support comes back by itself when the computer is up again", "the computer restarts")
	}
	by, reason := d.endedBy(context.Cause(d.over))
	s := "the support session was ended by " + text.Plain(by, 60)
	if by == journal.ByCustomer {
		s = "the customer has stopped the support session"
	}
	if reason = text.Plain(reason, 200); reason != "" {
		s += ": " + reason
	}
	return cmdline.Fail(cmdline.ExitNoSession, "", "%s", s)
}

// commands are the verbs. They are made anew for each call, because cli.App is
// not made to be shared.
func (v *visit) commands() []*cli.Command {
	return []*cli.Command{
		v.helpCommand(), v.statusCommand(), v.sysinfoCommand(), v.runCommand(), v.cancelCommand(), v.chatCommand(),
		v.logonCommand(), v.logoffCommand(), v.rebootCommand(), v.journalCommand(),
	}
}

// mayDo asks the gate and turns a No into an error that says why.
func (v *visit) mayDo(ctx context.Context, q consent.Question) (consent.Answer, error) {
	q.Who = v.who
	// Who gets an answer at once need not read that there is a question.
	told := time.AfterFunc(waitingAfter, func() {
		_, _ = fmt.Fprintf(v.Stderr(), "waiting for the customer's answer, at most %.0f s …\n", consent.AnswerTimeout.Seconds())
	})
	defer told.Stop()
	a := v.gate.Ask(ctx, q)
	if a.Decision.Allowed() {
		return a, nil
	}
	return a, v.denied(a)
}

// denied says in product words why the gate said no.
func (v *visit) denied(a consent.Answer) error {
	deny := func(hint, format string, args ...any) error {
		return cmdline.Fail(cmdline.ExitDenied, hint, format, args...)
	}
	if v.over.Err() != nil {
		return v.overError()
	}
	switch a.Why {
	case consent.Answered:
		if a.Decision == consent.Blocked {
			return deny("", "the customer said no, and wants no more questions or messages from you")
		}
		return deny("explain on the phone what it is for, then ask again", "the customer said no")
	case consent.Unclear:
		return deny("tell them to type one of the words that stand there, then ask again", "the customer typed something else than an answer, which counts as no")
	case consent.TimedOut:
		return deny("make sure that they look at the screen, then ask again", "the customer did not answer within %.0f s", consent.AnswerTimeout.Seconds())
	case consent.Withdrawn:
		return deny("", "the question was withdrawn before the customer answered")
	case consent.Nobody:
		return deny("", "no one is at the screen of %s, so nobody could be asked", text.Plain(v.opts.Computer.Host, 60))
	case consent.Flooded:
		return deny("wait a minute", "too many questions at once: the customer was not asked")
	case consent.BlockedBy:
		return deny("", "the customer wants no more questions from you")
	case consent.Unwritten:
		return cmdline.Fail(cmdline.ExitFailed, "the customer's disk may be full", "the journal could not be written, so nothing was done")
	}
	return deny("", "the customer has not allowed it")
}
