// Package store keeps what a relay must not forget: accounts and their keys,
// categories, and support sessions, in a file of SQLite or in a PostgreSQL database.
// The relay and its command line use it, also both at the same time on one database.
//
// It promises that every change is whole or not there at all, that a support
// session never changes its state in a way that the design forbids, and that a
// damaged or foreign database is refused by name instead of being repaired.
// The queries keep to what SQLite and PostgreSQL both understand: columns of text,
// bigint and bytes, $1 placeholders.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlitecode "modernc.org/sqlite/lib"

	"supportd/library/journal"
	"supportd/relay/store/postgres"
)

// Errors that callers branch on. What is returned names the file or the thing
// and wraps one of them.
var (
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("exists already")
	ErrOwns     = errors.New("a removed account of this name has left sessions or scripts")
	ErrLimit    = errors.New("more are not allowed")
	ErrState    = errors.New("the support session's state does not allow it")
	ErrFull     = errors.New("the disk is full")
	ErrBusy     = errors.New("the database is busy, or locked by another program")
	ErrReadOnly = errors.New("the database cannot be opened for writing")
	ErrDisk     = errors.New("the disk reports an error")
	ErrDamaged  = errors.New("the database is damaged")
	ErrNewer    = errors.New("the database was written by a newer version of this program")
)

// DefaultPatience is how long an action waits for another process that holds
// the database: longer than a backup of it takes.
const DefaultPatience = 12 * time.Second

// workLimit bounds what is done in one transaction: what takes longer is undone,
// so that nobody keeps the writer. Each does a bounded piece of work, which takes
// well under a tenth of a second; a disk may be slow.
const workLimit = 10 * time.Second

// cacheKiB bounds SQLite's page cache of each of our few connections, in KiB.
const cacheKiB = 2048

// Store is an open database. All methods are safe for concurrent use.
type Store struct {
	path string            // what the database is called in errors
	pg   *postgres.Address // nil for SQLite
	// One connection writes: SQLite has one writer anyway, and turns are fairer than
	// its retries. Others read meanwhile: reader what is small, so that a login never
	// waits for a list, and lister what may be large.
	writer, reader, lister *sql.DB
	turns                  *turns
	prepared               statements
	party                  string               // see For
	revised                func(revision int64) // see Telling
	library                string               // see Library
	patience               time.Duration
	serving                *atomic.Pointer[string] // the connection that Serve has; nil where it was not called
	ahead                  *atomic.Int64           // see Now
	node                   string                  // of a group that this relay is; see ServeAs
	held                   *holding                // see Holding
	seen                   func(journal.Picture)   // see Seeing
	pictures               *parsedPictures
}

// Open opens the database at path, a file of SQLite or the address of a PostgreSQL
// database, makes the file where there is none, and brings its schema up to date. Of
// several processes one at a time may open a file that does not exist yet. An action
// waits for patience when another process holds the database; 0 is [DefaultPatience].
func Open(ctx context.Context, path string, patience time.Duration) (*Store, error) {
	return openWith(ctx, driverName, path, patience)
}

// driverName is under which database/sql knows SQLite.
const driverName = "sqlite"

