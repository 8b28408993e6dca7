package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/wire"
	"supportd/relay"
)

// statusCommand shows what the relay does, beside a running one.
func (o operator) statusCommand() *cli.Command {
	return &cli.Command{
		Name: "status", Usage: "what the relay does now, and which addresses are slowed because of wrong numbers",
		Flags: append(cmdline.FormatFlags(), dataFlags()...),
		Action: func(c *cli.Context) error {
			f, err := cmdline.FormatOf(c)
			if err != nil {
				return err
			}
			data, err := o.open(c, false)
			if err != nil {
				return err
			}
			status, err := data.Status(c.Context)
			if err == nil {
				err = cmdline.Show(o.std.Out, f, status, tables().Status())
			}
			return explain(errors.Join(err, data.Close()))
		},
	}
}

// unlockCommand ends the slowing of an address, at a running relay too.
func (o operator) unlockCommand() *cli.Command {
	return &cli.Command{
		Name: "unlock", Usage: "forget the wrong numbers that came from an address, so that it is not slowed any more",
		ArgsUsage: "ADDRESS", Flags: dataFlags(),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return cmdline.Usage("support-relay unlock ADDRESS --data DIR; \"support-relay status\" shows which are slowed", "unlock: one address is wanted")
			}
			from, err := relay.ParseSource(c.Args().First())
			if err != nil {
				return cmdline.Usage("\"support-relay status\" shows which addresses are slowed", "unlock: %v", err)
			}
			data, err := o.open(c, false)
			if err != nil {
				return err
			}
			was, wrong, err := data.Unlock(c.Context, from)
			if err = errors.Join(err, data.Close()); err != nil {
				return explain(err)
			}
			said := fmt.Sprintf("%s is not slowed any more", relay.Address(from))
			switch {
			case !was && wrong > 0:
				said = fmt.Sprintf("%s was not slowed; its wrong numbers (%d) are forgotten", relay.Address(from), wrong)
			case !was:
				said = fmt.Sprintf("%s was not slowed: no wrong number came from there in the last ten minutes", relay.Address(from))
			}
			_, err = fmt.Fprintln(o.std.Out, said)
			return err
		},
	}
}

// tables is how the operator is shown rows: with the times of the relay's log.
func tables() api.Tables {
	return api.Tables{Number: wire.Number.Spoken, Time: func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.UTC().Format("2006-01-02 15:04:05Z")
	}}
}
