package sysinfo

import (
	"bytes"
	"strconv"
	"strings"
)

// membership is who is in some groups, by name and by primary group.
type membership struct {
	names   map[string]bool
	numbers map[uint64]bool
}

func (g membership) has(a account) bool { return g.names[a.name] || g.numbers[a.gid] }

// parseMembers reads /etc/group. A group's own line does not have those whose
// primary group it is: their line of /etc/passwd has its number.
func parseMembers(text []byte, groups ...string) membership {
	in := membership{map[string]bool{}, map[uint64]bool{}}
	lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) != 4 {
			return true
		}
		for _, g := range groups {
			if f[0] != g {
				continue
			}
			if gid, err := strconv.ParseUint(f[2], 10, 32); err == nil {
				in.numbers[gid] = true
			}
			for name := range strings.SplitSeq(f[3], ",") {
				if name = strings.TrimSpace(name); name != "" {
					in.names[name] = true
				}
			}
		}
		return true
	})
	return in
}
