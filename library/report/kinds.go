package report

import (
	"cmp"

	"supportd/consent"
)

// kinds names what is allowed.
func (t *teller) kinds(kinds ...consent.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = cmp.Or(t.words[word("kind."+string(k))], string(k))
	}
	return list(names)
}
