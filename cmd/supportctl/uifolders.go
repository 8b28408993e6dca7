package main

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"supportd/cmd/supportctl/console"
)

// maxEntries bounds how much of a folder is shown, and read.
const maxEntries = 2000

// folders are those of this computer, for the console's file browser.
type folders struct{}

// Folder implements [console.Folders]. Devices and the like are left out: no script is made
// of them, and reading one may never end.
func (folders) Folder(path string) (console.Listing, error) {
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || os.IsPathSeparator(rest[0])) {
		home, err := os.UserHomeDir()
		if err != nil {
			return console.Listing{}, err
		}
		path = home + rest
	}
	at, err := filepath.Abs(path)
	if err != nil {
		return console.Listing{}, err
	}
	l := console.Listing{Path: at}
	info, err := os.Stat(at)
	switch {
	case err != nil:
		return l, unreadable(at, err)
	case info.Mode().IsRegular():
		l.File = true
		return l, nil
	case !info.IsDir():
		return l, unreadable(at, errors.New("it is neither a file nor a folder"))
	}
	dir, err := os.Open(at)
	if err != nil {
		return l, unreadable(at, err)
	}
	defer dir.Close()
	found, err := dir.ReadDir(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return l, unreadable(at, err)
	}
	l.More = len(found) == maxEntries
	for _, e := range found {
		if entry, ok := entryOf(at, e); ok {
			l.Entries = append(l.Entries, entry)
		}
	}
	slices.SortFunc(l.Entries, func(a, b console.Entry) int {
		return cmp.Or(order(a.Folder)-order(b.Folder), order(!hidden(a))-order(!hidden(b)),
			strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	})
	return l, nil
}

// order puts what is true first.
func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

func hidden(e console.Entry) bool { return strings.HasPrefix(e.Name, ".") }

// entryOf is a file or a folder, also behind a link; ok is false for anything else.
func entryOf(dir string, e fs.DirEntry) (entry console.Entry, ok bool) {
	info, err := e.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		info, err = os.Stat(filepath.Join(dir, e.Name()))
	}
	if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
		return console.Entry{}, false
	}
	entry = console.Entry{Name: e.Name(), Folder: info.IsDir()}
	if !entry.Folder {
		entry.Size = info.Size()
	}
	return entry, true
}
