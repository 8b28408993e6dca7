package relay

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/disk"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/backup"
)

// The further files of a data directory while the host key is changed.
const (
	nextKeyFile  = backup.NextHostKey // lies beside the key in use, which tells of it
	certFile     = backup.HostKeyCert // of the key in use, made by the one before it
	maxCertBytes = 4 << 10
)

// VouchLife is for how long the old host key vouches for the new one: as long,
// programs that know the old one alone reach the relay.
const VouchLife = 90 * 24 * time.Hour

// Errors of those who change the host key.
var (
	ErrNextHostKey   = errors.New("there is a new host key already")
	ErrNoNextHostKey = errors.New("there is no new host key")
)

// hostKeys are who the relay is. They never change, others replace them.
type hostKeys struct {
	own  ssh.Signer // the key in use
	next ssh.Signer // nil: there is none

	vouched ssh.Signer       // own, with a certificate of the key before it; nil: there is none
	cert    *ssh.Certificate // that one
	files   keyFiles         // what was read
}

func hostKeyFiles(dir string) [3]string { return keyPaths(dir, hostKeyFile, nextKeyFile, certFile) }

// statHostKeys looks at the files of the host keys.
func statHostKeys(dir string) keyFiles { return statKeys(hostKeyFiles(dir)) }

// loadHostKeys reads them, and makes the key in use where create is set.
func loadHostKeys(dir string, create bool) (*hostKeys, error) {
	files := hostKeyFiles(dir)
	own, err := loadKey(files[0], create)
	if err != nil {
		return nil, err
	}
	k := &hostKeys{own: own, files: statHostKeys(dir)}
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
		return nil, fmt.Errorf("reading the host key's certificate: %w", err)
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s is no certificate; remove it, then only who knows the new host key reaches the relay: %w", files[2], err)
	}
	// It may be that of the next key, where a change was interrupted.
	cert, is := key.(*ssh.Certificate)
	if is && string(cert.Key.Marshal()) == string(own.PublicKey().Marshal()) {
		k.cert = cert
		k.vouched, err = ssh.NewCertSigner(cert, own)
	}
	return k, err
}

// changing reports whether clients have to be told of the host keys: there is a new one,
// or they may still know an old one.
func (k *hostKeys) changing(now time.Time) bool { return k.next != nil || k.vouching(now) }

func (k *hostKeys) vouching(now time.Time) bool {
	return k.vouched != nil && now.Before(time.Unix(int64(k.cert.ValidBefore), 0))
}

// all are the relay's keys, that in use first.
func (k *hostKeys) all() []ssh.Signer {
	if k.next == nil {
		return []ssh.Signer{k.own}
	}
	return []ssh.Signer{k.own, k.next}
}

// signers are what the relay shows in a handshake.
func (d *Data) signers() []ssh.Signer {
	k := d.keys.Load()
	if k.vouching(time.Now()) {
		return []ssh.Signer{k.own, k.vouched}
	}
	return []ssh.Signer{k.own}
}

// rereadHostKeys takes up what another process has changed about the host keys, and
// reports whether it has.
func (d *Data) rereadHostKeys() (bool, error) {
	if d.keys.Load().files.same(statHostKeys(d.dir)) {
		return false, nil
	}
	k, err := loadHostKeys(d.dir, false)
	if err != nil {
		return false, err
	}
	d.keys.Store(k)
	return true, nil
}

// HostKeys tells of the host keys: that in use, the new one, and the one before, as long
// as it vouches for that in use.
func (d *Data) HostKeys() []api.HostKey {
	k, now := d.keys.Load(), time.Now()
	list := []api.HostKey{keyRow(k.own.PublicKey(), api.HostKeyInUse, k.files[0].ModTime())}
	if k.next != nil {
		list = append(list, keyRow(k.next.PublicKey(), api.HostKeyNext, k.files[1].ModTime()))
	}
	if k.vouching(now) {
		old := keyRow(k.cert.SignatureKey, api.HostKeyBefore, time.Time{})
		old.Until = time.Unix(int64(k.cert.ValidBefore), 0).UTC()
		list = append(list, old)
	}
	return list
}

// changeHostKey runs f while nobody else changes the host keys, and takes up what it did.
func (d *Data) changeHostKey(f func(k *hostKeys) error) error {
	setUp, err := openLock(filepath.Join(d.dir, setUpLockFile), disk.Lock)
	if err != nil {
		return err
	}
	defer setUp.Close()
	k, err := loadHostKeys(d.dir, false)
	if err != nil {
		return err
	}
	if err := f(k); err != nil {
		return err
	}
	_, err = d.rereadHostKeys()
	return err
}

// NewHostKey makes a new host key beside the one in use: [ErrNextHostKey] where there is
// one already. A relay that serves the directory tells of it within [revokeInterval].
func (d *Data) NewHostKey() error {
	return d.changeHostKey(func(k *hostKeys) error {
		if k.next != nil {
			return ErrNextHostKey
		}
		return makeKey(filepath.Join(d.dir, nextKeyFile))
	})
}

