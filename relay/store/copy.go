package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Copy writes the whole database, as it is at one moment, into a new file at path, whose
// directory nobody else may read. The relay goes on reading and writing meanwhile. The
// file holds everything by itself, unlike the database of a running relay, of which a
// part lies beside it (https://www.sqlite.org/lang_vacuum.html#vacuuminto).
// For PostgreSQL it is [ErrNoCopy].
func (s *Store) Copy(ctx context.Context, path string) error {
	if s.pg != nil {
		return fmt.Errorf("%s: %w", s.path, ErrNoCopy)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, &fs.PathError{Op: "copy", Path: path, Err: fs.ErrExist})
	}
	if _, err := s.lister.ExecContext(ctx, `VACUUM INTO $1`, path); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		to := *s
		to.path = path // the disk that is full is that one
		return to.explain(err)
	}
	return os.Chmod(path, 0o600)
}

// Counts is how much a database holds.
type Counts struct {
	Accounts int
	Sessions int // of any state
	Open     int // of them, those that have not ended
	Scripts  int
}

const countQuery = `SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM sessions),
	(SELECT count(*) FROM sessions WHERE state <> 'ended'), (SELECT count(*) FROM scripts)`

// Count counts what the database holds.
func (s *Store) Count(ctx context.Context) (c Counts, err error) {
	err = s.lister.QueryRowContext(ctx, countQuery).
		Scan(&c.Accounts, &c.Sessions, &c.Open, &c.Scripts)
	return c, s.explain(err)
}

// OpenExisting is [Open] for a database that has to be there. One without any table is
// [ErrDamaged]: a copy of a running relay's file may be one, because what was written
// last lies beside it. A PostgreSQL database without our tables is [ErrEmpty].
func OpenExisting(ctx context.Context, path string) (*Store, error) {
	return openWith(ctx, driverName, path, 0, (*Store).holdsTables)
}
