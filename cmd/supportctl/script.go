package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/wire"
	"supportd/relay/client"
)

// defaultParallel is how many computers work at once: more connections than
// this at a time are a load for the CSR's own machine.
const defaultParallel = 64

func (p *program) scriptCommand() *cli.Command {
	return &cli.Command{
		Name: "script", Usage: "the script library, and running scripts on customers' computers",
		Subcommands: append(p.libraryCommands(), []*cli.Command{
			{
				Name: "run", ArgsUsage: "SCRIPT...",
				Usage: "run scripts in this order, on each chosen computer after its customer's yes; a SCRIPT is a file, a directory with one executable, or the name of one in the library",
				Flags: append(runFormatFlags(),
					&cli.StringSliceFlag{Name: "session", Aliases: []string{"s"}, Usage: "on the computer of this session `NUMBER`, or several"},
					&cli.BoolFlag{Name: "all", Usage: "on all your active sessions"},
					&cli.IntFlag{Name: "parallel", Value: defaultParallel, Usage: "on at most `K` computers at once"},
					&cli.BoolFlag{Name: "keep-going", Aliases: []string{"k"}, Usage: "go on after a script that fails"},
					&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "only show what would be sent and asked"},
					&cli.IntFlag{Name: "from", Value: 1, Usage: "begin with the `K`-th script"},
					&cli.DurationFlag{Name: "timeout", Usage: "`TIME` for each script, e.g. 90s or 5m"},
					&cli.BoolFlag{Name: "accept", Usage: "accept the author of a script that is new to you, without asking"},
					rawFlag(),
				),
				Action: p.scriptRun,
			},
			{
				Name: "attach", ArgsUsage: "NUMBER", Usage: "follow the run that goes on on a computer, or see the last one",
				Flags: append(runFormatFlags(), rawFlag()), Action: p.scriptAttach,
			},
		}...),
	}
}

// runFormatFlags are [cmdline.FormatFlags] with --output for a directory; see [runFormat].
func runFormatFlags() []cli.Flag {
	var flags []cli.Flag
	for _, f := range cmdline.FormatFlags() {
		if f.Names()[0] == "output" {
			f = &cli.StringFlag{Name: "format", Aliases: []string{"o"}, Value: string(cmdline.Table), Usage: "`FORMAT` of the results: table, json, jsonl or csv"}
		}
		flags = append(flags, f)
	}
	return append(flags, &cli.StringFlag{Name: "output", Usage: "also write all output into this directory `DIR`, a file for each session; no file is replaced"})
}

// runFormat reads [runFormatFlags]. --output was the long form of -o once, so the name of a
// format means that still: such a directory is ./json.
func runFormat(c *cli.Context) (f cmdline.Format, dir string, err error) {
	dir = c.String("output")
	switch {
	case slices.Contains(cmdline.Formats(), cmdline.Format(dir)) && !c.IsSet("format"):
		f, err = cmdline.NamedFormat(c, dir)
		return f, "", err
	case c.IsSet("output") && dir == "":
		return "", "", cmdline.Usage("--output results", "--output: the name of the directory is missing")
	}
	f, err = cmdline.NamedFormat(c, c.String("format"))
	return f, dir, err
}

func rawFlag() cli.Flag {
	return &cli.BoolFlag{Name: "raw", Usage: "write the scripts' standard output byte for byte, for a program that reads it; all else goes to standard error"}
}

// raw reads --raw. Bytes are for one program, and no terminal is one.
func (p *program) raw(c *cli.Context) (bool, error) {
	switch {
	case !c.Bool("raw"):
		return false, nil
	case c.Bool("json") || c.IsSet("output") || c.IsSet("format"):
		return false, cmdline.Usage("leave out one of them", "--raw and -o or --output do not go together")
	case c.Bool("all") || len(c.StringSlice("session")) > 1:
		return false, cmdline.Usage("run it on one computer after the other", "--raw: the bytes of several computers cannot be told apart")
	case isTerminal(p.std.Out):
		return false, cmdline.Usage("send the output into a file or a program: supportctl script run --raw … > FILE", "--raw is not for a terminal, which the bytes of a script could drive")
	}
	return true, nil
}

