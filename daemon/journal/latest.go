package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"supportd/library/disk"
)

// ErrNone means that no support session has left a journal.
var ErrNone = errors.New("there was no support session yet")

// Latest opens the journal of the support session that was here last, for
// reading.
func Latest(root *os.Root) (*os.File, error) {
	all, err := journals(root)
	if err != nil {
		return nil, err
	}
	name, latest := "", time.Time{}
	for _, info := range all {
		if !info.ModTime().Before(latest) {
			name, latest = info.Name(), info.ModTime()
		}
	}
	if name == "" {
		return nil, fmt.Errorf("%s: %w", filepath.Clean(root.Name()), ErrNone)
	}
	return disk.OpenIn(root, name, os.O_RDONLY, 0)
}

// RemoveEmpty removes journals in which nothing stands: a daemon made them, and was
// killed before the relay's yes. The caller has none open.
func RemoveEmpty(root *os.Root) error {
	all, err := journals(root)
	for _, info := range all {
		if info.Size() == 0 {
			err = errors.Join(err, root.Remove(info.Name()))
		}
	}
	return err
}

// journals lists the files that are one.
func journals(root *os.Root) (all []fs.FileInfo, err error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && IsName(e.Name()) && info.Mode().IsRegular() {
			all = append(all, info)
		}
	}
	return all, nil
}
