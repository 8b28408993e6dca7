package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"supportd/daemon/internal/jobobject"
	"supportd/library/disk"
	"supportd/library/journal"
)

// Supervise has nothing to do on Windows: a job object holds a script's
// processes, and the system ends them all when the daemon's handle to it is gone.
func Supervise(Streams) error { return errors.New("this system needs no supervisor") }

// endTime is how long the system may take to end a script's processes.
const endTime = 5 * time.Second

// start starts a script in a job object of its own: no process of it can ever be
// outside. For another user it first moves it to where they can read it.
func start(_ context.Context, _ Options, as User, j Job) (*Script, error) {
	cleanUp := func() error { return nil }
	if as != nil {
		if err := j.unpack(as.Temp(), as.Environ()); err != nil {
			return nil, fmt.Errorf("unpacking the script: %w", err) // what it has made ends with the logon
		}
		cleanUp = func() error { return disk.RemoveTree(j.RunDir) }
	}
	group, err := jobobject.New(MaxProcesses)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keeping the script's processes together: %w", err), cleanUp())
	}
	cmd := exec.Command(j.Argv[0], j.Argv[1:]...)
	cmd.Dir, cmd.Env = j.Dir, j.Env
	if executable := j.Argv[len(j.Argv)-1]; isBatch(executable) {
		cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: batchLine(j.Argv[0])}
		cmd.Env = append(cmd.Env, batchVariable+"="+executable)
	}
	c, err := startConnected(as, cmd, group)
	if err != nil {
		return nil, errors.Join(err, group.Close(), cleanUp())
	}
	cancelled := make(chan struct{})
	c.cancel = sync.OnceFunc(func() { close(cancelled) })
	c.kill = c.cancel // there is no gentler way than the job's end
	c.wait = func() Status {
		st := waitInJob(cmd, group, j.Timeout, cancelled)
		if err := errors.Join(group.Close(), cleanUp()); err != nil && st.Problem == "" {
			st.Problem, st.Because = err.Error(), journal.CauseFilesStay.Of(err.Error())
		}
		return st
	}
	return c, nil
}

// startConnected starts cmd with pipes for its two outputs.
func startConnected(as User, cmd *exec.Cmd, group *jobobject.Job) (*Script, error) {
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer outWrite.Close()
	errRead, errWrite, err := os.Pipe()
	if err != nil {
		outRead.Close()
		return nil, err
	}
	defer errWrite.Close()
	cmd.Stdout, cmd.Stderr = outWrite, errWrite
	if err := startAs(as, cmd, group); err != nil {
		outRead.Close()
		errRead.Close()
		return nil, err
	}
	return &Script{stdout: outRead, stderr: errRead}, nil
}

// waitInJob returns when the script has ended and its job is empty.
func waitInJob(cmd *exec.Cmd, group *jobobject.Job, timeout time.Duration, cancelled <-chan struct{}) Status {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	st := Status{Reason: Exited}
	select {
	case <-done:
	case <-limit.C:
		st = Status{Reason: TimedOut, Code: 1, Problem: late(timeout).English(), Because: late(timeout)}
	case <-cancelled:
		st = Status{Reason: Cancelled, Code: 1}
	}
	if st.Reason == Exited {
		st.Code = cmd.ProcessState.ExitCode()
	}
	// There is no way to ask: console events do not reach a process that has no
	// console in common with us.
	if err := group.End(endTime); err != nil {
		st.Problem, st.Because = err.Error(), journal.CauseNoStart.Of(err.Error())
	}
	if st.Reason != Exited {
		<-done
	}
	return st
}

// endLeftovers has nothing to do: a job object has ended its processes with the daemon.
func endLeftovers(string) {}

// adoptOrphans has nothing to do for the same reason.
func adoptOrphans() error { return nil }

// canLimit never refuses: every job object has its limit.
func canLimit() error { return nil }

// consoleDecoder converts from the code page in which console programs of this
// computer write; nil where it is UTF-8 or one that is not known.
func consoleDecoder() *encoding.Decoder {
	pages := map[uint32]encoding.Encoding{
		437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855,
		858: charmap.CodePage858, 860: charmap.CodePage860, 862: charmap.CodePage862, 863: charmap.CodePage863,
		865: charmap.CodePage865, 866: charmap.CodePage866, 874: charmap.Windows874, 932: japanese.ShiftJIS,
		936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5,
		1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
		1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
	}
	oem, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetOEMCP").Call()
	if e := pages[uint32(oem)]; e != nil {
		return e.NewDecoder()
	}
	return nil
}
