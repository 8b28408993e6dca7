// Package imprint is what an operator writes into support-agent once, before the
// program is signed: where the relay is, how it is known, and whose program this
// is. support-relay writes it, with package executable below this one, and
// support-agent reads it at its start. It only ever demands: whatever stands in it,
// nothing is allowed by it.
//
// # Where it lies
//
// support-agent has a region of [Size] bytes for it, a text constant among the
// program's read-only data. The running program reads the region through its own
// variable, so it never searches a file: which file it was started from, what that is
// called and what else was put into it or behind it makes no difference. The region is
// part of a section that the file's own tables name (.rodata, .rdata, __rodata), and
// the signatures of Windows and macOS cover that section.
//
// Other places were considered. A section of its own would have to be added to a
// finished file, and so move what stands behind it; Mach-O often has no room for one
// more load command, and each system would need another way to read it at run time.
// A variable of the program is found without anything like that, also where names
// were stripped (-ldflags "-s -w"), but no table says where it lies. So who writes
// looks for it in that one section, by a mark of 64 hexadecimal digits, and refuses a
// program in which the mark does not stand exactly once.
//
// # Form
//
// An imprint is a text, so that anybody can read it in the file:
//
//	supportd imprint 1
//	relay relay.example
//	relay-key SHA256:…
//	organisation Example Ltd
//	csr-ca ssh-ed25519 AAAA…
//	revocations-least 7
//	revocations-required yes
//	words-required yes
//	sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//
// First the relays, the one to try first before the others; then the keys; then the
// organisation, the keys of its CSR CA, what is demanded of the list of what that has
// revoked, and that safety words are compared, which may all be missing; at last the SHA-256 of all lines before. An
// imprint has this one form: what [Parse] takes, [Imprint.Encode] gives back byte for
// byte. The checksum finds damage; what finds a forgery is the program's signature.
package imprint

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/reach"
	"supportd/library/text"
	"supportd/library/wire"
)

// The limits of an imprint. Together they keep it below the room that it has.
const (
	MaxRelays       = 8
	MaxKeys         = 8
	MaxOrganisation = text.MaxOrganisation // runes
)

// Imprint is what a program was given. The zero Imprint is none and is not valid.
type Imprint struct {
	// Relays are where the program may connect to, 1 to [MaxRelays] different ones,
	// the one to try first before the others.
	Relays []reach.Address
	// RelayKeys are the fingerprints of the relays' host keys (SHA256:…), 1 to
	// [MaxKeys] different ones. A relay must have one of them.
	RelayKeys []string
	// Organisation is who the program says that it is from: harmless text of one
	// line, at most [MaxOrganisation] runes; "" is nobody.
	Organisation string
	// CSRCA are the keys of the organisation's CSR CA, in the form of [csrca.Line], up to
	// [csrca.MaxCAs] different ones: then only its certificates let a CSR in.
	CSRCA []string
	// Revocations is what is demanded of that CA's list of what it has revoked, and which
	// scripts need a second signature; nothing without a CA, and never a newest list, which
	// is a support session's.
	Revocations csrca.Demand
	// RequireWords says that nothing of a CSR counts before the customer has compared the
	// safety words with them.
	RequireWords bool
}

// The words of the form.
const (
	form       = "supportd imprint "
	version    = "1"
	header     = form + version + "\n"
	fieldRelay = "relay"
	fieldKey   = "relay-key"
	fieldOrg   = "organisation"
	fieldCA    = "csr-ca"
	fieldLeast = "revocations-least"
	fieldList  = "revocations-required"
	// A program from before this field reads no imprint that has it, and says so.
	fieldSecond = "second-signature"
	fieldWords  = "words-required"
	yes         = "yes"
	fieldSum    = "sha256"
	sumLine     = len(fieldSum) + len(" ") + 2*sha256.Size + len("\n")
)

