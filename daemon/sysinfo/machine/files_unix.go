//go:build unix

package machine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// MaxFile bounds what is read of one file. The largest that is well formed is
// /proc/cpuinfo of a server, some MiB; only a package database is larger.
const MaxFile = 16 << 20

// Open opens a regular file; a pipe or device that somebody put in its place
// would block for ever.
func (m *Machine) Open(name string) (io.ReadCloser, error) {
	name = strings.TrimPrefix(name, "/")
	info, err := fs.Stat(m.Files, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	return m.Files.Open(name)
}

// Read returns the beginning of a file, at most MaxFile bytes. What is cut is
// said in the section that asked.
func (m *Machine) Read(name string) ([]byte, error) {
	f, err := m.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(m.Limited(name, f, MaxFile))
}

// Limited reads at most limit bytes of r, which is the file of that name, and
// says in the section that asked when there was more.
func (m *Machine) Limited(name string, r io.Reader, limit int64) io.Reader {
	return &limitReader{r: r, left: limit, full: func() {
		m.Say(fmt.Sprintf("only the first %d MiB of %s were read", limit>>20, name))
	}}
}

type limitReader struct {
	r    io.Reader
	left int64
	full func()
}

func (l *limitReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		var more [1]byte
		if n, _ := io.ReadFull(l.r, more[:]); n > 0 && l.full != nil {
			l.full()
			l.full = nil
		}
		return 0, io.EOF
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// List returns the names in a directory, nil when there is none.
func (m *Machine) List(dir string) []string {
	entries, _ := fs.ReadDir(m.Files, strings.TrimPrefix(dir, "/"))
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Glob returns the files that match, with a leading slash.
func (m *Machine) Glob(pattern string) []string {
	found, _ := fs.Glob(m.Files, strings.TrimPrefix(pattern, "/"))
	for i := range found {
		found[i] = "/" + found[i]
	}
	return found
}

// Link returns where a symbolic link points, "" when it is none.
func (m *Machine) Link(name string) string {
	target, err := fs.ReadLink(m.Files, strings.TrimPrefix(name, "/"))
	if err != nil {
		return ""
	}
	return target
}

// Exists reports whether there is something with that name.
func (m *Machine) Exists(name string) bool {
	_, err := fs.Stat(m.Files, strings.TrimPrefix(name, "/"))
	return err == nil
}

// Missing reports whether it is certain that nothing has that name.
func (m *Machine) Missing(name string) bool {
	_, err := fs.Stat(m.Files, strings.TrimPrefix(path.Clean(name), "/"))
	return errors.Is(err, fs.ErrNotExist)
}

// FirstLine returns the first line of a file that is not empty.
func (m *Machine) FirstLine(name string) string {
	text, _ := m.Read(name)
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line
		}
	}
	return ""
}

// UID is the user this program runs as; -1 when that has no meaning here.
func (m *Machine) UID() int {
	if m.Kernel.UID == nil {
		return -1
	}
	return m.Kernel.UID()
}

// Line returns the trimmed text of a small file, "" when there is none.
func (m *Machine) Line(name string) string {
	b, err := m.Read(name)
	if err != nil {
		return ""
	}
	return strings.Trim(string(b), " \t\r\n\x00")
}

// Executable reports whether a file may be run by somebody.
func (m *Machine) Executable(name string) bool {
	info, err := fs.Stat(m.Files, strings.TrimPrefix(name, "/"))
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// Number reads a file with one whole number; nil when there is none.
func (m *Machine) Number(file string) any {
	n, err := strconv.ParseInt(m.Line(file), 10, 64)
	if err != nil {
		return nil
	}
	return n
}
