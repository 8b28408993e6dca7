package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay"
	"supportd/relay/backup"
	"supportd/relay/store"
)

func (o operator) backupCommand() *cli.Command {
	return &cli.Command{
		Name: "backup", Usage: "write the whole relay into one file, beside a running relay too", ArgsUsage: "[FILE]",
		Description: "The file holds the database, the keys, the certificates of an ACME server and the configuration, where one is\n" +
			"known. It is made whole or not at all, never in the place of another one, and only its owner may read it: whoever\n" +
			"has it can be the relay. Beside it there has to be room for a copy of the database while it is made.",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "to", Usage: "instead of FILE: `DIR` in which a new file is named after the time"},
			&cli.IntFlag{Name: "keep", Usage: "with --to: remove older backups of this relay there, so that `N` are left"},
		}, dataFlags()...),
		Action: o.backup,
	}
}

func (o operator) backup(c *cli.Context) error {
	file, dir, keep := c.Args().First(), c.String("to"), c.Int("keep")
	switch {
	case (file == "") == (dir == ""):
		return cmdline.Usage("support-relay backup FILE, or support-relay backup --to DIR --keep N", "backup: one file is wanted, or a directory with --to")
	case c.IsSet("keep") && dir == "":
		return cmdline.Usage("support-relay backup --to DIR --keep N", "--keep: it is for --to DIR")
	case c.IsSet("keep") && keep < 1:
		return cmdline.Usage("--keep 14", "--keep: at least 1 has to be left, not %d", keep)
	}
	at, err := placeOf(c)
	if err != nil {
		return err
	}
	data, err := relay.OpenPlace(c.Context, relay.Place{Dir: at.data, Database: string(at.database)}, false)
	if err != nil {
		return explain(err)
	}
	defer data.Close()
	if data.Store.IsServer() {
		return cmdline.Fail(cmdline.ExitFailed, "copy the database with pg_dump, and beside it host_key and ca_key of "+text.Escape(at.data)+": both together are the relay, so keep them where nobody else can read them",
			"nothing was made: the relay's database is %s, which support-relay does not copy", data.Store.Name())
	}
	if dir != "" {
		if err := disk.MkdirAll(dir, 0o700); err != nil {
			return explainBackup(err)
		}
		file = filepath.Join(dir, backupPrefix(data.Fingerprint())+time.Now().UTC().Format(backupTime)+backupSuffix)
	}
	b, err := data.Backup(c.Context, file, at.path, backup.Manifest{Program: cmdline.Build(), Outside: at.config.outside()})
	if err != nil {
		return explainBackup(err)
	}
	fmt.Fprintf(o.std.Out, "made %s\n%s", text.Escape(file), held(b))
	if len(b.Outside) > 0 {
		fmt.Fprintf(o.std.Out, "not in it: %s\n", strings.Join(b.Outside, ", "))
	}
	if at.path == "" {
		fmt.Fprintln(o.std.Out, "not in it: the configuration, because none was named; with --config FILE it is")
	}
	fmt.Fprintln(o.std.Out, "It holds the relay's private keys: keep it where nobody else can read it.")
	if !c.IsSet("keep") {
		return nil
	}
	removed, err := keepBackups(dir, filepath.Base(file), data.Fingerprint(), keep)
	for _, name := range removed {
		fmt.Fprintf(o.std.Out, "removed %s\n", filepath.Join(dir, name))
	}
	return err
}

// held says in two lines what a backup holds.
func held(b relay.Backed) string {
	return fmt.Sprintf("  relay %s, as it was at %s\n  accounts: %d, support sessions: %d, of them open: %d, scripts: %d, bytes: %d\n",
		text.Plain(b.Fingerprint, 100), tables().Time(b.Made), b.Accounts, b.Sessions, b.Open, b.Scripts, b.Size)
}

// outside are the files that the configuration names and that a backup leaves out.
func (cfg *config) outside() (files []string) {
	for _, file := range []string{cfg.TLS.Cert, cfg.TLS.Key, cfg.TLS.ACMECA} {
		if file != "" {
			files = append(files, file)
		}
	}
	if cfg.Page.Programs != "" && !cfg.Page.linked() {
		files = append(files, cfg.Page.Programs)
	}
	return files
}

// The names of backups that --to makes: whose they are, and of when.
const (
	backupTime   = "20060102T150405.000Z"
	backupSuffix = ".tar.gz"
)

