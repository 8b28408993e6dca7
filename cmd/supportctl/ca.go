package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/sshd"
	"supportd/library/text"
)

// caCommand is for an organisation without a CA of its own. It speaks to nobody: the CA's
// key never touches a relay.
func (p *program) caCommand() *cli.Command {
	return &cli.Command{
		Name: "ca", Usage: "the CA that vouches for CSRs' keys; it needs no login and no network",
		Subcommands: []*cli.Command{
			{
				Name: "init", Usage: "make the key of a CA: FILE, and FILE.pub for relays and programs", ArgsUsage: "FILE",
				Flags:  []cli.Flag{&cli.BoolFlag{Name: "no-passphrase", Usage: "keep the key readable for whoever has the file"}},
				Action: func(c *cli.Context) error { return p.caInit(c.Context, c.Args().First(), c.Bool("no-passphrase")) },
			},
			{
				Name: "sign", Usage: "make a CSR's certificate: KEY-cert.pub beside KEY.pub, as ssh-keygen -s does", ArgsUsage: "KEY.pub",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "ca", Usage: "the CA's private key `FILE`, or the public half of one in ssh-agent", Required: true},
					&cli.StringFlag{Name: "account", Usage: "the `ACCOUNT` at the relay that it is for", Required: true},
					&cli.StringFlag{Name: "name", Usage: "the `NAME` of the CSR that customers see"},
					&cli.StringFlag{Name: "key-id", Usage: "`TEXT` by which you find it again in logs and reports", DefaultText: "the account"},
					&cli.DurationFlag{Name: "for", Usage: "how long it is good, a `SPAN` such as 12h or 7d", Value: csrca.Life, DefaultText: "12h, and 366d with --script-author"},
					&cli.BoolFlag{Name: "script-author", Usage: "it is for signing scripts, and lets nobody in: KEY-author-cert.pub"},
					&cli.StringSliceFlag{Name: "source", Usage: "`ADDR` or network from which alone it is good; may be repeated"},
					&cli.StringFlag{Name: "out", Usage: "another `FILE` for the certificate"},
				},
				Action: p.caSign,
			},
			{
				Name: "revoke", Usage: "make or extend the list of what the CA has revoked, which relays bring to computers", ArgsUsage: "LIST",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "ca", Usage: "the CA's private key `FILE`, or the public half of one in ssh-agent", Required: true},
					&cli.StringSliceFlag{Name: "key", Usage: "a `KEY` of a CSR: SHA256:…, or the file with its public half or a certificate of it; may be repeated"},
					&cli.StringSliceFlag{Name: "serial", Usage: "the `NUMBER` of a certificate, as ca sign says it; may be repeated"},
					&cli.StringSliceFlag{Name: "second-signature", Usage: "scripts of this `CATEGORY` run only where a second CSR has signed them too, and unsigned ones not at all; * is every category; may be repeated"},
					&cli.StringSliceFlag{Name: "one-signature", Usage: "scripts of this `CATEGORY` need no second signature any more; may be repeated"},
					&cli.DurationFlag{Name: "for", Usage: "how long the list is good, a `SPAN` such as 12h or 30d", Value: csrca.RevocationsLife, DefaultText: "30d"},
					&cli.StringFlag{Name: "number", Usage: "the `NUMBER` of the list, above all earlier ones", DefaultText: "one more than before"},
				},
				Action: p.caRevoke,
			},
		},
	}
}

// caInit makes a key. It replaces none.
func (p *program) caInit(ctx context.Context, file string, open bool) error {
	if file == "" {
		return cmdline.Usage("supportctl ca init csr-ca", "ca init: name the file for the key")
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	defer clear(private)
	const comment = "supportd CSR CA"
	var block *pem.Block
	if open {
		block, err = ssh.MarshalPrivateKey(private, comment)
	} else {
		var passphrase []byte
		if passphrase, err = p.newPassphrase(ctx, file); err != nil {
			return err
		}
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, comment, passphrase)
		clear(passphrase)
	}
	if err != nil {
		return err
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return err
	}
	const onlyOwner, everybody = 0o600, 0o644
	if err := createKey(file, pem.EncodeToMemory(block), onlyOwner); err != nil {
		return err
	}
	line := csrca.Line(key) + " " + comment + "\n"
	if err := createKey(file+".pub", []byte(line), everybody); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.std.Out, p.say("%s: the CA's private key; keep it off every relay\n%s: its public key, for --csr-ca of support-relay and support-agent\n%s",
		text.Escape(file), text.Escape(file+".pub"), ssh.FingerprintSHA256(key)))
	return err
}

