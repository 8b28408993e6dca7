package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/disk"
	"supportd/library/reach"
)

// relaysDir holds under which host each relay became known here, a file for each host key,
// below the program's directory. Relays of a group have one host key: whoever logs in to
// another one of them still knows the computers that were met, and whose the scripts are.
const relaysDir = "relays"

func (p *program) relayFile(hostKey ssh.PublicKey) string {
	return filepath.Join(p.path(relaysDir), fmt.Sprintf("%x", sha256.Sum256(hostKey.Marshal())))
}

// findKnownAs is the host under which the relay of a login became known: by its host key, or
// by one that it had before and has proved to have. What cannot be read is not nothing:
// scripts would have no known author then.
func (p *program) findKnownAs(pr profile) (string, error) {
	for _, key := range append([]ssh.PublicKey{pr.hostKey}, pr.others...) {
		switch name, err := disk.Read(p.relayFile(key), maxOwn); {
		case err == nil && len(name) > 0:
			return strings.TrimSpace(string(name)), nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return pr.address.Host, nil
}

// keepKnownAs keeps it for the host key that is in use.
func (p *program) keepKnownAs(pr profile) error {
	if err := disk.MkdirAll(p.path(relaysDir), 0o700); err != nil {
		return err
	}
	return writeFile(p.relayFile(pr.hostKey), []byte(pr.knownAs+"\n"), 0o600, true)
}

// knowAgain finds out which relay a login is to, and keeps that, also for the login before
// it, of which an older program has kept nothing.
func (p *program) knowAgain(pr *profile) (err error) {
	if before, err := p.loadProfile(); err == nil {
		if err := p.keepKnownAs(before); err != nil {
			return err
		}
	}
	if pr.knownAs, err = p.findKnownAs(*pr); err != nil {
		return err
	}
	return p.keepKnownAs(*pr)
}

// knownAddress is an address of the relay that stays the same.
func (pr profile) knownAddress() string { return reach.Address{Host: pr.knownAs}.String() }
