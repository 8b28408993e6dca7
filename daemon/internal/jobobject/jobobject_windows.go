// Package jobobject keeps processes on Windows together, so that they can be limited
// and ended together. Scripts use it, and logons as other users. It is for Windows
// alone.
package jobobject

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Job is a job object. The system ends its processes with the last handle to it:
// also when our own process is killed. Nothing in it can leave it.
type Job struct{ handle windows.Handle }

// New makes an empty job of at most limit processes at once; 0 is no limit.
func New(limit uint32) (*Job, error) {
	handle, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("CreateJobObject: %w", err)
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	if limit > 0 {
		info.BasicLimitInformation.LimitFlags |= windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS
		info.BasicLimitInformation.ActiveProcessLimit = limit
	}
	_, err = windows.SetInformationJobObject(handle, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("SetInformationJobObject: %w", err), windows.CloseHandle(handle))
	}
	return &Job{handle}, nil
}

// Start starts cmd inside all of the jobs, of which each lies inside the one
// before it (Windows 8 and later), without a window. The process is let go only
// then, so that nothing it starts can be outside.
func Start(cmd *exec.Cmd, jobs ...*Job) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.HideWindow = true
	cmd.SysProcAttr.CreationFlags |= windows.CREATE_SUSPENDED | windows.CREATE_NO_WINDOW
	if err := cmd.Start(); err != nil {
		return err
	}
	var err error
	held := cmd.Process.WithHandle(func(process uintptr) { err = Admit(windows.Handle(process), jobs...) })
	if err = errors.Join(held, err); err != nil {
		_, _ = cmd.Process.Kill(), cmd.Wait() // it has not run; why it could not is what counts
		return fmt.Errorf("keeping its processes together: %w", err)
	}
	return nil
}

// Admit puts a suspended process into the jobs and lets it go. Its handle is the one that
// came with its start: another user's process cannot be opened later.
func Admit(process windows.Handle, jobs ...*Job) error {
	kernel := windows.NewLazySystemDLL("kernel32.dll")
	for _, j := range jobs {
		var inside int32 // as a child of one that is in it
		ok, _, err := kernel.NewProc("IsProcessInJob").Call(uintptr(process), uintptr(j.handle), uintptr(unsafe.Pointer(&inside)))
		switch {
		case ok == 0:
			return fmt.Errorf("IsProcessInJob: %w", err)
		case inside != 0:
			continue
		}
		if err := windows.AssignProcessToJobObject(j.handle, process); err != nil {
			return fmt.Errorf("AssignProcessToJobObject: %w", err)
		}
	}
	status, _, _ := windows.NewLazySystemDLL("ntdll.dll").NewProc("NtResumeProcess").Call(uintptr(process))
	if status != 0 {
		return fmt.Errorf("NtResumeProcess: %w", windows.NTStatus(status))
	}
	return nil
}

// ErrSurvivors means that processes could not be ended in time.
var ErrSurvivors = errors.New("some of its processes could not be ended")

// End ends all processes of the job, and waits until none is left, but no
// longer than patience: the system ends them one after the other, and until then
// they hold their files. The job can be used again.
func (j *Job) End(patience time.Duration) error {
	if err := windows.TerminateJobObject(j.handle, 1); err != nil {
		return fmt.Errorf("TerminateJobObject: %w", err)
	}
	deadline := time.Now().Add(patience)
	for {
		n, err := j.active()
		switch {
		case err != nil:
			return err
		case n == 0:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("%w: %d", ErrSurvivors, n)
		}
		time.Sleep(pollInterval) // a job says nothing by itself without a completion port
	}
}

// pollInterval is how often a job that is ending is looked at.
const pollInterval = 5 * time.Millisecond

// active counts the processes that have not ended.
func (j *Job) active() (uint32, error) {
	// JOBOBJECT_BASIC_ACCOUNTING_INFORMATION (winnt.h).
	var info struct {
		userTime, kernelTime, periodUserTime, periodKernelTime int64
		pageFaults, total, active, terminated                  uint32
	}
	err := windows.QueryInformationJobObject(j.handle, windows.JobObjectBasicAccountingInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil)
	if err != nil {
		return 0, fmt.Errorf("QueryInformationJobObject: %w", err)
	}
	return info.active, nil
}

// Close gives the job back. What is left in it is ended.
func (j *Job) Close() error { return windows.CloseHandle(j.handle) }
