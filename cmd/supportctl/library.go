package main

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/relay/client"
)

// libraryCommands are those about scripts that are kept at the relay.
func (p *program) libraryCommands() []*cli.Command {
	describe := []cli.Flag{
		&cli.StringFlag{Name: "category", Usage: "`CATEGORY`, one of \"category list\""},
		&cli.StringFlag{Name: "description", Usage: "`TEXT` of what it does"},
		&cli.StringFlag{Name: "file", Aliases: []string{"f"}, Usage: "`FILE` that is run, or a directory with it and what it needs"},
		&cli.StringSliceFlag{Name: "with", Usage: "`FILE` that it needs; may be given several times"},
		&cli.BoolFlag{Name: "publish", Usage: "let every CSR see and run it"},
		&cli.StringFlag{Name: "author-key", Usage: "sign it with the key in `FILE`", DefaultText: "that of your login"},
	}
	return []*cli.Command{
		{
			Name: "list", Usage: "the scripts of the library that you may run", Action: p.formatted(p.scriptList),
			Flags: append(cmdline.FormatFlags(),
				&cli.StringFlag{Name: "sort", Value: api.ByName, Usage: p.say("by `COLUMN`: %s", strings.Join(api.ScriptOrders(), ", "))},
				&cli.BoolFlag{Name: "reverse", Aliases: []string{"r"}, Usage: "the other way round"},
				&cli.StringFlag{Name: "category", Usage: "only those of `CATEGORY`"},
				&cli.BoolFlag{Name: "mine", Usage: "only your own"},
				&cli.StringFlag{Name: "search", Usage: "only those with `TEXT` in name or description"}),
		},
		{
			Name: "show", Usage: "a script of the library, its files and versions", ArgsUsage: "NAME", Action: p.formatted(p.scriptShow),
			Flags: append(cmdline.FormatFlags(),
				&cli.IntFlag{Name: "version", Usage: "`N`, an older version"},
				&cli.StringFlag{Name: "save", Usage: "write its files into the new directory `DIR`"}),
		},
		{
			Name: "add", Usage: "put a script into the library: FILE, and what it needs; without it an editor asks for everything", ArgsUsage: "NAME [FILE...]",
			Flags: describe, Action: p.scriptAdd,
		},
		{
			Name: "edit", Usage: "change a script of yours; without flags in an editor", ArgsUsage: "NAME", Action: p.scriptEdit,
			Flags: append(describe,
				&cli.StringFlag{Name: "name", Usage: "`NAME`, a new one"},
				&cli.BoolFlag{Name: "unpublish", Usage: "keep it to yourself"},
				&cli.IntFlag{Name: "if-version", Usage: "only if version `N` is still the newest"}),
		},
		{
			Name: "sign", Usage: "add your signature to a script of another CSR, after you have looked at it", ArgsUsage: "NAME", Action: p.scriptSign,
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "author-key", Usage: "sign it with the key in `FILE`", DefaultText: "that of your login"},
				&cli.IntFlag{Name: "if-version", Usage: "only if version `N` is still the newest"},
				&cli.BoolFlag{Name: "accept", Usage: "accept the author of a script that is new to you, without asking"},
				yesFlag(),
			},
		},
		{
			Name: "forget", Usage: "forget whose a script is, and which version you know: the next run asks for its author again", ArgsUsage: "NAME",
			Action: func(c *cli.Context) error { return p.forgetAuthor(c.Args().First()) },
		},
		{Name: "remove", Usage: "delete a script of yours from the library", ArgsUsage: "NAME", Flags: []cli.Flag{yesFlag()}, Action: p.scriptRemove},
	}
}

func (p *program) categoryCommand() *cli.Command {
	return &cli.Command{Name: "category", Usage: "the headings of the library; admins make them", Subcommands: []*cli.Command{
		{Name: "list", Usage: "all categories", Flags: cmdline.FormatFlags(), Action: p.formatted(p.categoryList)},
		{Name: "add", Usage: "make a category", ArgsUsage: "NAME", Action: p.withName(func(ctx context.Context, r *client.Relay, name string) error {
			return r.AddCategory(ctx, name)
		})},
		{Name: "remove", Usage: "delete a category in which no script is", ArgsUsage: "NAME", Action: p.withName(func(ctx context.Context, r *client.Relay, name string) error {
			return r.RemoveCategory(ctx, name)
		})},
	}}
}

// withName is a command that does one thing with one name at the relay.
func (p *program) withName(do func(ctx context.Context, r *client.Relay, name string) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		return p.onRelay(c.Context, func(r *client.Relay, _ profile) error { return do(c.Context, r, c.Args().First()) })
	}
}

func (p *program) categoryList(c *cli.Context, f cmdline.Format, r *client.Relay, _ profile) error {
	list, err := r.Categories(c.Context)
	if err != nil {
		return err
	}
	if len(list) == 0 && f == cmdline.Table {
		p.note("there is no category yet; an admin makes one with \"supportctl category add NAME\"")
		return nil
	}
	err = cmdline.List(p.std.Out, f, list, p.tables(f).Categories())
	var two []string
	for _, category := range list {
		if category.NeedsSecond != nil && *category.NeedsSecond {
			two = append(two, text.Plain(category.Name, library.MaxName))
		}
	}
	if err == nil && f == cmdline.Table {
		p.noteSome("scripts need two signatures: %s, and %d more", "scripts need two signatures: %s", two)
	}
	return err
}

