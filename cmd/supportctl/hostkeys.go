package main

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/crypto/ssh"

	"supportd/relay/client"
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
	return p.keepKeys(known, profile.hostKeyLines, func(now *profile) { now.setHostKeys(inUse, others) })
}

// keepAuthorities keeps who vouches for computers, as the relay says, likewise.
func (p *program) keepAuthorities(known profile, all []ssh.PublicKey) profile {
	return p.keepKeys(known, func(pr profile) []string { return pr.HostCAs }, func(now *profile) { now.setAuthorities(all) })
}

// keepKeys changes keys of the login and writes them, unless lines says that they are the
// same, or that another process has changed them.
func (p *program) keepKeys(known profile, lines func(profile) []string, change func(*profile)) profile {
	now, err := p.loadProfile()
	if p.readsOnly || err != nil || now.Relay != known.Relay || now.Account != known.Account || !slices.Equal(lines(now), lines(known)) {
		return known
	}
	change(&now)
	if slices.Equal(lines(now), lines(known)) {
		return known
	}
	if err = now.save(p); err == nil {
		err = errors.Join(p.writeSSHFiles(now), p.keepKnownAs(now))
	}
	if err != nil {
		p.note("cannot keep the relay's new keys: %v", err)
		return known
	}
	return now
}

// withLibrary is the login with what the relay calls its library. It is asked for it once:
// what it says later makes no script of another library one of this.
func (p *program) withLibrary(ctx context.Context, r *client.Relay, known profile) (profile, error) {
	if known.Library != "" {
		return known, nil
	}
	who, err := r.WhoAmI(ctx)
	if err != nil {
		return known, err
	}
	known = p.keepKeys(known, func(pr profile) []string { return []string{pr.Library} }, func(now *profile) { now.Library = who.Library })
	known.Library = who.Library // also where it could not be kept
	return known, nil
}

// setAuthorities makes these the ones that vouch for computers.
func (pr *profile) setAuthorities(all []ssh.PublicKey) {
	pr.authorities, pr.HostCAs = all, nil
	for _, ca := range all {
		pr.HostCAs = append(pr.HostCAs, formatKey(ca))
	}
}

// hostKeyLines are the relay's keys as the profile keeps them, that in use first.
func (pr profile) hostKeyLines() []string {
	return slices.Concat([]string{pr.HostKey}, pr.OtherHostKeys)
}
