package daemon

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrNoJournal means that no support session has left a journal.
var ErrNoJournal = errors.New("there was no support session yet")

// LastJournal opens the journal of the support session that was here last, for
// reading.
func (s *State) LastJournal() (*os.File, error) {
	dir, err := s.root.Open(".")
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
		if err == nil && isJournalName(e.Name()) && info.Mode().IsRegular() && !info.ModTime().Before(latest) {
			name, latest = e.Name(), info.ModTime()
		}
	}
	if name == "" {
		return nil, fmt.Errorf("%s: %w", s.dir, ErrNoJournal)
	}
	return s.root.Open(name)
}
