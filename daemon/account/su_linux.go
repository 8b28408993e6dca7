package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/xpty"
	"golang.org/x/sys/unix"

	"supportd/library/disk"
)

// logOn logs on through the broker where it can speak with PAM, as root, and
// else through su.
func logOn(ctx context.Context, opts Options, user string, password []byte) (*Logon, error) {
	who, err := lookup(ctx, user)
	if err == nil {
		err = who.usable()
	}
	if err != nil {
		return nil, err
	}
	if hasPAM && os.Geteuid() == 0 {
		return askBroker(ctx, opts, who, password)
	}
	return askSu(ctx, opts, who, password)
}

// askSu starts the worker with su on a terminal of its own, so that su can type nothing
// into ours. su does not say why it refuses, so what can be known beforehand is checked
// first.
func askSu(ctx context.Context, opts Options, who person, password []byte) (*Logon, error) {
	if err := who.atHome(); err != nil {
		return nil, err
	}
	program, err := openProgram(opts.Program)
	if err != nil {
		return nil, err
	}
	defer program.Close()
	control, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	terminal, err := xpty.NewUnixPty(80, 24)
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	temp, err := tempAsRoot(who)
	if err != nil {
		return nil, errors.Join(err, disk.RemoveTree(temp), terminal.Close(), control.Close())
	}
	line := strings.TrimSpace(fmt.Sprintf("exec /proc/self/fd/%d %s %s", programFD, WorkerVerb, temp))
	cmd := exec.Command("/bin/su", "-", who.name, "-c", line)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TERM=dumb"}
	cmd.ExtraFiles = []*os.File{theirs, program}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal.Slave(), terminal.Slave(), terminal.Slave()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if os.Geteuid() == 0 {
		// To root, su would say yes with any password.
		const nobody = 65534
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	g, err := watch(opts.Guards, cmd, who.name, func() error { return errors.Join(terminal.Close(), disk.RemoveTree(temp)) })
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	_ = theirs.Close()
	err = answerSu(ctx, terminal, g, password)
	var l *Logon
	if err == nil {
		l, err = awaitWorker(ctx, control, g, who.name)
	}
	if err == nil {
		return l, nil
	}
	_ = control.Close()
	select {
	case <-g.exited: // this comes soon: the worker's socket has ended
		const authenticationFailed = 1 // su(1)
		if cmd.ProcessState.ExitCode() == authenticationFailed {
			err = &Failure{Why: BadPassword, User: who.name, Err: err}
		}
	case <-ctx.Done():
	}
	return nil, errors.Join(err, g.abandon())
}

// tempAsRoot makes the logon's temp directory as root, who can also remove it after the
// worker was killed. It is "" for others: then the worker makes one.
func tempAsRoot(who person) (string, error) {
	if os.Geteuid() != 0 {
		return "", nil
	}
	return makeTemp(who)
}

// answerSu types the password when su has turned the terminal's echo off. That is how su
// shows that it reads a password; its prompt may be in any language.
func answerSu(ctx context.Context, terminal *xpty.UnixPty, g *guard, password []byte) error {
	go func() { _, _ = io.Copy(io.Discard, terminal.Master()) }() // ends with the terminal, which the guard's end closes
	fd := int(terminal.Slave().Fd())
	for {
		mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return os.NewSyscallError("tcgetattr", err)
		}
		if mode.Lflag&unix.ECHO == 0 {
			break
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-g.exited:
			return errors.New("su ended without asking for a password")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	line := typed(password)
	defer clear(line)
	_, err := terminal.Write(line)
	return err
}
