package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// Limits of the staging area on a customer's computer, which it enforces itself;
// checking them here saves an upload in vain.
const (
	// MaxPackage bounds a package, the executable and all that comes with it, in bytes.
	MaxPackage = 1 << 20
	// MaxStaged bounds everything that is staged at once, in bytes.
	MaxStaged = 16 << 20
	// MaxScripts bounds the scripts of one run.
	MaxScripts = 100
)

// Package is one script: an executable and the files it needs.
type Package struct {
	// Folder is where the files lie in the staging area; "" is the staging area
	// itself, for an executable that needs no other file.
	Folder     string
	Executable string // the path of the one that is run, inside Folder
	Files      []File
}

// File is one file of a package. Path is relative to the package's folder, with
// slashes.
type File struct {
	Path string
	Data []byte
}

// SHA256 is the file's hash in 64 hexadecimal digits, as the customer sees it.
func (f File) SHA256() string {
	sum := sha256.Sum256(f.Data)
	return hex.EncodeToString(sum[:])
}

// Name is the path under which the daemon knows the script.
func (p Package) Name() string { return path.Join(p.Folder, p.Executable) }

// Size is that of all files together, in bytes.
func (p Package) Size() (total int) {
	for _, f := range p.Files {
		total += len(f.Data)
	}
	return total
}

// Root is what of the staging area belongs to the package alone.
func (p Package) Root() string {
	if p.Folder == "" {
		return p.Executable
	}
	return p.Folder
}

// Stage uploads packages into the CSR's staging area. What an earlier package of
// the same name left there is removed first, so that no other file is shown and
// run as part of it.
func (c *Computer) Stage(ctx context.Context, packages []Package) error {
	var area *sftp.Client
	err := opening(ctx, c.ssh, c.where(), func() (err error) {
		area, err = sftp.NewClient(c.ssh, sftp.UseConcurrentWrites(true))
		return err
	})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { area.Close() })
	err = stage(area, packages)
	if !stop() {
		return context.Cause(ctx)
	}
	if errors.Is(err, sftp.ErrSSHFxConnectionLost) {
		return lost(c.where(), err)
	}
	return errors.Join(err, closed(area.Close()))
}

func stage(area *sftp.Client, packages []Package) error {
	there, err := area.ReadDir(".")
	if err != nil {
		return rejected("the staging area", err)
	}
	for _, p := range packages {
		if err := remove(area, there, p.Root()); err != nil {
			return rejected(p.Root(), err)
		}
		for _, f := range p.Files {
			if err := upload(area, path.Join(p.Folder, f.Path), f.Data); err != nil {
				return rejected(path.Join(p.Folder, f.Path), err)
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
	return &cmdline.Error{
		Code: cmdline.ExitFailed, Text: fmt.Sprintf("the computer does not take %s: %s", text.Escape(name), text.Plain(err.Error(), 200)),
		Hint: "rename the file if its name is unusual, or send fewer and smaller files", Err: err,
	}
}
