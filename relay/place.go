package relay

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay/store"
)

// Place is where a relay's data is.
type Place struct {
	Dir string // of the keys, and of the database where no other one is named
	// Database is the address of a PostgreSQL database; "" is a file in Dir.
	Database string
}

// elsewhereFile says in a data directory which database belongs to it, without how to log
// in there.
const elsewhereFile = "database"

var (
	// ErrElsewhere is wrapped by [OpenPlace] when no database is named, and the one of the
	// directory is PostgreSQL.
	ErrElsewhere = errors.New("this relay's database is not in its data directory")
	// ErrTwoDatabases is wrapped by [OpenPlace] when a PostgreSQL database is named, and
	// there is one in the directory.
	ErrTwoDatabases = errors.New("there is a database in the data directory, too")
)

// notElsewhere refuses a directory whose database is PostgreSQL: beside it, a new one
// would be made, and accounts and sessions would seem to be gone.
func notElsewhere(dir string) error {
	what, err := elsewhere(dir)
	if err == nil && what != "" {
		err = fmt.Errorf("%s: %w: it is %s", dir, ErrElsewhere, what)
	}
	return err
}

// elsewhere is which database belongs to a directory; "" is that of a file there.
func elsewhere(dir string) (string, error) {
	const most = 1 << 10
	said, err := disk.Read(filepath.Join(dir, elsewhereFile), most)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("opening the data directory: %w", err)
	}
	if what := text.Plain(strings.TrimSpace(string(said)), most); what != "" {
		return what, nil
	}
	return "PostgreSQL", nil
}

// openElsewhere is [OpenPlace] for PostgreSQL.
func openElsewhere(ctx context.Context, at Place, create bool) (_ *Data, err error) {
	if _, err := os.Lstat(filepath.Join(at.Dir, databaseFile)); err == nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(at.Dir, databaseFile), ErrTwoDatabases)
	}
	if _, err := os.Stat(at.Dir); errors.Is(err, fs.ErrNotExist) && !create {
		return nil, fmt.Errorf("%s: %w", at.Dir, ErrNoData)
	}
	if err := makeDir(at.Dir); err != nil {
		return nil, err
	}
	setUp, err := openLock(filepath.Join(at.Dir, setUpLockFile), disk.Lock)
	if err != nil {
		return nil, err
	}
	defer setUp.Close()
	d := &Data{dir: at.Dir}
	defer func() {
		if err != nil && d.Store != nil {
			err = errors.Join(err, d.Store.Close())
		}
	}()
	d.Store, err = store.OpenExisting(ctx, at.Database)
	if fresh := errors.Is(err, store.ErrEmpty); fresh {
		err = d.mayMake(err, create)
		d.Made = err == nil
	}
	if err != nil {
		return nil, err
	}
	keys, err := loadHostKeys(at.Dir, d.Made)
	if err != nil {
		return nil, err
	}
	d.keys.Store(keys)
	cas, err := loadCAKeys(at.Dir, d.Made)
	if err != nil {
		return nil, err
	}
	d.cas.Store(cas)
	if d.Made {
		if d.Store, err = store.Open(ctx, at.Database, 0); err != nil {
			return nil, err
		}
		if err = d.Store.AddCategory(ctx, store.Category{Name: firstCategory, Created: time.Now()}); errors.Is(err, store.ErrExists) {
			err = nil // another first start was faster
		}
		if err != nil {
			return nil, err
		}
	}
	return d, d.noteElsewhere()
}

// mayMake reports whether tables may be made in a database that is empty.
func (d *Data) mayMake(empty error, create bool) error {
	what, err := elsewhere(d.dir)
	switch {
	case err != nil:
		return err
	case what != "":
		return fmt.Errorf("%w: %w", ErrGone, empty)
	case !create:
		return fmt.Errorf("%w: %w", ErrNoData, empty)
	}
	return nil
}

// noteElsewhere writes which database belongs to the directory.
func (d *Data) noteElsewhere() error {
	what, err := elsewhere(d.dir)
	if err != nil || what == d.Store.Name() {
		return err
	}
	return d.noteDatabase(d.Store.Name())
}

// noteDatabase writes that the database of this name belongs to the directory.
func (d *Data) noteDatabase(name string) error {
	return disk.Replace(filepath.Join(d.dir, elsewhereFile), []byte(name+"\n"), 0o600)
}
