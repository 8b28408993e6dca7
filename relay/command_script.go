package relay

import (
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/text"
	"supportd/relay/store"
)

func (cmd *command) scriptCommand() *cli.Command {
	name := "NAME"
	version := &cli.IntFlag{Name: "version", Usage: "`N`, an older version"}
	describe := []cli.Flag{
		&cli.StringFlag{Name: "category", Usage: "`CATEGORY`, one of category list"},
		&cli.StringFlag{Name: "description", Usage: "`TEXT` of what it does"},
		&cli.StringFlag{Name: "executable", Usage: "`PATH` in the archive of what is run"},
		&cli.BoolFlag{Name: "publish", Usage: "let every CSR see and run it"},
		&cli.StringFlag{Name: "signature", Usage: "`TEXT` with the author's signature, as supportctl makes it"},
	}
	edit := append(slices.Clone(describe),
		&cli.BoolFlag{Name: "unpublish", Usage: "keep it to yourself"},
		&cli.StringFlag{Name: "name", Usage: "`NAME`, a new one"},
		&cli.BoolFlag{Name: "files", Usage: "read the new files as a tar archive from standard input"},
		&cli.IntFlag{Name: "if-version", Usage: "only if version `N` is still the newest"},
	)
	return &cli.Command{Name: "script", Usage: "the script library", Subcommands: []*cli.Command{
		{Name: "list", Usage: "the scripts that you may run", Flags: append(cmdline.FormatFlags(),
			&cli.StringFlag{Name: "sort", Value: api.ByName, Usage: cmd.say("by `COLUMN`: %s", strings.Join(api.ScriptOrders(), ", "))},
			&cli.BoolFlag{Name: "reverse", Aliases: []string{"r"}, Usage: "the other way round"},
			&cli.StringFlag{Name: "category", Usage: "only those of `CATEGORY`"},
			&cli.BoolFlag{Name: "mine", Usage: "only your own"},
			&cli.StringFlag{Name: "search", Usage: "only those with `TEXT` in name or description"},
		), Action: cmd.listScripts},
		{Name: "show", Usage: "a script, its files and versions", ArgsUsage: name, Flags: append(cmdline.FormatFlags(), version), Action: cmd.showScript},
		{Name: "get", Usage: "a script's files as a tar archive", ArgsUsage: name, Flags: []cli.Flag{version}, Action: cmd.getScript},
		{Name: "add", Usage: "add a script; its files come as a tar archive on standard input", ArgsUsage: name, Flags: describe, Action: cmd.addScript},
		{Name: "edit", Usage: "change a script of yours", ArgsUsage: name, Flags: edit, Action: cmd.editScript},
		{Name: "sign", Usage: "add your signature to a script of another CSR", ArgsUsage: name, Action: cmd.signScript, Flags: []cli.Flag{
			&cli.StringFlag{Name: "signature", Usage: "`TEXT` with your signature, as supportctl makes it", Required: true},
			&cli.IntFlag{Name: "if-version", Usage: "only if version `N` is still the newest"},
		}},
		{Name: "remove", Usage: "delete a script of yours", ArgsUsage: name, Action: cmd.removeScript, Flags: []cli.Flag{
			&cli.BoolFlag{Name: "yes", Usage: "delete without asking"},
		}},
	}}
}

func (cmd *command) viewScript(sc library.Script) api.Script {
	v := api.Script{
		Name: sc.Name, Category: sc.Category, Description: sc.Description, Owner: sc.Owner, Published: sc.Published,
		Version: sc.Current.Number, Executable: sc.Current.Executable, Size: sc.Current.Size, SHA256: sc.Current.SHA256,
		Created: sc.Created, Changed: sc.Current.Changed, Runs: sc.Uses.Runs, LastRun: sc.Uses.Last,
		SignedBy: sc.Current.Signer, ApprovedBy: sc.Current.Approver, NeedsSecond: csrca.NeedsSecond(cmd.relay.second(), sc.Category),
	}
	switch {
	case v.Runs > 0 && sc.Uses.OK:
		v.LastResult = api.ResultOK
	case v.Runs > 0:
		v.LastResult = api.ResultFailed
	}
	return v
}

func (cmd *command) person() library.Person {
	return library.Person{Account: cmd.account.Name, Admin: cmd.account.Admin}
}

