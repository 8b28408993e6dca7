package relay

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/disk"
	"supportd/library/text"
	"supportd/relay/backup"
	"supportd/relay/store"
)

// The files of a data directory.
const (
	databaseFile  = backup.Database
	hostKeyFile   = backup.HostKey // who the relay is
	caKeyFile     = backup.CAKey   // certifies customers' computers
	setUpLockFile = "setup.lock"
	relayLockFile = "relay.lock"
)

// firstCategory is the one that a new relay has, so that the first script has a place.
const firstCategory = "General"

// ErrNoData is wrapped by [OpenData] when the directory is empty and nothing shall
// be made in it.
var ErrNoData = errors.New("there is no relay's data here")

// ErrLocked is wrapped by [New] when another relay serves the data directory.
var ErrLocked = errors.New("another relay uses this data directory")

// ErrGone is wrapped by [OpenData] where a relay was served from a directory that has
// lost its database.
var ErrGone = errors.New("a relay was here, and its database is gone")

// Data is a relay's data directory: its keys and its database. Any number of
// programs may have it open; only one of them may serve it.
type Data struct {
	Store *store.Store
	// Made says that the directory was empty and has got keys and a database now.
	Made bool

	dir  string
	keys atomic.Pointer[hostKeys]
	cas  atomic.Pointer[caKeys]
}

// OpenData opens the data directory dir. With create, an empty directory gets keys
// and a database. Keys that are missing beside a database are never made anew: a
// relay with another key is another relay to everybody who knows it.
func OpenData(ctx context.Context, dir string, create bool) (*Data, error) {
	if dir == "" {
		return nil, errors.New("relay: a data directory is required")
	}
	database := filepath.Join(dir, databaseFile)
	_, err := os.Stat(database)
	fresh := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !fresh:
		return nil, fmt.Errorf("opening the data directory: %w", err)
	case fresh && !create:
		return nil, fmt.Errorf("%s: %w", dir, ErrNoData)
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	// One at a time, so that two first starts make one set of keys.
	setUp, err := openLock(filepath.Join(dir, setUpLockFile), disk.Lock)
	if err != nil {
		return nil, err
	}
	defer setUp.Close()
	_, err = os.Stat(database)
	fresh = errors.Is(err, fs.ErrNotExist)
	if _, err := os.Lstat(filepath.Join(dir, relayLockFile)); fresh && err == nil {
		return nil, fmt.Errorf("%s: %w", database, ErrGone)
	}
	d := &Data{dir: dir, Made: fresh}
	keys, err := loadHostKeys(dir, fresh)
	if err != nil {
		return nil, err
	}
	d.keys.Store(keys)
	cas, err := loadCAKeys(dir, fresh)
	if err != nil {
		return nil, err
	}
	d.cas.Store(cas)
	if fresh {
		err = makeDatabase(ctx, database)
	}
	if err == nil {
		d.Store, err = store.OpenExisting(ctx, database)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// makeDatabase makes a database that has its name only when it is complete, so that one
// without tables is never that of a first start which was interrupted.
func makeDatabase(ctx context.Context, path string) error {
	unfinished := disk.Unfinished(path)
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("making the database: %w", err)
	}
	made, err := store.Open(ctx, unfinished, 0)
	if err == nil {
		err = errors.Join(made.AddCategory(ctx, store.Category{Name: firstCategory, Created: time.Now()}), made.Close())
	}
	if err == nil {
		err = os.Rename(unfinished, path)
	}
	if err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	return disk.SyncDir(filepath.Dir(path))
}

// Fingerprint is that of the relay's host key in use, SHA256:….
func (d *Data) Fingerprint() string { return ssh.FingerprintSHA256(d.hostKey()) }

// hostKey is the host key in use.
func (d *Data) hostKey() ssh.PublicKey { return d.keys.Load().own.PublicKey() }

// Close ends the use of the data directory.
func (d *Data) Close() error { return d.Store.Close() }

// makeDir makes the directory, or checks that nobody else may change what is
// in the one that exists.
func makeDir(dir string) error {
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("opening the data directory: %w", err)
	}
	if disk.OthersMayChange(info) {
		return fmt.Errorf("%s has mode %04o, so that others can replace the relay's keys: chmod 700 it", dir, info.Mode().Perm())
	}
	return nil
}

