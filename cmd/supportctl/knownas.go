package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/disk"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
)

// relaysDir holds under which host each relay became known here, a file for each host key,
// below the program's directory. Relays of a group have one host key: whoever logs in to
// another one of them still knows the computers that were met, and whose the scripts are.
const relaysDir = "relays"

func (p *program) relayFile(hostKey ssh.PublicKey) string {
	return filepath.Join(p.path(relaysDir), fmt.Sprintf("%x", sha256.Sum256(hostKey.Marshal())))
}

// allHostKeys are those that a relay has, the one in use first.
func (pr profile) allHostKeys() []ssh.PublicKey {
	return append([]ssh.PublicKey{pr.hostKey}, pr.others...)
}

// findKnownAs is the host under which the relay of a login became known: by its host key, or
// by one that it had before and has proved to have; else it is that of the login. What cannot
// be read is not nothing: scripts would have no known author then.
func (p *program) findKnownAs(pr profile) (string, error) {
	name, err := p.knownByKey(pr)
	if name == "" && err == nil {
		name = pr.address.Host
	}
	return name, err
}

// knownByKey is the same where the host keys say it; "" is that they do not.
func (p *program) knownByKey(pr profile) (string, error) {
	for _, key := range pr.allHostKeys() {
		if name, err := readKnownAs(p.relayFile(key)); name != "" || err != nil {
			return name, err
		}
	}
	return "", nil
}

// readKnownAs reads from a file under which host a relay became known; "" is that there is
// none.
func readKnownAs(file string) (string, error) {
	data, err := disk.Read(file, maxOwn)
	if _, there := os.Lstat(file); there != nil && errors.Is(err, fs.ErrNotExist) { // no link that leads nowhere
		return "", nil
	}
	name := strings.TrimSpace(string(data))
	if err == nil {
		err = checkKnownAs(name)
	}
	if err != nil {
		return "", cmdline.Fail(cmdline.ExitFailed, "write the host of your first login to this relay into it; or remove it: the host of your next login counts then",
			"cannot read under which host the relay became known: %s", text.Escape(file)).Because(err)
	}
	return name, nil
}

// checkKnownAs holds that a name is a host, as addresses have it: it becomes a part of the
// names of files, and no name at all would be every relay's.
func checkKnownAs(name string) error {
	a, err := reach.ParseAddress(net.JoinHostPort(name, wire.DefaultPort)) // with a port, a zone may stand there
	if err == nil && a.Host != name {
		err = errors.New("it names no host")
	}
	return err
}

// keepKnownAs keeps it for the host keys of a login, of which nothing is kept yet. A relay may
// get a key that another one had: what is known of that one stays.
func (p *program) keepKnownAs(pr profile) error {
	dir := p.path(relaysDir)
	if err := disk.MkdirAll(dir, 0o700); err != nil {
		return explain(dir, err)
	}
	for _, key := range pr.allHostKeys() {
		file := p.relayFile(key)
		name, err := readKnownAs(file)
		if err == nil && name == "" {
			err = writeFile(file, []byte(pr.knownAs+"\n"), 0o600, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// knowAgain finds out which relay a login is to, and keeps that, also for the login before
// it, of which an older program has kept nothing.
func (p *program) knowAgain(pr *profile) error {
	before, err := p.loadProfile()
	known := err == nil
	if known {
		if err := p.keepKnownAs(before); err != nil {
			return err
		}
	}
	if known && sameKey(before.hostKey, pr.hostKey) {
		pr.knownAs = before.knownAs
	} else if pr.knownAs, err = p.knownByKey(*pr); err == nil && pr.knownAs == "" {
		err = p.becomeKnown(pr)
	}
	if err != nil {
		return err
	}
	return errors.Join(p.keepKnownAs(*pr), p.takeOver(*pr))
}

// becomeKnown makes the host of a login the one under which its relay is known. The relay that
// was known under it with another key may have lost that key, or be another one: what is known
// stays, since a script of another author must not become new by that, and it is said.
func (p *program) becomeKnown(pr *profile) error {
	pr.knownAs = pr.address.Host
	taken, err := p.isKnownAs(pr.knownAs)
	if err == nil && taken {
		fmt.Fprintln(p.std.Err, cmdline.Folded(p.problems(), p.say("%s had another host key before, which does not vouch for this one. Computers, authors of scripts and looks that you know from there count for this relay, too. If it is another relay, supportctl logout forgets them", pr.knownAs)))
	}
	return err
}

// knownAddress is an address of the relay that stays the same. It has a port, without which
// no zone may stand in it.
func (pr profile) knownAddress() string {
	return reach.Address{Host: pr.knownAs, Port: wire.DefaultPort}.String()
}
