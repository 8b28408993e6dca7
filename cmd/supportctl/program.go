package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/wire"
	"supportd/relay/client"
)

// program is one run of supportctl with its surroundings, which tests replace.
type program struct {
	std        cmdline.Streams
	env        func(name string) string
	home       string // the user's home directory, "" where there is none
	sshHome    string // the one in which ssh looks, whatever HOME says; "" is the same
	dir        string // where this program keeps its files, likewise
	self       string // the path of this program, for ssh_config; "" where it is not known
	interrupts *interrupts
	atEnd      []func() // in this order
	readsOnly  bool     // changes no file
	noKeep     bool     // no holder: see hold.go

	loginKey ssh.Signer // that of the login, once it was opened
}

// run runs one command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	defer p.release()
	switch {
	case len(args) > 0 && args[0] == completeCommand:
		p.complete(ctx, args[1:])
		return cmdline.ExitOK
	case slices.Equal(args, []string{holdCommand}):
		return cmdline.Code(p.hold(ctx)) // nobody reads what it would say
	}
	return cmdline.Run(ctx, p.app(), args, p.std)
}

// release gives up what commands hold until the end of the program.
func (p *program) release() {
	for _, f := range p.atEnd {
		f()
	}
}

func (p *program) app() *cli.App {
	return examples().AddTo(&cli.App{
		Name:    "supportctl",
		Usage:   "support sessions on customers' computers",
		Version: cmdline.Build(),
		Flags:   []cli.Flag{p.holdFlag()},
		Commands: []*cli.Command{
			p.loginCommand(), p.logoutCommand(), p.whoamiCommand(), p.caCommand(),
			p.sessionCommand(), p.reportCommand(),
			p.sysinfoCommand(), p.scriptCommand(), p.categoryCommand(), p.chatCommand(),
			p.logonCommand(), p.logoffCommand(), p.rebootCommand(), p.wordsCommand(),
			p.uiCommand(), p.sshCommand(), p.connectCommand(), p.completionCommand(), guide().Command(p.app, p.std.Speaker),
		},
	}, "supportctl")
}

// path is a file of this program.
func (p *program) path(name string) string { return filepath.Join(p.dir, name) }

// connect reaches the relay as the one who is logged in.
func (p *program) connect(ctx context.Context) (*client.Relay, profile, error) {
	pr, err := p.loadProfile()
	if err != nil {
		return nil, pr, err
	}
	keys, err := p.keysOf(ctx, pr)
	if err != nil {
		return nil, pr, err
	}
	if r := p.held(ctx, pr, keys); r != nil {
		return r, pr, nil
	}
	r, err := client.Dial(ctx, pr.options(keys...))
	if err == nil {
		p.keepWay(pr.dialer)
		p.startHolder(pr)
	}
	return r, pr, err
}

// onRelay runs f with a connection to the relay.
func (p *program) onRelay(ctx context.Context, f func(*client.Relay, profile) error) error {
	r, pr, err := p.connect(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(r, pr), r.Close())
}

// say says a text to the CSR in their language.
func (p *program) say(format string, args ...any) string { return p.std.Speaker.Say(format, args...) }

func (pr profile) options(keys ...ssh.Signer) client.Options {
	return client.Options{
		Address: pr.address, Dialer: pr.dialer, Account: pr.Account, HostKey: pr.RelayKey, OtherHostKeys: pr.otherHostKeys(), HostKeys: pr.changed,
		Keys: keys, Authorities: pr.authorities, NewAuthorities: pr.vouching, Met: pr.met, Words: pr.words, WordsDir: pr.wordsDir, Tell: pr.tell, Language: pr.language,
		Web: pr.Web,
	}
}

// number reads a session number as a person types it.
func number(text string) (wire.Number, error) {
	n, err := wire.ParseNumber(text)
	switch {
	case errors.Is(err, wire.ErrNumberCheck):
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, text)
		return "", cmdline.Fail(cmdline.ExitNoSession, "", "no open session %s", wire.Number(digits).Spoken()).WithHint("%v", err)
	case err != nil:
		return "", cmdline.Usage("it looks like 482 913 077; \"supportctl session list\" shows yours", "%.40q is no session number: %v", text, err)
	}
	return n, nil
}
