package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

func (p *program) loginCommand() *cli.Command {
	return &cli.Command{
		Name: "login", Usage: "log in to a relay and keep the login; \"help addresses\" says what ADDRESS may be", ArgsUsage: "CSR@ADDRESS",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "relay-key", Usage: "the `FINGERPRINT` of the relay's host key, SHA256:…; asked for when missing"},
			&cli.StringFlag{Name: "identity", Aliases: []string{"i"}, Usage: "the private key `FILE`, or the public half of a key in ssh-agent"},
			&cli.BoolFlag{Name: "invited", Usage: "register the key with an invitation first, which is asked for and not shown"},
			&cli.StringFlag{Name: "invitation-file", Usage: "the same with the invitation in this `FILE`, or - for standard input"},
		},
		Action: func(c *cli.Context) error {
			return p.login(c.Context, c.Args().First(), c.String("relay-key"), c.String("identity"), p.invitation(c))
		},
	}
}

// login logs in and keeps that. invited reads an invitation; nil is that there is none.
func (p *program) login(ctx context.Context, target, pin, identity string, invited func(context.Context) (wire.Invitation, error)) error {
	if err := p.checkHome(); err != nil {
		return err
	}
	account, address, err := parseTarget(target)
	if err != nil {
		return err
	}
	pr := profile{Account: account, Relay: address.String(), RelayKey: pin, address: address, dialer: p.dialer(), language: p.std.Speaker.Language()}
	var others []ssh.PublicKey // the relay's further keys, while it changes its own
	pr.changed = func(_ ssh.PublicKey, more []ssh.PublicKey) { others = more }
	keys, release, err := p.candidates(identity)
	defer release()
	if err != nil {
		return err
	}
	if err := p.settlePin(ctx, &pr); err != nil {
		return err
	}
	if invited != nil {
		keys, err = p.register(ctx, pr, keys, invited)
	}
	var r *client.Relay
	var used string
	if err == nil {
		r, used, err = p.try(ctx, pr, keys)
	}
	if pin != "" && errors.Is(err, client.ErrHostKey) {
		return typedWrong(err)
	}
	if err != nil {
		return err
	}
	who, err := r.WhoAmI(ctx)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	authorities, err := r.FetchAuthorities(ctx)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	pr.complete(r, who, authorities, others, used)
	if err := p.knowAgain(&pr); err != nil {
		return err
	}
	if err := errors.Join(pr.save(p), p.writeSSHFiles(pr)); err != nil {
		return err
	}
	p.keepWay(pr.dialer)
	_, err = fmt.Fprintln(p.std.Out, p.say("logged in to %s as %s", pr.Relay, person(who)))
	if err == nil && !p.sshConfigInstalled() {
		cmdline.ReportIn(p.std.Err, p.std.Speaker, "supportctl", &cmdline.Error{Hint: "for plain ssh NUMBER.support, type: supportctl ssh config --install"})
	}
	return err
}

// typedWrong is another key than the one that was typed just now: before anybody is in
// between, the address or the fingerprint is another relay's.
func typedWrong(err error) error {
	var told *cmdline.Error
	if errors.As(err, &told) {
		told.Hint = "first check the typing of --relay-key and of the address with the relay's admin (support-relay fingerprint --data DIR); if both are right, someone may be listening in between: tell the admin"
	}
	return err
}

func person(who api.WhoAmI) string {
	return consent.Person{Name: who.Name, Account: who.Account}.String()
}

// settlePin makes sure that the relay's key is known before anything else is
// said to it: from the command line, or from a person who has compared it.
func (p *program) settlePin(ctx context.Context, pr *profile) error {
	if pr.RelayKey != "" {
		if err := wire.CheckFingerprint(pr.RelayKey); err != nil {
			return cmdline.Usage("ask the relay's admin for it: \"support-relay fingerprint --data DIR\" shows it", "--relay-key: %v", err)
		}
		return nil
	}
	seen, err := client.Fingerprint(ctx, pr.options())
	if err != nil {
		return err
	}
	fmt.Fprintln(p.std.Err, p.say("%s shows this host key:\n  %s\nCompare it with what the relay's admin has told you (support-relay fingerprint --data DIR).", pr.Relay, seen))
	answer, err := p.ask(ctx, p.say("Type yes if it is the same: "))
	if err == nil && answer != "yes" && answer != "" && answer != "no" { // once more: y, Yes, or the fingerprint itself
		answer, err = p.ask(ctx, p.say("Please type yes or no; nothing is kept yet: "))
	}
	switch {
	case errors.Is(err, errNoTerminal):
		return cmdline.Fail(cmdline.ExitAuth, "", "nobody has confirmed the relay's host key").WithHint("add --relay-key %s once you have compared it", seen)
	case err != nil:
		return err
	case answer != "yes":
		return cmdline.Fail(cmdline.ExitAuth, "ask the relay's admin for the fingerprint", "the relay's host key was not confirmed")
	}
	pr.RelayKey = seen
	return nil
}

