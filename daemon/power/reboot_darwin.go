package power

import (
	"context"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

func (s System) check(context.Context) error {
	_, err := macTool()
	return err
}

// restart returns when the restart has been asked for. A program may still hold it up:
// the daemon notices because it goes on running.
func (s System) restart(ctx context.Context, _ string) error {
	if s.Tools != nil {
		return runTools(ctx, s.Tools)
	}
	tool, err := macTool()
	if err != nil {
		return err
	}
	return runTools(ctx, [][]string{tool})
}

func macTool() ([]string, error) {
	screen, err := consoleOwner()
	if err != nil {
		return nil, failed(err)
	}
	logins, err := macLogins()
	if err != nil {
		return nil, failed(err)
	}
	return macRestart(uint32(os.Geteuid()), screen, logins)
}

// macLogins lists who is logged in before windows, at the screen or behind it. Each has a
// process called loginwindow; the system has one of its own, for the login window itself.
func macLogins() (found []macLogin, err error) {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil, os.NewSyscallError("sysctl", err)
	}
	const people = 500 // the first user id that macOS gives to a person
	for _, p := range all {
		uid := p.Eproc.Ucred.Uid
		if unix.ByteSliceToString(p.Proc.P_comm[:]) != "loginwindow" || uid < people {
			continue
		}
		name := strconv.FormatUint(uint64(uid), 10)
		if u, err := user.LookupId(name); err == nil {
			name = u.Username
		}
		found = append(found, macLogin{UID: uid, Name: name, PID: uint32(p.Proc.P_pid)})
	}
	return found, nil
}
