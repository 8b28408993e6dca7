package script

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pkg/sftp"
	"golang.org/x/text/unicode/norm"

	"supportd/consent"
)

const (
	maxNameBytes = 255 // of one file or folder, as most file systems have it
	maxDepth     = 8   // folders below each other
)

// refusal is an error whose text a CSR may read. Unwrap gives the status code
// that the SFTP client is sent (draft-ietf-secsh-filexfer-02 section 7).
type refusal struct {
	text string
	code error
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.code }

func refuse(what, why string) error {
	return &refusal{text: consent.Escape(strings.TrimPrefix(what, "/")) + ": " + why, code: sftp.ErrSSHFxPermissionDenied}
}

// cleanPath is the one rule for paths of the staging area. It turns what a
// client names, where "/" is the staging area, into a relative path with
// slashes; "." is the area itself. Names have to be good on every system: what
// is refused on one is refused on all.
func cleanPath(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", refuse(name, "a name has to be UTF-8")
	}
	rel := strings.TrimSuffix(strings.TrimPrefix(name, "/"), "/")
	if rel == "" || rel == "." {
		return ".", nil
	}
	parts := strings.Split(rel, "/")
	if len(parts) > maxDepth {
		return "", refuse(name, "too many folders below each other, 8 are allowed")
	}
	for _, part := range parts {
		if why := badName(part); why != "" {
			return "", refuse(name, why)
		}
	}
	return rel, nil
}

// badName says what is wrong with the name of a file or folder, or "".
func badName(name string) string {
	switch {
	case name == "":
		return "a name is empty"
	case name == "." || name == "..":
		return "a path must not lead upwards"
	case len(name) > maxNameBytes:
		return "a name is longer than 255 bytes"
	case strings.ContainsFunc(name, consent.Hostile):
		return "a name holds control or invisible characters"
	case strings.ContainsAny(name, `\:*?"<>|`):
		return `a name must not hold any of \ : * ? " < > |`
	case name[0] == '-':
		return "a name must not begin with a dash"
	case strings.TrimFunc(name, unicode.IsSpace) != name || strings.HasSuffix(name, "."):
		return "a name must not begin or end with a space, nor end with a dot"
	case deviceName(name):
		return "this is the name of a device on Windows"
	}
	return ""
}

// deviceName knows the names that Windows takes for devices, whatever stands
// behind a dot ("Naming Files, Paths, and Namespaces").
func deviceName(name string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	base = strings.TrimRight(base, " ")
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}, base) {
		return true
	}
	digits, port := strings.CutPrefix(base, "COM")
	if !port {
		digits, port = strings.CutPrefix(base, "LPT")
	}
	return port && utf8.RuneCountInString(digits) == 1 && strings.Contains("0123456789¹²³", digits)
}

// fold makes names equal that some file system takes for the same: those that
// differ in case or in Unicode form only.
func fold(name string) string { return norm.NFC.String(strings.ToLower(norm.NFKC.String(name))) }

// packageOf is the first part of a path: the package that a file belongs to.
func packageOf(rel string) string {
	first, _, _ := strings.Cut(rel, "/")
	return first
}

func parentOf(rel string) string { return path.Dir(rel) }