func (p *program) scriptRun(c *cli.Context) error {
	format, dir, err := runFormat(c)
	if err != nil {
		return err
	}
	raw, err := p.raw(c)
	if err != nil {
		return err
	}
	words, from := c.Args().Slice(), c.Int("from")
	switch {
	case from < 1 || from > len(words):
		return cmdline.Usage("the first script is number 1", "--from: there is no script number %d, there are %d", from, len(words))
	case c.Int("parallel") < 1:
		return cmdline.Usage("leave it out for the default", "--parallel: at least 1")
	case c.Duration("timeout") < 0:
		return cmdline.Usage("leave it out for the default", "--timeout: a time limit is more than nothing")
	case c.IsSet("timeout") && c.Duration("timeout") < time.Second:
		return cmdline.Usage("e.g. --timeout 90s", "--timeout: at least one second")
	}
	// All words are looked up, so that a mistake does not depend on --from; what is
	// wrong with files here needs no relay.
	pl, err := p.resolve(words, needsRelay)
	if err != nil && !errors.Is(err, errNeedsRelay) {
		return err
	}
	specs, err := sessionSpecs(c.StringSlice("session"), c.Bool("all"))
	if err != nil {
		return err
	}
	j := &job{
		p: p, plan: pl, format: format, output: dir, parallel: c.Int("parallel"),
		how: client.RunOptions{KeepGoing: c.Bool("keep-going"), Timeout: c.Duration("timeout"), Raw: raw},
	}
	err = p.onRelay(c.Context, func(r *client.Relay, pr profile) (err error) {
		if len(j.plan.names) == 0 {
			from := &shelf{p: p, relay: r, profile: pr}
			if j.plan, err = p.resolve(words, from.fetch(c.Context)); err != nil {
				return err
			}
			if !c.Bool("dry-run") {
				if err := from.settle(c.Context, c.Bool("accept")); err != nil {
					return err
				}
			}
		}
		j.plan = j.plan.startingAt(from)
		j.targets, err = targets(c.Context, r, specs)
		return err
	})
	if err != nil {
		return err
	}
	if c.Bool("dry-run") {
		return j.showPlan()
	}
	return j.run(c.Context)
}

func (p *program) scriptAttach(c *cli.Context) error {
	format, dir, err := runFormat(c)
	if err != nil {
		return err
	}
	specs, err := sessionSpecs([]string{c.Args().First()}, false)
	if err != nil {
		return err
	}
	raw, err := p.raw(c)
	if err != nil {
		return err
	}
	j := &job{p: p, format: format, output: dir, parallel: 1, how: client.RunOptions{Raw: raw}}
	err = p.onRelay(c.Context, func(r *client.Relay, pr profile) (err error) {
		j.targets, err = targets(c.Context, r, specs)
		return err
	})
	if err != nil {
		return err
	}
	j.targets[0].begun = true
	return j.run(c.Context)
}

// startingAt leaves out the scripts before the k-th, counted from 1.
func (pl plan) startingAt(k int) plan {
	rest := plan{names: pl.names[k-1:], origins: pl.origins}
	for _, pkg := range pl.packages {
		if slices.Contains(rest.names, pkg.Name()) {
			rest.packages = append(rest.packages, pkg)
		}
	}
	return rest
}

// sessionSpecs reads --session and --all; nil is all.
func sessionSpecs(texts []string, all bool) ([]string, error) {
	switch {
	case all && len(texts) > 0:
		return nil, cmdline.Usage("leave out one of them", "--session and --all do not go together")
	case all:
		return nil, nil
	case len(texts) == 0:
		return nil, cmdline.Usage("add --session NUMBER, or --all for all active sessions", "on which computer?")
	}
	var numbers []wire.Number
	for _, text := range texts { // a mistake needs no relay
		if !wire.MeansNumber(text) && api.MayBeName(text) {
			continue
		}
		n, err := number(text)
		switch {
		case err != nil:
			return nil, err
		case slices.Contains(numbers, n):
			return nil, cmdline.Usage("name it once", "--session %s is given twice", n)
		}
		numbers = append(numbers, n)
	}
	return texts, nil
}

