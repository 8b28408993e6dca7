package relay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/relay/store"
)

// hintFiles is how a script's files come to a relay.
const hintFiles = "tar -cf - FILE… | ssh RELAY script add NAME --category CATEGORY"

func (cmd *command) addScript(c *cli.Context) error {
	name, err := library.CheckName(c.Args().First())
	if err != nil {
		return cmdline.Usage("choose another name", "%v", err)
	}
	if !c.IsSet("category") {
		return cmd.badCategory(c, cmdline.Usage("", "a script needs a category: --category CATEGORY"))
	}
	if err := library.CheckDescription(c.String("description")); err != nil {
		return cmdline.Usage("", "--description: %v", err)
	}
	p, err := cmd.readPackage(c)
	if err != nil {
		return err
	}
	sig, err := cmd.signature(c, p)
	if err != nil {
		return err
	}
	sc, err := cmd.relay.data.Store.AddSigned(c.Context, library.Script{
		Name: name, Category: c.String("category"), Description: c.String("description"),
		Owner: cmd.account.Name, Published: c.Bool("publish"), Created: time.Now(),
	}, p, sig)
	if err != nil {
		return cmd.explainScript(c, err)
	}
	_, err = fmt.Fprintln(cmd.err, cmd.say("%s added, %s, %d bytes%s", sc.Name, countFiles(p), sc.Current.Size, forWhom(sc)))
	return err
}

func countFiles(p library.Package) text.Message {
	if len(p.Files) == 1 {
		return text.Later("1 file")
	}
	return text.Later("%d files", len(p.Files))
}

// forWhom says who sees a script.
func forWhom(sc library.Script) text.Message {
	if sc.Published {
		return text.Later("; every CSR can run it")
	}
	return text.Later("; only %s can run it until it is published", sc.Owner)
}

// readPackage reads the archive that comes on standard input.
func (cmd *command) readPackage(c *cli.Context) (library.Package, error) {
	p, err := library.ReadTar(cmd.in, c.String("executable"))
	if err == nil {
		err = p.CheckScripts()
	}
	switch {
	case c.Context.Err() != nil:
		return p, context.Cause(c.Context)
	case errors.Is(err, library.ErrNoArchive):
		return p, cmdline.Usage(hintFiles, "standard input: %v", err)
	case errors.Is(err, library.ErrSaved):
		return p, cmdline.Usage("", "the script: %v", err).WithHint("save it anew, then: %s", hintFiles)
	case err != nil:
		return p, cmdline.Usage("", "the script: %v", err).WithHint("send the files that it needs, and no others: %s", hintFiles)
	}
	return p, nil
}

func (cmd *command) editScript(c *cli.Context) error {
	sc, _, err := cmd.script(c)
	if err != nil {
		return err
	}
	edit, err := cmd.edits(c)
	if err != nil {
		return err
	}
	change := store.ScriptChange{By: cmd.account.Name, At: time.Now(), IfVersion: c.Int("if-version"), Edit: edit}
	if c.Bool("files") {
		if !sc.MayChange(cmd.person()) {
			return notYours(sc)
		}
		p, err := cmd.readPackage(c)
		if err != nil {
			return err
		}
		change.Package = &p
	}
	if err := cmd.sign(c, sc, &change); err != nil {
		return err
	}
	sc, err = cmd.relay.data.Store.ChangeScript(c.Context, sc.Name, change)
	if err != nil {
		return cmd.explainScript(c, err)
	}
	_, err = fmt.Fprintln(cmd.err, cmd.say("%s is at version %d now%s", sc.Name, sc.Current.Number, forWhom(sc)))
	return err
}

// signature proves the author's signature of a package that the flags bring. Whether it
// is for this script in this version, the store looks when it is changed.
func (cmd *command) signature(c *cli.Context, p library.Package) (store.Signature, error) {
	if !c.IsSet("signature") {
		return store.Signature{}, nil
	}
	signed, err := author.Parse(c.String("signature"))
	var by author.By
	if err == nil {
		by, err = signed.Check(p.Executable, p.Signable())
	}
	if err == nil && signed.Library != cmd.relay.data.Store.Library() {
		err = errOtherLibrary
	}
	if err != nil {
		return store.Signature{}, cmdline.Usage("supportctl script add and edit make it", "--signature: %v", err)
	}
	return store.Signature{Signer: by.Fingerprint(), Signed: signed}, nil
}

var errOtherLibrary = errors.New("it is for the library of another relay")

