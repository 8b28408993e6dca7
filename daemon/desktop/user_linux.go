package desktop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// lookupTimeout bounds a directory server that does not answer.
const lookupTimeout = 5 * time.Second

// person is an entry of the user database (passwd(5)).
type person struct {
	name, home, shell string
	gid               uint32
	groups            []uint32
}

// lookup finds a user wherever the system keeps users, LDAP and the like included.
// Without cgo only the system's own tools can ask there.
func lookup(ctx context.Context, uid uint32) (person, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	id := strconv.FormatUint(uint64(uid), 10)
	text, err := exec.CommandContext(ctx, "/usr/bin/getent", "passwd", id).Output()
	if err != nil {
		text, err = os.ReadFile("/etc/passwd") // systems without glibc have no getent
	}
	if err != nil {
		return person{}, err
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(f) != 7 || f[2] != id {
			continue
		}
		gid, err := strconv.ParseUint(f[3], 10, 32)
		if err != nil {
			return person{}, err
		}
		p := person{name: f[0], home: f[5], shell: f[6], gid: uint32(gid)}
		p.groups = groups(ctx, p)
		return p, nil
	}
	return person{}, fmt.Errorf("there is no user %s", id)
}

// groups are all that a user is in; their own alone where the system cannot say.
func groups(ctx context.Context, p person) []uint32 {
	found := []uint32{p.gid}
	text, err := exec.CommandContext(ctx, "/usr/bin/id", "-G", "--", p.name).Output()
	if err != nil {
		return found
	}
	for word := range strings.FieldsSeq(string(text)) {
		if n, err := strconv.ParseUint(word, 10, 32); err == nil && uint32(n) != p.gid {
			found = append(found, uint32(n))
		}
	}
	return found
}
