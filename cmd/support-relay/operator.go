package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay"
	"supportd/relay/store"
)

// operator is whoever is at the relay's machine: what protects these commands is
// that only the relay's user may read the data directory.
type operator struct{ std cmdline.Streams }

func (o operator) admin() relay.Admin {
	return relay.Admin{
		Use: o.use, Key: o.readKey, KeyFrom: o.keyFrom, Pin: o.pin, By: "operator",
		Flags:    dataFlags(),
		KeyFlags: []cli.Flag{&cli.StringFlag{Name: "key", Usage: "`FILE` with the public key, or - for standard input", Required: true}},
	}
}

// open opens the data directory that the command is about.
func (o operator) open(c *cli.Context, create bool) (*relay.Data, error) {
	at, err := placeOf(c)
	if err != nil {
		return nil, err
	}
	if owner := ownerInstead(at.data); create && owner != "" && !relay.Holds(at.data) {
		return nil, cmdline.Usage("start the relay first, or run this as that user, e.g. with runuser -u "+text.Plain(owner, 40)+" -- support-relay …",
			"%s holds no relay yet, and belongs to the user %s, who could not open one that root makes", text.Escape(at.data), text.Plain(owner, 40))
	}
	data, err := relay.OpenPlace(c.Context, relay.Place{Dir: at.data, Database: string(at.database)}, create)
	if err != nil {
		return nil, explain(err)
	}
	if data.Made {
		tellMade(o.std.Err, at.data)
	}
	return data, nil
}

// use opens the data directory for one command. What changes something may also
// come before the relay's first start.
func (o operator) use(c *cli.Context, change bool, f func(*store.Store) error) error {
	data, err := o.open(c, change)
	if err != nil {
		return err
	}
	return explain(errors.Join(f(data.Store), data.Close()))
}

func (o operator) readKey(c *cli.Context) ([]byte, error) { return o.keyFrom(c, c.String("key")) }

// keyFrom reads a public key from a file, or - for standard input.
func (o operator) keyFrom(_ *cli.Context, name string) ([]byte, error) {
	in := o.std.In
	if name != "-" {
		f, err := disk.Open(name)
		if err != nil {
			return nil, cmdline.Usage("check --key", "cannot read the public key: %v", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, relay.MaxKeyText+1))
	if err != nil {
		return nil, cmdline.Usage("check --key", "cannot read the public key: %v", err)
	}
	return text, nil
}

func (o operator) fingerprintCommand() *cli.Command {
	return &cli.Command{
		Name: "fingerprint", Usage: "what customers and CSRs check the relay by", Flags: dataFlags(),
		Action: func(c *cli.Context) error {
			pin, err := o.pin(c)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(o.std.Out, pin)
			return err
		},
	}
}

// pin is what the relay is known by.
func (o operator) pin(c *cli.Context) (string, error) {
	data, err := o.open(c, false)
	if err != nil {
		return "", err
	}
	return data.Fingerprint(), data.Close()
}
