package desktop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"syscall"
	"time"

	"supportd/consent"
)

// identity tells root, which starts programs in another user's login session.
type identity struct{ other bool }

// Find finds whoever sits at the screen, which is the owner of the console. An ordinary
// user has their own desktop or none. An error is one of [ErrNone], [ErrLocked],
// [ErrOther], or says what could not be asked.
func Find(ctx context.Context, opts Options) (*Desktop, error) {
	info, err := os.Stat("/dev/console")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", consent.ErrNobody, err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	uid := os.Getuid()
	switch {
	case !ok, owner.Uid == 0:
		return nil, ErrNone // the login window
	case uid != 0 && uid != int(owner.Uid):
		return nil, ErrOther
	}
	asking, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if said, err := exec.CommandContext(asking, "/usr/sbin/ioreg", "-n", "Root", "-d1").Output(); err == nil && lockedConsole(string(said)) {
		return nil, ErrLocked
	}
	d := &Desktop{UID: int(owner.Uid), User: value(opts.Environ, "USER"), Home: value(opts.Environ, "HOME"), Env: slices.Clone(opts.Environ)}
	if uid != 0 {
		return d, nil
	}
	u, err := user.LookupId(strconv.Itoa(d.UID))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", consent.ErrNobody, err)
	}
	d.User, d.Home, d.Env, d.as = u.Username, u.HomeDir, nil, identity{other: true}
	return d, nil
}

// Command is a program on this desktop, as its user. It ends with ctx.
func (d *Desktop) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	if d.as.other {
		program, args = inFront(d.UID, d.User, d.Home, program, args)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = slices.Clone(d.Env)
	if d.as.other {
		cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin"}
	}
	return cmd
}