// openWith is Open with any driver that speaks to SQLite. What checks finds wrong with
// the database, it finds before anything of it is changed.
func openWith(ctx context.Context, driver, path string, patience time.Duration, checks ...func(*Store, context.Context) error) (*Store, error) {
	if patience == 0 {
		patience = DefaultPatience
	}
	s := newStore(path, patience)
	connect := func() error { return s.connectFile(driver) }
	if postgres.IsAddress(path) {
		connect = func() error { return s.connectPostgres(path) }
	}
	if err := connect(); err != nil {
		return nil, err
	}
	checks = append([]func(*Store, context.Context) error{(*Store).notMigrating}, checks...)
	for _, check := range append(checks, (*Store).migrate, (*Store).nameLibrary) {
		if err := check(s, ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	err := s.prepare(ctx)
	if err == nil && s.pg != nil {
		_, err = s.Revision(ctx) // from then on the time is known
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func newStore(path string, patience time.Duration) *Store {
	return &Store{path: path, patience: patience, turns: &turns{}, serving: &atomic.Pointer[string]{}, ahead: &atomic.Int64{}, pictures: &parsedPictures{}}
}

// connectFile makes the pools of connections to a file of SQLite.
func (s *Store) connectFile(driver string) (err error) {
	if err := prepareFile(s.path); err != nil {
		return err
	}
	if s.writer, err = s.connect(driver, s.patience, "immediate", 1); err != nil {
		return err
	}
	if s.reader, err = s.connect(driver, s.patience, "deferred", 2); err != nil {
		return errors.Join(err, s.writer.Close())
	}
	if s.lister, err = s.connect(driver, s.patience, "deferred", 2); err != nil {
		return errors.Join(err, s.writer.Close(), s.reader.Close())
	}
	return nil
}

func (s *Store) connect(driver string, patience time.Duration, lock string, conns int, more ...string) (*sql.DB, error) {
	q := url.Values{"_txlock": {lock}}
	for _, pragma := range append(more,
		fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()),
		"journal_mode(WAL)",
		// What a computer has been told is taken it never sends again, so it must
		// survive a power cut: in WAL mode FULL syncs the log after each commit,
		// NORMAL only before a checkpoint, so that a power cut may undo commits
		// (https://www.sqlite.org/pragma.html#pragma_synchronous). Events come in
		// batches, and those of many sessions are committed together, therefore this
		// costs little: see BenchmarkAppendEvents and BenchmarkJournalSingly.
		"synchronous(FULL)",
		// What is deleted is overwritten: retention means that it is gone.
		"secure_delete(1)",
		"foreign_keys(1)",
		fmt.Sprintf("cache_size(-%d)", cacheKiB),
	) {
		q.Add("_pragma", pragma)
	}
	file := url.URL{Path: filepath.ToSlash(s.path)}
	db, err := sql.Open(driver, "file:"+file.EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, s.explain(err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// Check reads the whole database, where it is a file, and writes to it, so that a relay
// does not start on one that will fail later.
func (s *Store) Check(ctx context.Context) error {
	if s.pg == nil {
		var verdict string
		if err := s.reader.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil {
			return s.explain(err)
		}
		if verdict != "ok" {
			return fmt.Errorf("%s: %w: %s", s.path, ErrDamaged, verdict)
		}
	}
	return s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE revisions SET value = value WHERE name = 'accounts'`)
		return err
	})
}

// Close ends the use of the database.
func (s *Store) Close() error {
	return errors.Join(s.lister.Close(), s.reader.Close(), s.writer.Close())
}

// For is the same store, in which everything that is changed is for one account, on
// whose behalf ever: all of that waits in one queue, and others have theirs.
func (s *Store) For(account string) *Store {
	own := *s
	own.party = account
	return &own
}

// Telling is the same store, which tells f of each revision of the accounts that it
// makes, before anybody can see it. One that fails in the end is told, too.
func (s *Store) Telling(f func(revision int64)) *Store {
	own := *s
	own.revised = f
	return &own
}

// write runs f, for a party in a lane, in a transaction that happens as a whole or
// not at all. It is [ErrBusy] when the writer is not free in time, or f takes too
// long.
func (s *Store) write(ctx context.Context, in lane, party string, f func(context.Context, *sql.Tx) error) error {
	if s.party != "" {
		party = s.party
	}
	patient, cancel := context.WithTimeoutCause(ctx, s.patience, ErrBusy)
	defer cancel()
	if err := s.turns.take(patient, in, party); err != nil {
		return s.gaveUp(ctx, err)
	}
	defer s.turns.give()
	return s.transact(ctx, f)
}

// transact runs f in a transaction, for whoever has the writer.
func (s *Store) transact(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	// Another program may hold the database for as long as its patience.
	ctx, cancel := context.WithTimeoutCause(ctx, s.patience+workLimit, ErrBusy)
	defer cancel()
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(late(ctx, err))
	}
	if err := f(ctx, tx); err != nil {
		_ = tx.Rollback()
		return s.explain(late(ctx, err))
	}
	return s.explain(late(ctx, tx.Commit()))
}

// gaveUp is the error of somebody who has waited for the writer in vain.
func (s *Store) gaveUp(ctx context.Context, err error) error {
	if errors.Is(err, ErrBusy) {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return ctx.Err()
}

// late is [ErrBusy] in the place of an error that our own time limit has caused.
func late(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), ErrBusy) {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

// explain wraps what the database says in one of our errors and names it.
func (s *Store) explain(err error) error {
	if s.pg != nil {
		return s.explainPostgres(err)
	}
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return err
	}
	kinds := map[int]error{
		sqlitecode.SQLITE_FULL: ErrFull, sqlitecode.SQLITE_BUSY: ErrBusy, sqlitecode.SQLITE_LOCKED: ErrBusy,
		sqlitecode.SQLITE_READONLY: ErrReadOnly, sqlitecode.SQLITE_CANTOPEN: ErrReadOnly, sqlitecode.SQLITE_IOERR: ErrDisk,
		sqlitecode.SQLITE_CORRUPT: ErrDamaged, sqlitecode.SQLITE_NOTADB: ErrDamaged,
	}
	const primary = 0xff // the low byte of an extended result code
	if kind := kinds[failed.Code()&primary]; kind != nil {
		return fmt.Errorf("%s: %w: %w", s.path, kind, err)
	}
	return fmt.Errorf("%s: %w", s.path, err)
}

// isDuplicate reports whether err is a violated unique constraint.
func isDuplicate(err error) bool {
	if said := new(postgres.Error); errors.As(err, &said) {
		return said.Kind == postgres.Duplicate
	}
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return false
	}
	return failed.Code() == sqlitecode.SQLITE_CONSTRAINT_UNIQUE || failed.Code() == sqlitecode.SQLITE_CONSTRAINT_PRIMARYKEY
}

// millis and moment convert times; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// bit is a boolean in a bigint column.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