func (cmd *command) listScripts(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	order, err := api.ParseScriptOrder(c.String("sort"))
	if err != nil {
		return cmdline.Usage("", "--sort: unknown column %q", text.Plain(c.String("sort"), 20)).WithHint("%v", err)
	}
	all, err := cmd.relay.data.Store.Scripts(c.Context)
	if err != nil {
		return cmd.explain(err)
	}
	var views []api.Script
	category, text := library.Key(c.String("category")), library.Key(c.String("search"))
	for _, sc := range all {
		switch {
		case !sc.MaySee(cmd.person()), c.Bool("mine") && sc.Owner != cmd.account.Name,
			category != "" && library.Key(sc.Category) != category,
			text != "" && !strings.Contains(library.Key(sc.Name+"\n"+sc.Description), text):
			continue
		}
		views = append(views, cmd.viewScript(sc))
	}
	api.SortScripts(views, order, c.Bool("reverse"))
	if len(views) == 0 && f == cmdline.Table {
		cmd.tell("no such scripts; script add puts one into the library")
	}
	return cmdline.List(cmd.out, f, views, cmd.tables(f).Scripts())
}

// script finds a script that this CSR may see, in the version they ask for.
func (cmd *command) script(c *cli.Context) (library.Script, library.Version, error) {
	name := c.Args().First()
	sc, err := cmd.relay.data.Store.Script(c.Context, name)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !sc.MaySee(cmd.person()):
		return sc, library.Version{}, cmd.noScript(c, name)
	case err != nil:
		return sc, library.Version{}, cmd.explain(err)
	case !c.IsSet("version") || c.Int("version") == sc.Current.Number:
		return sc, sc.Current, nil
	}
	versions, err := cmd.versions(c, sc)
	if err != nil {
		return sc, library.Version{}, cmd.explain(err)
	}
	for _, v := range versions {
		if v.Number == c.Int("version") {
			return sc, v, nil
		}
	}
	return sc, library.Version{}, cmdline.Fail(cmdline.ExitFailed, "script show lists the versions", "script %s has no version %d", text.Plain(sc.Name, library.MaxName), c.Int("version"))
}

// versions are those of a script that this CSR may see.
func (cmd *command) versions(c *cli.Context, sc library.Script) ([]library.Version, error) {
	all, err := cmd.relay.data.Store.Versions(c.Context, sc.ID)
	return slices.DeleteFunc(all, func(v library.Version) bool { return !sc.MaySeeVersion(cmd.person(), v) }), err
}

// noScript says that there is no such script, and which ones are called alike.
func (cmd *command) noScript(c *cli.Context, name string) error {
	all, err := cmd.relay.data.Store.Scripts(c.Context)
	if err != nil {
		return cmd.explain(err)
	}
	all = slices.DeleteFunc(all, func(sc library.Script) bool { return !sc.MaySee(cmd.person()) })
	return cmdline.Fail(cmdline.ExitFailed, "", "no script %q", text.Plain(name, library.MaxName)).
		DidYouMean(name, collect(all, func(sc library.Script) string { return sc.Name }), "script list shows what is there")
}

func (cmd *command) showScript(c *cli.Context) error {
	f, err := cmdline.FormatOf(c)
	if err != nil {
		return err
	}
	sc, version, err := cmd.script(c)
	if err != nil {
		return err
	}
	v, err := cmd.wholeScript(c, sc, version)
	if err != nil {
		return cmd.explain(err)
	}
	return cmd.tables(f).WriteScript(cmd.out, f, v)
}

// wholeScript is everything about one version of a script.
func (cmd *command) wholeScript(c *cli.Context, sc library.Script, version library.Version) (api.Script, error) {
	v := cmd.viewScript(sc)
	if version.Number != sc.Current.Number {
		v.Version, v.Changed, v.Executable, v.Size, v.SHA256, v.SignedBy = version.Number, version.Changed, version.Executable, version.Size, version.SHA256, version.Signer
		v.ApprovedBy = version.Approver
	}
	var err error
	if v.Approval, err = cmd.relay.data.Store.Approval(c.Context, sc.ID, version.Number); err != nil {
		return v, err
	}
	if v.Signature, err = cmd.relay.data.Store.Signature(c.Context, sc.ID, version.Number); err != nil {
		return v, err
	}
	_, p, err := cmd.relay.data.Store.Package(c.Context, version)
	if err != nil {
		return v, err
	}
	for _, file := range p.Files {
		v.Files = append(v.Files, api.ScriptFile{Path: file.Path, Size: len(file.Data), SHA256: file.SHA256()})
	}
	versions, err := cmd.versions(c, sc)
	for _, old := range versions {
		v.Versions = append(v.Versions, api.ScriptVersion{Version: old.Number, Changed: old.Changed, By: old.By, Size: old.Size, SHA256: old.SHA256, SignedBy: old.Signer, ApprovedBy: old.Approver})
	}
	return v, err
}

func (cmd *command) getScript(c *cli.Context) error {
	_, version, err := cmd.script(c)
	if err != nil {
		return err
	}
	archive, _, err := cmd.relay.data.Store.Package(c.Context, version)
	if err != nil {
		return cmd.explain(err)
	}
	_, err = cmd.out.Write(archive)
	return err
}
