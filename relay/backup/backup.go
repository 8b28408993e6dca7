// Package backup is the form of the one file that holds a whole relay. The relay
// writes it and takes it apart again; it knows no database and no keys.
//
// The file is a tar archive in gzip (RFC 1952), so that it can be opened by hand too.
// Its first member is [ManifestName], its last one SHA256SUMS in the form that
// sha256sum(1) checks, and between them lie the files. It promises that what [Read]
// returns without an error is what [Write] was given, and that an archive which is cut,
// damaged, of a newer form or somebody's own invention is refused with the reason.
// The sums tell damage. Whoever can change the file on purpose can change them too.
package backup

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Format is the number of the form that [Write] writes. It grows when an older program
// could not restore what a newer one has written.
const Format = 1

// The members of a backup.
const (
	ManifestName = "backup.json"
	HostKey      = "host_key"
	NextHostKey  = "host_key.next"     // while the host key is changed, likewise the next one
	HostKeyCert  = "host_key-cert.pub" // by the host key before
	CAKey        = "ca_key"
	NextCAKey    = "ca_key.next" // while this key is changed, likewise the next one
	CAKeyBefore  = "ca_key-before.pub"
	Database     = "relay.db"
	Config       = "relay.toml" // as it was, with the name that it gets when it is restored
	ACME         = "acme"       // the directory of certificates that an ACME server gave
	sumsName     = "SHA256SUMS"
)

const (
	// maxManifest, maxKey, maxConfig and maxACME bound members in bytes. The database
	// alone may have any size.
	maxManifest = 64 << 10
	maxKey      = 64 << 10
	maxConfig   = 1 << 20
	maxACME     = 1 << 20
	// maxMembers bounds how many there are, and so the sums.
	maxMembers = 1000
	maxSums    = maxMembers * 400
)

// Errors that [Read] wraps.
var (
	ErrNone    = errors.New("this is no backup of a relay")
	ErrCut     = errors.New("the backup ends too early")
	ErrChanged = errors.New("the backup is damaged, or was changed")
	ErrNewer   = errors.New("the backup was made by a newer version of this program")
)

// Manifest says what a backup is.
type Manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"` // version of what has made it
	Made    time.Time `json:"made"`
	// Fingerprint is that of the relay's host key, SHA256:….
	Fingerprint string `json:"fingerprint"`
	// Config is where the configuration lay; "" where there is none in it.
	Config string `json:"config,omitempty"`
	// Outside are the files that the configuration names and that are not in it.
	Outside []string `json:"outside,omitempty"`
}

// File is a file that goes into a backup.
type File struct {
	Name string // of the member
	Path string // on the disk
}

// limit is how many bytes a member of this name may have; -1 is any number, 0 that a
// backup has no such member.
func limit(name string) int64 {
	switch {
	case name == HostKey, name == CAKey, slices.Contains(WhileChanged(), name):
		return maxKey
	case name == Database:
		return -1
	case name == Config:
		return maxConfig
	case MayStoreCertificate(strings.TrimPrefix(name, ACME+"/")) && path.Dir(name) == ACME:
		return maxACME
	}
	return 0
}

// WhileChanged are the members that a backup has only while a key of the relay is changed.
func WhileChanged() []string { return []string{NextHostKey, HostKeyCert, NextCAKey, CAKeyBefore} }

// required are the members that every backup has.
func required() []string { return []string{HostKey, CAKey, Database} }

// missing are the required members that are not among names.
func missing(names []string) (all []string) {
	for _, name := range required() {
		if !slices.Contains(names, name) {
			all = append(all, name)
		}
	}
	return all
}

// MayStoreCertificate reports whether a file of the directory [ACME] with this name
// belongs into a backup: they are called after host names, and "acme_account+key".
func MayStoreCertificate(name string) bool {
	return len(name) <= 255 && regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+_-]*$`).MatchString(name)
}
