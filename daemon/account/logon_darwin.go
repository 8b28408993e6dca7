package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"supportd/daemon/internal/osstring"
	"supportd/daemon/internal/proc"
	"supportd/library/disk"
	"supportd/library/text"
)

// logOn checks the password with Open Directory and starts the worker. Only root can act
// as another user here: su(1) asks root for no password, and shows no program that it
// reads one.
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
	// Every directory that people may log on from, in the order that login uses.
	cmd := exec.CommandContext(ctx, "/usr/bin/dscl", "/Search", "-authonly", user)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal that it could ask on
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
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
		cause := fmt.Errorf("dscl: %w: %s", waited, text.Escape(said.String()))
		return &Failure{Why: whyOfDirectory(said.Bytes()), User: user, Err: cause}
	} else if waited != nil {
		return waited
	}
	return err
}

// descent is what the worker's process needs to become the other user's; it
// reads it from its standard input.
type descent struct {
	UID, GID uint32
	Shell    osstring.String
	Env      []osstring.String
	Groups   []uint32
	Program  osstring.String
	Temp     osstring.String
}

func startWorker(ctx context.Context, opts Options, who person) (*Logon, error) {
	if strings.ContainsAny(opts.Program, `'\!`) {
		return nil, fmt.Errorf("the path of our program, %q, cannot be given to a shell", opts.Program)
	}
	said, err := exec.CommandContext(ctx, "/usr/bin/id", "-G", "--", who.name).Output()
	if err != nil {
		return nil, err
	}
	groups, err := readGroups(string(said), who.gid)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("/private/tmp", "support-")
	if err != nil {
		return nil, err
	}
	if err := os.Chown(temp, int(who.uid), int(who.gid)); err != nil {
		return nil, errors.Join(err, disk.RemoveTree(temp))
	}
	env := []string{
		"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + who.home, "SHELL=" + who.shell,
		"USER=" + who.name, "LOGNAME=" + who.name, "LANG=en_US.UTF-8",
	}
	task, err := json.Marshal(descent{
		who.uid, who.gid, osstring.String(who.shell), osstring.Of(env), groups, osstring.String(opts.Program), osstring.String(temp),
	})
	if err != nil {
		return nil, errors.Join(err, disk.RemoveTree(temp))
	}
	control, theirs, err := socketPair()
	if err != nil {
		return nil, errors.Join(err, disk.RemoveTree(temp))
	}
	defer theirs.Close()
	cmd := exec.Command(opts.Program, BrokerVerb)
	cmd.Dir, cmd.Env = "/", env
	cmd.Stdin = bytes.NewReader(task)
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	g, err := watch(opts.Guards, cmd, who.name, func() error { return disk.RemoveTree(temp) })
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	_ = theirs.Close() // or the worker's end would not be seen
	l, err := awaitWorker(ctx, control, g, who.name)
	if err != nil {
		return nil, errors.Join(err, control.Close(), g.abandon())
	}
	return l, nil
}

// RunBroker turns our process, which is root's, into the worker: it reads who it
// shall be from in, becomes that user and executes their login shell with our
// program. It returns only when that did not work; out is not used.
func RunBroker(in io.Reader, _ *os.File) error {
	text, err := io.ReadAll(io.LimitReader(in, maxMessage))
	if err != nil {
		return err
	}
	var d descent
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("the broker's task: %w", err)
	}
	if err := d.descend(); err != nil {
		return err
	}
	// Background: it is not started as a child, only its command line is used.
	login := person{shell: string(d.Shell)}.loginShell(context.Background(), "'"+string(d.Program)+"'", string(d.Temp))
	login.Args[2] = "cd && " + login.Args[2] // as the user: root cannot enter every home on a network
	return os.NewSyscallError("execve", syscall.Exec(string(d.Shell), login.Args, osstring.List(d.Env)))
}

// descend gives up root's rights for the user's, in the order of setusercontext(3):
// setgid(2) behind initgroups(2) would end what that is for. initgroups takes,
// unlike setgroups(2), the user for whom the kernel asks the directory about all
// groups that do not fit into its own list.
func (d descent) descend() error {
	if err := syscall.Setgid(int(d.GID)); err != nil {
		return os.NewSyscallError("setgid", err)
	}
	_, _, errno := syscall.Syscall(unix.SYS_INITGROUPS, uintptr(len(d.Groups)), uintptr(unsafe.Pointer(&d.Groups[0])), uintptr(d.UID))
	if errno != 0 {
		return os.NewSyscallError("initgroups", errno)
	}
	return os.NewSyscallError("setuid", syscall.Setuid(int(d.UID)))
}

// adoptOrphans does nothing: this system has no such thing. descendants finds the
// processes that still have their parent.
func adoptOrphans() error { return nil }

// KeepMemory has nothing to do: only root logs on as others here, and nobody else
// reads the memory of its processes.
func KeepMemory() error { return nil }

// inheritOrphans, strays and adopted do nothing either: a process that loses its parent
// becomes launchd's child.
func inheritOrphans() error { return nil }

func strays() found { return found{} }

func adopted(func() []int) found { return found{} }

// ownProgram is the file of this process.
func ownProgram() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}

// descendants finds the processes below pid, and the dead children of pid.
func descendants(pid int) (f found) {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return f
	}
	children := map[int][]int{}
	const zombie = 5 // SZOMB, sys/proc.h
	for _, p := range all {
		if p.Proc.P_stat != zombie {
			children[int(p.Eproc.Ppid)] = append(children[int(p.Eproc.Ppid)], int(p.Proc.P_pid))
		} else if int(p.Eproc.Ppid) == pid {
			f.dead = append(f.dead, int(p.Proc.P_pid))
		}
	}
	for next := []int{pid}; len(next) > 0; next = next[1:] {
		next, f.living = append(next, children[next[0]]...), append(f.living, children[next[0]]...)
	}
	f.groups = proc.Groups(slices.Concat(f.living, f.dead), []int{pid})
	return f
}
