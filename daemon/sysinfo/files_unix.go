//go:build unix

package sysinfo

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// maxFile bounds what is read of one file; only a package database is larger.
const maxFile = 1 << 20

// open opens a regular file; a pipe or device that somebody put in its place
// would block for ever.
func (m *machine) open(name string) (io.ReadCloser, error) {
	name = strings.TrimPrefix(name, "/")
	info, err := fs.Stat(m.files, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	return m.files.Open(name)
}

// read returns the beginning of a file, at most maxFile bytes.
func (m *machine) read(name string) ([]byte, error) {
	f, err := m.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// list returns the names in a directory, nil when there is none.
func (m *machine) list(dir string) []string {
	entries, _ := fs.ReadDir(m.files, strings.TrimPrefix(dir, "/"))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// glob returns the files that match, with a leading slash.
func (m *machine) glob(pattern string) []string {
	found, _ := fs.Glob(m.files, strings.TrimPrefix(pattern, "/"))
	for i := range found {
		found[i] = "/" + found[i]
	}
	return found
}

// link returns where a symbolic link points, "" when it is none.
func (m *machine) link(name string) string {
	target, err := fs.ReadLink(m.files, strings.TrimPrefix(name, "/"))
	if err != nil {
		return ""
	}
	return target
}

// exists reports whether there is something with that name.
func (m *machine) exists(name string) bool {
	_, err := fs.Stat(m.files, strings.TrimPrefix(name, "/"))
	return err == nil
}
