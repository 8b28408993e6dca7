package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// logOn checks the password with Open Directory and starts the worker. Only root
// can act as another user here: su(1) asks for no password of root's, and has no
// way to tell a program that it reads one.
func logOn(ctx context.Context, opts Options, user string, password []byte) (*Logon, error) {
	if os.Geteuid() != 0 {
		return nil, &Failure{Why: Unsupported, User: user, Err: errors.New("not root")}
	}
	who, err := lookup(ctx, user)
	if err == nil {
		err = who.usable()
	}
	if err == nil {
		err = who.atHome()
	}
	if err == nil {
		err = authenticate(ctx, user, password)
	}
	if err != nil {
		return nil, err
	}
	return startWorker(ctx, opts, who)
}

// authenticate gives the password to dscl(1) on a pipe.
func authenticate(ctx context.Context, user string, password []byte) error {
	line := typed(password)
	defer clear(line)
	cmd := exec.CommandContext(ctx, "/usr/bin/dscl", ".", "-authonly", user)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal that it could ask on
	cmd.WaitDelay = time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, err = stdin.Write(line)
	err = errors.Join(err, stdin.Close())
	var exit *exec.ExitError
	if waited := cmd.Wait(); errors.As(waited, &exit) {
		return &Failure{Why: BadPassword, User: user, Err: waited}
	} else if waited != nil {
		return waited
	}
	return err
}

func startWorker(ctx context.Context, opts Options, who person) (*Logon, error) {
	groups, err := groupsOf(ctx, who.name)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(opts.Program, `'\!`) {
		return nil, fmt.Errorf("the path of our program, %q, cannot be given to a shell", opts.Program)
	}
	temp, err := os.MkdirTemp("/private/tmp", "support-")
	if err != nil {
		return nil, err
	}
	if err := os.Chown(temp, int(who.uid), int(who.gid)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(temp))
	}
	control, theirs, err := socketPair()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(temp))
	}
	defer theirs.Close()
	cmd := who.loginShell(context.WithoutCancel(ctx), "'"+opts.Program+"'", temp)
	cmd.Dir = who.home
	cmd.Env = []string{
		"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + who.home, "SHELL=" + who.shell,
		"USER=" + who.name, "LOGNAME=" + who.name, "LANG=en_US.UTF-8",
	}
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Credential: &syscall.Credential{Uid: who.uid, Gid: who.gid, Groups: groups},
	}
	g, err := watch(cmd, func() error { return os.RemoveAll(temp) })
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	_ = theirs.Close() // or the worker's end would not be seen
	l, err := greet(ctx, control, g, who.name)
	if err != nil {
		return nil, errors.Join(err, control.Close(), g.abandon())
	}
	return l, nil
}

// groupsOf asks the directory for all groups of a user.
func groupsOf(ctx context.Context, user string) ([]uint32, error) {
	out, err := exec.CommandContext(ctx, "/usr/bin/id", "-G", "--", user).Output()
	if err != nil {
		return nil, err
	}
	var groups []uint32
	for _, word := range strings.Fields(string(out)) {
		g, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, err
		}
		groups = append(groups, uint32(g))
	}
	const most = 16 // setgroups(2) takes no more; the directory answers for the others
	return groups[:min(len(groups), most)], nil
}

// RunBroker is not used here: Open Directory needs no process of its own.
func RunBroker(_ io.Reader, _ *os.File) error { return &Failure{Why: Unsupported} }

// adoptOrphans has no counterpart here; descendants finds what keeps its parent.
func adoptOrphans() error { return nil }

// ownProgram is the file of this process.
func ownProgram() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}

// descendants lists the living processes below pid.
func descendants(pid int) (found []int) {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	const zombie = 5 // SZOMB, sys/proc.h
	for _, p := range all {
		if p.Proc.P_stat != zombie {
			children[int(p.Eproc.Ppid)] = append(children[int(p.Eproc.Ppid)], int(p.Proc.P_pid))
		}
	}
	for next := []int{pid}; len(next) > 0; next = next[1:] {
		next, found = append(next, children[next[0]]...), append(found, children[next[0]]...)
	}
	return found
}
