package wire

import "strings"

// Differing is a group of characters in which two fingerprints differ. From and To
// count from 1, behind SHA256:.
type Differing struct {
	From, To    int
	Typed, Seen string
}

// Mistyped returns where a fingerprint that a person typed differs from the one that
// was seen, or nothing where that is in more places than mistakes in typing explain,
// or where either has another length than fingerprints have. Nobody can make a key that is so like another
// one. Groups of four characters are what people compare.
func Mistyped(typed, seen string) []Differing {
	const group, most, length = 4, 3, 43
	typed, seen = strings.TrimPrefix(typed, "SHA256:"), strings.TrimPrefix(seen, "SHA256:")
	if len(typed) != length || len(seen) != length {
		return nil
	}
	var differ []Differing
	for at := 0; at < len(seen); at += group {
		end := min(at+group, len(seen))
		if typed[at:end] != seen[at:end] {
			differ = append(differ, Differing{at + 1, end, typed[at:end], seen[at:end]})
		}
	}
	if len(differ) > most {
		return nil
	}
	return differ
}