// Check reports what is wrong with an imprint that is to be written. The error is an
// [*Error].
func (i Imprint) Check() error {
	var seen []string
	again := func(s string) bool {
		found := slices.Contains(seen, s)
		seen = append(seen, s)
		return found
	}
	switch {
	case len(i.Relays) == 0:
		return problem(Missing, fieldRelay)
	case len(i.Relays) > MaxRelays:
		return problem(TooMany, fieldRelay)
	case len(i.RelayKeys) == 0:
		return problem(Missing, fieldKey)
	case len(i.RelayKeys) > MaxKeys:
		return problem(TooMany, fieldKey)
	case !text.IsOrganisation(i.Organisation):
		return problem(Wrong, fieldOrg)
	case len(i.CSRCA) > csrca.MaxCAs:
		return problem(TooMany, fieldCA)
	case !i.Revocations.IsZero() && len(i.CSRCA) == 0, i.Revocations.Newest != 0:
		return problem(Missing, fieldCA)
	case csrca.CheckSecond(i.Revocations.Second) != nil:
		return problem(Wrong, fieldSecond)
	}
	for _, a := range i.Relays {
		same, err := reach.ParseAddress(a.String())
		if err != nil || same != a {
			return problem(Wrong, fieldRelay)
		}
		if again(a.String()) {
			return problem(Twice, fieldRelay)
		}
	}
	for _, key := range i.RelayKeys {
		if wire.CheckFingerprint(key) != nil {
			return problem(Wrong, fieldKey)
		}
		if again(key) {
			return problem(Twice, fieldKey)
		}
	}
	for _, line := range i.CSRCA {
		key, err := csrca.ParseLine(line)
		if err != nil {
			return problem(Wrong, fieldCA)
		}
		if again(ssh.FingerprintSHA256(key)) { // the relay's own key among them
			return problem(Twice, fieldCA)
		}
	}
	return nil
}

// Encode is the one form of an imprint. The error is what [Imprint.Check] reports.
func (i Imprint) Encode() (string, error) {
	if err := i.Check(); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(header)
	line := func(field, value string) { b.WriteString(field + " " + value + "\n") }
	for _, a := range i.Relays {
		line(fieldRelay, a.String())
	}
	for _, key := range i.RelayKeys {
		line(fieldKey, key)
	}
	if i.Organisation != "" {
		line(fieldOrg, i.Organisation)
	}
	for _, ca := range i.CSRCA {
		line(fieldCA, ca)
	}
	if i.Revocations.Least > 0 {
		line(fieldLeast, strconv.FormatUint(i.Revocations.Least, 10))
	}
	if i.Revocations.Required {
		line(fieldList, yes)
	}
	for _, category := range i.Revocations.Second {
		line(fieldSecond, category)
	}
	if i.RequireWords {
		line(fieldWords, yes)
	}
	b.WriteString(sum(b.String()))
	if b.Len() >= room { // a zero byte always follows
		return "", problem(TooLong, "")
	}
	return b.String(), nil
}

// Parse reads what [Imprint.Encode] made, and takes nothing else. The error is an
// [*Error].
func Parse(s string) (Imprint, error) {
	lines, err := sealed(s)
	if err != nil {
		return Imprint{}, err
	}
	var i Imprint
	for line := range strings.Lines(lines) {
		field, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch {
		case !ok:
			return Imprint{}, problem(Wrong, "")
		case field == fieldRelay:
			a, err := reach.ParseAddress(value)
			if err != nil {
				return Imprint{}, problem(Wrong, field)
			}
			i.Relays = append(i.Relays, a)
		case field == fieldKey:
			i.RelayKeys = append(i.RelayKeys, value)
		case field == fieldCA:
			i.CSRCA = append(i.CSRCA, value)
		case field == fieldLeast:
			if i.Revocations.Least, err = strconv.ParseUint(value, 10, 64); err != nil {
				return Imprint{}, problem(Wrong, field)
			}
		case field == fieldList && value == yes:
			i.Revocations.Required = true
		case field == fieldSecond:
			i.Revocations.Second = append(i.Revocations.Second, value)
		case field == fieldWords && value == yes:
			i.RequireWords = true
		case field != fieldOrg:
			return Imprint{}, problem(Unknown, field)
		case i.Organisation != "":
			return Imprint{}, problem(Twice, field)
		default:
			i.Organisation = value
		}
	}
	// Other ways to write the same, such as another order, are not the form.
	same, err := i.Encode()
	if err == nil && same != s {
		err = problem(Wrong, "")
	}
	if err != nil {
		return Imprint{}, err
	}
	return i, nil
}

// sealed takes the first line and the checksum off, when they are right and nothing
// follows.
func sealed(s string) (lines string, err error) {
	at := strings.Index(s, "\n"+fieldSum+" ") + 1 // where the last line begins, 0 for nowhere
	end := at + sumLine
	switch {
	case !strings.HasPrefix(s, form) && !strings.HasPrefix(form, s):
		return "", problem(Edited, "")
	case at == 0, len(s) < end:
		return "", problem(Cut, "")
	case s[at:end] != sum(s[:at]):
		return "", problem(Edited, "")
	case len(s) > end:
		return "", problem(More, "")
	}
	lines, ok := strings.CutPrefix(s[:at], header)
	if !ok {
		return "", problem(Unknown, "version")
	}
	return lines, nil
}

// sum is the last line, for all lines before.
func sum(s string) string {
	digest := sha256.Sum256([]byte(s))
	return fieldSum + " " + hex.EncodeToString(digest[:]) + "\n"
}
