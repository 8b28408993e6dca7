package power

import (
	"context"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// AtScreen lists the user who is logged in at the computer itself: the owner of
// its console. Before the login that is root.
func (System) AtScreen(context.Context) ([]string, error) {
	info, err := os.Stat("/dev/console")
	if err != nil {
		return nil, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return nil, nil
	}
	u, err := user.LookupId(strconv.Itoa(int(owner.Uid)))
	if err != nil {
		return nil, err
	}
	return []string{u.Username}, nil
}