// backupPrefix tells the backups of one relay from those of others in one directory.
func backupPrefix(fingerprint string) string {
	var short strings.Builder
	for _, r := range strings.TrimPrefix(fingerprint, "SHA256:") {
		if short.Len() < 10 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			short.WriteRune(r)
		}
	}
	return "support-relay-" + short.String() + "-"
}

// keepBackups removes the oldest backups of a relay, so that so many are left. The one
// that was made last stays, whatever the clock says; nothing else than such a file is
// touched.
func keepBackups(dir, latest, fingerprint string, keep int) (removed []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var older []string
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), backupPrefix(fingerprint))
		at, named := strings.CutSuffix(rest, backupSuffix)
		_, wrong := time.Parse(backupTime, at)
		if ours && named && wrong == nil && e.Type().IsRegular() && e.Name() != latest {
			older = append(older, e.Name())
		}
	}
	slices.Sort(older)
	for _, name := range older[:max(len(older)-(keep-1), 0)] {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, cmdline.Fail(cmdline.ExitFailed, "remove it yourself; the new backup is made", "cannot remove an old backup: %v", err)
		}
		removed = append(removed, name)
	}
	return removed, nil
}

func (o operator) restoreCommand() *cli.Command {
	return &cli.Command{
		Name: "restore", Usage: "make a data directory of a backup", ArgsUsage: "FILE",
		Description: "The directory must be empty, or not be there. Nothing of the backup is used unless all of it is in order.",
		Flags:       []cli.Flag{&cli.StringFlag{Name: "data", Usage: "`DIR` to make", Required: true}},
		Action: func(c *cli.Context) error {
			file, dir := c.Args().First(), c.String("data")
			in, err := disk.Open(file)
			if err != nil {
				return cmdline.Usage("name a file that \"support-relay backup\" has made", "cannot read the backup: %v", err)
			}
			defer in.Close()
			b, err := relay.Restore(c.Context, dir, in)
			if err != nil {
				return explainRestore(file, err)
			}
			fmt.Fprintf(o.std.Out, "restored %s into %s\n%s", text.Escape(file), text.Escape(dir), held(b))
			if b.Config != "" {
				fmt.Fprintf(o.std.Out, "the configuration, which was %s, lies in %s: put it where the relay reads it\n", text.Escape(b.Config), filepath.Join(dir, backup.Config))
			}
			for _, name := range b.Outside {
				fmt.Fprintf(o.std.Out, "not in the backup: %s\n", text.Escape(name))
			}
			_, err = fmt.Fprintln(o.std.Out, "Do not start the relay that it was made of any more: two with the same keys would mislead everybody.")
			return err
		},
	}
}

// explainBackup says what to do where a backup cannot be made.
func explainBackup(err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: "a backup never takes the place of another file: choose another name", Err: err}
	case errors.Is(err, fs.ErrNotExist):
		return &cmdline.Error{Code: cmdline.ExitUsage, Text: err.Error(), Hint: "the directory of the backup has to be there", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: "the backup has to lie where this user may write", Err: err}
	case errors.Is(err, store.ErrFull), disk.Full(err):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: err.Error(), Hint: "make room on the backup's disk: it takes a copy of the database, too; nothing was left there", Err: err}
	}
	return explain(err)
}

// explainRestore says what to do where a backup cannot be restored.
func explainRestore(file string, err error) error {
	hint, code := "", cmdline.ExitFailed
	switch {
	case errors.Is(err, relay.ErrHolds):
		return &cmdline.Error{Code: cmdline.ExitUsage, Text: err.Error(), Hint: "nothing is overwritten: choose another --data, or move away what is there", Err: err}
	case errors.Is(err, backup.ErrNone):
		hint = "name a file that \"support-relay backup\" has made"
	case errors.Is(err, backup.ErrCut), errors.Is(err, backup.ErrChanged), errors.Is(err, store.ErrDamaged):
		hint = "copy it again from where it lies, or take an older one; nothing was restored"
	case errors.Is(err, backup.ErrNewer), errors.Is(err, store.ErrNewer):
		hint = "restore it with the support-relay that made it, or with a newer one"
	case errors.Is(err, store.ErrFull), disk.Full(err):
		hint = "make room on the disk and try again; nothing was restored"
	default:
		return explain(err)
	}
	return &cmdline.Error{Code: code, Text: fmt.Sprintf("%s: %v", text.Escape(file), err), Hint: hint, Err: err}
}
