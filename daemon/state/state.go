// Package state is the directory in which support-agent keeps what must outlive a
// crash: the support session, its journal, and what the relay has not been given. One
// daemon at a time holds it, nobody else can enter it, and a file is opened only where
// it is an ordinary one: no pipe holds up a Stop.
package state

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/library/csrca"
	"supportd/library/disk"
	"supportd/library/wire"
	"supportd/library/words"
)

// Errors of [Open] and [Dir.Saved].
var (
	// ErrBusy means that another daemon works in this directory.
	ErrBusy = errors.New("another support session is running on this computer")
	// ErrUnsafe means that somebody else could read or change what is kept.
	ErrUnsafe = disk.ErrNotPrivate
	// ErrNothing means that there is no support session to come back to.
	ErrNothing = errors.New("there is no support session to come back to")
)

// Whoever looks whether a daemon runs holds the lock for a moment (see [Ask]).
const (
	lockTries = 4
	lockPause = 20 * time.Millisecond
)

// The names inside a state directory.
const (
	lockName    = "lock"
	sessionName = "session.json"
)

// Dir is an open state directory. Save, Forget and the like may not be called at the
// same time.
type Dir struct {
	path string
	root *os.Root
	lock *heldLock
}

// Open makes dir if it is missing, checks that nobody else can reach into
// it, and locks it. The owner must call [Dir.Close].
func Open(dir string) (*Dir, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := disk.OpenPrivate(dir)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: dir, root: root}
	if err := d.takeLock(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

// Name is the directory's absolute path.
func (d *Dir) Name() string { return d.path }

// Root is the directory itself.
func (d *Dir) Root() *os.Root { return d.root }

// Close lets another daemon have the directory.
func (d *Dir) Close() error { return errors.Join(d.lock.Close(), d.root.Close()) }

// Saved is what a daemon needs to come back to a support session: after a
// crash, and after a reboot.
type Saved struct {
	Relay    Relay            `json:"relay"`
	Group    Group            `json:"group,omitzero"`
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
	// Keys are the keys of CSRs that the relay has named; null before it has named any.
	Keys []Key `json:"keys"`
	// CSRCA are the keys of the CSR CA, in the form of [csrca.Line]: only certificates of
	// it are let in. Null is that there is no CA, and [] that nobody is let in.
	CSRCA []string `json:"csr_ca"`
	// Signed is the newest time that the CA has signed: the beginning of a certificate that
	// was let in. No clock of this computer goes back before it.
	Signed time.Time `json:"csr_ca_signed,omitzero"`
	// Revocations is what is demanded of the CSR CA's list of what it has revoked, and the
	// number of the newest one that has counted: no return goes back to an older one.
	Revocations csrca.Demand `json:"revocations,omitzero"`
	// Owner is the account whose support session it is, as the relay said first.
	Owner string `json:"owner,omitempty"`
	Words Words  `json:"words,omitzero"`
	// RequireWords says that nothing of a CSR counts before the customer has compared the
	// safety words with their key.
	RequireWords bool `json:"require_words"`
}

// Words are the safety words of this support session.
type Words struct {
	// Offered is how often they were committed to, at most [wire.MaxWordsOffered]; it is
	// saved before the commitment is sent.
	Offered int         `json:"offered"`
	Pairs   []WordsPair `json:"pairs,omitempty"`
}

// WordsPair is the pair of this computer's key and one CSR's, SHA256:….
type WordsPair struct {
	Key string `json:"key"`
	words.Pair
	Verdict Verdict `json:"verdict"`
}

// Verdict is what the customer has said of the words that a CSR read out. The zero Verdict
// is that they were not compared yet.
type Verdict string

// The verdicts.
const (
	Same   Verdict = "same"
	Differ Verdict = "differ" // which ends the support session
)

// Of is the pair with a CSR's key.
func (w Words) Of(key string) (WordsPair, bool) {
	for _, p := range w.Pairs {
		if p.Key == key {
			return p, true
		}
	}
	return WordsPair{}, false
}

// Judge keeps what the customer has said of the pair with a CSR's key; other copies of w
// stay as they are.
func (w *Words) Judge(key string, v Verdict) {
	w.Pairs = slices.Clone(w.Pairs)
	for i := range w.Pairs {
		if w.Pairs[i].Key == key {
			w.Pairs[i].Verdict = v
		}
	}
}

// Differs reports whether the customer has heard other words than this computer has.
func (w Words) Differs() bool {
	return slices.ContainsFunc(w.Pairs, func(p WordsPair) bool { return p.Verdict == Differ })
}

// Key is a CSR's key that the relay has named in this support session. Where a CSR CA
// vouches for keys, it is an account, without a fingerprint.
type Key struct {
	Who   consent.Person `json:"who"`   // as the relay named them first
	Since time.Time      `json:"since"` // when that was, by this computer's clock
	// Let says that it may enter: it was there when the customer joined, or the customer
	// has said yes to it.
	Let bool `json:"let"`
}

// Names reports whether it is the key of this CSR: the name alone may be another one.
func (k Key) Names(who consent.Person) bool {
	return k.Who.Fingerprint == who.Fingerprint && k.Who.Account == who.Account
}

// Restart is what is saved of a restart that is under way.
type Restart struct {
	Boot  string         `json:"boot"` // the boot before it
	At    time.Time      `json:"at"`
	By    consent.Person `json:"by"`
	Users []string       `json:"users"` // who was at the screen
}

// Audience is, after a restart, who sits at the screen and whom they let in.
type Audience struct {
	Users []string `json:"users"`         // on whose word CSRs are here
	Asked bool     `json:"asked"`         // they came after the restart: each CSR needs their yes
	Let   []string `json:"let,omitempty"` // who has it, by fingerprint, or with a CSR CA by account
}

// Clone is a copy that shares nothing that changes.
func (s Saved) Clone() Saved {
	s.Relay = s.Relay.Clone()
	s.Keys, s.CSRCA = slices.Clone(s.Keys), slices.Clone(s.CSRCA)
	s.Words.Pairs = slices.Clone(s.Words.Pairs)
	if s.Audience != nil {
		audience := *s.Audience
		audience.Let = slices.Clone(audience.Let)
		s.Audience = &audience
	}
	return s
}

// Expired reports whether the relay does not know the support session any more.
func (s Saved) Expired() bool { return time.Now().After(s.Expires) }

// Saved reads the support session that an earlier daemon left behind;
// [ErrNothing] when there is none or it has expired.
func (d *Dir) Saved() (Saved, error) {
	saved, err := d.Left()
	if err == nil && saved.Expired() {
		return Saved{}, ErrNothing
	}
	return saved, err
}

// Left is [Dir.Saved] also for a support session that has expired.
func (d *Dir) Left() (Saved, error) {
	data, err := disk.ReadIn(d.root, sessionName)
	if errors.Is(err, fs.ErrNotExist) {
		return Saved{}, ErrNothing
	}
	if err != nil {
		return Saved{}, err
	}
	var file struct {
		Saved
		older
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return Saved{}, fmt.Errorf("%s: %w", filepath.Join(d.path, sessionName), err)
	}
	saved := file.Saved
	if saved.Relay.adopt(file.older) != nil || len(saved.Identity) != ed25519.SeedSize || !local.IsName(saved.Journal) {
		return Saved{}, fmt.Errorf("%s is damaged", filepath.Join(d.path, sessionName))
	}
	return saved, nil
}

// Save replaces the session file; it is on the disk when Save returns.
func (d *Dir) Save(saved Saved) error { return d.write(sessionName, saved) }

// write replaces a file: whole, or not at all.
func (d *Dir) write(name string, content any) error {
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return err
	}
	return disk.ReplaceIn(d.root, name, append(data, '\n'), 0o600)
}

// Forget removes the session file.
func (d *Dir) Forget() error { return d.remove(sessionName) }

// remove removes a file, if it is there, for good, and what a crash has left of it.
func (d *Dir) remove(name string) error {
	unfinished := d.root.RemoveAll(disk.Unfinished(name)) // it holds the key, too
	err := d.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return unfinished
	}
	return errors.Join(unfinished, err, disk.SyncRoot(d.root))
}

// Path is the path of a name inside the directory.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, name) }