func (p *program) scriptList(c *cli.Context, f cmdline.Format, r *client.Relay, _ profile) error {
	var args []string
	for _, name := range []string{"sort", "category", "search"} {
		if c.IsSet(name) {
			args = append(args, "--"+name+"="+c.String(name))
		}
	}
	for _, name := range []string{"reverse", "mine"} {
		if c.Bool(name) {
			args = append(args, "--"+name)
		}
	}
	list, err := r.Scripts(c.Context, args...)
	if err != nil {
		return err
	}
	if len(list) == 0 && f == cmdline.Table {
		p.note("no script is like that; \"supportctl script add\" puts one into the library")
		return nil
	}
	if err := cmdline.List(p.std.Out, f, list, p.tables(f).Scripts()); err != nil || f != cmdline.Table {
		return err
	}
	var unsigned, twice, once []string
	for _, s := range list {
		name := text.Plain(s.Name, library.MaxName)
		if s.SignedBy == "" {
			unsigned = append(unsigned, name)
		}
		switch {
		case s.ApprovedBy != "":
			twice = append(twice, name+" ("+text.Plain(s.Owner, library.MaxName)+", "+text.Plain(s.ApprovedBy, library.MaxName)+")")
		case s.NeedsSecond:
			once = append(once, name)
		}
	}
	p.noteSome("unsigned: %s, and %d more", "unsigned: %s", unsigned)
	p.noteSome("signed by two: %s, and %d more", "signed by two: %s", twice)
	p.noteSome("a second signature is missing: %s, and %d more", "a second signature is missing: %s", once)
	return nil
}

// noteSome tells of what there is below a table, the first of it where it is much.
func (p *program) noteSome(some, all string, list []string) {
	const most = 10
	switch more := len(list) - most; {
	case len(list) == 0:
	case more > 0:
		p.note(some, strings.Join(list[:most], ", "), more)
	default:
		p.note(all, strings.Join(list, ", "))
	}
}

func (p *program) scriptShow(c *cli.Context, f cmdline.Format, r *client.Relay, pr profile) error {
	s, err := r.Script(c.Context, c.Args().First(), c.Int("version"))
	if err != nil {
		return err
	}
	if dir := c.String("save"); dir != "" {
		return p.saveScript(c.Context, r, s, dir)
	}
	if err := p.tables(f).WriteScript(p.std.Out, f, s); err != nil || c.IsSet("version") {
		return err
	}
	if pr, err = p.withLibrary(c.Context, r, pr); err == nil {
		_, err = p.prove(pr, s, nil)
	}
	return err
}

// errNeedsRelay is needsRelay's error.
var errNeedsRelay = errors.New("only the relay knows the library")

// needsRelay stands for the library as long as the relay has not been asked.
func needsRelay(string) (client.Staged, string, error) { return client.Staged{}, "", errNeedsRelay }

// hintSave is what to do about a script that no interpreter takes.
const hintSave = "your editor's \"save as\" or its status line has both, line ends and encoding"

// packageOf reads the files that --file and --with name; nil where they name none.
func packageOf(file string, with []string) (*library.Package, error) {
	if file == "" {
		if len(with) > 0 {
			return nil, cmdline.Usage("--file FILE --with FILE", "--with: which file is run?")
		}
		return nil, nil
	}
	local, err := localPackage(file)
	if err != nil {
		return nil, err
	}
	p := local.Package
	for _, name := range with {
		extra, err := localFiles(name)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, extra...)
	}
	return &p, checkPackage(p)
}

// checkPackage says what of a package the library does not take.
func checkPackage(p library.Package) error {
	if err := p.Check(); err != nil {
		return cmdline.Usage("leave out what the script does not need", "the script: %v", err)
	}
	if err := p.CheckScripts(); err != nil {
		return cmdline.Usage(hintSave, "the script: %v", err)
	}
	return nil
}

// localFiles reads a file, or everything below a directory, which stays one.
func localFiles(name string) ([]library.File, error) {
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		f, err := readScriptFile(name, filepath.Base(name))
		return []library.File{f}, err
	}
	files, _, err := filesBelow(name)
	for i := range files {
		files[i].Path = path.Join(filepath.Base(name), files[i].Path)
	}
	return files, err
}

func (p *program) scriptRemove(c *cli.Context) error {
	return p.onRelay(c.Context, func(r *client.Relay, _ profile) error {
		s, err := r.Script(c.Context, c.Args().First(), 0)
		if err != nil {
			return err
		}
		if err := p.confirm(c.Context, c.Bool("yes"), p.say("Delete the script %s for every CSR? Reports still show what ran.", text.Plain(s.Name, library.MaxName))); err != nil {
			return err
		}
		if err := r.RemoveScript(c.Context, s.Name); err != nil {
			return err
		}
		p.note("%s deleted", s.Name)
		return nil
	})
}
