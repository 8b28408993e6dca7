package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/relay"
	"supportd/relay/store"
)

// operator is whoever is at the relay's machine: what protects these commands is
// that only the relay's user may read the data directory.
type operator struct{ std cmdline.Streams }

func dataFlag() cli.Flag {
	return &cli.StringFlag{Name: "data", Usage: "`DIR` of the relay", Required: true}
}

func (o operator) admin() relay.Admin {
	return relay.Admin{
		Use: o.use, Key: o.readKey, By: "operator",
		Flags:    []cli.Flag{dataFlag()},
		KeyFlags: []cli.Flag{&cli.StringFlag{Name: "key", Usage: "`FILE` with the public key, or - for standard input", Required: true}},
	}
}

// use opens the data directory for one command. What changes something may also
// come before the relay's first start.
func (o operator) use(c *cli.Context, change bool, f func(*store.Store) error) error {
	data, err := relay.OpenData(c.Context, c.String("data"), change)
	if err != nil {
		return explain(err)
	}
	return explain(errors.Join(f(data.Store), data.Close()))
}

func (o operator) readKey(c *cli.Context) ([]byte, error) {
	in, name := o.std.In, c.String("key")
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
		Name: "fingerprint", Usage: "what customers and CSRs check the relay by", Flags: []cli.Flag{dataFlag()},
		Action: func(c *cli.Context) error {
			data, err := relay.OpenData(c.Context, c.String("data"), false)
			if err != nil {
				return explain(err)
			}
			_, err = fmt.Fprintln(o.std.Out, data.Fingerprint())
			return errors.Join(err, data.Close())
		},
	}
}
