package main

import (
	"github.com/urfave/cli/v2"

	"supportd/consent"
	"supportd/daemon/account"
	"supportd/daemon/sysinfo"
	"supportd/daemon/sysinfo/document"
	"supportd/daemon/visit"
)

// The hidden commands under which the program starts itself as another user of
// the computer.

// collectName writes system information to standard output.
const collectName = "collect"

func (p *program) collectCommand() *cli.Command {
	return &cli.Command{
		Name: collectName, Hidden: true, ArgsUsage: "[CATEGORY...]",
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "json"}, &cli.StringSliceFlag{Name: "withhold"}},
		Action: p.collect,
	}
}

func (p *program) collect(c *cli.Context) error {
	opts := sysinfo.Options{Environment: p.env}
	for _, name := range c.Args().Slice() {
		category, err := document.ParseCategory(name)
		if err != nil {
			return err
		}
		opts.Categories = append(opts.Categories, category)
	}
	var w consent.Withheld
	for _, name := range c.StringSlice("withhold") {
		if _, err := document.ParseCategory(name); err == nil {
			w.Categories = append(w.Categories, name)
		} else {
			w.Fields = append(w.Fields, name)
		}
	}
	if err := visit.Withhold(&opts, w); err != nil {
		return err
	}
	var collector sysinfo.Collector
	doc := collector.Collect(c.Context, opts)
	if c.Bool("json") {
		return document.WriteJSON(p.out, doc)
	}
	return document.WriteText(p.out, doc)
}

func (p *program) brokerCommand() *cli.Command {
	return &cli.Command{Name: account.BrokerVerb, Hidden: true, Action: func(*cli.Context) error {
		return account.RunBroker(p.in, p.out)
	}}
}

func (p *program) workerCommand() *cli.Command {
	return &cli.Command{Name: account.WorkerVerb, Hidden: true, ArgsUsage: "[DIR]", Action: func(c *cli.Context) error {
		return account.RunWorker(p.env, c.Args().Slice())
	}}
}
