package main

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/imprint"
	"supportd/library/text"
)

// imprinted is what the operator wrote into this program. It can only demand: it names
// where the program may connect to, and nothing is allowed by it.
type imprinted struct {
	imprint.Imprint
	has bool
	err error // it is damaged: nothing of it counts, and no support session is joined
}

func ownImprint() (i imprinted) {
	i.Imprint, i.has, i.err = imprint.Own()
	return i
}

// demanded is where a join goes and what it knows the relay by: the imprint's, where
// there is one. What was typed may choose among that, and replaces nothing of it.
func (p *program) demanded(typed state.Relay) (state.Relay, error) {
	if !p.imprint.has {
		return typed, nil
	}
	ours := state.Relay{Addresses: p.imprint.Relays, Keys: p.imprint.RelayKeys}
	for _, a := range typed.Addresses {
		if !slices.Contains(ours.Addresses, a) {
			return state.Relay{}, p.fail(cmdline.ExitUsage, imprintRelayHint, imprintRelay, ours)
		}
	}
	for _, key := range typed.Keys {
		if !slices.Contains(ours.Keys, key) {
			return state.Relay{}, p.fail(cmdline.ExitUsage, imprintKeyHint, imprintKey, strings.Join(ours.Keys, ", "))
		}
	}
	if len(typed.Addresses) > 0 {
		ours.Addresses = typed.Addresses
	}
	if len(typed.Keys) > 0 {
		ours.Keys = typed.Keys
	}
	return ours.Clone(), nil
}

// claim says whose program this is by its own word.
func (p *program) claim(s *screen) {
	if claim := p.claimed(); claim != "" {
		s.say(s.notice(claim))
	}
}

// claimed is what [program.claim] says, or "".
func (p *program) claimed() string {
	name := text.Plain(p.imprint.Organisation, imprint.MaxOrganisation)
	if name == "" {
		return ""
	}
	return phrase(p.lang, imprintClaim, name)
}

// version is what the program says of itself, with what was written into it.
func (p *program) version() string {
	lines := []string{cmdline.Build()}
	if p.imprint.err != nil {
		lines = append(lines, p.imprint.err.Error()+": download this program again")
	}
	if p.imprint.Organisation != "" {
		lines = append(lines, "organisation "+p.imprint.Organisation)
	}
	for _, a := range p.imprint.Relays {
		lines = append(lines, "relay "+a.String())
	}
	for _, key := range p.imprint.RelayKeys {
		lines = append(lines, "relay-key "+key)
	}
	if cas, err := csrca.ParseLines(p.imprint.CSRCA); err == nil {
		for _, ca := range cas {
			lines = append(lines, "csr-ca "+ssh.FingerprintSHA256(ca))
		}
	}
	if d := p.imprint.Revocations; d.Least > 0 {
		lines = append(lines, "revocations-least "+strconv.FormatUint(d.Least, 10))
	}
	if p.imprint.Revocations.Required {
		lines = append(lines, "revocations-required yes")
	}
	for _, category := range p.imprint.Revocations.Second {
		lines = append(lines, "second-signature "+text.Escape(category))
	}
	if p.imprint.RequireWords {
		lines = append(lines, "words-required yes")
	}
	return strings.Join(lines, "\n")
}
