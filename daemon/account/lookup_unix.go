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
	"runtime"
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

// lookup finds a user wherever the system keeps them, LDAP and the like too,
// which only the system's own tools know in a program without cgo.
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
		return nil // the logon tells
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
