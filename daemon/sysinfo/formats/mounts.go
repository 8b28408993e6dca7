package formats

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// Mount is one line of mountinfo, proc_pid_mountinfo(5).
type Mount struct {
	id, parent     string
	Device         string // major:minor
	Root, At       string // the directory of the file system, and where it is
	FSType, Source string
	options, Super []string // of the mount, and of the file system
	ReadOnly       bool
}

// Mounts reads mountinfo. Fields are separated by one space each, and one of
// them may be empty: the source is what somebody wrote on a command line.
func Mounts(text []byte) (all []Mount) {
	Lines(bytes.NewReader(text), func(line string) bool {
		before, after, ok := strings.Cut(line, " - ")
		f, rest := strings.Split(before, " "), strings.Split(after, " ")
		if !ok || len(f) < 6 || len(rest) < 2 {
			return true
		}
		d := Mount{id: f[0], parent: f[1], Device: f[2], Root: unescapeOctal(f[3]), At: unescapeOctal(f[4]), options: strings.Split(f[5], ","),
			FSType: unescapeOctal(rest[0]), Source: unescapeOctal(rest[1])}
		if len(rest) > 2 {
			d.Super = strings.Split(strings.Join(rest[2:], " "), ",")
		}
		d.ReadOnly = slices.Contains(d.options, "ro") || slices.Contains(d.Super, "ro")
		all = append(all, d)
		return true
	})
	return all
}

// unescapeOctal undoes \040 and the like, with which the kernel writes what would
// end a field or a line.
func unescapeOctal(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && octal(s[i+1]) && s[i+1] < '4' && octal(s[i+2]) && octal(s[i+3]) {
			b.WriteByte((s[i+1]-'0')<<6 | (s[i+2]-'0')<<3 | (s[i+3] - '0'))
			i += 3
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func octal(c byte) bool { return c >= '0' && c <= '7' }

// Visible leaves out mounts that another one covers. Of several at one place a
// program sees the last, and it sees nothing of what was mounted below that place
// before.
func Visible(all []Mount) (seen []Mount) {
	last, byID := map[string]int{}, map[string]int{}
	for i, d := range all {
		last[d.At], byID[d.id] = i, i
	}
	below := func(i, j int) bool { // whether i hangs below j in the tree of mounts
		for range len(all) {
			up, ok := byID[all[i].parent]
			if !ok || up == i {
				return false
			}
			if up == j {
				return true
			}
			i = up
		}
		return false
	}
	for i, d := range all {
		covered := last[d.At] != i
		for dir := path.Dir(d.At); !covered && dir != d.At && dir != "/" && dir != "."; dir = path.Dir(dir) {
			j, ok := last[dir]
			covered = ok && j > i && !below(i, j)
		}
		if !covered {
			seen = append(seen, d)
		}
	}
	return seen
}
