package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/wire"
	"supportd/relay"
)

// pruneCommand ends the time of retention of old journals.
func (o operator) pruneCommand() *cli.Command {
	return &cli.Command{
		Name: "prune", Usage: "delete the journals of support sessions that ended long ago",
		Flags: []cli.Flag{dataFlag(), &cli.StringFlag{Name: "older-than", Usage: "ended longer ago than this `SPAN`, such as 90d", Required: true}},
		Action: func(c *cli.Context) error {
			span, err := cmdline.ParseSpan(c.String("older-than"))
			if err != nil {
				return cmdline.Usage("--older-than 90d", "--older-than: %v", err)
			}
			data, err := relay.OpenData(c.Context, c.String("data"), false)
			if err != nil {
				return explain(err)
			}
			now, n := time.Now(), 0
			err = relay.Prune(c.Context, data.Store, now.Add(-span), now, func(wire.Number) { n++ })
			if err == nil {
				_, err = fmt.Fprintf(o.std.Out, "deleted the journals of %d support sessions\n", n)
			}
			return explain(errors.Join(err, data.Close()))
		},
	}
}
