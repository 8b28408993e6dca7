package main

import (
	"slices"

	"golang.org/x/crypto/ssh"
)

// otherHostKeys are the fingerprints of the relay's further host keys.
func (pr profile) otherHostKeys() (prints []string) {
	for _, key := range pr.others {
		prints = append(prints, ssh.FingerprintSHA256(key))
	}
	return prints
}

// setHostKeys makes these the relay's keys.
func (pr *profile) setHostKeys(inUse ssh.PublicKey, others []ssh.PublicKey) {
	pr.HostKey, pr.hostKey, pr.OtherHostKeys, pr.others = formatKey(inUse), inUse, nil, others
	for _, key := range others {
		pr.OtherHostKeys = append(pr.OtherHostKeys, formatKey(key))
	}
}

// keepHostKeys keeps the relay's host keys, which one that was known vouches for, with
// the login of known. Another login, which was made meanwhile, stays as it is.
func (p *program) keepHostKeys(known profile, inUse ssh.PublicKey, others []ssh.PublicKey) {
	now, err := p.loadProfile()
	if p.readsOnly || err != nil || now.Relay != known.Relay || now.Account != known.Account {
		return
	}
	before := slices.Concat([]string{now.HostKey}, now.OtherHostKeys)
	now.setHostKeys(inUse, others)
	if slices.Equal(before, slices.Concat([]string{now.HostKey}, now.OtherHostKeys)) {
		return
	}
	if err = now.save(p); err == nil {
		err = p.writeSSHFiles(now)
	}
	if err != nil {
		p.note("cannot keep the relay's new host key: %v", err)
	}
}
