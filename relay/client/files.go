package client

import (
	"context"
	"errors"
	"io"

	"github.com/pkg/sftp"

	"supportd/library"
	"supportd/library/cmdline"
	"supportd/library/text"
)

const (
	// maxListed bounds how many files and folders are listed: far more than a computer takes.
	maxListed = 5000
	// maxCounted bounds how many are counted: a computer may list without an end.
	maxCounted = 4 * maxListed
)

// Files lists what lies in the CSR's staging area.
func (c *Computer) Files(ctx context.Context) (list library.StagingArea, err error) {
	err = c.inArea(ctx, func(area *sftp.Client) error {
		for at := area.Walk("."); at.Step(); {
			switch {
			case at.Err() != nil:
				return notDone("the staging area", at.Err())
			case at.Path() == ".":
			case len(list.Files)+list.More == maxCounted:
				list.Open = true
				return nil
			case len(list.Files) == maxListed:
				list.More++
			default:
				f := library.StagedFile{Path: at.Path(), Folder: at.Stat().IsDir()}
				if !f.Folder {
					f.Size = at.Stat().Size()
				}
				list.Files = append(list.Files, f)
			}
		}
		return nil
	})
	return list, err
}

// PutFile writes a file into the staging area, over one that is there, as put of sftp does.
func (c *Computer) PutFile(ctx context.Context, name string, data []byte) error {
	return c.inArea(ctx, func(area *sftp.Client) error {
		if err := upload(area, name, data); err != nil {
			return rejected(name, err)
		}
		return nil
	})
}

// GetFile reads a file of the staging area, of at most [library.MaxPackage] bytes: a
// computer takes no larger one.
func (c *Computer) GetFile(ctx context.Context, name string) (data []byte, err error) {
	err = c.inArea(ctx, func(area *sftp.Client) error {
		f, err := area.Open(name)
		if err != nil {
			return notDone(name, err)
		}
		data, err = io.ReadAll(io.LimitReader(f, library.MaxPackage+1))
		if err := errors.Join(err, f.Close()); err != nil {
			return notDone(name, err)
		}
		if len(data) > library.MaxPackage {
			return cmdline.Fail(cmdline.ExitFailed, "", "the computer sends more than the %d bytes that a staged file may have", library.MaxPackage)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// RemoveFile removes a file of the staging area, or a folder with all that is in it.
func (c *Computer) RemoveFile(ctx context.Context, f library.StagedFile) error {
	return c.inArea(ctx, func(area *sftp.Client) error {
		remove := area.Remove
		if f.Folder {
			remove = area.RemoveAll
		}
		if err := remove(f.Path); err != nil {
			return notDone(f.Path, err)
		}
		return nil
	})
}

func notDone(name string, err error) error {
	return cmdline.Fail(cmdline.ExitFailed, "look at the list again: the file may be gone",
		"the computer does not give access to %s: %s", text.Escape(name), text.Plain(err.Error(), 200)).Because(err)
}
