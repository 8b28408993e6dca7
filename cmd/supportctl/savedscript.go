package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay/client"
)

// saveScript writes a script's files into a new directory.
func (p *program) saveScript(ctx context.Context, r *client.Relay, s api.Script, dir string) error {
	files, err := r.ScriptFiles(ctx, s)
	if err != nil {
		return err
	}
	return writePackage(files, dir)
}

// writePackage makes the directory, which must not be there.
func writePackage(files library.Package, dir string) (err error) {
	switch err := os.Mkdir(dir, 0o755); {
	case errors.Is(err, fs.ErrExist):
		return cmdline.Usage("choose a name that is not taken", "--save: %s exists already", text.Escape(dir))
	case err != nil:
		return explain(dir, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(explain(dir, err), os.RemoveAll(dir))
		}
	}()
	root, err := disk.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range files.Files {
		name, mode := filepath.FromSlash(f.Path), os.FileMode(0o644)
		if f.Path == files.Executable {
			mode = 0o755
		}
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(name, f.Data, mode); err != nil {
			return err
		}
	}
	return nil
}
