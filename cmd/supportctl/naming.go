package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// named is the number of the support session that a person means by a word: a number as
// people write it, or how the ticket or their own name of a session begins, which the relay
// knows. Digits are always a number.
func (p *program) named(ctx context.Context, spec string) (n wire.Number, err error) {
	if wire.MeansNumber(spec) || !api.MayBeName(spec) {
		return number(spec)
	}
	err = p.onRelay(ctx, func(r *client.Relay, _ profile) error {
		s, err := find(ctx, r, spec)
		n = s.Number
		return err
	})
	return n, err
}

// firstNamed is named for a command's first argument.
func (p *program) firstNamed(c *cli.Context) (wire.Number, error) {
	return p.named(c.Context, c.Args().First())
}

// find asks the relay for the session that a word names.
func find(ctx context.Context, r *client.Relay, spec string) (api.Session, error) {
	if wire.MeansNumber(spec) || !api.MayBeName(spec) {
		n, err := number(spec)
		if err != nil {
			return api.Session{}, err
		}
		return r.Session(ctx, n)
	}
	return r.Find(ctx, spec)
}

// onSessions runs f with the support sessions that were named, all that are open, or the
// only open one where nothing was said.
func (p *program) onSessions(c *cli.Context, f func(*client.Relay, []api.Session) error) error {
	specs, all := c.Args().Slice(), c.Bool("all")
	if all && len(specs) > 0 {
		return cmdline.Usage("leave one of them out", "--all and %q do not go together", text.Plain(specs[0], 40))
	}
	for _, spec := range specs { // a mistake needs no relay
		if _, err := number(spec); err != nil && (wire.MeansNumber(spec) || !api.MayBeName(spec)) {
			return err
		}
	}
	return p.onRelay(c.Context, func(r *client.Relay, _ profile) error {
		list, err := sessionsFor(c.Context, r, specs, all)
		if err != nil {
			return err
		}
		return f(r, list)
	})
}

// sessionsFor finds the sessions that words name, each once; with all, those that are open.
func sessionsFor(ctx context.Context, r *client.Relay, specs []string, all bool) (list []api.Session, err error) {
	if all {
		if list, err = r.Sessions(ctx, client.Which{}); err == nil && len(list) == 0 {
			err = cmdline.Fail(cmdline.ExitNoSession, "supportctl session start opens one", "no support session is open")
		}
		return list, err
	}
	if len(specs) == 0 {
		n, err := chosen(ctx, r, "")
		if err != nil {
			return nil, err
		}
		specs = []string{string(n)}
	}
	for _, spec := range specs {
		s, err := find(ctx, r, spec)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(list, func(other api.Session) bool { return other.Number == s.Number }) {
			list = append(list, s)
		}
	}
	return list, nil
}

// sessionEnd ends one support session or several, after one question.
func (p *program) sessionEnd(c *cli.Context) error {
	return p.onSessions(c, func(r *client.Relay, list []api.Session) error {
		asked := p.say("End support session %s? It cannot be opened again.", list[0])
		if len(list) > 1 {
			asked = p.say("End these support sessions? They cannot be opened again.")
			for _, s := range list {
				asked += "\n  " + s.In(p.std.Speaker)
			}
			asked += "\n"
		}
		if err := p.confirm(c.Context, c.Bool("yes"), asked); err != nil {
			return err
		}
		failed := 0
		for _, s := range list {
			err := r.End(c.Context, s.Number, c.String("reason"))
			switch {
			case err == nil:
				if _, err := fmt.Fprintln(p.std.Out, p.say("support session %s has ended", s)); err != nil {
					return err
				}
			case len(list) == 1 || errors.Is(err, context.Canceled) || offline(err):
				return err
			default:
				failed++
				cmdline.ReportIn(p.std.Err, p.std.Speaker, "supportctl", err)
			}
		}
		if failed > 0 {
			return cmdline.Silent(cmdline.ExitSome)
		}
		return nil
	})
}
