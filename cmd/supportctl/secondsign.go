package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/text"
	"supportd/relay/client"
)

// scriptSign signs a script of somebody else's, as the second who has looked at it.
func (p *program) scriptSign(c *cli.Context) error {
	return p.onRelay(c.Context, func(r *client.Relay, pr profile) error {
		from := &shelf{p: p, relay: r, profile: pr}
		a, files, err := from.toSign(c.Context, c.Args().First(), c.Int("if-version"))
		if err != nil {
			return err
		}
		s, err := p.signer(c.Context, from.profile, c.String("author-key"))
		if err != nil {
			return err
		}
		defer s.release()
		if s.cert == nil {
			return cmdline.Fail(cmdline.ExitFailed, "", "your key has no author's certificate, and a second signature counts by nothing else").
				WithHint("whoever has your organisation's CA makes one: supportctl ca sign KEY.pub --ca FILE --account %s --script-author", from.profile.Account)
		}
		// Before anybody is asked: what can be known is said first. Whether it is the
		// organisation's CA, customers' computers say.
		if _, err := csrca.CheckAuthor(s.cert, from.profile.Account, []ssh.PublicKey{s.cert.SignatureKey}, time.Now()); err != nil {
			return cmdline.Fail(cmdline.ExitFailed, "get a new one: supportctl ca sign KEY.pub --script-author", "your author's certificate cannot be used: %v", err)
		}
		second, err := author.SignSecond(*a.Signature, from.profile.Account, a.Executable, files.Signable(), s.key, s.cert)
		if err != nil {
			return cmdline.Fail(cmdline.ExitFailed, "sign with another key: --author-key FILE", "the script cannot be signed: %v", err)
		}
		if err := from.settle(c.Context, c.Bool("accept")); err != nil {
			return err
		}
		if err := p.confirm(c.Context, c.Bool("yes"), p.signQuestion(a)); err != nil {
			return err
		}
		line, err := second.Line()
		if err != nil {
			return err
		}
		if err := r.PutScript(c.Context, "sign", nil, a.Name, "--signature="+line, fmt.Sprint("--if-version=", a.Version)); err != nil {
			return err
		}
		p.note("you have signed version %d of %s", a.Version, text.Plain(a.Name, library.MaxName))
		return nil
	})
}

// toSign fetches a script that somebody else has written and signed.
func (l *shelf) toSign(ctx context.Context, name string, version int) (a authored, files library.Package, err error) {
	script, err := l.relay.Script(ctx, name, 0)
	if err != nil {
		return a, files, err
	}
	if l.profile, err = l.p.withLibrary(ctx, l.relay, l.profile); err != nil {
		return a, files, err
	}
	shown := text.Plain(script.Name, library.MaxName)
	switch {
	case library.Key(script.Name) != library.Key(name):
		return a, files, cmdline.Fail(cmdline.ExitFailed, "tell the relay's operator; nothing was signed", "the relay was asked for the script %q and sent %q", text.Plain(name, library.MaxName), shown)
	case version != 0 && script.Version != version:
		return a, files, cmdline.Fail(cmdline.ExitFailed, "look at it again with script show NAME --save DIR", "version %d of %q is the newest", script.Version, shown)
	case script.Owner == l.profile.Account:
		return a, files, cmdline.Fail(cmdline.ExitFailed, "ask another CSR: two signatures of one person count as one", "%q is your own script", shown)
	}
	if files, err = l.relay.ScriptFiles(ctx, script); err != nil {
		return a, files, err
	}
	if a, err = l.p.prove(l.profile, script, &files); err != nil {
		return a, files, err
	}
	if !a.signed {
		return a, files, cmdline.Fail(cmdline.ExitFailed, "its owner signs it with supportctl script edit --file", "nobody has signed %q, and a second signature is one beside its author's", shown)
	}
	l.taken = append(l.taken, a)
	return a, files, nil
}

// signQuestion says what somebody is about to sign.
func (p *program) signQuestion(a authored) string {
	name := text.Plain(a.Name, library.MaxName)
	lines := []string{p.say("Version %d of %s, category %s, by %s:", a.Version, name, text.Plain(a.Category, library.MaxName), text.Plain(a.Owner, library.MaxName))}
	for _, f := range a.Files {
		lines = append(lines, shownFile(f))
	}
	return strings.Join(append(lines, p.say("By your signature you say that you have read all of it and that it may run on customers' computers. To read it: supportctl script show %q --save DIR", name)), "\n")
}

func shownFile(f api.ScriptFile) string {
	return fmt.Sprintf("  %8d  %s  %s", f.Size, f.SHA256, text.Escape(f.Path))
}
