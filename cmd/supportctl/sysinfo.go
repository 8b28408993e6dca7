package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// maxSysinfo bounds what a computer may say about itself, in bytes: many times what
// large servers have to say, and held in memory several times over.
const maxSysinfo = 8 << 20

// sysinfoOptions are the flags of sysinfo.
type sysinfoOptions struct {
	categories []string
	asJSON     bool
	save       string
	force      bool
	print      bool
	printer    string
	diff       bool
	against    string // the file to compare with; "" is the last look
}

func (p *program) sysinfoCommand() *cli.Command {
	return &cli.Command{
		Name: "sysinfo", Usage: "what the customer's computer is, after they have said yes", ArgsUsage: "NUMBER [CATEGORY...]",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "category", Aliases: []string{"c"}, Usage: "only this `CATEGORY`, as when it stands behind the number"},
			&cli.BoolFlag{Name: "json", Usage: "one JSON object"},
			&cli.StringFlag{Name: "save", Usage: "write all categories to this text `FILE`"},
			&cli.BoolFlag{Name: "force", Usage: "let --save replace the file"},
			&cli.BoolFlag{Name: "print", Usage: "print it on paper"},
			&cli.StringFlag{Name: "printer", Usage: "on this `PRINTER` instead of the default one"},
			cmdline.OptionalFlag{StringFlag: &cli.StringFlag{Name: "diff", Usage: "only what has changed since your last look at this computer, or since `[FILE]`, which --save has written"}},
		},
		Action: func(c *cli.Context) error {
			spec, words, against, err := sysinfoWords(c)
			if err != nil {
				return err
			}
			o := sysinfoOptions{
				categories: append(c.StringSlice("category"), words...), asJSON: c.Bool("json"), save: c.String("save"), force: c.Bool("force"),
				print: c.Bool("print") || c.IsSet("printer"), printer: c.String("printer"), diff: c.IsSet("diff"), against: against,
			}
			if err := o.validate(c.IsSet("save")); err != nil {
				return err
			}
			var before *look
			if o.against != "" {
				if before, err = readSaved(o.against); err != nil {
					return err
				}
			}
			n, err := p.named(c.Context, spec)
			if err != nil {
				return err
			}
			return p.sysinfo(c.Context, n, o, before)
		},
	}
}

// validate refuses what would be dropped, and what cannot succeed, before the
// customer is asked.
func (o sysinfoOptions) validate(saves bool) error {
	for _, category := range o.categories {
		if category == "" || strings.Trim(category, "abcdefghijklmnopqrstuvwxyz") != "" {
			return cmdline.Usage("\"supportctl sysinfo NUMBER\" shows their names in brackets", "%.40q is no category", category)
		}
	}
	switch {
	case o.asJSON && (saves || o.print || o.diff):
		return cmdline.Usage("leave out --json", "--json goes to standard output only, not with --save, --print or --diff")
	case saves && o.save == "":
		return cmdline.Usage("--save report.txt", "--save: the name of the file is missing")
	case saves && len(o.categories) > 0:
		return cmdline.Usage("leave the categories out", "--save always keeps all categories")
	case o.force && !saves:
		return cmdline.Usage("add --save FILE.txt", "--force only goes with --save")
	case o.printer != "" && (o.printer[0] == '-' || strings.ContainsFunc(o.printer, func(r rune) bool { return r == ' ' || text.Hostile(r) })):
		return cmdline.Usage("lpstat -e lists printers", "--printer: %.40q is no printer's name", o.printer)
	}
	if !saves {
		return nil
	}
	return checkTarget(o.save, o.force)
}

// checkTarget finds out beforehand what would be in the way of a new file.
func checkTarget(path string, replace bool) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return cmdline.Usage("make it, or name another one", "--save: there is no directory %s", dir)
	}
	switch info, err := os.Stat(path); {
	case err != nil: // nothing is there, or writing will tell
		return nil
	case info.IsDir():
		return cmdline.Usage("name a file in it", "--save: %s is a directory", path)
	case !replace:
		return explain(path, fs.ErrExist)
	}
	return nil
}

// onComputer runs f with a connection to the computer of a support session.
func (p *program) onComputer(ctx context.Context, n wire.Number, f func(*client.Computer, profile) error) error {
	return p.onRelay(ctx, func(r *client.Relay, pr profile) error {
		c, err := r.Reach(ctx, n)
		if err != nil {
			return err
		}
		return errors.Join(f(c, pr), c.Close())
	})
}

// sysinfo asks a computer for system information. before is what it is compared with; nil
// is the last look.
func (p *program) sysinfo(ctx context.Context, n wire.Number, o sysinfoOptions, before *look) error {
	var s bytes.Buffer
	var identity ssh.PublicKey
	relay := ""
	asked := o.categories
	if len(asked) == 0 && before != nil && o.save == "" { // nobody is asked for more than that
		if asked = before.categories(); len(asked) == len(api.Categories()) {
			asked = nil // which is what a customer is asked for in one word
		}
	}
	args := append([]string{"sysinfo"}, asked...)
	if o.asJSON {
		args = append(args, "--json")
	}
	err := p.onComputer(ctx, n, func(c *client.Computer, with profile) error {
		identity, relay = c.Identity, with.knownAddress()
		p.note("asking the computer of session %s …", n.Spoken())
		return c.Exec(ctx, &capped{w: &s, left: maxSysinfo}, args...)
	})
	if err != nil {
		return err
	}
	if o.asJSON {
		return p.showJSON(s.Bytes())
	}
	// The computer has escaped it already; that is its word, this is ours.
	shown := text.EscapeLines(s.String())
	now := parseLook(shown, time.Now())
	now.Relay, now.Number = relay, n
	return p.useSysinfo(ctx, identity, now, o, shown, before)
}

// useSysinfo does with the text what the flags say. The look is remembered even
// when the printer is out of paper.
func (p *program) useSysinfo(ctx context.Context, identity ssh.PublicKey, now look, o sysinfoOptions, text string, saved *look) error {
	before, err := p.remember(identity, now)
	if saved != nil {
		before = *saved
	}
	if o.save != "" {
		if err := writeFile(o.save, []byte(text), 0o600, o.force); err != nil {
			return err
		}
		p.note("%s holds %d categories, %d bytes", o.save, len(now.Sections), len(text))
	}
	if o.print {
		if err := p.print(ctx, o.printer, now.Host, text); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return err
	case o.diff:
		return p.page(ctx, now.compared(p.std.Speaker, before, o.categories))
	case o.save != "" || o.print:
		return nil
	}
	return p.page(ctx, text)
}

// showJSON writes a computer's JSON with everything hostile escaped.
func (p *program) showJSON(data []byte) error {
	if !json.Valid(data) {
		return cmdline.Fail(cmdline.ExitFailed, "try without --json", "the computer's answer is no JSON")
	}
	return cmdline.Show(p.std.Out, cmdline.JSON, json.RawMessage(data), nil)
}

// note tells a person at the terminal what goes on; programs do not want to know.
func (p *program) note(format string, args ...any) {
	if isTerminal(p.std.Err) {
		fmt.Fprintln(p.std.Err, text.Escape(p.say(format, args...)))
	}
}

// capped fails when more than left bytes come.
type capped struct {
	w    *bytes.Buffer
	left int
}

func (c *capped) Write(b []byte) (int, error) {
	if c.left -= len(b); c.left < 0 {
		return 0, cmdline.Fail(cmdline.ExitFailed, "end the support session if you do not trust this computer", "the computer says more than %d MiB about itself", maxSysinfo>>20)
	}
	return c.w.Write(b)
}
