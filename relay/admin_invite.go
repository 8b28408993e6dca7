package relay

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// inviteCommand is "csr invite".
func (a Admin) inviteCommand() *cli.Command {
	return &cli.Command{
		Name: "invite", Usage: "make an invitation with which a CSR registers a key of their own, once, within 24 h", ArgsUsage: "NAME",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "`TEXT` that customers see, of a new account; its name where it is not given"},
			&cli.BoolFlag{Name: "admin", Usage: "a new account may manage accounts, categories and all sessions"},
			&cli.BoolFlag{Name: "same-person", Usage: "takes over what a removed account of this name has left"},
		}, a.Flags...),
		Action: a.invite,
	}
}

// invite writes the invitation, and nothing else, to standard output.
func (a Admin) invite(c *cli.Context) error {
	name := c.Args().First()
	if err := wire.CheckAccount(name); err != nil {
		return cmdline.Usage("choose another name", "%q: %v", text.Plain(name, wire.MaxAccount+1), err)
	}
	if err := checkDisplay(c.String("name")); err != nil {
		return err
	}
	made := wire.NewInvitation()
	inv := store.Invitation{Name: made.Name(), Hash: made.Hash(), Account: name}
	var added bool
	err := a.Use(c, true, func(s *store.Store) (err error) {
		now := s.Now()
		inv.Expires = now.Add(InvitationLife)
		account := store.Account{Name: name, Display: c.String("name"), Admin: c.Bool("admin"), Created: now}
		added, err = s.Invite(c.Context, inv, account, c.Bool("same-person"))
		if errors.Is(err, store.ErrOwns) {
			return ofPerson(err, "choose another name; if it is the same person, add --same-person, which gives them what is left")
		}
		return ofPerson(err, "csr edit changes an account that is there; csr invite NAME alone invites to it")
	})
	if err != nil {
		return err
	}
	if added {
		a.tell(c, "%s added, without a key so far", name)
	}
	pin, err := a.Pin(c)
	if err != nil {
		return err
	}
	a.tell(c, "Send this to %s where nobody else can read it; it works once, until %s. They type: supportctl login %s@ADDRESS --invited --relay-key %s", name, when(inv.Expires), name, pin)
	_, err = fmt.Fprintln(c.App.Writer, made.Text())
	return err
}
