package main

import (
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/text"
)

// caFlags are the flags about who is let in.
func (p *program) caFlags() []cli.Flag {
	return []cli.Flag{
		p.listFlag("csr-ca", helpCSRCA), p.flag("revocations-least", helpListLeast),
		&cli.BoolFlag{Name: "require-revocations", Usage: phrase(p.lang, helpListRequired)},
		p.listFlag("second-signature", helpSecond),
		&cli.BoolFlag{Name: "require-words", Usage: phrase(p.lang, helpWordsRequired)},
	}
}

// certifiersAndList are the keys of the CSR CA, and what is demanded of its list of what it
// has revoked.
func (p *program) certifiersAndList(c *cli.Context, relay []string) (keys []ssh.PublicKey, d csrca.Demand, err error) {
	if keys, err = p.certifiers(c, relay); err == nil {
		d, err = p.listDemanded(c, len(keys) > 0)
	}
	return keys, d, err
}

// certifiers are the keys of the CSR CA that a join demands: those that were named with
// --csr-ca, which replace none of the imprint's, else the imprint's.
func (p *program) certifiers(c *cli.Context, relay []string) ([]ssh.PublicKey, error) {
	ours, err := csrca.ParseLines(p.imprint.CSRCA)
	if err != nil {
		return nil, err // it was checked
	}
	var named []ssh.PublicKey
	for _, file := range c.StringSlice("csr-ca") { // "" too: a variable that is not set demands no less
		data, err := disk.Read(file, csrca.MaxFile)
		var keys []ssh.PublicKey
		if err == nil {
			keys, err = csrca.Keys(data)
		}
		if err != nil {
			return nil, cmdline.Usage(phrase(p.lang, caFileHint), "%s", phrase(p.lang, caFileUnusable, text.Escape(file), text.Escape(err.Error())))
		}
		for _, key := range keys {
			switch print := ssh.FingerprintSHA256(key); {
			case len(ours) > 0 && !csrca.IsOneOf(key, ours):
				return nil, p.fail(cmdline.ExitUsage, imprintCAHint, imprintCA, print)
			case slices.Contains(relay, print):
				return nil, p.fail(cmdline.ExitUsage, caFileHint, caIsRelay, print)
			case !csrca.IsOneOf(key, named):
				named = append(named, key)
			}
		}
	}
	switch {
	case len(named) > csrca.MaxCAs:
		return nil, p.fail(cmdline.ExitUsage, nothing, caTooMany, csrca.MaxCAs)
	case len(named) > 0:
		return named, nil
	}
	return ours, nil
}

// listDemanded is what is demanded of the CA's list of what it has revoked, beside what the
// imprint demands.
func (p *program) listDemanded(c *cli.Context, hasCA bool) (d csrca.Demand, err error) {
	if typed := c.String("revocations-least"); c.IsSet("revocations-least") { // "" too, as above
		if d.Least, err = strconv.ParseUint(typed, 10, 64); err != nil || d.Least == 0 {
			return d, p.fail(cmdline.ExitUsage, nothing, listNoNumber, text.Plain(typed, 40))
		}
	}
	d.Required, d.Second = c.Bool("require-revocations"), csrca.SortSecond(c.StringSlice("second-signature"))
	switch err := csrca.CheckSecond(d.Second); {
	case err != nil: // "" too, as above
		return d, p.fail(cmdline.ExitUsage, nothing, secondWrong, csrca.MaxSecond, csrca.MaxCategory)
	case len(d.Second) > 0 && !hasCA:
		return d, p.fail(cmdline.ExitUsage, listWithoutCAHint, secondWithoutCA)
	case !d.IsZero() && !hasCA:
		return d, p.fail(cmdline.ExitUsage, listWithoutCAHint, listWithoutCA)
	}
	return d, nil
}
