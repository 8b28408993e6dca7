package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"supportd/daemon/internal/osstring"
	"supportd/library/disk"
)

// brokerTask is what the broker reads from its standard input: the person's
// entry on the first line, and behind it the password until the end. It answers
// on standard output.
type brokerTask struct {
	Name  string
	UID   uint32
	GID   uint32
	Home  osstring.String
	Shell osstring.String
	// Services is an empty directory for PAM's configuration. The daemon owns it and
	// removes it, also when the broker has to be killed.
	Services osstring.String
	// Temp is the logon's temp directory, which the person owns. The daemon removes it,
	// for the same reason.
	Temp osstring.String
}

type brokerAnswer struct {
	Why   Why    `json:"why,omitempty"` // empty is success
	Cause string `json:"cause,omitempty"`
}

// askBroker starts the broker as root, gives it the password and waits for its worker.
// What authenticates runs in a process of its own: opening a session changes the process
// that opens it, and a module that hangs can be killed.
func askBroker(ctx context.Context, opts Options, who person, password []byte) (*Logon, error) {
	control, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	program, err := openProgram(opts.Program)
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	defer program.Close()

	cmd := exec.Command(opts.Program, BrokerVerb)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.ExtraFiles = []*os.File{theirs, program}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	stdout, answer, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, control.Close())
	}
	defer stdout.Close()
	cmd.Stdout = answer
	services, temp, err := makeDirectories(who)
	remove := func() error { return errors.Join(os.RemoveAll(services), disk.RemoveTree(temp)) }
	if err != nil {
		return nil, errors.Join(err, remove(), answer.Close(), control.Close())
	}
	g, err := watch(opts.Guards, cmd, who.name, remove)
	if err != nil {
		return nil, errors.Join(err, answer.Close(), control.Close())
	}
	// While we hold these, the broker's end is not seen.
	_, _ = theirs.Close(), answer.Close()
	task := brokerTask{
		who.name, who.uid, who.gid, osstring.String(who.home), osstring.String(who.shell), osstring.String(services), osstring.String(temp),
	}
	err = errors.Join(writeTask(stdin, task, password), stdin.Close())
	if err == nil {
		err = readAnswer(ctx, stdout, who.name)
	}
	var l *Logon
	if err == nil {
		l, err = awaitWorker(ctx, control, g, who.name)
	}
	if err != nil {
		_ = control.Close()
		return nil, errors.Join(err, g.abandon())
	}
	return l, nil
}

// makeDirectories makes what [brokerTask] names; on an error the caller removes
// what there is.
func makeDirectories(who person) (services, temp string, err error) {
	if services, err = os.MkdirTemp("", "support-pam-"); err != nil {
		return "", "", err
	}
	temp, err = makeTemp(who)
	return services, temp, err
}

// makeTemp makes a temp directory that the person owns. It lies in /tmp and not where
// root's are, which others may not be able to enter.
func makeTemp(who person) (string, error) {
	temp, err := os.MkdirTemp("/tmp", "support-")
	if err == nil {
		err = os.Chown(temp, int(who.uid), int(who.gid))
	}
	return temp, err
}

// readAnswer reads the broker's answer.
func readAnswer(ctx context.Context, stdout *os.File, user string) error {
	stop := context.AfterFunc(ctx, func() { _ = stdout.Close() })
	defer stop()
	text, err := io.ReadAll(io.LimitReader(stdout, 64<<10))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var a brokerAnswer
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	switch {
	case err != nil:
		return fmt.Errorf("the broker's answer: %w", err)
	case a.Why != "":
		return &Failure{Why: a.Why, User: user, Err: errors.New(a.Cause)}
	}
	return nil
}

func writeTask(w io.Writer, t brokerTask, password []byte) error {
	line, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	_, err = w.Write(password)
	return err
}

// answer tells the daemon how the logon went, and closes the output.
func answer(out *os.File, problem error) error {
	var a brokerAnswer
	var failure *Failure
	switch {
	case errors.As(problem, &failure):
		a = brokerAnswer{Why: failure.Why}
		if failure.Err != nil {
			a.Cause = failure.Err.Error()
		}
	case problem != nil:
		a = brokerAnswer{Why: Failed, Cause: problem.Error()}
	}
	return errors.Join(json.NewEncoder(out).Encode(a), out.Close())
}

// openProgram opens our program for others to start. Through the descriptor even those
// can start it who may not enter its directory. A program that others may not execute is
// copied into memory.
func openProgram(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.Mode().Perm()&0o001 != 0 {
		return f, err
	}
	defer f.Close()
	fd, err := unix.MemfdCreate("support-agent", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	memory := os.NewFile(uintptr(fd), "support-agent")
	if _, err := io.Copy(memory, f); err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	if err := memory.Chmod(0o755); err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	// Written and executed at once is refused; a second, read-only view is not.
	again, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", fd))
	return again, errors.Join(err, memory.Close())
}
