package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/library/wire"
)

// caRevoke makes the next list of what a CA has revoked: what stood in the list before, and
// what is named.
func (p *program) caRevoke(c *cli.Context) error {
	file := c.Args().First()
	if file == "" {
		return cmdline.Usage("supportctl ca revoke revocations --ca csr-ca --key alice.pub", "ca revoke: name the file of the list")
	}
	var list csrca.Revocations
	for _, what := range c.StringSlice("key") {
		print, err := fingerprintOf(what)
		if err != nil {
			return err
		}
		list.Keys = append(list.Keys, print)
	}
	for _, typed := range c.StringSlice("serial") {
		serial, err := strconv.ParseUint(typed, 10, 64)
		if err != nil {
			return cmdline.Usage("ssh-keygen -L -f KEY-cert.pub shows it", "--serial: %q is no serial number", text.Plain(typed, 40))
		}
		list.Serials = append(list.Serials, serial)
	}
	list.Second = c.StringSlice("second-signature")
	ca, release, err := p.caKey(c.Context, c.String("ca"))
	if err != nil {
		return err
	}
	defer release()
	if err := extend(&list, file, ca.PublicKey(), c); err != nil {
		return err
	}
	list.Issued = time.Now()
	list.Until = list.Issued.Add(c.Duration("for"))
	signed, err := csrca.SignRevocations(list, ca)
	if err != nil {
		return cmdline.Usage("supportctl ca revoke --help shows the options", "no list was made: %v", err)
	}
	const everybody = 0o644
	if err := writeFile(file, signed.File(), everybody, true); err != nil {
		return err
	}
	if len(signed.Second) > 0 {
		fmt.Fprintln(p.std.Out, p.say("Scripts need two signatures: %s", text.Plain(strings.Join(signed.Second, ", "), 1000)))
	}
	_, err = fmt.Fprintln(p.std.Out, p.say("%s: list %d, keys: %d, certificates: %d, good until %s, by the CA %s\nFor the relay: support-relay revocations set FILE --config FILE, then SIGHUP",
		text.Escape(file), signed.Number, len(signed.Keys), len(signed.Serials), signed.Until.Format("2006-01-02 15:04 UTC"), ssh.FingerprintSHA256(ca.PublicKey())))
	return err
}

// extend puts what stands in the list before into the next one, and gives that its number.
// A file that is no list of the CA's is left as it is.
func extend(list *csrca.Revocations, file string, ca ssh.PublicKey, c *cli.Context) error {
	before := uint64(0)
	data, err := disk.Read(file, csrca.MaxRevocations)
	if !errors.Is(err, fs.ErrNotExist) {
		var was *csrca.Revocations
		if err == nil {
			was, err = csrca.ParseRevocations(data, []ssh.PublicKey{ca})
		}
		if err != nil {
			return cmdline.Usage("name the newest list of this CA, or a new file, with --number above that of the newest list", "%s cannot be extended: %v", text.Escape(file), err)
		}
		before = was.Number
		list.Keys, list.Serials = append(list.Keys, was.Keys...), append(list.Serials, was.Serials...)
		for _, category := range was.Second {
			if !slices.Contains(c.StringSlice("one-signature"), category) {
				list.Second = append(list.Second, category)
			}
		}
	}
	list.Number = before + 1
	if c.IsSet("number") {
		if list.Number, err = strconv.ParseUint(c.String("number"), 10, 64); err != nil {
			return cmdline.Usage("leave --number out", "--number: %q is no number", text.Plain(c.String("number"), 40))
		}
	}
	if list.Number <= before {
		return cmdline.Usage("leave --number out", "--number: the list has number %d already", before)
	}
	return nil
}

// fingerprintOf is that of a CSR's key: named as such, or as a file with its public half or
// a certificate of it.
func fingerprintOf(what string) (string, error) {
	if strings.HasPrefix(what, "SHA256:") {
		if err := wire.CheckFingerprint(what); err != nil {
			return "", cmdline.Usage("ssh-keygen -l -f FILE shows it", "--key: %q is no fingerprint", text.Plain(what, 60))
		}
		return what, nil
	}
	data, err := readSmall(filepath.Clean(what))
	if err != nil {
		return "", err
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(data)
	if err != nil || csrca.Of(key) == nil {
		if key, err = onePublicKey(what); err != nil {
			return "", err
		}
	}
	return ssh.FingerprintSHA256(csrca.Plain(key)), nil
}
