package main

import (
	"strings"

	"supportd/library/cmdline"
	"supportd/library/imprint"
)

// imprinted is what the operator wrote into this program.
type imprinted struct {
	imprint.Imprint
	has bool
	err error // it is damaged
}

func ownImprint() (i imprinted) {
	i.Imprint, i.has, i.err = imprint.Own()
	return i
}

// version is what the program says of itself, with what was written into it.
func (p *program) version() string {
	if !p.imprint.has {
		return cmdline.Build()
	}
	lines := []string{cmdline.Build()}
	if p.imprint.Organisation != "" {
		lines = append(lines, "organisation "+p.imprint.Organisation)
	}
	for _, a := range p.imprint.Relays {
		lines = append(lines, "relay "+a.String())
	}
	for _, key := range p.imprint.RelayKeys {
		lines = append(lines, "relay-key "+key)
	}
	return strings.Join(lines, "\n")
}
