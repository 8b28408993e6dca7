package power

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// AtScreen lists the user who is logged in at the computer itself.
func (System) AtScreen(context.Context) ([]string, error) {
	uid, err := consoleOwner()
	if err != nil || uid == 0 {
		return nil, err
	}
	u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return nil, err
	}
	return []string{u.Username}, nil
}

// consoleOwner is the user at the screen: the owner of its console, which before
// the login is root, 0.
func consoleOwner() (uint32, error) {
	info, err := os.Stat("/dev/console")
	if err != nil {
		return 0, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("%s: its owner is not known", info.Name())
	}
	return owner.Uid, nil
}
