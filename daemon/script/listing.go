package script

import (
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pkg/sftp"
)

// Filelist lists a folder or describes one entry.
func (h *handler) Filelist(r *sftp.Request) (l sftp.ListerAt, err error) {
	defer h.recovered(&err)
	rel, err := cleanPath(r.Filepath)
	if err != nil && r.Method != "List" {
		return nil, err // clients ask whether a file is there before they write it
	}
	if err != nil {
		return nil, h.tellRefusal(err)
	}
	s := h.staging
	switch r.Method {
	case "Stat", "Lstat":
		defer s.lock()()
		e := s.findLocked(rel)
		if e == nil {
			return nil, noSuch(rel)
		}
		return &list{entries: []os.FileInfo{e.shown()}, handler: h}, nil
	case "List":
		if err := h.take(rel); err != nil {
			return nil, h.tellRefusal(err)
		}
		l, err := h.listing(rel)
		if err != nil {
			h.give()
			return nil, h.tellRefusal(err)
		}
		return l, nil
	}
	return nil, h.tellRefusal(refuse(rel, "links are not allowed here"))
}

// listing lists what is staged in a folder, by name.
func (h *handler) listing(rel string) (sftp.ListerAt, error) {
	defer h.staging.lock()()
	if e := h.staging.findLocked(rel); e == nil {
		return nil, noSuch(rel)
	} else if !e.dir {
		return nil, refuse(rel, "it is no folder")
	}
	l := &list{handler: h, held: true}
	for _, e := range h.staging.entries {
		if parentOf(e.rel) == rel {
			l.entries = append(l.entries, e.shown())
		}
	}
	slices.SortFunc(l.entries, func(a, b os.FileInfo) int { return strings.Compare(a.Name(), b.Name()) })
	return l, nil
}

// Lstat is the same as Stat: there are no links.
func (h *handler) Lstat(r *sftp.Request) (sftp.ListerAt, error) { return h.Filelist(r) }

type list struct {
	entries []os.FileInfo
	handler *handler
	held    bool // it has a handle
}

func (l *list) ListAt(into []os.FileInfo, offset int64) (n int, err error) {
	defer l.handler.recovered(&err)
	if offset < 0 || offset >= int64(len(l.entries)) {
		return 0, io.EOF
	}
	if n = copy(into, l.entries[offset:]); n < len(into) {
		return n, io.EOF
	}
	return n, nil
}

func (l *list) Close() error {
	if l.held {
		l.handler.give()
	}
	return nil
}

// shown is an entry for a client, without what the customer's computer knows of
// its owner.
func (e *entry) shown() os.FileInfo {
	i := info{name: path.Base(e.rel), size: e.size, mode: e.mode.Perm(), changed: e.changed}
	if e.dir {
		i.mode |= fs.ModeDir
	}
	return i
}

type info struct {
	name    string
	size    int64
	mode    fs.FileMode
	changed time.Time
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.changed }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }
