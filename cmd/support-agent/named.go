package main

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"supportd/library/text"
	"supportd/library/wire"
)

// A program that was downloaded for one support session has its number in the file
// name, as "support-482913077.exe". The number is all that is taken from a name, and
// nothing else of one is ever shown.

const (
	// longestName is the longest file name that systems take, in bytes: 255 characters
	// of Windows.
	longestName = 3 * 255
	// otherDigits is how many digits may stand in the name beside the number: those that
	// count copies. More are a date, a version, or a second number.
	otherDigits = 4
)

// inName is a file name with a number directly behind the word "support", in one piece
// or in three groups. What stands around them differs with browsers and systems:
//
//	support-482913077 (1).exe      Chrome, Edge, and Firefox without the space
//	support-482913077-2            Safari, which also names what is on its way .download
//	support-482913077.1            wget
//	support-482913077.exe.part     Firefox, on its way; Chrome has .crdownload
//	support-482913077 - Copy.exe   Windows, and "- 복사본" and so on
//	Copy of support-482913077      Windows and file managers of Linux before
//	support-482913077 copy 2       macOS, and "복사본", "のコピー"
//	Support 482 913 077            a person, or a page; some programs write %20 or + for a space
//
// Groups with full stops between them are a version.
var inName = regexp.MustCompile(`^(.*[^\pNa-z])?support[ _.+-]*(\d{9}|\d{3} \d{3} \d{3}|\d{3}-\d{3}-\d{3}|\d{3}_\d{3}_\d{3}|\d{3}\+\d{3}\+\d{3})([^\pNa-z].*)?$`)

// ownNumber is the number in this program's own file name, or "". argv0 is the name by
// which it was started.
//
// The system's word comes with argv0 because each knows names that the other does not:
// Linux follows links to the file behind them, where argv0 has the link that the person
// started; Windows may have a short name in argv0, SUPPOR~1.EXE. macOS starts a bundle
// from elsewhere after a download (translocation), under the same file name. Neither
// follows a program that is renamed while it runs; nothing is read later.
func ownNumber(argv0 string) wire.Number {
	names := []string{argv0}
	if self, err := os.Executable(); err == nil {
		names = append(names, longName(self))
	}
	return numberInNames(names...)
}

// numberInNames is the number of all names that have one; "" where two have different
// ones: the person is asked then.
func numberInNames(names ...string) (found wire.Number) {
	for _, name := range names {
		switch n := numberInName(name); {
		case n == "":
		case found != "" && n != found:
			return ""
		default:
			found = n
		}
	}
	return found
}

// numberInName is the session number in the file name of a path, or "" where there is
// none whose check digit is right. A name with something that cannot be seen has none:
// it may not be what it looks like.
func numberInName(path string) wire.Number {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	if len(name) > longestName {
		return ""
	}
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	name = strings.ToLower(norm.NFKC.String(name))
	if strings.ContainsFunc(name, text.Hostile) {
		return ""
	}
	parts := inName.FindStringSubmatch(name)
	if parts == nil || digits(parts[1])+digits(parts[3]) > otherDigits {
		return ""
	}
	n, err := wire.ParseNumber(strings.NewReplacer("_", "", "+", "").Replace(parts[2]))
	if err != nil {
		return ""
	}
	return n
}

func digits(s string) (n int) {
	for _, r := range s {
		if unicode.IsNumber(r) {
			n++
		}
	}
	return n
}