// targets finds the computers of support sessions; no numbers are all that are
// active. One that is not there is an error before anything begins; one that is
// not connected just now fails later, by itself.
func targets(ctx context.Context, r *client.Relay, specs []string) (list []*target, err error) {
	if specs == nil {
		sessions, err := r.Sessions(ctx, client.Which{})
		if err != nil {
			return nil, err
		}
		for _, s := range sessions {
			if s.State == api.Active {
				list = append(list, &target{session: s})
			}
		}
		if len(list) == 0 {
			return nil, cmdline.Fail(cmdline.ExitNoSession, "supportctl session list shows their states", "no session is active")
		}
		return list, nil
	}
	for _, spec := range specs {
		s, err := find(ctx, r, spec)
		if err != nil {
			return nil, err
		}
		if s.State == api.Ended {
			return nil, cmdline.Fail(cmdline.ExitNoSession, "supportctl session start opens a new one", "support session %s has ended", s)
		}
		if slices.ContainsFunc(list, func(t *target) bool { return t.session.Number == s.Number }) {
			return nil, cmdline.Usage("name it once", "--session: %s is named twice", s)
		}
		list = append(list, &target{session: s})
	}
	return list, nil
}

// showPlan is --dry-run: everything that a customer would be shown.
func (j *job) showPlan() error {
	type row struct {
		Order  int    `json:"order"`
		Script string `json:"script"`
		From   string `json:"from"` // a path here, or the library
		File   string `json:"file"`
		Size   int    `json:"size"`
		SHA256 string `json:"sha256"`
		Author string `json:"author"` // SHA256:… of the key that has signed it; "" is unsigned
		Second string `json:"second"` // account of who else has signed it; "" is nobody
	}
	var rows []row
	for i, name := range j.plan.names {
		at := slices.IndexFunc(j.plan.packages, func(p client.Staged) bool { return p.Name() == name })
		pkg, second := j.plan.packages[at], ""
		if pkg.Second != nil {
			second = pkg.Second.Account
		}
		// The executable first, as the customer sees it.
		files := slices.Clone(pkg.Files)
		slices.SortStableFunc(files, func(a, b library.File) int {
			return boolOrder(a.Path == pkg.Executable, b.Path == pkg.Executable)
		})
		for _, f := range files {
			rows = append(rows, row{i + 1, name, j.plan.origins[name], f.Path, len(f.Data), f.SHA256(), pkg.Author, second})
		}
	}
	err := cmdline.List(j.p.std.Out, j.format, rows, cmdline.Headed(j.format.For(j.p.std.Speaker), []cmdline.Column[row]{
		{Title: "#", Value: func(r row) string { return fmt.Sprint(r.Order) }},
		{Title: "SCRIPT", Value: func(r row) string { return r.Script }},
		{Title: "FILE", Value: func(r row) string { return r.File }},
		{Title: "BYTES", Value: func(r row) string { return fmt.Sprint(r.Size) }},
		{Title: "SHA-256", Value: func(r row) string { return r.SHA256 }},
		{Title: "AUTHOR", Value: func(r row) string { return r.Author }, Spare: true, Drop: 1},
		{Title: "SECOND SIGNATURE", Value: func(r row) string { return r.Second }, Spare: true, Drop: 2},
		{Title: "FROM", Value: func(r row) string { return r.From }},
	}))
	var asked error
	for _, t := range j.targets {
		_, err := fmt.Fprintln(j.p.std.Err, j.p.say("would ask: %s", titles{[]api.Session{t.session}, true}))
		asked = errors.Join(asked, err)
	}
	return errors.Join(err, asked)
}

// boolOrder sorts what is true first.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
