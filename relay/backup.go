package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supportd/library/disk"
	"supportd/relay/backup"
	"supportd/relay/store"
)

const (
	// backupWork is how the names of directories begin in which a backup is made, and
	// restoreWork those in which one is taken apart.
	backupWork  = ".supportd-backup-"
	restoreWork = ".supportd-restore-"

	lastBackupFile = "last_backup" // of a data directory
)

// ErrHolds is wrapped by [Restore] where the directory is not empty.
var ErrHolds = errors.New("there is something in the directory")

// Backed is what a backup holds.
type Backed struct {
	backup.Manifest
	store.Counts

	Size int64 // of its files, in bytes; the backup itself is smaller
}

// Backup writes the whole relay into one new file, also beside a running relay: the
// database as it is at one moment, the keys, what an ACME server gave, and the
// configuration at the path config, unless that is "". m says what the caller knows of
// it; the rest is filled in. Beside the file it needs as much room as the database has.
func (d *Data) Backup(ctx context.Context, file, config string, m backup.Manifest) (b Backed, err error) {
	if err := sweep(filepath.Dir(file), backupWork); err != nil {
		return b, err
	}
	if _, err := os.Lstat(file); err == nil {
		return b, &fs.PathError{Op: "create", Path: file, Err: fs.ErrExist}
	}
	work, err := newWork(filepath.Dir(file), backupWork)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, work.end()) }()
	if _, err := d.rereadHostKeys(); err != nil {
		return b, err
	}
	if _, err := d.rereadCAKeys(); err != nil {
		return b, err
	}
	m.Made, m.Fingerprint = time.Now().UTC().Truncate(time.Millisecond), d.Fingerprint()
	copied := filepath.Join(work.path, databaseFile)
	if err := d.Store.Copy(ctx, copied); err != nil {
		return b, err
	}
	// Count in the copy: it is what will be restored.
	stored, err := store.OpenExisting(ctx, copied)
	if err != nil {
		return b, err
	}
	counts, err := stored.Count(ctx)
	if err := errors.Join(err, stored.Close()); err != nil {
		return b, err
	}
	files := []backup.File{
		{Name: backup.HostKey, Path: filepath.Join(d.dir, hostKeyFile)}, {Name: backup.CAKey, Path: filepath.Join(d.dir, caKeyFile)},
		{Name: backup.Database, Path: copied},
	}
	if config != "" {
		m.Config = config
		files = append(files, backup.File{Name: backup.Config, Path: config})
	}
	for _, name := range backup.WhileChanged() {
		if path := filepath.Join(d.dir, name); isThere(path) {
			files = append(files, backup.File{Name: name, Path: path})
		}
	}
	given, err := d.certificates()
	if err != nil {
		return b, err
	}
	b = Backed{Manifest: m, Counts: counts}
	packed := filepath.Join(work.path, "packed")
	err = disk.CreateFrom(packed, 0o600, func(w io.Writer) (err error) {
		b.Size, err = backup.Write(stoppable{ctx, w}, m, append(files, given...))
		return err
	})
	if err == nil && !(d.keys.Load().files.same(statHostKeys(d.dir)) && d.cas.Load().files.same(statKeys(caKeyFiles(d.dir)))) {
		err = errors.New("a key of the relay was changed meanwhile: make the backup again")
	}
	if err == nil {
		err = disk.MoveNew(packed, file)
	}
	if err != nil {
		return b, err
	}
	return b, d.noteBackup(m.Made)
}

// isThere reports whether there is a file at path.
func isThere(path string) bool { _, err := os.Lstat(path); return err == nil }

// noteBackup remembers when the last backup was made, for "status".
func (d *Data) noteBackup(at time.Time) error {
	return disk.Replace(filepath.Join(d.dir, lastBackupFile), []byte(at.Format(time.RFC3339Nano)+"\n"), 0o600)
}

// LastBackup is when the last backup was made of this data directory; zero is never.
func (d *Data) LastBackup() time.Time {
	text, err := disk.Read(filepath.Join(d.dir, lastBackupFile), 64)
	if err != nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(text)))
	if err != nil {
		return time.Time{}
	}
	return at
}

// certificates are the files that an ACME server gave.
func (d *Data) certificates() (files []backup.File, err error) {
	dir := filepath.Join(d.dir, backup.ACME)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if e.Type().IsRegular() && backup.MayStoreCertificate(e.Name()) {
			files = append(files, backup.File{Name: backup.ACME + "/" + e.Name(), Path: filepath.Join(dir, e.Name())})
		}
	}
	return files, err
}

