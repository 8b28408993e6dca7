package client

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"supportd/library"
	"supportd/library/author"
	"supportd/library/cmdline"
	"supportd/library/text"
)

// Staged is a script in the staging area.
type Staged struct {
	// Folder is where the files lie in the staging area; "" is the staging area
	// itself, for an executable that needs no other file.
	Folder string
	library.Package
	// Signed is what its author has signed, and Author the fingerprint of their key, where it
	// comes from the library and is signed.
	Signed *author.Signed
	Author string
	// Second is what somebody else has signed of it; nil is nobody.
	Second *author.Second
}

// Name is the path under which the daemon knows the script.
func (s Staged) Name() string { return path.Join(s.Folder, s.Executable) }

// Root is what of the staging area belongs to the script alone.
func (s Staged) Root() string {
	if s.Folder == "" {
		return s.Executable
	}
	return s.Folder
}

// Stage uploads scripts into the CSR's staging area. What an earlier one of the
// same name left there is removed first, so that no other file is shown and run
// as part of it.
func (c *Computer) Stage(ctx context.Context, scripts []Staged) error {
	return c.inArea(ctx, func(area *sftp.Client) error { return stage(area, scripts) })
}

// inArea does something in the CSR's staging area.
func (c *Computer) inArea(ctx context.Context, f func(*sftp.Client) error) error {
	var area *sftp.Client
	err := opening(ctx, c.side(), func() (err error) {
		area, err = sftp.NewClient(c.ssh, sftp.UseConcurrentWrites(true))
		return err
	})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { area.Close() })
	err = f(area)
	if !stop() {
		return context.Cause(ctx)
	}
	if errors.Is(err, sftp.ErrSSHFxConnectionLost) {
		return lost(c.where(), err)
	}
	return errors.Join(err, closed(area.Close()))
}

func stage(area *sftp.Client, scripts []Staged) error {
	there, err := area.ReadDir(".")
	if err != nil {
		return rejected("the staging area", err)
	}
	for _, s := range scripts {
		if err := remove(area, there, s.Root()); err != nil {
			return rejected(s.Root(), err)
		}
		for _, f := range s.Files {
			if err := upload(area, path.Join(s.Folder, f.Path), f.Data); err != nil {
				return rejected(path.Join(s.Folder, f.Path), err)
			}
		}
	}
	return nil
}

// remove removes what is there under a name, and under names that some systems
// take for the same.
func remove(area *sftp.Client, there []fs.FileInfo, root string) error {
	for _, info := range there {
		switch {
		case !strings.EqualFold(info.Name(), root):
		case info.IsDir():
			if err := area.RemoveAll(info.Name()); err != nil {
				return err
			}
		default:
			if err := area.Remove(info.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func upload(area *sftp.Client, name string, data []byte) error {
	if dir := path.Dir(name); dir != "." {
		if err := area.MkdirAll(dir); err != nil {
			return err
		}
	}
	f, err := area.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func rejected(name string, err error) error {
	return cmdline.Fail(cmdline.ExitFailed, "rename the file if its name is unusual, or send fewer and smaller files",
		"the computer does not take %s: %s", text.Escape(name), text.Plain(err.Error(), 200)).Because(err)
}