// candidates collects the keys to try: the one that was named, or else those of
// ssh-agent and the standard files. release has to be called in any case.
func (p *program) candidates(identity string) (keys []candidate, release func(), err error) {
	held, release := p.agentKeys()
	if identity != "" {
		c, err := readKey(identity, held)
		c.held = held
		return []candidate{c}, release, err
	}
	keys = plainKeys(held)
	for _, file := range p.standardFiles() {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		c, err := readKey(file, held)
		if err != nil {
			fmt.Fprintf(p.std.Err, "supportctl: %s\n", text.Escape(p.say("passing over a key: %v", err)))
			continue
		}
		c.held = held
		if i := slices.IndexFunc(keys, func(k candidate) bool { return sameKey(k.public, c.public) }); i >= 0 {
			keys[i].file = c.file
		} else {
			keys = append(keys, c)
		}
	}
	if len(keys) == 0 {
		return nil, release, cmdline.Fail(cmdline.ExitAuth, "ssh-keygen -t ed25519 makes one; the relay's admin adds its .pub file to your account",
			"there is no key to log in with: ssh-agent holds none, and neither does %s", p.home+"/.ssh")
	}
	// Those that need no passphrase first.
	slices.SortStableFunc(keys, func(a, b candidate) int {
		switch {
		case a.signer != nil && b.signer == nil:
			return -1
		case a.signer == nil && b.signer != nil:
			return 1
		}
		return 0
	})
	return keys, release, nil
}

// try offers the keys, no more at a time than the relay takes, and returns the
// file of the one that was accepted.
func (p *program) try(ctx context.Context, pr profile, keys []candidate) (*client.Relay, string, error) {
	var refused error
	for len(keys) > 0 {
		var offers []ssh.Signer
		n := 0
		for n < len(keys) && keys[n].signer != nil {
			more := keys[n].offers(keys[n].signer)
			if n > 0 && len(offers)+len(more) > sshd.MaxAuthTries {
				break
			}
			offers = append(offers, more...)
			n++
		}
		if n == 0 {
			opened, err := p.open(ctx, keys[0])
			if err != nil {
				return nil, "", err
			}
			offers, n = keys[0].offers(opened), 1
		}
		r, err := client.Dial(ctx, pr.options(offers...))
		switch {
		case err == nil:
			i := slices.IndexFunc(keys, func(c candidate) bool { return sameKey(c.public, csrca.Plain(r.Key())) })
			if keys[i].file == "" {
				p.keepCertificate(certificates(keys[i].signer, "", keys[i].held))
			}
			return r, keys[i].file, nil
		case !errors.Is(err, client.ErrRefused):
			return nil, "", err
		}
		refused, keys = err, keys[n:]
	}
	return nil, "", refused
}

func (p *program) logoutCommand() *cli.Command {
	return &cli.Command{
		Name: "logout", Usage: "forget the login and everything kept with it",
		Action: func(*cli.Context) error {
			if err := p.forget(); err != nil {
				return err
			}
			if err := p.uninstallSSHConfig(); err != nil {
				return err
			}
			_, err := fmt.Fprintln(p.std.Out, p.say("logged out"))
			return err
		},
	}
}

func (p *program) whoamiCommand() *cli.Command {
	type view struct {
		api.WhoAmI
		Relay    string `json:"relay"`
		RelayKey string `json:"relay_key"`
	}
	columns := func(f cmdline.Format, me api.WhoAmI) []cmdline.Column[view] {
		all := cmdline.Headed(f.For(p.std.Speaker), []cmdline.Column[view]{
			{Title: "RELAY", Value: func(v view) string { return v.Relay }},
			{Title: "RELAY KEY", Value: func(v view) string { return v.RelayKey }},
		})
		for i, c := range p.tables(f).WhoAmI(me) {
			all = slices.Insert(all, i, cmdline.Column[view]{Title: c.Title, Value: func(v view) string { return c.Value(v.WhoAmI) }})
		}
		return all
	}
	return &cli.Command{
		Name: "whoami", Usage: "the account that is logged in, as the relay knows it", Flags: cmdline.FormatFlags(),
		Action: func(c *cli.Context) error {
			f, err := cmdline.FormatOf(c)
			if err != nil {
				return err
			}
			return p.onRelay(c.Context, func(r *client.Relay, pr profile) error {
				who, err := r.WhoAmI(c.Context)
				if err != nil {
					return err
				}
				who.Key = ssh.FingerprintSHA256(csrca.Plain(r.Key()))
				return cmdline.Show(p.std.Out, f, view{who, pr.Relay, pr.RelayKey}, columns(f, who))
			})
		},
	}
}
