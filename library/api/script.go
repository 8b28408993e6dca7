package api

import (
	"encoding/json"
	"time"

	"supportd/library/author"
)

// How the last run of a script went; "" where it never ran.
const (
	ResultOK     = "ok"
	ResultFailed = "failed"
)

// Script is a script of the library. Files and Versions are only there where one
// script was asked for.
type Script struct {
	Name        string    `json:"name"`
	Category    string    `json:"category"`
	Description string    `json:"description"`
	Owner       string    `json:"owner"` // account
	Published   bool      `json:"published"`
	Version     int       `json:"version"` // from 1
	Executable  string    `json:"executable"`
	Size        int       `json:"size"`   // of all files, in bytes
	SHA256      string    `json:"sha256"` // of what "script get" prints
	Created     time.Time `json:"created"`
	Changed     time.Time `json:"changed"`
	Runs        int       `json:"runs"` // of all its versions
	LastRun     time.Time `json:"last_run,omitzero"`
	LastResult  string    `json:"last_result,omitempty"`
	SignedBy    string    `json:"signed_by"` // SHA256:… of its author's key, as the relay says; "" is unsigned

	ApprovedBy  string `json:"approved_by"`  // account of who else has signed it, as the relay says; "" is nobody
	NeedsSecond bool   `json:"needs_second"` // scripts of its category need that, by the CSR CA's list that the relay has

	// Signature is what proves it, with Files; nil is unsigned.
	Signature *author.Signed `json:"signature,omitempty"`
	// Approval is what proves ApprovedBy, likewise.
	Approval *author.Second `json:"approval,omitempty"`

	Files    []ScriptFile    `json:"files,omitempty"`
	Versions []ScriptVersion `json:"versions,omitempty"`

	came json.RawMessage
}

// ScriptFile is a file of a script.
type ScriptFile struct {
	Path   string `json:"path"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// ScriptVersion is a state that a script is or was in.
type ScriptVersion struct {
	Version int       `json:"version"`
	Changed time.Time `json:"changed"`
	By      string    `json:"by"` // account
	Size    int       `json:"size"`
	SHA256  string    `json:"sha256"`

	SignedBy   string `json:"signed_by"`   // as the relay says; "" is unsigned
	ApprovedBy string `json:"approved_by"` // likewise: the account; "" is nobody
}

// Author proves the signature of a script with its files, and says whose it is. signed is
// false where nobody has signed it.
func (s Script) Author() (by author.By, signed bool, err error) {
	if s.Signature == nil && s.SignedBy == "" {
		return by, false, nil
	}
	if s.Signature == nil {
		return by, true, author.ErrMalformed
	}
	by, err = s.Signature.Check(s.Executable, s.Signable())
	return by, true, err
}

// Approver proves that somebody else has signed it too, and says who. signed is false where
// nobody has.
func (s Script) Approver() (by author.By, signed bool, err error) {
	switch {
	case s.Approval == nil && s.ApprovedBy == "":
		return by, false, nil
	case s.Approval == nil || s.Signature == nil || s.Approval.Account != s.ApprovedBy:
		return by, true, author.ErrMalformed
	}
	by, err = s.Signature.CheckSecond(*s.Approval, s.Executable, s.Signable())
	return by, true, err
}

// Signable are its files, as they are signed.
func (s Script) Signable() (files []author.File) {
	for _, f := range s.Files {
		files = append(files, author.File{Path: f.Path, Size: int64(f.Size), SHA256: f.SHA256})
	}
	return files
}

type scriptFields Script

// UnmarshalJSON decodes what the relay sent.
func (s *Script) UnmarshalJSON(data []byte) error { return read(data, (*scriptFields)(s), &s.came) }

// MarshalJSON returns what the relay sent, if it did.
func (s Script) MarshalJSON() ([]byte, error) { return write(s.came, scriptFields(s)) }

// Category is a heading for scripts.
type Category struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	// NeedsSecond says that its scripts need the signature of a second CSR, by the CSR CA's
	// list that the relay has; nil is not known.
	NeedsSecond *bool `json:"needs_second,omitempty"`
}
