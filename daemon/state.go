package daemon

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/library/disk"
	"supportd/library/wire"
)

// Errors of [OpenState] and [State.Saved].
var (
	// ErrStateBusy means that another daemon works in this directory.
	ErrStateBusy = errors.New("another support session is running on this computer")
	// ErrStateUnsafe means that somebody else could read or change what is kept.
	ErrStateUnsafe = disk.ErrNotPrivate
	// ErrNothingSaved means that there is no support session to come back to.
	ErrNothingSaved = errors.New("there is no support session to come back to")
)

// The names inside a state directory.
const (
	lockName    = "lock"
	sessionName = "session.json"
	stagingName = "staging"
	workName    = "work"
)

// State is the directory in which a daemon keeps what must outlive a crash: the
// support session's identity, its journal, and the files of its runs. Only one
// daemon at a time can hold it.
type State struct {
	dir  string
	root *os.Root
	lock *os.File
}

// OpenState makes dir if it is missing, checks that nobody else can reach into
// it, and locks it. The owner must call [State.Close].
func OpenState(dir string) (*State, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := disk.OpenPrivate(dir)
	if err != nil {
		return nil, err
	}
	s := &State{dir: dir, root: root}
	if err := s.takeLock(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return s, nil
}

func (s *State) takeLock() error {
	f, err := s.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := disk.TryLock(f); err != nil {
		if errors.Is(err, disk.ErrLocked) {
			err = fmt.Errorf("%w (%s)", ErrStateBusy, s.dir)
		}
		return errors.Join(err, f.Close())
	}
	s.lock = f
	return nil
}

// Dir is the directory's absolute path.
func (s *State) Dir() string { return s.dir }

// Close lets another daemon have the directory.
func (s *State) Close() error { return errors.Join(s.lock.Close(), s.root.Close()) }

// Saved is what a daemon needs to come back to a support session: after a
// crash, and after a reboot.
type Saved struct {
	Relay    string           `json:"relay"`     // HOST:PORT
	RelayKey string           `json:"relay_key"` // SHA256:…
	Number   wire.Number      `json:"number"`
	Name     string           `json:"name"`     // what the customer calls themselves
	Identity []byte           `json:"identity"` // ed25519 seed (RFC 8032 section 5.1.5)
	Journal  string           `json:"journal"`  // file name in the state directory
	Allow    []consent.Kind   `json:"allow"`    // allowed when joining
	Withheld consent.Withheld `json:"withheld"`
	Window   time.Duration    `json:"window_ns"` // for which the computer may be away
	Expires  time.Time        `json:"expires"`   // the relay does not know the session any more after this
	Restart  *Restart         `json:"restart,omitempty"`
	Audience *Audience        `json:"audience,omitempty"` // since the first restart
}

func (s Saved) expired() bool { return time.Now().After(s.Expires) }

// Saved reads the support session that an earlier daemon left behind;
// [ErrNothingSaved] when there is none or it has expired.
func (s *State) Saved() (Saved, error) {
	saved, err := s.readSaved()
	if err == nil && saved.expired() {
		return Saved{}, ErrNothingSaved
	}
	return saved, err
}

func (s *State) readSaved() (Saved, error) {
	data, err := s.root.ReadFile(sessionName)
	if errors.Is(err, fs.ErrNotExist) {
		return Saved{}, ErrNothingSaved
	}
	if err != nil {
		return Saved{}, err
	}
	var saved Saved
	if err := json.Unmarshal(data, &saved); err != nil {
		return Saved{}, fmt.Errorf("%s: %w", filepath.Join(s.dir, sessionName), err)
	}
	if len(saved.Identity) != ed25519.SeedSize || !local.IsName(saved.Journal) {
		return Saved{}, fmt.Errorf("%s is damaged", filepath.Join(s.dir, sessionName))
	}
	return saved, nil
}

// save replaces the session file.
func (s *State) save(saved Saved) error { return s.write(sessionName, saved) }

// write replaces a file: whole, or not at all.
func (s *State) write(name string, content any) error {
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	return disk.ReplaceIn(s.root, name, append(data, '\n'), 0o600)
}

// forget removes the session file.
func (s *State) forget() error { return s.remove(sessionName) }

// remove removes a file, if it is there, for good.
func (s *State) remove(name string) error {
	err := s.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, disk.SyncDir(s.dir))
}

// LastJournal opens the journal of the support session that was here last, for
// reading; the error is [local.ErrNone] where there was none.
func (s *State) LastJournal() (*os.File, error) { return local.Latest(s.root) }

// path is the path of a name inside the directory.
func (s *State) path(name string) string { return filepath.Join(s.dir, name) }