// sign adds the author's signature to a change of a script.
func (cmd *command) sign(c *cli.Context, sc library.Script, change *store.ScriptChange) error {
	if !c.IsSet("signature") {
		return nil
	}
	p := change.Package
	if p == nil {
		_, files, err := cmd.relay.data.Store.Package(c.Context, sc.Current)
		if err != nil {
			return cmd.explain(err)
		}
		p = &files
	}
	var err error
	change.Signature, err = cmd.signature(c, *p)
	return err
}

// edits makes one change of everything that the flags say. Who may not make it is
// asked when the script is at hand that it is made to.
func (cmd *command) edits(c *cli.Context) (func(*library.Script) error, error) {
	var name string
	if c.IsSet("name") {
		var err error
		if name, err = library.CheckName(c.String("name")); err != nil {
			return nil, cmdline.Usage("choose another name", "--name: %v", err)
		}
	}
	if err := library.CheckDescription(c.String("description")); err != nil {
		return nil, cmdline.Usage("", "--description: %v", err)
	}
	withdraws := true // nothing but the publication is taken back
	for _, flag := range []string{"name", "category", "description", "publish", "files", "executable", "signature"} {
		withdraws = withdraws && !c.IsSet(flag)
	}
	switch {
	case c.Bool("publish") && c.Bool("unpublish"):
		return nil, cmdline.Usage("", "--publish and --unpublish contradict each other")
	case withdraws && !c.IsSet("unpublish"):
		return nil, cmdline.Usage("script edit --help shows what can be changed", "nothing is to be changed")
	case c.IsSet("executable") && !c.Bool("files"):
		return nil, cmdline.Usage("", "--executable is about new files: --files reads them")
	}
	return func(sc *library.Script) error {
		if !sc.MayChange(cmd.person()) && !(withdraws && sc.MayWithdraw(cmd.person())) {
			return notYours(*sc)
		}
		if name != "" {
			sc.Name = name
		}
		if c.IsSet("category") {
			sc.Category = c.String("category")
		}
		if c.IsSet("description") {
			sc.Description = c.String("description")
		}
		sc.Published = (sc.Published || c.Bool("publish")) && !c.Bool("unpublish")
		return nil
	}, nil
}

func notYours(sc library.Script) error {
	return cmdline.Fail(cmdline.ExitFailed, "copy it: script get, then script add under another name", "script %s belongs to %s, who alone may change it", text.Plain(sc.Name, library.MaxName), sc.Owner)
}

func (cmd *command) removeScript(c *cli.Context) error {
	sc, _, err := cmd.script(c)
	if err != nil {
		return err
	}
	if !sc.MayChange(cmd.person()) {
		return notYours(sc)
	}
	if !c.Bool("yes") {
		return cmdline.Usage("add --yes", "%s would be deleted for every CSR", text.Plain(sc.Name, library.MaxName))
	}
	err = cmd.relay.data.Store.For(cmd.account.Name).RemoveScript(c.Context, sc.Name, func(sc library.Script) error {
		if !sc.MayChange(cmd.person()) {
			return notYours(sc)
		}
		return nil
	})
	if err != nil {
		return cmd.explainScript(c, err)
	}
	_, err = fmt.Fprintln(cmd.err, cmd.say("%s deleted", sc.Name))
	return err
}

// explainScript makes an error for people of what the store says.
func (cmd *command) explainScript(c *cli.Context, err error) error {
	switch {
	case errors.Is(err, store.ErrExists):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: "choose another name; upper and lower case make no difference", Err: err}
	case errors.Is(err, store.ErrCategory):
		return cmd.badCategory(c, cmdline.Usage("", "%q: %v", text.Plain(c.String("category"), library.MaxName), store.ErrCategory))
	case errors.Is(err, store.ErrSigned):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: "look at it with script show, then edit it again with supportctl", Err: err}
	case errors.Is(err, store.ErrChanged):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: "look at it with script show, then edit again", Err: err}
	case errors.Is(err, store.ErrLimit):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: "keep large files elsewhere and let scripts fetch them; delete scripts that nobody needs", Err: err}
	case errors.Is(err, store.ErrNotFound):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: "script list shows what is there", Err: err}
	}
	return cmd.explain(err)
}

// badCategory adds to an error which categories there are.
func (cmd *command) badCategory(c *cli.Context, problem *cmdline.Error) error {
	all, err := cmd.relay.data.Store.Categories(c.Context)
	if err != nil {
		return cmd.explain(err)
	}
	names := collect(all, func(category store.Category) string { return category.Name })
	if len(names) == 0 {
		return problem.WithHint("there is none yet: an admin makes one with category add NAME")
	}
	return problem.DidYouMean(c.String("category"), names, "there are: %s; an admin makes others with category add NAME", strings.Join(names, ", "))
}
