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
// or where either is no fingerprint. Nobody can make a key that is so like another
// one. Groups of four characters are what people compare.
func Mistyped(typed, seen string) []Differing {
	const group, most = 4, 3
	if CheckFingerprint(typed) != nil || CheckFingerprint(seen) != nil {
		return nil
	}
	typed, seen = strings.TrimPrefix(typed, "SHA256:"), strings.TrimPrefix(seen, "SHA256:")
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
