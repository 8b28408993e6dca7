//go:build unix

package account

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// person is an entry of the user database (passwd(5)).
type person struct {
	name     string
	uid, gid uint32
	home     string
	shell    string
}

// lookup finds a user wherever the system keeps users, LDAP and the like included.
// Without cgo only the system's own tools can ask there.
func lookup(ctx context.Context, user string) (person, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var text []byte
	var err error
	switch {
	case runtime.GOOS == "darwin":
		text, err = exec.CommandContext(ctx, "/usr/bin/dscacheutil", "-q", "user", "-a", "name", user).Output()
		if err == nil {
			return readDirectory(text, user)
		}
	default:
		text, err = exec.CommandContext(ctx, "/usr/bin/getent", "passwd", "--", user).Output()
		var exit *exec.ExitError
		const unknownKey = 2 // getent(1)
		if errors.As(err, &exit) && exit.ExitCode() == unknownKey {
			return person{}, &Failure{Why: NoUser, User: user}
		} else if err != nil {
			text, err = os.ReadFile("/etc/passwd") // systems without glibc have no getent
		}
	}
	if err != nil {
		return person{}, err
	}
	return readPasswd(text, user)
}

// readPasswd finds a user in the format of passwd(5).
func readPasswd(text []byte, user string) (person, error) {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		f := strings.Split(lines.Text(), ":")
		if len(f) != 7 || f[0] != user {
			continue
		}
		return newPerson(f[0], f[2], f[3], f[5], f[6])
	}
	return person{}, &Failure{Why: NoUser, User: user}
}

// readDirectory reads what dscacheutil(1) says: a "key: value" a line.
func readDirectory(text []byte, user string) (person, error) {
	values := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ": "); ok {
			values[key] = value
		}
	}
	if values["name"] != user {
		return person{}, &Failure{Why: NoUser, User: user}
	}
	return newPerson(user, values["uid"], values["gid"], values["dir"], values["shell"])
}

func newPerson(name, uid, gid, home, shell string) (person, error) {
	u, err := strconv.ParseUint(uid, 10, 32)
	if err != nil {
		return person{}, err
	}
	g, err := strconv.ParseUint(gid, 10, 32)
	if err != nil {
		return person{}, err
	}
	if shell == "" {
		shell = "/bin/sh" // passwd(5)
	}
	return person{name: name, uid: uint32(u), gid: uint32(g), home: home, shell: shell}, nil
}

// usable reports whether a person may work on this computer at all.
func (p person) usable() error {
	switch path.Base(p.shell) {
	case "nologin", "false", "true", "sync", "shutdown", "halt":
		return &Failure{Why: NoShell, User: p.name}
	}
	if info, err := os.Stat(p.shell); err != nil || info.Mode()&0o111 == 0 || !info.Mode().IsRegular() {
		return &Failure{Why: NoShell, User: p.name, Err: err}
	}
	return nil
}

// unfit reports why nobody can log on as user, as far as it is known without a password.
func unfit(ctx context.Context, user string) error {
	who, err := lookup(ctx, user)
	if err != nil {
		return nil // the logon will tell
	}
	if err := who.usable(); err != nil {
		return err
	}
	return who.atHome()
}

// atHome reports whether the home directory is there.
func (p person) atHome() error {
	if info, err := os.Stat(p.home); errors.Is(err, os.ErrNotExist) || err == nil && !info.IsDir() {
		return &Failure{Why: NoHome, User: p.name, Err: err}
	}
	return nil
}

// What Open Directory of macOS says. It is read here so that the tests of every system
// cover it.

// statusOf finds the code in what dscl(1) says when it fails, which is the same
// in every language: "<dscl_cmd> DS Error: -14090 (eDSAuthFailed)".
var statusOf = regexp.MustCompile(`DS Error: (-[0-9]+)`)

// whyOfDirectory is why dscl has not taken a password (DirServicesTypes.h). It
// has one code for accounts that an administrator has disabled and for those
// that too many wrong passwords have locked.
func whyOfDirectory(said []byte) Why {
	match := statusOf.FindSubmatch(said)
	if match == nil {
		return Failed
	}
	switch string(match[1]) {
	case "-14090", "-14096", "-14481": // eDSAuthFailed, eDSAuthBadPassword, eDSAuthenticationFailed
		return BadPassword
	case "-14098", "-14099", "-14136", "-14479": // eDSAuthUnknownUser, eDSAuthInvalidUserName, eDSRecordNotFound, eDSUserUnknown
		return NoUser
	case "-14161", "-14162": // eDSAuthNewPasswordRequired, eDSAuthPasswordExpired
		return MustChange
	case "-14167", "-14169": // eDSAuthAccountDisabled, eDSAuthAccountInactive
		return Locked
	case "-14168": // eDSAuthAccountExpired
		return Expired
	case "-14175", "-14176": // eDSAuthInvalidLogonHours, eDSAuthInvalidComputer
		return Refused
	}
	return Failed // a directory server that is out of reach, and all that is none of these
}

// mostGroups is how many groups the kernel of macOS takes for a process (NGROUPS).
const mostGroups = 16

// readGroups reads what "id -G" says, and returns the groups for the kernel: the
// user's own first, and no more than it takes. For the others it asks the
// directory whenever it has to know.
func readGroups(text string, own uint32) ([]uint32, error) {
	groups := []uint32{own}
	for word := range strings.FieldsSeq(text) {
		g, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(groups, uint32(g)) {
			groups = append(groups, uint32(g))
		}
	}
	return groups[:min(len(groups), mostGroups)], nil
}
