package relay

import (
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/text"
	"supportd/relay/store"
)

var errNotYours = errors.New("it is not of your account")

// signScript keeps the signature of a second CSR under what the author has signed. It is
// proved, so that a mistake shows now and not when the script is run.
func (cmd *command) signScript(c *cli.Context) error {
	sc, version, err := cmd.script(c)
	if err != nil {
		return err
	}
	if n := c.Int("if-version"); n != 0 && n != version.Number {
		return cmd.explainScript(c, store.Changed(sc))
	}
	signed, err := cmd.relay.data.Store.Signature(c.Context, sc.ID, version.Number)
	if err != nil {
		return cmd.explain(err)
	}
	if signed == nil {
		return cmdline.Fail(cmdline.ExitFailed, "its owner signs it with supportctl script edit --file", "script %s has no signature of its author, and only beside that there is a second one", text.Plain(sc.Name, library.MaxName))
	}
	_, files, err := cmd.relay.data.Store.Package(c.Context, version)
	if err != nil {
		return cmd.explain(err)
	}
	n, err := author.ParseSecond(c.String("signature"))
	var by author.By
	if err == nil {
		by, err = signed.CheckSecond(n, files.Executable, files.Signable())
	}
	if err == nil && n.Account != cmd.account.Name {
		err = errNotYours
	}
	if err == nil {
		err = cmd.counts(by, n.Account)
	}
	if err != nil {
		return cmdline.Usage("supportctl script sign makes it, with an author's certificate for your account", "--signature: %v", err)
	}
	if err := cmd.relay.data.Store.Approve(c.Context, sc, n); err != nil {
		return cmd.explainScript(c, err)
	}
	_, err = fmt.Fprintln(cmd.err, cmd.say("you have signed version %d of %s", version.Number, sc.Name))
	return err
}

// counts says why a certificate is worth nothing on customers' computers, as far as that is
// known here: who signs with one that counts is not replaced by somebody with another.
func (cmd *command) counts(by author.By, account string) error {
	cas := *cmd.relay.csrca.Load()
	if len(cas) == 0 {
		return nil
	}
	now := time.Now()
	cert, err := csrca.CheckAuthor(by.Certificate, account, cas, now)
	if err == nil {
		err = csrca.Demand{}.Check(cert, cmd.relay.revocations.Load(), now)
	}
	return err
}
