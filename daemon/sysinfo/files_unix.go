//go:build unix

package sysinfo

import (
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// maxFile bounds what is read of one file. The largest that is well formed is
// /proc/cpuinfo of a server, some MiB; only a package database is larger.
const maxFile = 16 << 20

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

// read returns the beginning of a file, at most maxFile bytes. What is cut is
// said in the section that asked.
func (m *machine) read(name string) ([]byte, error) {
	f, err := m.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(m.limited(name, f, maxFile))
}

// limited reads at most limit bytes of r, which is the file of that name, and
// says in the section that asked when there was more.
func (m *machine) limited(name string, r io.Reader, limit int64) io.Reader {
	return &limitReader{r: r, left: limit, full: func() {
		m.say(fmt.Sprintf("only the first %d MiB of %s were read", limit>>20, name))
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

// firstLine returns the first line of a file that is not empty.
func (m *machine) firstLine(name string) string {
	text, _ := m.read(name)
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line
		}
	}
	return ""
}

// uid is the user this program runs as; -1 when that has no meaning here.
func (m *machine) uid() int {
	if m.kernel.uid == nil {
		return -1
	}
	return m.kernel.uid()
}

// line returns the trimmed text of a small file, "" when there is none.
func (m *machine) line(name string) string {
	b, err := m.read(name)
	if err != nil {
		return ""
	}
	return strings.Trim(string(b), " \t\r\n\x00")
}

// executable reports whether a file may be run by somebody.
func (m *machine) executable(name string) bool {
	info, err := fs.Stat(m.files, strings.TrimPrefix(name, "/"))
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// number reads a file with one whole number; nil when there is none.
func (m *machine) number(file string) any {
	n, err := strconv.ParseInt(m.line(file), 10, 64)
	if err != nil {
		return nil
	}
	return n
}
