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
// the login of known, and returns what is known then. Another login, which was made
// meanwhile, stays as it is, and so do keys that came from elsewhere meanwhile: the one that
// this connection knows may be one that nobody trusts any more.
func (p *program) keepHostKeys(known profile, inUse ssh.PublicKey, others []ssh.PublicKey) profile {
	now, err := p.loadProfile()
	if p.readsOnly || err != nil || now.Relay != known.Relay || now.Account != known.Account || !slices.Equal(now.hostKeyLines(), known.hostKeyLines()) {
		return known
	}
	now.setHostKeys(inUse, others)
	if slices.Equal(now.hostKeyLines(), known.hostKeyLines()) {
		return known
	}
	if err = now.save(p); err == nil {
		err = p.writeSSHFiles(now)
	}
	if err != nil {
		p.note("cannot keep the relay's new host key: %v", err)
		return known
	}
	return now
}

// hostKeyLines are the relay's keys as the profile keeps them, that in use first.
func (pr profile) hostKeyLines() []string {
	return slices.Concat([]string{pr.HostKey}, pr.OtherHostKeys)
}
