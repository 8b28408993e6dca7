package wire

import (
	"slices"
	"strings"
)

// groupSize is how many characters of a fingerprint people compare at a time.
const groupSize = 4

// Groups are the characters of a fingerprint behind SHA256: in the groups in which people
// read them out and compare them. Joined, they are the fingerprint again.
func Groups(fingerprint string) (groups []string) {
	for group := range slices.Chunk([]byte(strings.TrimPrefix(fingerprint, "SHA256:")), groupSize) {
		groups = append(groups, string(group))
	}
	return groups
}

// Differing is a group of characters in which two fingerprints differ. From and To
// count from 1, behind SHA256:.
type Differing struct {
	From, To    int
	Typed, Seen string
}

// Mistyped returns where a fingerprint that a person typed differs from the one that
// was seen, or nothing where that is in more places than mistakes in typing explain,
// or where either has another length than fingerprints have. Nobody can make a key that
// is so like another one.
func Mistyped(typed, seen string) []Differing {
	const most, length = 3, 43
	typed, seen = strings.TrimPrefix(typed, "SHA256:"), strings.TrimPrefix(seen, "SHA256:")
	if len(typed) != length || len(seen) != length {
		return nil
	}
	var differ []Differing
	for at := 0; at < len(seen); at += groupSize {
		end := min(at+groupSize, len(seen))
		if typed[at:end] != seen[at:end] {
			differ = append(differ, Differing{at + 1, end, typed[at:end], seen[at:end]})
		}
	}
	if len(differ) > most {
		return nil
	}
	return differ
}