// Restore makes a data directory of a backup. dir must be empty, or not be there. It has
// its files only when the whole backup was read and is in order: the keys fit, and this
// program can use the database.
func Restore(ctx context.Context, dir string, from io.Reader) (b Backed, err error) {
	_, err = os.Lstat(dir)
	made := errors.Is(err, fs.ErrNotExist)
	if err := makeDir(dir); err != nil {
		return b, err
	}
	setUp, err := openLock(filepath.Join(dir, setUpLockFile), disk.Lock)
	if err != nil {
		return b, err
	}
	defer func() {
		err = errors.Join(err, setUp.Close())
		if err != nil && made {
			err = errors.Join(err, os.Remove(setUp.Name()), os.Remove(dir))
		}
	}()
	if err := sweep(dir, restoreWork); err != nil {
		return b, err
	}
	if err := checkEmpty(dir); err != nil {
		return b, err
	}
	work, err := newWork(dir, restoreWork)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, work.end()) }()
	if b, err = unpack(ctx, work.path, from); err != nil {
		return b, err
	}
	return b, moveIn(dir, work.path)
}

// checkEmpty refuses a directory that holds anything besides our own lock.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if name := e.Name(); name != setUpLockFile && name != "lost+found" {
			return fmt.Errorf("%s: %w: %s", dir, ErrHolds, name)
		}
	}
	return err
}

// unpack takes a backup apart in a directory of its own, and checks what it holds.
func unpack(ctx context.Context, dir string, from io.Reader) (b Backed, err error) {
	b.Manifest, err = backup.Read(from, func(name string) (io.WriteCloser, error) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		return &synced{stoppable{ctx, f}, f, &b.Size}, nil
	})
	if err != nil {
		return b, err
	}
	d := &Data{dir: dir}
	keys, err := loadHostKeys(dir, false)
	if err == nil {
		d.keys.Store(keys)
		_, err = loadCAKeys(dir, false)
	}
	switch {
	case err != nil:
		return b, fmt.Errorf("in the backup: %w", err)
	case d.Fingerprint() != b.Fingerprint:
		return b, fmt.Errorf("%w: its host key is %s, and it says %s", backup.ErrChanged, d.Fingerprint(), b.Fingerprint)
	}
	if d.Store, err = store.OpenExisting(ctx, filepath.Join(dir, databaseFile)); err != nil {
		return b, fmt.Errorf("in the backup: %w", err)
	}
	// An invitation may have been used since the backup was made.
	if err = errors.Join(d.Store.Check(ctx), d.Store.VoidInvitations(ctx)); err == nil {
		b.Counts, err = d.Store.Count(ctx)
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return b, fmt.Errorf("in the backup: %w", err)
	}
	return b, nil
}

// moveIn brings what lies in work to its place in dir. The database is first: a
// directory that has one and no keys is refused, one with keys alone would get an empty
// database.
func moveIn(dir, work string) (err error) {
	entries, err := os.ReadDir(work)
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int {
		switch {
		case a.Name() == databaseFile:
			return -1
		case b.Name() == databaseFile:
			return 1
		}
		return 0
	})
	var moved []string
	for _, e := range entries {
		if err = os.Rename(filepath.Join(work, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			break
		}
		moved = append(moved, e.Name())
	}
	if err != nil { // nothing of it stays
		for _, name := range slices.Backward(moved) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, name)))
		}
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, backup.ACME)); err == nil {
		if err := disk.SyncDir(filepath.Join(dir, backup.ACME)); err != nil {
			return err
		}
	}
	return disk.SyncDir(dir)
}

// work is a private directory for files that nobody else may see before they are whole.
type work struct {
	path string
	lock *os.File
}

// newWork makes one below dir, and holds its lock, which tells it from one that a crash
// has left.
func newWork(dir, prefix string) (*work, error) {
	path, err := os.MkdirTemp(dir, prefix)
	if err != nil {
		return nil, err
	}
	root, err := disk.OpenRoot(path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	lock, err := disk.TryLockRoot(root)
	if err := errors.Join(err, root.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return &work{path, lock}, nil
}

func (w *work) end() error {
	err := os.RemoveAll(w.path)
	if w.lock != nil {
		err = errors.Join(err, w.lock.Close())
	}
	return err
}

// sweep removes the directories of this prefix that a crash has left in dir: those
// that nobody holds the lock of. Where the system locks no directories, they stay.
func sweep(dir, prefix string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		root, err := disk.OpenRoot(path)
		if err != nil {
			continue // somebody else's
		}
		lock, err := disk.TryLockRoot(root)
		if err == nil && lock != nil {
			err = errors.Join(os.RemoveAll(path), lock.Close())
		}
		if closing := root.Close(); err != nil && !errors.Is(err, disk.ErrLocked) {
			return errors.Join(err, closing)
		}
	}
	return nil
}

// stoppable is a writer that takes nothing any more once ctx is done.
type stoppable struct {
	ctx context.Context
	w   io.Writer
}

func (s stoppable) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}

// synced is a file that is on the disk once it is closed. It adds up its bytes.
type synced struct {
	stoppable

	f    *os.File
	size *int64
}

func (s *synced) Write(p []byte) (int, error) {
	n, err := s.stoppable.Write(p)
	*s.size += int64(n)
	return n, err
}

func (s *synced) Close() error { return errors.Join(s.f.Sync(), s.f.Close()) }
