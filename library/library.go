// Package library holds the rules of the script library that CSRs share: what a
// script is called, who may see and change it, what belongs to it. The folders below
// have only the name in common with it: they are packages that the three programs share.
//
// The relay keeps the scripts and asks this package; supportctl reads and makes packages
// with it.
//
// Nothing here does I/O but for the reader or writer of a package.
package library

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"supportd/library/filename"
	"supportd/library/text"
)

const (
	// MaxName bounds a script's name, in characters: it has to fit into a line.
	MaxName = 64
	// MaxDescription bounds a description, in bytes.
	MaxDescription = 4 << 10
)

// Script is an entry of the library: everything about it but its files.
type Script struct {
	ID          string // of the entry; names can change
	Name        string // as its owner writes it, in Unicode form C
	Category    string
	Description string // may have several lines
	Owner       string // account
	Published   bool   // seen and run by every CSR, otherwise by the owner alone
	Created     time.Time
	Current     Version
	Uses        Uses
}

// Version is one state of a script. None is ever deleted, so that a report can
// show what ran.
type Version struct {
	Number     int // from 1
	By         string
	Changed    time.Time
	Name       string // at that time
	Published  bool   // at that time
	Executable string
	Size       int    // of all files together, in bytes
	SHA256     string // of the package, see [Package.SHA256]
	Signer     string // SHA256:… of its author's key; "" is nobody: it is unsigned
	Approver   string // account of who else has signed it, where that may log in; "" is nobody
}

// Uses is how a script has been used on customers' computers.
type Uses struct {
	Runs int
	Last time.Time
	OK   bool // whether the last run succeeded
}

// Person is who wants to do something with a script.
type Person struct {
	Account string
	Admin   bool
}

// MaySee reports whether somebody may see and run a script. One that they may
// not see has to look as if it did not exist. Only that its name is taken can be
// found out, by whoever guesses it, because names are unique.
func (s Script) MaySee(p Person) bool { return s.Published || s.Owner == p.Account }

// MaySeeVersion reports whether somebody who may see a script may also see one of
// its versions: what was never published stays its owner's.
func (s Script) MaySeeVersion(p Person, v Version) bool { return v.Published || s.Owner == p.Account }

// MayChange reports whether somebody may edit and delete a script.
func (s Script) MayChange(p Person) bool { return s.Owner == p.Account }

// MayWithdraw reports whether somebody may take back the publication.
func (s Script) MayWithdraw(p Person) bool { return s.MayChange(p) || p.Admin }

// Key makes names equal that people would confuse: those that differ in case
// or in Unicode form only. It is what is unique.
func Key(name string) string { return filename.Fold(name) }

// marks are what may stand in a name beside letters, digits and spaces. A name is
// pasted from hints and completed by shells on the computers of other CSRs, so
// nothing is among them that any of sh, cmd and PowerShell would do something for:
// they run what is in parentheses, too. A quote alone runs nothing.
const marks = "-_.+,'\u2019"

func inName(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Zs) || strings.ContainsRune(marks, r)
}

// CheckName returns a name as it is kept, in Unicode form C. Names that were given
// before there was this rule stay.
func CheckName(name string) (string, error) {
	name = norm.NFC.String(name)
	switch {
	case name == "":
		return "", errors.New("a script needs a name")
	case !utf8.ValidString(name):
		return "", errors.New("a script's name has to be UTF-8")
	case utf8.RuneCountInString(name) > MaxName:
		return "", text.Errorf("a script's name has at most %d characters", MaxName)
	case strings.ContainsFunc(name, text.Hostile):
		return "", errors.New("a script's name holds control or invisible characters")
	case strings.ContainsFunc(name, func(r rune) bool { return !inName(r) }):
		return "", errors.New("a script's name has letters, digits, spaces and any of - _ . + , ' in it")
	case strings.TrimSpace(name) != name || strings.HasPrefix(name, "-"):
		return "", errors.New("a script's name has no dash in front, and no space at either end")
	}
	return name, nil
}

// CheckDescription says what is wrong with a description.
func CheckDescription(s string) error {
	switch {
	case !utf8.ValidString(s):
		return errors.New("a description has to be UTF-8")
	case len(s) > MaxDescription:
		return text.Errorf("a description has at most %d bytes, this one has %d", MaxDescription, len(s))
	case text.EscapeLines(s) != s:
		return errors.New("a description holds control or invisible characters")
	}
	return nil
}
