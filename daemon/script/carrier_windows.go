package script

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Supervise has nothing to do on Windows: a job object holds a script's
// processes, and the system ends them all when the daemon's handle to it is gone.
func Supervise(Streams) error { return errors.New("this system needs no supervisor") }

// start starts a script suspended, puts it into a job object of its own, and
// lets it go: no process of it can ever be outside the job.
func start(_ []string, as Deputy, j job) (*carrier, error) {
	if as != nil {
		return nil, errors.New("scripts run as the customer's own user on Windows: log off first")
	}
	handle, err := newJob()
	if err != nil {
		return nil, fmt.Errorf("keeping the script's processes together: %w", err)
	}
	cmd := exec.Command(j.Argv[0], j.Argv[1:]...)
	cmd.Dir, cmd.Env = j.Dir, j.Env
	cmd.SysProcAttr = &syscall.SysProcAttr{
		HideWindow:    true,
		CreationFlags: windows.CREATE_SUSPENDED | windows.CREATE_NO_WINDOW,
	}
	c, err := startInJob(cmd, handle)
	if err != nil {
		windows.CloseHandle(handle)
		return nil, err
	}
	cancelled := make(chan struct{})
	c.cancel = sync.OnceFunc(func() { close(cancelled) })
	c.kill = c.cancel // there is no gentler way than the job's end
	c.wait = func() status {
		defer windows.CloseHandle(handle)
		return waitInJob(cmd, handle, j.Timeout, cancelled)
	}
	return c, nil
}

func startInJob(cmd *exec.Cmd, handle windows.Handle) (*carrier, error) {
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
	if err = cmd.Start(); err == nil {
		if err = assignAndResume(cmd.Process.Pid, handle); err != nil {
			err = errors.Join(err, cmd.Process.Kill(), cmd.Wait())
		}
	}
	if err != nil {
		outRead.Close()
		errRead.Close()
		return nil, err
	}
	return &carrier{stdout: outRead, stderr: errRead}, nil
}

// waitInJob returns when the script has ended and its job is empty.
func waitInJob(cmd *exec.Cmd, handle windows.Handle, timeout time.Duration, cancelled <-chan struct{}) status {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	st := status{Reason: Exited}
	select {
	case <-done:
	case <-limit.C:
		st = status{Reason: TimedOut, Code: 1, Problem: fmt.Sprintf("it took longer than %v", timeout)}
	case <-cancelled:
		st = status{Reason: Cancelled, Code: 1}
	}
	if st.Reason == Exited {
		st.Code = cmd.ProcessState.ExitCode()
	}
	// There is no way to ask: console events do not reach a process that has no
	// console in common with us.
	if err := windows.TerminateJobObject(handle, 1); err != nil {
		st.Problem = fmt.Sprintf("ending its processes: %v", err)
	}
	if st.Reason != Exited {
		<-done
	}
	return st
}

// newJob makes a job object whose processes end with its last handle, cannot
// leave it, and are limited in number.
func newJob() (windows.Handle, error) {
	handle, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags:         windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
			ActiveProcessLimit: MaxProcesses,
		},
	}
	_, err = windows.SetInformationJobObject(handle, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		windows.CloseHandle(handle)
		return 0, err
	}
	return handle, nil
}

func assignAndResume(pid int, job windows.Handle) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return fmt.Errorf("opening the script's process: %w", err)
	}
	defer windows.CloseHandle(process)
	if err := windows.AssignProcessToJobObject(job, process); err != nil {
		return fmt.Errorf("keeping the script's processes together: %w", err)
	}
	return resume(uint32(pid))
}

// resume lets the only thread of a process go that was started suspended.
func resume(pid uint32) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return fmt.Errorf("looking for the script's thread: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID != pid {
			continue
		}
		thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, entry.ThreadID)
		if err != nil {
			return fmt.Errorf("letting the script go: %w", err)
		}
		defer windows.CloseHandle(thread)
		_, err = windows.ResumeThread(thread)
		return err
	}
	return fmt.Errorf("looking for the script's thread: %w", err)
}

// sweep has nothing to do: a job object has ended its processes with the daemon.
func sweep(string) {}

// inherit has nothing to do for the same reason.
func inherit() error { return nil }

// makeRemovable takes the read-only attribute away, which would keep a
// directory from being removed.
func makeRemovable(dir string) { _ = os.Chmod(dir, 0o700) }

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
