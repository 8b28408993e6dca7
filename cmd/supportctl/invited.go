package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/wire"
	"supportd/relay/client"
)

// maxInvitation bounds what is read of a file with an invitation, in bytes.
const maxInvitation = 4 << 10

// invitation is how the invitation of a login is read; nil is that there is none. It is
// never an argument, which others on this computer could read.
func (p *program) invitation(c *cli.Context) func(context.Context) (wire.Invitation, error) {
	file, asked := c.String("invitation-file"), c.Bool("invited")
	if file == "" && !asked {
		return nil
	}
	return func(ctx context.Context) (wire.Invitation, error) {
		said, err := p.readInvitation(ctx, file)
		if err != nil {
			return "", err
		}
		invitation, err := wire.ParseInvitation(said)
		if err != nil {
			return "", cmdline.Usage("type it again as you were given it", "this is no invitation: %v", err)
		}
		return invitation, nil
	}
}

func (p *program) readInvitation(ctx context.Context, file string) (string, error) {
	var said []byte
	var err error
	switch file {
	case "":
		said, err = p.askSecret(ctx, p.say("Invitation (it is not shown): "))
		if errors.Is(err, errNoTerminal) {
			return "", cmdline.Usage("put it into a file that only you can read, and name that with --invitation-file FILE", "there is no terminal to ask for the invitation")
		}
	case "-":
		said, err = io.ReadAll(io.LimitReader(p.std.In, maxInvitation))
	default:
		if said, err = disk.Read(file, maxInvitation); err != nil {
			err = cmdline.Usage("check --invitation-file", "cannot read the invitation: %v", err).Because(err)
		}
	}
	return strings.TrimSpace(string(said)), err
}

// register has the first of the keys registered, which is the one to log in with then.
func (p *program) register(ctx context.Context, pr profile, keys []candidate, invited func(context.Context) (wire.Invitation, error)) ([]candidate, error) {
	key := keys[0]
	invitation, err := invited(ctx)
	if err != nil {
		return nil, err
	}
	if key.signer == nil {
		if key.signer, err = p.open(ctx, key); err != nil {
			return nil, err
		}
	}
	if err := client.Register(ctx, pr.options(key.signer), invitation); err != nil {
		return nil, err
	}
	fmt.Fprintln(p.std.Err, p.say("The key %s logs in for %s from now on; the invitation is used up.", ssh.FingerprintSHA256(key.public), pr.Account))
	return []candidate{key}, nil
}
