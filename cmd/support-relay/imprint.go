package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/imprint"
	"supportd/library/imprint/executable"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
)

// imprintCommand writes into a support-agent where it connects to. It needs no data
// directory: an operator signs programs elsewhere than where the relay runs.
func imprintCommand(std cmdline.Streams) *cli.Command {
	return &cli.Command{
		Name: "imprint", Usage: "write into a support-agent where it connects to, so that customers type no address", ArgsUsage: "PROGRAM",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "relay", Usage: "`ADDRESS` of the relay: HOST, HOST:PORT or https://HOST; may be repeated", Required: true},
			&cli.StringSliceFlag{Name: "relay-key", Usage: "its `FINGERPRINT`, SHA256:…; may be repeated", Required: true},
			&cli.StringFlag{Name: "organisation", Usage: "`TEXT` that says whose program this is; customers see it as the program's own word"},
			&cli.StringSliceFlag{Name: "csr-ca", Usage: "`FILE` with a public key of the CA that signs your CSRs' keys: nobody else is let in; may be repeated"},
			&cli.Uint64Flag{Name: "revocations-least", Usage: "with --csr-ca: the lowest `NUMBER` that the CA's list of revocations may have"},
			&cli.BoolFlag{Name: "require-revocations", Usage: "with --csr-ca: nobody is let in before the relay has brought such a list that is good"},
			&cli.StringSliceFlag{Name: "second-signature", Usage: "with --csr-ca: scripts of this `CATEGORY` run only where a second CSR has signed them too, and unsigned ones not at all; * is every category; may be repeated"},
			&cli.BoolFlag{Name: "require-words", Usage: "nothing of a CSR counts before the customer has compared the safety words with them"},
			&cli.StringFlag{Name: "out", Usage: "`FILE` for the new program; it is replaced", Required: true},
		},
		Action: func(c *cli.Context) error {
			i, err := imprintOf(c)
			if err != nil {
				return err
			}
			return writeImprint(c.Args().First(), c.String("out"), i, std.Out)
		},
	}
}

// imprintOf reads the flags.
func imprintOf(c *cli.Context) (i imprint.Imprint, err error) {
	for _, s := range c.StringSlice("relay") {
		a, err := reach.ParseAddress(s)
		if err != nil {
			return i, cmdline.Usage("as in --relay relay.example", "--relay: %v", err)
		}
		i.Relays = append(i.Relays, a)
	}
	for _, s := range c.StringSlice("relay-key") {
		if err := wire.CheckFingerprint(s); err != nil {
			return i, cmdline.Usage("support-relay fingerprint --data DIR shows it", "--relay-key: %q: %v", text.Plain(s, 60), err)
		}
		i.RelayKeys = append(i.RelayKeys, s)
	}
	i.Organisation = strings.TrimSpace(c.String("organisation"))
	if !text.IsOrganisation(i.Organisation) {
		return i, cmdline.Usage("write it in one line, with single spaces and no invisible characters",
			"--organisation: this is no name of at most %d characters", imprint.MaxOrganisation)
	}
	cas, err := readCSRCA("--csr-ca", c.StringSlice("csr-ca"))
	if err != nil {
		return i, err
	}
	i.CSRCA = csrca.Lines(cas)
	i.Revocations = csrca.Demand{Least: c.Uint64("revocations-least"), Required: c.Bool("require-revocations"), Second: csrca.SortSecond(c.StringSlice("second-signature"))}
	switch err := csrca.CheckSecond(i.Revocations.Second); {
	case err != nil:
		return i, cmdline.Usage("name the category as category list of the relay shows it", "--second-signature: %v", err)
	case len(cas) == 0 && len(i.Revocations.Second) > 0:
		return i, cmdline.Usage("name the CA with --csr-ca", "--second-signature: only a CA says who has signed a script")
	case len(cas) == 0 && !i.Revocations.IsZero():
		return i, cmdline.Usage("name the CA with --csr-ca", "--revocations-least, --require-revocations: only with a CA there is a list")
	}
	i.RequireWords = c.Bool("require-words")
	return i, aboutImprint(i.Check())
}

// aboutImprint is an error about an imprint that was asked for.
func aboutImprint(err error) error {
	var bad *imprint.Error
	if !errors.As(err, &bad) {
		return err
	}
	field := "--" + bad.Field
	switch {
	case bad.Problem == imprint.Twice && bad.Field == "csr-ca":
		return cmdline.Usage("the CA's key must never be the relay's: make one with supportctl ca init, or ssh-keygen", "--csr-ca: two keys are the same, or one is the relay's")
	case bad.Problem == imprint.Twice:
		return cmdline.Usage("name each once", "%s: two of them are the same", field)
	case bad.Problem == imprint.TooMany:
		return cmdline.Usage("name fewer", "%s: %d is the most", field, max(imprint.MaxRelays, imprint.MaxKeys))
	}
	return cmdline.Usage("support-relay imprint --help shows the flags", "%v", err)
}

