package formats

import (
	"path"
	"strings"
)

// StartsApproved reports whether an entry of Windows' StartupApproved lets its
// program start: Task Manager makes the first byte odd to turn one off. Without
// an entry it starts.
func StartsApproved(entry []byte) bool { return len(entry) == 0 || entry[0]&1 == 0 }

// ProfileNames are the names of a user that the directory of a profile tells. Where
// that name was taken, Windows adds the domain or a number: both forms are returned.
func ProfileNames(dir string) []string {
	base := path.Base(strings.ReplaceAll(dir, `\`, "/"))
	if i := strings.LastIndexByte(base, '.'); i > 0 && strings.ToUpper(base[i:]) == base[i:] {
		return []string{base, base[:i]}
	}
	return []string{base}
}
