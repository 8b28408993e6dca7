package journal

import (
	"errors"
	"fmt"
	"os"
	"supportd/library/disk"
	"time"
)

// ErrNone means that no support session has left a journal.
var ErrNone = errors.New("there was no support session yet")

// Latest opens the journal of the support session that was here last, for
// reading.
func Latest(root *os.Root) (*os.File, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	entries, err := dir.ReadDir(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return nil, err
	}
	name, latest := "", time.Time{}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && IsName(e.Name()) && info.Mode().IsRegular() && !info.ModTime().Before(latest) {
			name, latest = e.Name(), info.ModTime()
		}
	}
	if name == "" {
		return nil, fmt.Errorf("%s: %w", root.Name(), ErrNone)
	}
	return disk.OpenIn(root, name, os.O_RDONLY, 0)
}