// writeImprint makes the new program, and says what was written into it.
func writeImprint(from, to string, i imprint.Imprint, out io.Writer) error {
	file, mode, err := readProgram(from)
	if err != nil {
		return cmdline.Usage("name a support-agent as it was built", "cannot read the program: %v", err)
	}
	if err := checkTarget(from, to); err != nil {
		return err
	}
	p, err := executable.Open(file)
	if err == nil {
		file, err = p.With(i)
	}
	if err != nil {
		return cmdline.Usage(programHint(err), "%s: %v", text.Plain(from, 200), err)
	}
	if err := disk.Replace(to, file, mode.Perm()); err != nil {
		hint := "check --out, and that there is room on the disk"
		if errors.Is(err, fs.ErrNotExist) {
			hint = "the directory of --out is not there: make it first"
		}
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: fmt.Sprintf("cannot write the new program: %v", err), Hint: hint, Err: err}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: support-agent for %s, %d bytes\n", text.Escape(to), p.System(), len(file))
	for _, a := range i.Relays {
		fmt.Fprintf(&b, "  relay         %s\n", a)
	}
	for _, key := range i.RelayKeys {
		fmt.Fprintf(&b, "  relay key     %s\n", key)
	}
	if i.Organisation != "" {
		fmt.Fprintf(&b, "  organisation  %s\n", i.Organisation)
	}
	for _, ca := range i.CSRCA {
		fmt.Fprintf(&b, "  CSR CA        %s\n", fingerprintOf(ca))
	}
	if d := i.Revocations; d.Required {
		fmt.Fprintf(&b, "  revocations   number %d or later is required\n", d.Lowest())
	} else if d.Least > 0 {
		fmt.Fprintf(&b, "  revocations   number %d or later\n", d.Least)
	}
	for _, category := range i.Revocations.Second {
		fmt.Fprintf(&b, "  two sign      scripts of %s\n", text.Escape(category))
	}
	if i.RequireWords {
		b.WriteString("  safety words  have to be compared\n")
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// readProgram reads an ordinary file of no more than a program's size.
func readProgram(name string) (file []byte, mode fs.FileMode, err error) {
	info, err := os.Stat(name) // before it is opened: a pipe would hold us up
	switch {
	case err != nil:
		return nil, 0, err
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("%s: %w", name, disk.ErrNotRegular)
	case info.Size() > executable.MaxSize:
		return nil, 0, fmt.Errorf("%s has more than %d MiB", name, executable.MaxSize>>20)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	file, err = io.ReadAll(io.LimitReader(f, executable.MaxSize))
	return file, info.Mode(), errors.Join(err, f.Close())
}

// checkTarget refuses to replace the stock program, or what is no ordinary file: a
// device, a directory, a link.
func checkTarget(from, to string) error {
	const hint = "choose a new name"
	info, err := os.Lstat(to)
	switch {
	case to == "":
		return cmdline.Usage("--out support.exe", "--out: the name of the new file is missing")
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return cmdline.Usage("check --out", "--out: %v", err)
	case !info.Mode().IsRegular():
		return cmdline.Usage(hint, "--out: %s is there already, and is no ordinary file", text.Escape(to))
	}
	if stock, err := os.Stat(from); err != nil || os.SameFile(stock, info) {
		return cmdline.Usage(hint, "--out: %s is the program itself, which takes an imprint once", text.Escape(to))
	}
	return nil
}

// programHint says what to do about a program that takes no imprint.
func programHint(err error) string {
	for _, c := range []struct {
		is   error
		hint string
	}{
		{executable.ErrImprinted, "take the program as it was built: an imprint is written once"},
		{executable.ErrSigned, "take the program as it was built, and sign it after the imprint"},
		{executable.ErrUniversal, "write the imprint into the program for each processor first, and join them then"},
		{executable.ErrCut, "build or download it again"},
		{executable.ErrDamaged, "build or download it again"},
		{executable.ErrTwice, "build or download it again"},
	} {
		if errors.Is(err, c.is) {
			return c.hint
		}
	}
	return "name a support-agent of this version for Linux, Windows or macOS"
}
