package imprint

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Size is that of the region in a program, in bytes.
const Size = len(reserved)

// The region is the mark and the room for one imprint, whose unused end is zero
// bytes. A key of a CSR CA may take 1,500 bytes of it.
//
// Nothing but own may mention reserved or its mark: they would stand in the program
// twice.
const (
	reserved  = markWords + "8b8aa0ac842553baf2e9362e6722922669ca56385244f855c4e4351b898dfa3d\n" + empty + zeros8K
	markWords = "supportd-imprint-region "
	markOf    = "supportd imprint region" // the digits are the SHA-256 of this

	empty = "no imprint; this program knows version " + version + "\n"
	room  = Size - len(markWords) - 2*sha256.Size - len("\n")

	zeros16  = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	zeros128 = zeros16 + zeros16 + zeros16 + zeros16 + zeros16 + zeros16 + zeros16 + zeros16
	zeros1K  = zeros128 + zeros128 + zeros128 + zeros128 + zeros128 + zeros128 + zeros128 + zeros128
	zeros8K  = zeros1K + zeros1K + zeros1K + zeros1K + zeros1K + zeros1K + zeros1K + zeros1K
)

// own is the region of the program that runs. It is a variable, and not a constant,
// so that the compiler cannot put what it knows of its text in the place of a look at
// it: a linker may set such a variable, see -X in "go tool link".
var own = reserved

// Own is the imprint of the program that runs. ok is false when it has none. The
// error is an [*Error]: the imprint is damaged, and the program with it.
func Own() (i Imprint, ok bool, err error) { return ReadRegion(own) }

// Mark is what a region begins with.
func Mark() string {
	digest := sha256.Sum256([]byte(markOf))
	return markWords + hex.EncodeToString(digest[:]) + "\n"
}

// ReadRegion reads the imprint of a region; ok is false when there is none. The error
// is an [*Error].
func ReadRegion(region string) (i Imprint, ok bool, err error) {
	if len(region) != Size {
		return Imprint{}, false, problem(Cut, "")
	}
	content, marked := strings.CutPrefix(region, Mark())
	if !marked {
		return Imprint{}, false, problem(Edited, "")
	}
	content = strings.TrimRight(content, "\x00")
	if content == empty {
		return Imprint{}, false, nil
	}
	i, err = Parse(content)
	return i, err == nil, err
}

// Region is a region with an imprint in it. The error is what [Imprint.Check]
// reports, or says that there is no room.
func Region(i Imprint) (string, error) {
	content, err := i.Encode()
	if err != nil {
		return "", err
	}
	return Mark() + content + strings.Repeat("\x00", room-len(content)), nil
}
