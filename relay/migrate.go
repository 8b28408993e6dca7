package relay

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"supportd/library/disk"
	"supportd/relay/store"
)

// Files of a data directory whose database is moved.
const (
	// movedFile is the database that was moved into PostgreSQL. Nothing opens it.
	movedFile = databaseFile + ".moved"
	// comingFile is the one that comes from PostgreSQL and has not everything yet.
	comingFile = databaseFile + ".coming"
)

// Errors of [Migrate].
var (
	ErrMovedFile = errors.New("there is a database that was moved away before")
	ErrThere     = errors.New("the relay's database is there already")
	ErrWritten   = errors.New("a part of the database is beside it, in a file that is still used")
)

// Migration is what [Migrate] is to do.
type Migration struct {
	Dir      string // the data directory; the relay's keys stay there
	Database string // the address of the PostgreSQL database
	Back     bool   // from PostgreSQL into the directory, and not the other way round
	Program  string // version of what does it
	// Tell is called again and again; nil is nobody.
	Tell func(store.Progress)
}

// Migrated is what [Migrate] has done.
type Migrated struct {
	store.Moved
	Fingerprint string // of the relay's host key
	From, To    string // what people call the two databases
	// Finished says that an earlier Migrate had brought everything: this one has only said
	// so in the data directory, and Moved is empty.
	Finished bool
	Old      string // what is left of the database before; it may be deleted
}

// Migrate moves what the relay has stored from the file in its data directory into a
// PostgreSQL database, or back. It is refused while a relay serves one of them. It may be
// interrupted at any moment and called again; until it has ended well, nobody can use the
// target, and from then on nobody can use the source.
func Migrate(ctx context.Context, opts Migration) (done Migrated, err error) {
	if opts.Tell == nil {
		opts.Tell = func(store.Progress) {}
	}
	if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return done, err
	}
	if _, err := os.Stat(opts.Dir); errors.Is(err, fs.ErrNotExist) {
		return done, fmt.Errorf("%s: %w", opts.Dir, ErrNoData)
	}
	if err := makeDir(opts.Dir); err != nil {
		return done, err
	}
	d := &Data{dir: opts.Dir}
	if _, err := d.mayMigrate(opts.Back); err != nil { // before a lock is made there
		return done, err
	}
	// Without its keys, the relay would be none.
	keys, err := loadHostKeys(d.dir, false)
	if err == nil {
		_, err = loadCAKeys(d.dir, false)
	}
	if err != nil {
		return done, err
	}
	d.keys.Store(keys)
	lock, err := d.lockRelay(opts.Program)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	what, err := d.mayMigrate(opts.Back) // another one may have ended meanwhile
	if err != nil {
		return done, err
	}
	done.Fingerprint = d.Fingerprint()
	if opts.Back {
		err = d.migrateBack(ctx, opts, &done)
	} else {
		err = d.migrateAway(ctx, opts, what, &done)
	}
	return done, err
}

// mayMigrate refuses a directory from which, or into which, nothing can be moved. what is
// the PostgreSQL database that belongs to it; "" is none.
func (d *Data) mayMigrate(back bool) (what string, err error) {
	if what, err = elsewhere(d.dir); err != nil {
		return "", err
	}
	database := filepath.Join(d.dir, databaseFile)
	there := isThere(database)
	switch {
	case !back && !there && what != "":
		return "", fmt.Errorf("%s: %w: it is %s", d.dir, ErrThere, what)
	case !back && !there:
		return "", fmt.Errorf("%s: %w", d.dir, ErrNoData)
	case !back && isThere(filepath.Join(d.dir, movedFile)):
		return "", fmt.Errorf("%s: %w", filepath.Join(d.dir, movedFile), ErrMovedFile)
	case back && there && what == "":
		return "", fmt.Errorf("%s: %w", database, ErrThere)
	case back && !there:
		return what, checkWritten(database) // that of another file, which would be taken for one of this
	}
	return what, nil
}

// migrateAway moves the file of the directory into PostgreSQL.
func (d *Data) migrateAway(ctx context.Context, opts Migration, what string, done *Migrated) error {
	file := filepath.Join(d.dir, databaseFile)
	m, err := store.OpenMove(ctx, file, opts.Database)
	if err != nil {
		return err
	}
	done.From, done.To, done.Old = file, m.Target(), filepath.Join(d.dir, movedFile)
	if what != "" && !m.Left {
		err = fmt.Errorf("%s: %w", file, ErrTwoDatabases)
	}
	if err == nil {
		err = move(ctx, m, opts, done)
	}
	if err == nil {
		err = d.noteDatabase(done.To)
	}
	if err := errors.Join(err, m.Close()); err != nil {
		return err
	}
	// From here on the directory has the other database: the file only lies there.
	return moveDatabase(d.dir, databaseFile, movedFile)
}

// migrateBack moves a PostgreSQL database into a file of the directory.
func (d *Data) migrateBack(ctx context.Context, opts Migration, done *Migrated) (err error) {
	file := filepath.Join(d.dir, databaseFile)
	coming := filepath.Join(d.dir, comingFile)
	if isThere(file) {
		coming = file // only its name has to be told
	}
	m, err := store.OpenMove(ctx, opts.Database, coming)
	if err != nil {
		return err
	}
	if done.From, err = store.PostgresName(opts.Database); err == nil {
		done.To, done.Old = file, done.From
		err = move(ctx, m, opts, done)
	}
	if err := errors.Join(err, m.Close()); err != nil {
		return err
	}
	if coming != file {
		if err := moveDatabase(d.dir, comingFile, databaseFile); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(d.dir, elsewhereFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return disk.SyncDir(d.dir)
}

// move brings everything to the target, unless it is there already.
func move(ctx context.Context, m *store.Move, opts Migration, done *Migrated) (err error) {
	if done.Finished = m.Whole; m.Whole {
		return nil
	}
	if err := m.Copy(ctx, opts.Tell); err != nil {
		return err
	}
	if done.Moved, err = m.Check(ctx, opts.Tell); err != nil {
		return err
	}
	return m.Leave(ctx, done.To)
}

// moveDatabase gives a database that nobody has open another name, under which there is
// none. What SQLite has not written into the file lies in others beside it.
func moveDatabase(dir, from, to string) error {
	for _, name := range []string{from, to} {
		path := filepath.Join(dir, name)
		if err := checkWritten(path); err != nil {
			return err
		}
		for _, beside := range []string{"-wal", "-shm"} {
			if err := os.Remove(path + beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	// Nobody makes the other one meanwhile: the directory is locked.
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		return err
	}
	return disk.SyncDir(dir)
}

// checkWritten is [ErrWritten] for a file of SQLite beside which there is more of it.
func checkWritten(path string) error {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s-wal: %w", path, ErrWritten)
	}
	return nil
}
