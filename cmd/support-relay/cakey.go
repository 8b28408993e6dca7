package main

import (
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/relay"
)

// caKeyCommand changes the key that certifies customers' computers, and no computer is lost
// by it.
func (o operator) caKeyCommand() *cli.Command {
	return &cli.Command{
		Name: "ca-key", Usage: "show the keys that certify customers' computers, and change the one in use; \"help ca-key\" says how",
		Subcommands: []*cli.Command{
			{
				Name: "show", Usage: "the key in use, the new one, and the one before", Flags: append(cmdline.FormatFlags(), dataFlags()...),
				Action: func(c *cli.Context) error { return o.showKeys(c, (*relay.Data).CAKeys) },
			},
			{
				Name: "new", Usage: "make a new key beside the one in use, which the relay tells of from then on", Flags: dataFlags(),
				Action: func(c *cli.Context) error {
					return o.onKeys(c, func(d *relay.Data) error {
						if err := d.NewCAKey(); err != nil {
							return err
						}
						return tellNextCA(o.std.Out, d.CAKeys())
					})
				},
			},
			{
				Name: "drop", Usage: "remove the new key; the one in use stays", Flags: dataFlags(),
				Action: func(c *cli.Context) error {
					return o.onKeys(c, func(d *relay.Data) error {
						if err := d.DropCAKey(); err != nil {
							return err
						}
						_, err := fmt.Fprintf(o.std.Out, "removed the new key; %s goes on certifying computers\n", d.CAKeys()[0].Key)
						return err
					})
				},
			},
			{
				Name: "switch", Usage: "put the new key in the place of the one in use, which is removed",
				Flags: append([]cli.Flag{
					&cli.BoolFlag{Name: "yes", Usage: "do not ask"},
					&cli.BoolFlag{Name: "distrust", Usage: "the old key may be in foreign hands: what it has certified counts no more"},
				}, dataFlags()...),
				Action: o.switchCAKey,
			},
		},
	}
}

// tellNextCA says what there is to do between a new key and the change to it.
func tellNextCA(w io.Writer, keys []api.HostKey) error {
	_, err := fmt.Fprintf(w, `made a new key for certificates of computers, beside the one in use
  in use  %s
  new     %s
A running relay tells of it from now on. Before "support-relay ca-key switch", best some days later:
  tell      people whose known_hosts was made by "known-hosts" to make it again: it has both keys
  back up   the relay: "support-relay backup FILE"
`, keys[0].Key, keys[1].Key)
	return err
}

func (o operator) switchCAKey(c *cli.Context) error {
	return o.onKeys(c, func(d *relay.Data) error {
		keys, distrust := d.CAKeys(), c.Bool("distrust")
		if len(keys) < 2 || keys[1].State != api.HostKeyNext {
			return relay.ErrNoNextCAKey
		}
		if !c.Bool("yes") {
			then := "Plain ssh finds no computer where it has not learned the new key. supportctl asks the relay for it."
			if distrust {
				then += "\nComputers that are connected now are interrupted for some seconds, and get another certificate."
			}
			err := o.confirm(c.Context, fmt.Sprintf("Put the new key %s in the place of %s, which is removed for good? It was made at %s.\n%s",
				keys[1].Key, keys[0].Key, tables().Time(keys[1].Made), then))
			if err != nil {
				return err
			}
		}
		if err := d.SwitchCAKey(time.Now(), distrust); err != nil {
			return err
		}
		keys = d.CAKeys()
		_, err := fmt.Fprintf(o.std.Out, "%s certifies computers now; a running relay does so within a second\n", keys[0].Key)
		if err == nil && len(keys) > 1 {
			_, err = fmt.Fprintf(o.std.Out, "what %s has certified is good until %s at the latest\n", keys[1].Key, tables().Time(keys[1].Until))
		}
		return err
	})
}

// caKeyTopic is what the manual says about changing the key that certifies computers.
func caKeyTopic() string {
	return `The relay certifies each customer's computer, so that ssh needs one line for all of them: "@cert-authority *.support".
Its key is changed in two steps, and no computer is lost:

  ca-key new     A second key lies beside the one in use, which goes on certifying. "known-hosts" prints a line for each,
                 and supportctl asks for them as soon as it connects. A relay that runs takes it up within a second.
  ca-key switch  The new key certifies from now on, and the old one is removed. Computers that are connected keep their
                 certificates, which end within 7 days; as long, "known-hosts" prints the old key, too. supportctl asks
                 the relay when it does not know a key; for plain ssh, known_hosts has to have the new line by then.

Is the old key in foreign hands? "ca-key switch --distrust": then "known-hosts" has the new key alone, and computers are
interrupted for some seconds and come back with a new certificate. Have people make known_hosts again, and log in again
with supportctl: until then their programs take the old key, too. "ca-key drop" gives up a change that has not happened.
`
}