// createKey writes a file of a CA, and replaces none: who has a certificate of it would be
// without one.
func createKey(file string, data []byte, mode fs.FileMode) error {
	err := writeFile(file, data, mode, false)
	if errors.Is(err, fs.ErrExist) {
		return cmdline.Fail(cmdline.ExitFailed, "choose another name: a CA's key is never replaced", "%s exists already", text.Escape(file)).Because(err)
	}
	return err
}

// newPassphrase asks for one twice.
func (p *program) newPassphrase(ctx context.Context, file string) ([]byte, error) {
	first, err := p.askSecret(ctx, p.say("New passphrase for %s: ", text.Escape(file)))
	switch {
	case errors.Is(err, errNoTerminal):
		return nil, cmdline.Usage("run it in a terminal; --no-passphrase makes a key that needs none", "there is no terminal to ask for a passphrase")
	case err != nil:
		return nil, err
	case len(first) == 0:
		return nil, cmdline.Usage("--no-passphrase makes a key that needs none", "the passphrase is empty; nothing was made")
	}
	again, err := p.askSecret(ctx, p.say("The same once more: "))
	defer clear(again)
	if err == nil && !bytes.Equal(first, again) {
		err = cmdline.Usage("try again", "the two passphrases differ; nothing was made")
	}
	if err != nil {
		clear(first)
		return nil, err
	}
	return first, nil
}

func (p *program) caSign(c *cli.Context) error {
	file := c.Args().First()
	if file == "" {
		return cmdline.Usage("supportctl ca sign alice.pub --ca csr-ca --account alice", "ca sign: name the CSR's public key")
	}
	key, err := onePublicKey(file)
	if err != nil {
		return err
	}
	ca, release, err := p.caKey(c.Context, c.String("ca"))
	if err != nil {
		return err
	}
	defer release()
	request := csrca.Request{
		Key: key, Account: c.String("account"), Name: c.String("name"), KeyID: c.String("key-id"), Sources: c.StringSlice("source"), Life: c.Duration("for"),
		Author: c.Bool("script-author"),
	}
	end := certificateEnd
	if request.Author {
		end = authorEnd
	}
	if request.Author && !c.IsSet("for") {
		request.Life = csrca.MaxLife
	}
	cert, err := csrca.Sign(request, ca, time.Now())
	if err != nil {
		return cmdline.Usage("supportctl ca sign --help shows the options", "no certificate was made: %v", err)
	}
	out := c.String("out")
	if out == "" {
		out = strings.TrimSuffix(file, ".pub") + end
	}
	const everybody = 0o644
	if err := writeFile(out, ssh.MarshalAuthorizedKey(cert), everybody, true); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.std.Out, p.say("%s: for the account %s, until %s, number %d, by the CA %s",
		text.Escape(out), cert.ValidPrincipals[0], time.Unix(int64(cert.ValidBefore), 0).UTC().Format("2006-01-02 15:04 UTC"), cert.Serial, ssh.FingerprintSHA256(ca.PublicKey())))
	return err
}

// caKey opens the CA's key: a file, or one in ssh-agent. What it returns for that is for the
// caller to close.
func (p *program) caKey(ctx context.Context, file string) (ca ssh.Signer, release func(), err error) {
	held, release := p.agentKeys()
	found, err := readKey(file, held)
	if err == nil {
		ca, err = p.open(ctx, found)
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return ca, release, nil
}

// onePublicKey reads the public key of a CSR.
func onePublicKey(file string) (ssh.PublicKey, error) {
	data, err := readSmall(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	keys, err := sshd.ParsePublicKeys(data)
	if err == nil && len(keys) != 1 {
		err = errNotOneKey
	}
	if err != nil {
		return nil, cmdline.Usage("name the CSR's .pub file as ssh-keygen made it", "%s is no public key that can be signed: %v", text.Escape(file), err)
	}
	return keys[0], nil
}

var errNotOneKey = errors.New("it has not exactly one key")