// DropHostKey removes the new host key: [ErrNoNextHostKey] where there is none.
func (d *Data) DropHostKey() error {
	return d.changeHostKey(func(k *hostKeys) error {
		if k.next == nil {
			return ErrNoNextHostKey
		}
		if err := os.Remove(filepath.Join(d.dir, nextKeyFile)); err != nil {
			return fmt.Errorf("removing the new host key: %w", err)
		}
		return disk.SyncDir(d.dir)
	})
}

// SwitchHostKey puts the new host key in the place of the one in use, which is gone then:
// what stays of it is a certificate that vouches for the new one for [VouchLife], or with
// distrusted nothing. It is [ErrNoNextHostKey] where there is no new key.
func (d *Data) SwitchHostKey(now time.Time, distrusted bool) error {
	return d.changeHostKey(func(k *hostKeys) error {
		if k.next == nil {
			return ErrNoNextHostKey
		}
		cert := filepath.Join(d.dir, certFile)
		if distrusted {
			if err := os.Remove(cert); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("removing the old certificate: %w", err)
			}
		} else {
			text, err := vouch(k.own, k.next.PublicKey(), now)
			if err != nil {
				return err
			}
			// First: until the key has its place, a certificate that is not its own counts
			// for nothing.
			if err := disk.Replace(cert, text, 0o600); err != nil {
				return fmt.Errorf("writing the new host key's certificate: %w", err)
			}
		}
		if err := os.Rename(filepath.Join(d.dir, nextKeyFile), filepath.Join(d.dir, hostKeyFile)); err != nil {
			return fmt.Errorf("putting the new host key in its place: %w", err)
		}
		return disk.SyncDir(d.dir)
	})
}

// vouch makes the certificate of a new host key by the old one. It has no beginning:
// the clocks of customers' computers are often late, and nothing is won by one.
func vouch(old ssh.Signer, key ssh.PublicKey, now time.Time) ([]byte, error) {
	var serial [8]byte
	if _, err := rand.Read(serial[:]); err != nil {
		return nil, err
	}
	cert := &ssh.Certificate{
		Key: key, Serial: binary.BigEndian.Uint64(serial[:]), CertType: ssh.HostCert, KeyId: "host key of a supportd relay",
		ValidPrincipals: []string{wire.RelayPrincipal}, ValidBefore: uint64(now.Add(VouchLife).Unix()),
	}
	if err := cert.SignCert(rand.Reader, old); err != nil {
		return nil, fmt.Errorf("vouching for the new host key: %w", err)
	}
	return ssh.MarshalAuthorizedKey(cert), nil
}

// catchUpHostKeys takes up what another process has changed about the host keys.
func (r *Relay) catchUpHostKeys() {
	changed, err := r.data.rereadHostKeys()
	if !r.badHostKeys.write(r.log, "the host keys cannot be read; those known stay in use", err) || !changed {
		return
	}
	k, next := r.data.keys.Load(), "none"
	if k.next != nil {
		next = ssh.FingerprintSHA256(k.next.PublicKey())
	}
	r.security(EventHostKey, "the host keys were changed", atMachine, "key", ssh.FingerprintSHA256(k.own.PublicKey()), "next", next)
}

// announceHostKeys tells a CSR's program once of the relay's host keys, while they change,
// or while the keys change that certify computers: ours asks for those then, too. Others
// than ours take a second time for a mistake.
func (r *Relay) announceHostKeys(c *sshd.Conn) {
	who, ok := c.Identity().(*csrIdentity)
	k := r.data.keys.Load()
	if now := time.Now(); !ok || !k.changing(now) && !r.data.cas.Load().changing(now) || who.announced.Swap(true) {
		return
	}
	var keys []ssh.PublicKey
	for _, s := range k.all() {
		keys = append(keys, s.PublicKey())
	}
	_, _, _ = c.SSH().SendRequest(wire.HostKeysRequest, false, wire.MarshalHostKeys(keys)) // a connection that has ended says so elsewhere
}

// handleProve proves to a CSR's program that the relay has its host keys.
func (r *Relay) handleProve(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	keys, err := wire.ParseHostKeys(payload)
	if _, denied := r.admit(c, actUse, nil); denied != nil || err != nil || len(keys) == 0 {
		return false, nil
	}
	var proofs []*ssh.Signature
	for _, key := range keys {
		for _, own := range r.data.keys.Load().all() {
			if string(own.PublicKey().Marshal()) != string(key.Marshal()) {
				continue
			}
			proof, err := own.Sign(rand.Reader, wire.HostKeyProof(c.SSH().SessionID(), key))
			if err != nil {
				return false, nil
			}
			proofs = append(proofs, proof)
		}
	}
	if len(proofs) != len(keys) {
		return false, nil
	}
	return true, wire.MarshalProofs(proofs)
}
