package main

import (
	"fmt"
	"log/slog"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/relay"
)

// checkCommand finds out what "serve" and SIGHUP would say to a configuration.
func (o operator) checkCommand() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "say what is wrong with a configuration, and start nothing", Flags: configFlags(),
		Description: "It takes what \"serve\" takes. Certificates and programs are read, too; ports are not opened.",
		Action: func(c *cli.Context) error {
			if !c.IsSet("config") && !c.IsSet("data") {
				return cmdline.Usage("support-relay check --config FILE", "check: which configuration?")
			}
			cfg, err := configOf(c)
			if err != nil {
				return err
			}
			s := &service{log: slog.New(slog.NewTextHandler(o.std.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))}
			programs, err := cfg.usable(s)
			if err != nil {
				return err
			}
			defer programs.Close()
			what := "the options are"
			if cfg.path != "" {
				what = text.Escape(cfg.path) + " is"
			}
			holds := "holds a relay"
			switch {
			case cfg.Database != "" && !relay.Holds(cfg.Data):
				holds = "holds none: serve makes its tables in " + cfg.Database.shown() + ", and new keys where there are none"
			case cfg.Database != "":
				holds += ", whose database is " + cfg.Database.shown()
			case !relay.Holds(cfg.Data):
				holds = "holds none: serve makes a new relay there, with new keys"
			}
			_, err = fmt.Fprintf(o.std.Out, "%s in order; %s %s\n", what, text.Escape(cfg.Data), holds)
			return err
		},
	}
}
