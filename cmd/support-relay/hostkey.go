package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/relay"
)

// hostKeyCommand changes the relay's host key without that anybody loses it.
func (o operator) hostKeyCommand() *cli.Command {
	return &cli.Command{
		Name: "host-key", Usage: "show the relay's host keys, and change the one in use; \"help host-key\" says how",
		Subcommands: []*cli.Command{
			{
				Name: "show", Usage: "the key in use, the new one, and the one before", Flags: append(cmdline.FormatFlags(), dataFlags()...),
				Action: func(c *cli.Context) error { return o.showKeys(c, (*relay.Data).HostKeys) },
			},
			{
				Name: "new", Usage: "make a new key beside the one in use, which the relay tells of from then on", Flags: dataFlags(),
				Action: func(c *cli.Context) error {
					return o.onKeys(c, func(d *relay.Data) error {
						if err := d.NewHostKey(); err != nil {
							return err
						}
						return tellNext(o.std.Out, d.HostKeys())
					})
				},
			},
			{
				Name: "drop", Usage: "remove the new key; the one in use stays", Flags: dataFlags(),
				Action: func(c *cli.Context) error {
					return o.onKeys(c, func(d *relay.Data) error {
						if err := d.DropHostKey(); err != nil {
							return err
						}
						_, err := fmt.Fprintf(o.std.Out, "removed the new host key; %s stays in use\n", d.Fingerprint())
						return err
					})
				},
			},
			{
				Name: "switch", Usage: "put the new key in the place of the one in use, which is removed",
				Flags: append([]cli.Flag{
					&cli.BoolFlag{Name: "yes", Usage: "do not ask"},
					&cli.BoolFlag{Name: "distrust", Usage: "the old key may be in foreign hands: it does not vouch for the new one"},
				}, dataFlags()...),
				Action: o.switchHostKey,
			},
		},
	}
}

// showKeys lists keys of the relay.
func (o operator) showKeys(c *cli.Context, keys func(*relay.Data) []api.HostKey) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	return o.onKeys(c, func(d *relay.Data) error { return cmdline.List(o.std.Out, f, keys(d), tables().HostKeys()) })
}

// onKeys runs f, which changes keys of the relay or shows them, with the data directory.
func (o operator) onKeys(c *cli.Context, f func(*relay.Data) error) error {
	data, err := o.open(c, false)
	if err != nil {
		return err
	}
	err = errors.Join(f(data), data.Close())
	switch {
	case errors.Is(err, relay.ErrNextHostKey):
		return cmdline.Fail(cmdline.ExitFailed, "\"support-relay host-key switch\" puts it in place, \"support-relay host-key drop\" removes it", "%v", relay.ErrNextHostKey)
	case errors.Is(err, relay.ErrNoNextHostKey):
		return cmdline.Fail(cmdline.ExitFailed, "\"support-relay host-key new\" makes one; give people some days to learn it", "%v", relay.ErrNoNextHostKey)
	case errors.Is(err, relay.ErrNextCAKey):
		return cmdline.Fail(cmdline.ExitFailed, "\"support-relay ca-key switch\" puts it in place, \"support-relay ca-key drop\" removes it", "%v", relay.ErrNextCAKey)
	case errors.Is(err, relay.ErrNoNextCAKey):
		return cmdline.Fail(cmdline.ExitFailed, "\"support-relay ca-key new\" makes one; give people some days to learn it", "%v", relay.ErrNoNextCAKey)
	}
	return explain(err)
}

// tellNext says what there is to do between a new key and the change to it.
func tellNext(w io.Writer, keys []api.HostKey) error {
	_, err := fmt.Fprintf(w, `made a new host key, beside the one in use
  in use  %[1]s
  new     %[2]s
A running relay tells of it from now on. Before "support-relay host-key switch", best some days later:
  imprint   programs for both keys: --relay-key %[1]s --relay-key %[2]s
  tell      people whose known_hosts was made by "known-hosts" to make it again: it has both keys
  back up   the relay: "support-relay backup FILE"
`, keys[0].Key, keys[1].Key)
	return err
}

func (o operator) switchHostKey(c *cli.Context) error {
	return o.onKeys(c, func(d *relay.Data) error {
		keys, distrust := d.HostKeys(), c.Bool("distrust")
		if len(keys) < 2 || keys[1].State != api.HostKeyNext {
			return relay.ErrNoNextHostKey
		}
		if !c.Bool("yes") {
			question := fmt.Sprintf("Put the new host key %s in the place of %s, which is removed for good? It was made at %s.\n"+
				"Plain ssh refuses the relay where it has not learned the new key. Our own programs take it for %d days, because the old one vouches for it.",
				keys[1].Key, keys[0].Key, tables().Time(keys[1].Made), int(relay.VouchLife/(24*time.Hour)))
			if distrust {
				question = fmt.Sprintf("Put the new host key %s in the place of %s, which is removed for good? It was made at %s.\n"+
					"Whoever has not learned the new key cannot connect, customers' computers that are connected now among them.",
					keys[1].Key, keys[0].Key, tables().Time(keys[1].Made))
			}
			if err := o.confirm(c.Context, question); err != nil {
				return err
			}
		}
		if err := d.SwitchHostKey(time.Now(), distrust); err != nil {
			return err
		}
		_, err := fmt.Fprintf(o.std.Out, "the host key is %s now; a running relay shows it to those who connect from now on\n", d.Fingerprint())
		if keys := d.HostKeys(); err == nil && len(keys) > 1 {
			_, err = fmt.Fprintf(o.std.Out, "%s vouches for it until %s\n", keys[1].Key, tables().Time(keys[1].Until))
		}
		return err
	})
}

// hostKeyTopic is what the manual says about changing the host key.
func hostKeyTopic() string {
	return fmt.Sprintf(`A relay is known by its host key. It is changed in two steps, and nobody is cut off:

  host-key new     A second key lies beside the one in use. The relay shows the old one, and tells of the new one: stock
                   ssh learns it where UpdateHostKeys is on and known_hosts has one name for the relay, supportctl always.
                   "known-hosts" prints both, and "imprint" takes both: --relay-key may be repeated. A relay that runs
                   takes it up within a second.
  host-key switch  The relay shows the new key, and the old one is removed. What stays of it is a certificate: for %d days
                   it vouches for the new key, and customers' programs and supportctl that know the old key alone take the
                   new one because of it. Stock ssh has to know the new key by then. Connections that are open stay open.

Is the old key in foreign hands? Then its word is worth nothing: "host-key switch --distrust", and give everybody the new
fingerprint yourself: supportctl login, imprint, known-hosts. Change the key again only when the %[1]d days are over: only
the last key before vouches. "host-key drop" gives up a change that has not happened yet.
`, int(relay.VouchLife/(24*time.Hour)))
}