// loadKey reads a private key that only its owner may read, and makes it where
// create is set and there is none.
func loadKey(path string, create bool) (ssh.Signer, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		if err := makeKey(path); err != nil {
			return nil, fmt.Errorf("making the key %s: %w", path, err)
		}
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the key %s is missing, but there is a database: restore the key from a backup; a new one would make this another relay to everybody who knows it", path)
	case err != nil:
		return nil, fmt.Errorf("reading the key: %w", err)
	case disk.OthersMayRead(info):
		return nil, fmt.Errorf("the key %s has mode %04o, so that others can read it: chmod 600 it, and think about who may have a copy", path, info.Mode().Perm())
	}
	pem, err := disk.Read(path, MaxKeyText)
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		return nil, fmt.Errorf("the key %s cannot be used: %w", path, err)
	}
	if kind := signer.PublicKey().Type(); kind != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("the key %s is of type %s, not %s", path, kind, ssh.KeyAlgoED25519)
	}
	return signer, nil
}

// makeKey writes a new key under its name only when it is complete.
func makeKey(path string) error {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(private, filepath.Base(path))
	if err != nil {
		return err
	}
	return disk.Create(path, pem.EncodeToMemory(block), 0o600)
}

// keyFiles are the files of a key that can be changed, as they were found: nil is no file.
type keyFiles [3]os.FileInfo

func keyPaths(dir string, names ...string) (paths [3]string) {
	for i, name := range names {
		paths[i] = filepath.Join(dir, name)
	}
	return paths
}

// statKeys looks at the files of a key.
func statKeys(paths [3]string) (files keyFiles) {
	for i, path := range paths {
		files[i], _ = os.Stat(path) // who reads it says what is wrong
	}
	return files
}

// same reports whether these are still the files that were found.
func (k keyFiles) same(files keyFiles) bool {
	for i, f := range files {
		was := k[i]
		if (f == nil) != (was == nil) || f != nil && (!os.SameFile(f, was) || f.Size() != was.Size() || !f.ModTime().Equal(was.ModTime())) {
			return false
		}
	}
	return true
}

// keyRow is a key of the relay as its operator is shown it.
func keyRow(key ssh.PublicKey, state string, made time.Time) api.HostKey {
	return api.HostKey{Key: ssh.FingerprintSHA256(key), State: state, Made: made.UTC().Truncate(time.Second)}
}

// complaint is what was wrong the last time, for what is looked at each second.
type complaint struct{ last atomic.Pointer[string] }

// write logs an error that is another one than the last time; it reports whether there is none.
func (c *complaint) write(log *slog.Logger, what string, err error) bool {
	if err == nil {
		c.last.Store(nil)
		return true
	}
	text := err.Error()
	if was := c.last.Swap(&text); was == nil || *was != text {
		log.Error(what, "err", err)
	}
	return false
}

// serving reports whether a relay serves the directory.
func (d *Data) serving() (bool, error) {
	f, err := openLock(filepath.Join(d.dir, relayLockFile), disk.TryLock)
	if errors.Is(err, disk.ErrLocked) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, f.Close()
}

// lockRelay keeps every other relay off the directory until it is closed.
// Its file says who does: the process, and the version of its program.
func (d *Data) lockRelay(program string) (*os.File, error) {
	path := filepath.Join(d.dir, relayLockFile)
	f, err := openLock(path, disk.TryLock)
	for range 5 { // perhaps that is [Data.serving], which looks for a moment
		if !errors.Is(err, disk.ErrLocked) {
			break
		}
		time.Sleep(20 * time.Millisecond)
		f, err = openLock(path, disk.TryLock)
	}
	if errors.Is(err, disk.ErrLocked) {
		pid, _, _ := d.holder()
		if _, err := strconv.Atoi(pid); err != nil {
			pid = "unknown"
		}
		return nil, fmt.Errorf("%s: %w (process %s)", d.dir, ErrLocked, pid)
	}
	if err != nil {
		return nil, err
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintf(f, "%d\n%s\n", os.Getpid(), program)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking the data directory: %w", err), f.Close())
	}
	return f, nil
}

// holder is what the relay that serves the directory has written into its lock, and
// since when it serves.
func (d *Data) holder() (pid, program string, since time.Time) {
	path := filepath.Join(d.dir, relayLockFile)
	holder, err := disk.Read(path, 256)
	info, stating := os.Stat(path)
	if err != nil || stating != nil {
		return "", "", time.Time{}
	}
	pid, program, _ = strings.Cut(string(holder), "\n")
	return pid, text.Plain(strings.TrimSpace(program), 200), info.ModTime()
}

// openLock opens a file, made where it is missing, and locks it until it is closed.
func openLock(path string, lock func(*os.File) error) (*os.File, error) {
	f, err := disk.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking: %w", err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Holds reports whether a directory holds a relay's database.
func Holds(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, databaseFile))
	return err == nil && info.Mode().IsRegular()
}
