package console

import (
	"context"
	"errors"
	"fmt"
	"io"

	"supportd/library"
	"supportd/library/text"
	"supportd/library/wire"
)

// secretAsked is that a computer waits for a password, which is typed next.
type secretAsked struct {
	user  string
	shown chan<- struct{} // closed when the question stands there
}

// secretTyped is that the keyboard gives lines again.
type secretTyped struct{}

// logOn asks for a user, and for the password when the computer does.
func (m *menu) logOn(ctx context.Context, n wire.Number) error {
	user, err := m.typed(ctx, m.c.words[wAskUser])
	if err != nil {
		return err
	}
	if user == "" {
		m.print("%s", m.c.words[wNothingDone])
		return nil
	}
	m.print("%s", m.c.words[wLoggingOn])
	_, err = m.work(ctx, func(ctx context.Context) error {
		return m.c.opts.Controls.LogOn(ctx, n, user, func() ([]byte, error) { return m.secret(ctx, user) }, func(l string) { m.c.Tell(n, l) })
	})
	return err
}

// secret asks for a password beside everything else. It is given on to the one who wants
// it, who overwrites it.
func (m *menu) secret(ctx context.Context, user string) ([]byte, error) {
	m.keys.Forget()
	shown := make(chan struct{})
	m.c.send(secretAsked{user, shown})
	select {
	case <-shown:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer m.c.send(secretTyped{})
	secret, err := m.keys.Line(ctx, true)
	if errors.Is(err, io.EOF) {
		err = context.Canceled
	}
	return secret, err
}

// staged is the menu of what the CSR has brought to a computer.
func (m *menu) staged(ctx context.Context, n wire.Number) error {
	for {
		var area library.StagingArea
		ok, err := m.work(ctx, func(ctx context.Context) (err error) { area, err = m.c.opts.Files.Files(ctx, n); return err })
		if !ok {
			return err
		}
		files := area.Files
		title := m.c.words[wNoStaged]
		var size int64
		items := []string{m.c.words[wPut]}
		for _, f := range files {
			size += f.Size
			items = append(items, stagedLine(f))
		}
		if len(files) > 0 {
			title = fmt.Sprintf(m.c.words[wStagedCount], len(files), size)
			if more := m.c.leftOut(area); more != "" {
				title += "; " + more
			}
		}
		chosen, err := m.choose(ctx, title, items, wMenuBack)
		switch {
		case err != nil || chosen < 0:
			return err
		case chosen == 0:
			err = m.put(ctx, n)
		default:
			err = m.stagedFile(ctx, n, files[chosen-1])
		}
		if err != nil {
			return err
		}
	}
}

// stagedLine is a staged file in a line that is harmless.
func stagedLine(f library.StagedFile) string {
	if f.Folder {
		return text.Escape(f.Path + "/")
	}
	return text.Escape(fmt.Sprintf("%s, %d", f.Path, f.Size))
}

func (m *menu) put(ctx context.Context, n wire.Number) error {
	path, err := m.typed(ctx, m.c.words[wAskPut])
	switch {
	case err != nil:
		return err
	case path == "":
		m.print("%s", m.c.words[wNothingDone])
		return nil
	}
	ok, err := m.work(ctx, func(ctx context.Context) error { return m.c.opts.Files.Put(ctx, n, path) })
	if ok {
		m.print("%s", text.Escape(fmt.Sprintf(m.c.words[wPutDone], path)))
	}
	return err
}

// stagedFile fetches or deletes one.
func (m *menu) stagedFile(ctx context.Context, n wire.Number, f library.StagedFile) error {
	items := []string{m.c.words[wRemoveFile]}
	if !f.Folder {
		items = append(items, m.c.words[wGet])
	}
	chosen, err := m.choose(ctx, stagedLine(f), items, wMenuBack)
	switch {
	case err != nil || chosen < 0:
		return err
	case chosen == 0:
		return m.confirmed(ctx, []string{fmt.Sprintf(m.c.words[wAskRemoveIt], f.Path)}, func(ctx context.Context) error {
			return m.c.opts.Files.RemoveFile(ctx, n, f)
		})
	}
	path, err := m.typed(ctx, fmt.Sprintf(m.c.words[wMenuNewFile], localName(f.Path)))
	if err != nil {
		return err
	}
	if path == "" {
		path = localName(f.Path)
	}
	ok, err := m.work(ctx, func(ctx context.Context) error { return m.c.opts.Files.Get(ctx, n, f.Path, path) })
	if ok {
		m.print("%s", text.Escape(fmt.Sprintf(m.c.words[wSaved], path)))
	}
	return err
}
