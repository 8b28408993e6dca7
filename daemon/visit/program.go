package visit

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// sshOptions make the SSH server that CSRs reach through the tunnel: a channel that
// [Server.Serve] takes comes back here, to [Server.serve] and the handlers below. What
// is not named here is refused by package sshd.
func (s *Server) sshOptions() sshd.Options {
	as := func(handle func(*visit, context.Context) int) sshd.SessionHandler {
		return func(ctx context.Context, channel *sshd.Session) int { return s.serve(ctx, channel, handle) }
	}
	sessions := sshd.Sessions{
		Program: program, Exec: as((*visit).exec), Shell: as((*visit).shell),
		Subsystems: map[string]sshd.SessionHandler{"sftp": as((*visit).sftp)}, Requests: s.requests(),
	}
	for _, c := range (&visit{server: s}).commands() {
		name := c.Name
		sessions.Subsystems[name] = as(func(v *visit, ctx context.Context) int { return v.run(ctx, []string{name}) })
	}
	return sshd.Options{
		HostKeys:     s.HostKeys,
		Authenticate: s.authenticate,
		Certificates: s.certified.on,
		Opened:       s.enter,
		Closed:       s.left,
		Channels:     map[string]sshd.ChannelHandler{"session": s.counted(sessions.Handle)},
		Requests:     map[string]sshd.RequestHandler{wire.WordsCommitRequest: s.commitWords, wire.WordsRequest: s.openWords, wire.WordsVerdictRequest: s.hearWords},
		Log:          s.Log,
		Software:     "supportd_daemon",
	}
}

// counted counts the channels, so that the end of the support session can wait
// until each has had its last word.
func (s *Server) counted(handle sshd.ChannelHandler) sshd.ChannelHandler {
	return func(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
		if !s.channels.begin(wire.MaxConnections * sshd.MaxChannels) {
			c.Reject(nc, ssh.ResourceShortage, "the support session has ended")
			return
		}
		defer s.channels.end()
		handle(ctx, c, nc)
	}
}

// serve is where every exec, shell, subsystem and request begins: it checks again
// that the CSR may be here, and ends the program with the support session.
func (s *Server) serve(ctx context.Context, channel *sshd.Session, handle func(*visit, context.Context) int) int {
	who, err := s.mayBeHere(channel.Conn)
	if err != nil {
		return exitWith(channel, err)
	}
	v := &visit{server: s, channel: channel, who: who, gone: ctx, speaker: speaker(channel)}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	over := s.Session.Over()
	defer context.AfterFunc(over, func() { cancel(context.Cause(over)) })()
	revoked := s.revokedOf(channel.Conn)
	defer context.AfterFunc(revoked, func() { cancel(context.Cause(revoked)) })()
	if err := v.wordsFirst(ctx); err != nil {
		return exitWith(channel, err)
	}
	if err := v.mayEnter(ctx); err != nil {
		return exitWith(channel, err)
	}
	s.tellDigits(v)
	code := handle(v, ctx)
	if why := (*cmdline.Error)(nil); errors.As(context.Cause(revoked), &why) {
		return exitWith(channel, why)
	}
	return code
}

// exec runs the command line of an exec request.
func (v *visit) exec(ctx context.Context) int {
	words, err := cmdline.Split(v.channel.Command)
	if err != nil {
		return exitWith(v.channel, err)
	}
	if len(words) == 0 {
		return v.shell(ctx)
	}
	return v.run(ctx, words)
}

// shell answers a plain "ssh NUMBER.support": there is no shell, so it shows
// where one is and what can be done.
func (v *visit) shell(ctx context.Context) int {
	if code := v.run(ctx, []string{"status"}); code != cmdline.ExitOK {
		return code
	}
	_, _ = io.WriteString(v.channel, "\n")
	return v.run(ctx, []string{"help"})
}

// run runs one verb.
func (v *visit) run(ctx context.Context, words []string) int {
	app := &cli.App{Name: program, Usage: "what a CSR can do on this computer", Commands: v.commands()}
	if err := foreign(app, words); err != nil {
		return exitWith(v.channel, err)
	}
	for _, c := range app.Commands {
		act := c.Action
		c.Action = func(c *cli.Context) error { return v.explain(ctx, act(c)) }
	}
	return cmdline.Run(ctx, app, words, cmdline.Streams{In: strings.NewReader(""), Out: v.channel, Err: v.channel.Stderr(), Speaker: v.speaker})
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
		return cmdline.Usage("", "unknown command %q: this is a customer's computer in a support session; that is a command of the relay", name).WithHint("ssh ACCOUNT@RELAY %s …, without -J", name)
	}
	switch cmdline.HabitIn(app.Commands, words) {
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

// commands are the verbs. They are made anew for each call, because cli.App is
// not made to be shared.
func (v *visit) commands() []*cli.Command {
	return []*cli.Command{
		v.helpCommand(), v.statusCommand(), v.sysinfoCommand(), v.runCommand(), v.cancelCommand(), v.chatCommand(),
		v.logonCommand(), v.logoffCommand(), v.rebootCommand(), v.wordsCommand(), v.journalCommand(),
	}
}

// handleRequest answers the channel requests that do what verbs do. It may take
// as long as the customer thinks; ctx is done when the CSR's channel is closed.
func (s *Server) handleRequest(ctx context.Context, channel *sshd.Session, act func(context.Context, *visit) error) bool {
	ok := false
	s.serve(ctx, channel, func(v *visit, ctx context.Context) int {
		err := act(ctx, v)
		ok = err == nil
		return exitWith(channel, err)
	})
	return ok
}

// requests are the channel requests of package wire.
func (s *Server) requests() map[string]func(context.Context, *sshd.Session, []byte) bool {
	return map[string]func(context.Context, *sshd.Session, []byte) bool{
		wire.RebootRequest: func(ctx context.Context, channel *sshd.Session, payload []byte) bool {
			m, err := wire.ParseReboot(payload)
			return err == nil && s.handleRequest(ctx, channel, func(ctx context.Context, v *visit) error {
				return v.reboot(ctx, time.Duration(m.Delay)*time.Second, m.Reason)
			})
		},
		wire.LogonRequest: func(ctx context.Context, channel *sshd.Session, payload []byte) bool {
			m, err := wire.ParseLogon(payload)
			return err == nil && s.handleRequest(ctx, channel, func(ctx context.Context, v *visit) error {
				return v.logonAs(ctx, m.User, v.typePassword)
			})
		},
		wire.AuthorRequest: s.sayAuthor,
		wire.SecondRequest: s.saySecond,
		wire.LogoffRequest: func(ctx context.Context, channel *sshd.Session, payload []byte) bool {
			return len(payload) == 0 && s.handleRequest(ctx, channel, func(_ context.Context, v *visit) error { return v.logOffNow() })
		},
	}
}
