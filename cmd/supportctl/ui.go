package main

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/cmd/supportctl/console"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

func (p *program) uiCommand() *cli.Command {
	return &cli.Command{
		Name: "ui", Usage: "the console: all support sessions on one screen, by keys",
		Flags:  []cli.Flag{&cli.StringFlag{Name: "lang", Usage: "`LANGUAGE`: en or ko; without it that of the environment"}},
		Action: func(c *cli.Context) error { return p.ui(c.Context, c.String("lang")) },
	}
}

// backend is what the console does its work with: the commands of this program, without
// anything that writes to the terminal.
type backend struct {
	p     *program
	lines *lines
}

func (p *program) ui(ctx context.Context, lang string) error {
	language := p.std.Speaker.Language()
	if lang != "" {
		var err error
		if language, err = text.ParseLanguage(lang); err != nil {
			return cmdline.Usage(err.Error(), "--lang: unknown language %q", text.Plain(lang, 20))
		}
	}
	if !isTerminal(p.std.In) || !isTerminal(p.std.Out) {
		return cmdline.Usage("run it in a terminal; \"supportctl session watch\" tells the same to a program", "ui: there is no terminal")
	}
	in, out := fileOf(p.std.In), fileOf(p.std.Out)
	inLines := p.env("TERM") == "dumb" || p.env("ACCESSIBLE") != "" && p.env("ACCESSIBLE") != "0"
	silent := *p
	silent.std = cmdline.Streams{In: p.std.In, Out: io.Discard, Err: io.Discard, Speaker: speaker(language)}
	d := &backend{p: &silent, lines: &lines{}}
	var err error
	if d.lines.profile, err = silent.loadProfile(); err != nil {
		return err
	}
	if d.lines.keys, err = p.keysOf(ctx, d.lines.profile); err != nil {
		return err
	}
	silent.loginKey = p.loginKey
	pr := d.lines.profile
	ui, err := console.New(console.Options{
		Who: pr.Account + "@" + pr.Relay, Language: language, Speaker: silent.std.Speaker, Plain: p.env("NO_COLOR") != "", MaySuspend: maySuspend(), Now: time.Now, In: in, Out: out,
		Relay: d, Viewer: d, Talker: d, Controls: d, Files: d, Folders: folders{}, Scripts: scriptBackend{d}, Reports: reportBackend{d},
	})
	if err != nil {
		return err
	}
	d.lines.profile.tell = ui.Tell
	d.lines.profile.words = func(n wire.Number, w client.Words) {
		if said := p.wordsSaid(n, w); said != "" {
			ui.Tell(n, said)
		}
	}
	if err := drawable(out); err != nil {
		return err
	}
	// A relay that takes no key is an error of the command, not of a screen.
	if err := d.onRelay(ctx, func(*client.Relay) error { return nil }); err != nil {
		return err
	}
	if inLines {
		return ui.RunMenu(ctx, &keyboard{in: in}, out)
	}
	// Ctrl-C is a key here, and a signal only while an editor has the terminal, whose it is.
	defer p.interrupts.take(make(chan struct{}))()
	return ui.Run(ctx)
}

// onRelay runs f with a connection to the relay, which it shares with everything else.
func (d *backend) onRelay(ctx context.Context, f func(*client.Relay) error) error {
	at := d.lines.enter(ctx)
	var err error
	select {
	case <-at.ready:
		err = at.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err == nil {
		err = f(at.relay)
	}
	d.lines.leave(at, err)
	return err
}

// onComputer runs f with a connection to a computer.
func (d *backend) onComputer(ctx context.Context, n wire.Number, f func(*client.Computer) error) error {
	c, leave, err := d.lines.reach(ctx, n)
	if err != nil {
		return err
	}
	err = f(c)
	leave(err)
	return err
}

// Watch implements [console.Relay].
func (d *backend) Watch(ctx context.Context, tell func(console.Change)) error {
	known := map[wire.Number]string{}
	for attempt := 0; ; attempt++ {
		err := d.onRelay(ctx, func(r *client.Relay) error {
			if err := d.all(ctx, r, known, tell); err != nil {
				return err
			}
			attempt = 0
			return r.Watch(ctx, false, nil, func(s api.Session) error {
				if fresh, err := isNews(known, s); err != nil || !fresh {
					return err
				}
				tell(console.Change{Sessions: []api.Session{s}})
				return nil
			})
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			err = cmdline.Fail(cmdline.ExitUnreachable, "", "the relay has ended the connection")
		case !offline(err):
			return err
		}
		tell(console.Change{Lost: err})
		if err := pause(ctx, attempt); err != nil {
			return nil
		}
	}
}

// all tells of all sessions that are open, and of those that have ended since they were
// told of.
func (d *backend) all(ctx context.Context, r *client.Relay, known map[wire.Number]string, tell func(console.Change)) error {
	list, err := r.Sessions(ctx, client.Which{})
	if err != nil {
		return err
	}
	open := map[wire.Number]bool{}
	for _, s := range list {
		open[s.Number] = true
		if _, err := isNews(known, s); err != nil {
			return err
		}
	}
	for _, n := range slices.Collect(maps.Keys(known)) {
		if open[n] {
			continue
		}
		delete(known, n)
		s, err := r.Session(ctx, n)
		var told *cmdline.Error
		switch {
		case err == nil:
			list = append(list, s)
		case !errors.As(err, &told) || told.Code != cmdline.ExitNoSession:
			return err
		}
	}
	tell(console.Change{All: true, Sessions: list})
	return nil
}

// isNews reports whether a session is another than it was, and remembers it.
func isNews(known map[wire.Number]string, s api.Session) (bool, error) {
	raw, err := s.MarshalJSON()
	if err != nil || known[s.Number] == string(raw) {
		return false, err
	}
	if known[s.Number] = string(raw); s.State == api.Ended {
		delete(known, s.Number)
	}
	return true, nil
}

// Start implements [console.Relay].
func (d *backend) Start(ctx context.Context, ticket string) (s api.Session, err error) {
	err = d.onRelay(ctx, func(r *client.Relay) (err error) {
		s, err = r.Start(ctx, ticket, true)
		var told *cmdline.Error
		if errors.As(err, &told) && told.Code == cmdline.ExitUsage { // it has no join page
			s, err = r.Start(ctx, ticket, false)
		}
		return err
	})
	return s, err
}

// End implements [console.Relay].
func (d *backend) End(ctx context.Context, n wire.Number, reason string) error {
	return d.onRelay(ctx, func(r *client.Relay) error { return r.End(ctx, n, reason) })
}

// newFile writes what was not there before.
func newFile(path string, data []byte) error {
	err := writeFile(path, data, 0o600, false)
	if errors.Is(err, os.ErrExist) {
		return cmdline.Fail(cmdline.ExitFailed, "choose another name", "%s exists already", path)
	}
	return err
}
