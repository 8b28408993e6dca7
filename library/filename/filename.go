// Package filename is the one rule for the names of files that a script is made
// of: what is shown to a customer, stored in the library and staged on any
// computer. Names have to be good on every system: what is refused on one is
// refused on all.
package filename

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"supportd/library/text"
)

const (
	// MaxBytes bounds the name of one file or folder, as most file systems do.
	MaxBytes = 255
	// MaxDepth bounds how many names a path has.
	MaxDepth = 8
)

// CheckPath says what is wrong with a relative path with slashes.
func CheckPath(path string) error {
	if !utf8.ValidString(path) {
		return errors.New("a name has to be UTF-8")
	}
	parts := strings.Split(path, "/")
	if len(parts) > MaxDepth {
		return text.Errorf("too many folders below each other, %d are allowed", MaxDepth)
	}
	for _, part := range parts {
		if err := check(part); err != nil {
			return err
		}
	}
	return nil
}

// check says what is wrong with the name of a file or folder.
func check(name string) error {
	switch {
	case name == "":
		return errors.New("a name is empty")
	case name == "." || name == "..":
		return errors.New("a path must not lead upwards")
	case len(name) > MaxBytes:
		return text.Errorf("a name is longer than %d bytes", MaxBytes)
	case strings.ContainsFunc(name, text.Hostile):
		return errors.New("a name holds control or invisible characters")
	case strings.ContainsAny(name, `\:*?"<>|`):
		return errors.New(`a name must not hold any of \ : * ? " < > |`)
	case name[0] == '-':
		return errors.New("a name must not begin with a dash")
	case strings.TrimFunc(name, unicode.IsSpace) != name || strings.HasSuffix(name, "."):
		return errors.New("a name must not begin or end with a space, nor end with a dot")
	case device(name):
		return errors.New("this is the name of a device on Windows")
	}
	return nil
}

// device knows the names that Windows takes for devices, whatever stands
// behind a dot ("Naming Files, Paths, and Namespaces").
func device(name string) bool {
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

// Fold makes names equal that some file system takes for the same: those that
// differ in case or in Unicode form only.
func Fold(name string) string {
	return norm.NFC.String(strings.Map(smallest, norm.NFKC.String(name)))
}

// smallest stands for all letters that differ in case only, e.g. σ, ς and Σ.
func smallest(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return least
}
