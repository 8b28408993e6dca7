package relay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/disk"
	"supportd/relay/backup"
)

// The further files of a data directory while the key is changed that certifies computers.
const (
	nextCAFile   = backup.NextCAKey   // lies beside the key in use, which certifies
	beforeCAFile = backup.CAKeyBefore // the public half of the key before, and until when its certificates are good
)

// Errors of those who change the key that certifies computers.
var (
	ErrNextCAKey   = errors.New("there is a new key for certificates of computers already")
	ErrNoNextCAKey = errors.New("there is no new key for certificates of computers")
)

// caKeys are who certifies customers' computers. They never change, others replace them.
type caKeys struct {
	own  ssh.Signer // the key in use
	next ssh.Signer // nil: there is none

	before ssh.PublicKey // that before own; nil: there is none
	until  time.Time     // when the last of its certificates ends
	files  keyFiles      // what was read
}

func caKeyFiles(dir string) [3]string {
	return keyPaths(dir, caKeyFile, nextCAFile, beforeCAFile)
}

// loadCAKeys reads them, and makes the key in use where create is set.
func loadCAKeys(dir string, create bool) (*caKeys, error) {
	files := caKeyFiles(dir)
	own, err := loadKey(files[0], create)
	if err != nil {
		return nil, err
	}
	k := &caKeys{own: own, files: statKeys(files)}
	if k.files[1] != nil {
		if k.next, err = loadKey(files[1], false); err != nil {
			return nil, err
		}
	}
	if k.files[2] == nil {
		return k, nil
	}
	text, err := disk.Read(files[2], maxCertBytes)
	if err != nil {
		return nil, fmt.Errorf("reading the key before that certified computers: %w", err)
	}
	key, until, _, _, err := ssh.ParseAuthorizedKey(text)
	if err == nil {
		k.until, err = time.Parse(time.RFC3339, until)
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be used; remove it, then computers that have not come back since the change show certificates which CSRs refuse: %w", files[2], err)
	}
	// It may be the key in use, where a change was interrupted.
	if string(key.Marshal()) != string(own.PublicKey().Marshal()) {
		k.before = key
	}
	return k, nil
}

// trusted are those whose certificates of computers are good now, that in use first.
func (k *caKeys) trusted(now time.Time) []ssh.PublicKey {
	all := []ssh.PublicKey{k.own.PublicKey()}
	if k.next != nil {
		all = append(all, k.next.PublicKey())
	}
	if k.hasBefore(now) {
		all = append(all, k.before)
	}
	return all
}

func (k *caKeys) hasBefore(now time.Time) bool { return k.before != nil && now.Before(k.until) }

// changing reports whether CSRs' programs have to be told: there is a new key, or some may
// know the old one alone.
func (k *caKeys) changing(now time.Time) bool { return k.next != nil || k.hasBefore(now) }

// rereadCAKeys takes up what another process has changed about these keys. It returns what
// was known before, nil where nothing has changed.
func (d *Data) rereadCAKeys() (was *caKeys, err error) {
	was = d.cas.Load()
	if was.files.same(statKeys(caKeyFiles(d.dir))) {
		return nil, nil
	}
	k, err := loadCAKeys(d.dir, false)
	if err != nil {
		return nil, err
	}
	d.cas.Store(k)
	return was, nil
}

// CAKeys tells of the keys that certify customers' computers: that in use, the new one, and
// the one before, as long as its certificates are good.
func (d *Data) CAKeys() []api.HostKey {
	k, now := d.cas.Load(), time.Now()
	list := []api.HostKey{keyRow(k.own.PublicKey(), api.HostKeyInUse, k.files[0].ModTime())}
	if k.next != nil {
		list = append(list, keyRow(k.next.PublicKey(), api.HostKeyNext, k.files[1].ModTime()))
	}
	if k.hasBefore(now) {
		old := keyRow(k.before, api.HostKeyBefore, time.Time{})
		old.Until = k.until.UTC()
		list = append(list, old)
	}
	return list
}

// changeCAKey runs f while nobody else changes these keys, and takes up what it did.
func (d *Data) changeCAKey(f func(k *caKeys) error) error {
	setUp, err := openLock(filepath.Join(d.dir, setUpLockFile), disk.Lock)
	if err != nil {
		return err
	}
	defer setUp.Close()
	k, err := loadCAKeys(d.dir, false)
	if err != nil {
		return err
	}
	if err := f(k); err != nil {
		return err
	}
	_, err = d.rereadCAKeys()
	return err
}

// NewCAKey makes a new key beside the one that certifies computers: [ErrNextCAKey] where
// there is one already. A relay that serves the directory tells of it within
// [revokeInterval].
func (d *Data) NewCAKey() error {
	return d.changeCAKey(func(k *caKeys) error {
		if k.next != nil {
			return ErrNextCAKey
		}
		return makeKey(filepath.Join(d.dir, nextCAFile))
	})
}

// DropCAKey removes the new key: [ErrNoNextCAKey] where there is none.
func (d *Data) DropCAKey() error {
	return d.changeCAKey(func(k *caKeys) error {
		if k.next == nil {
			return ErrNoNextCAKey
		}
		if err := os.Remove(filepath.Join(d.dir, nextCAFile)); err != nil {
			return fmt.Errorf("removing the new key: %w", err)
		}
		return disk.SyncDir(d.dir)
	})
}

// SwitchCAKey puts the new key in the place of the one that certifies computers, which is
// gone then. Its certificates stay good until they end, [certificateLife] at most; with
// distrusted they do not, and a relay that serves gives the computers other ones. It is
// [ErrNoNextCAKey] where there is no new key.
func (d *Data) SwitchCAKey(now time.Time, distrusted bool) error {
	return d.changeCAKey(func(k *caKeys) error {
		if k.next == nil {
			return ErrNoNextCAKey
		}
		before := filepath.Join(d.dir, beforeCAFile)
		if distrusted {
			if err := os.Remove(before); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("removing the key before: %w", err)
			}
		} else {
			// First: until the new key has its place, that before is the one in use.
			line := authorizedKey(k.own.PublicKey()) + " " + now.Add(certificateLife).UTC().Format(time.RFC3339) + "\n"
			if err := disk.Replace(before, []byte(line), 0o600); err != nil {
				return fmt.Errorf("keeping the public half of the old key: %w", err)
			}
		}
		if err := os.Rename(filepath.Join(d.dir, nextCAFile), filepath.Join(d.dir, caKeyFile)); err != nil {
			return fmt.Errorf("putting the new key in its place: %w", err)
		}
		return disk.SyncDir(d.dir)
	})
}

// catchUpCAKeys takes up what another process has changed about who certifies computers.
// Those whose certificates nobody shall take any more come back, and get other ones.
func (r *Relay) catchUpCAKeys() {
	was, err := r.data.rereadCAKeys()
	if !r.badCAKeys.write(r.log, "the keys that certify computers cannot be read; those known stay in use", err) || was == nil {
		return
	}
	k, next := r.data.cas.Load(), "none"
	if k.next != nil {
		next = ssh.FingerprintSHA256(k.next.PublicKey())
	}
	r.security(EventCAKey, "the keys that certify computers were changed", atMachine, "key", ssh.FingerprintSHA256(k.own.PublicKey()), "next", next)
	if string(was.own.PublicKey().Marshal()) == string(k.own.PublicKey().Marshal()) || k.hasBefore(time.Now()) {
		return
	}
	for _, s := range r.sessions() {
		if t := s.tunnel.Load(); t != nil {
			t.conn.Load().End(errRenewal)
		}
	}
}
