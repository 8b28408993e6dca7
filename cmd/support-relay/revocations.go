package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay"
)

// keyRevocations is the option that names the list of what the CSR CA has revoked.
const keyRevocations = "csr_revocations"

// readRevocations reads a list of what a CSR CA has revoked; no file is no list. option names
// where it was named.
func readRevocations(option, file string, cas []ssh.PublicKey) (*csrca.Revocations, error) {
	if file == "" {
		return nil, nil
	}
	data, err := disk.Read(file, csrca.MaxRevocations)
	var list *csrca.Revocations
	if err == nil {
		list, err = csrca.ParseRevocations(data, cas)
	}
	switch {
	case errors.Is(err, csrca.ErrForeignList):
		return nil, cmdline.Usage("csr_ca has to name the CA that signs the list", "%s: %s: %v", option, text.Escape(file), err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, cmdline.Usage("support-relay revocations set FILE --config FILE puts one there", "%s: %v", option, err)
	case err != nil:
		return nil, cmdline.Usage("name the list as supportctl ca revoke made it", "%s: %s: %v", option, text.Escape(file), err)
	}
	return list, nil
}

// revocationsCommand is for who operates the relay; it works beside a running one.
func (o operator) revocationsCommand() *cli.Command {
	with := func(act func(c *cli.Context, cfg *config, cas []ssh.PublicKey) error) cli.ActionFunc {
		return func(c *cli.Context) error {
			cfg, err := configOf(c)
			if err != nil {
				return err
			}
			if cfg.Revocations == "" {
				return cmdline.Usage("set it in the configuration, beside csr_ca, and name that with --config", "%s: no file is named for the list", keyRevocations)
			}
			cas, err := readCSRCA(cfg.place(keyCSRCA), cfg.CSRCA)
			if err != nil {
				return err
			}
			return act(c, &cfg, cas)
		}
	}
	return &cli.Command{
		Name: "revocations", Usage: "show the list of what the CSR CA has revoked, and replace it",
		Subcommands: []*cli.Command{
			{
				Name: "show", Usage: "what the list says that csr_revocations names", Flags: configFlags(),
				Action: with(func(_ *cli.Context, cfg *config, cas []ssh.PublicKey) error {
					list, err := readRevocations(cfg.place(keyRevocations), cfg.Revocations, cas)
					if err != nil {
						return err
					}
					return tellList(o.std.Out, list)
				}),
			},
			{
				Name: "set", Usage: "check a newer list, and put it where csr_revocations says; SIGHUP then brings it to all computers", ArgsUsage: "FILE", Flags: configFlags(),
				Action: with(func(c *cli.Context, cfg *config, cas []ssh.PublicKey) error {
					return o.setRevocations(c.Args().First(), cfg, cas)
				}),
			},
		},
	}
}

// setRevocations replaces the list by a newer one. What is there and is no list is replaced.
func (o operator) setRevocations(file string, cfg *config, cas []ssh.PublicKey) error {
	if file == "" {
		return cmdline.Usage("support-relay revocations set LIST --config FILE", "revocations set: name the new list")
	}
	list, err := readRevocations("revocations set", file, cas)
	if err != nil {
		return err
	}
	was, err := readRevocations(cfg.place(keyRevocations), cfg.Revocations, cas)
	if err == nil && was.Number >= list.Number {
		return cmdline.Fail(cmdline.ExitFailed, "supportctl ca revoke has to extend the newest list", "%s has number %d, and number %d is there already; nothing was changed", text.Escape(file), list.Number, was.Number).Because(relay.ErrOlderList)
	}
	const everybody = 0o644
	if err := disk.Replace(cfg.Revocations, list.File(), everybody); err != nil {
		return cmdline.Fail(cmdline.ExitFailed, "check the directory that csr_revocations names", "cannot write the list: %v", err).Because(err)
	}
	if err := tellList(o.std.Out, list); err != nil {
		return err
	}
	_, err = io.WriteString(o.std.Out, "SIGHUP, or systemctl reload support-relay, has the relay bring it to all computers\n")
	return err
}

// tellList says what a list is.
func tellList(out io.Writer, list *csrca.Revocations) error {
	const form = "2006-01-02 15:04 UTC"
	_, err := fmt.Fprintf(out, "number %d, issued %s, good until %s, by the CA %s\n", list.Number, list.Issued.Format(form), list.Until.Format(form), ssh.FingerprintSHA256(list.CA()))
	for _, key := range list.Keys {
		_, problem := fmt.Fprintf(out, "  key     %s\n", key)
		err = errors.Join(err, problem)
	}
	for _, serial := range list.Serials {
		_, problem := fmt.Fprintf(out, "  serial  %d\n", serial)
		err = errors.Join(err, problem)
	}
	for _, category := range list.Second {
		_, problem := fmt.Fprintf(out, "scripts of %s need two signatures\n", text.Escape(category))
		err = errors.Join(err, problem)
	}
	return err
}
