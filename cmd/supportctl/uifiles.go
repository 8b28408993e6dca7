package main

import (
	"context"
	"path/filepath"

	"supportd/library"
	"supportd/library/wire"
	"supportd/relay/client"
)

// Files implements [console.Files].
func (d *backend) Files(ctx context.Context, n wire.Number) (list library.StagingArea, err error) {
	err = d.onComputer(ctx, n, func(c *client.Computer) (err error) {
		list, err = c.Files(ctx)
		return err
	})
	return list, err
}

// Put implements [console.Files].
func (d *backend) Put(ctx context.Context, n wire.Number, path string) error {
	name := filepath.Base(path)
	f, err := readScriptFile(path, name)
	if err != nil {
		return err
	}
	return d.onComputer(ctx, n, func(c *client.Computer) error { return c.PutFile(ctx, name, f.Data) })
}

// Get implements [console.Files].
func (d *backend) Get(ctx context.Context, n wire.Number, name, path string) error {
	return d.onComputer(ctx, n, func(c *client.Computer) error {
		data, err := c.GetFile(ctx, name)
		if err != nil {
			return err
		}
		return newFile(path, data)
	})
}

// RemoveFile implements [console.Files].
func (d *backend) RemoveFile(ctx context.Context, n wire.Number, f library.StagedFile) error {
	return d.onComputer(ctx, n, func(c *client.Computer) error { return c.RemoveFile(ctx, f) })
}
