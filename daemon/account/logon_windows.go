package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/sys/windows"

	"supportd/daemon/internal/jobobject"
	"supportd/daemon/internal/privilege"
)

// Logon is a logon as another user: their token and profile, or a process that has
// both, and a job that holds every process that was started with it. Its methods may
// be called concurrently.
type Logon struct {
	identity Identity
	token    windows.Token  // 0 where the service "Secondary Logon" keeps it
	holder   windows.Handle // 0 where there is a token
	standing *standing
	profile  windows.Handle
	job      *jobobject.Job
	lost     chan struct{}

	mu     sync.Mutex // held while a program is started
	closed bool
}

// Codes of logonType and provider (LogonUserW, Win32).
const (
	logonInteractive = 2
	logonBatch       = 4
	providerDefault  = 0
)

// needed are the privileges that starting a program with another user's token
// takes (CreateProcessAsUserW). Only the system's own account holds the first;
// administrators do not, elevated or not.
func needed() []string { return []string{"SeAssignPrimaryTokenPrivilege", "SeIncreaseQuotaPrivilege"} }

// ready reports whether this process could start programs as anybody else: by itself, or
// with the service.
func ready() error {
	switch err := privileged(); {
	case errors.Is(err, privilege.ErrNotHeld):
		return secondaryReady()
	case err != nil:
		return &Failure{Why: reasonOf(err), Err: err}
	}
	return nil
}

func privileged() error { return privilege.With(func() error { return nil }, needed()...) }

// impersonates is the privilege that CreateProcessWithTokenW needs. Administrators hold it
// in a program that was started as one, and services do.
const impersonates = "SeImpersonatePrivilege"

func elevated() bool { return privilege.With(func() error { return nil }, impersonates) == nil }

// wholeRights: the system's own account exchanges a token that was cut down, and a program
// with an administrator's rights gets one that was not.
func wholeRights() bool { return privileged() == nil || elevated() }

// unfit is nil: Windows tells this only to somebody who has the password.
func unfit(context.Context, string) error { return nil }

// logOn asks Windows for the user's token. LogonUserW cannot be interrupted, so a
// goroutine of its own waits for a domain controller that does not answer.
func logOn(ctx context.Context, _ Options, user string, password []byte) (*Logon, error) {
	if errors.Is(privileged(), privilege.ErrNotHeld) {
		return logOnByService(ctx, user, utf16Of(password))
	}
	name, domain := splitName(user)
	secret := utf16Of(password)
	type result struct {
		token windows.Token
		err   error
	}
	done := make(chan result, 1)
	go func() { // received here or, where nobody waits for it any more, below
		defer clear(secret)
		token, err := logonUser(name, domain, secret, logonInteractive)
		done <- result{token, err}
	}()
	var r result
	select {
	case r = <-done:
	case <-ctx.Done():
		go func() { // the call ends by itself; a token that it still brings is closed
			if late := <-done; late.err == nil {
				late.token.Close()
			}
		}()
		return nil, context.Cause(ctx)
	}
	if r.err != nil {
		return nil, &Failure{Why: reasonOf(r.err), User: user, Err: r.err}
	}
	l := &Logon{token: windows.Token(wholeToken(tokenCalls{}, uintptr(r.token))), lost: make(chan struct{}), identity: Identity{User: user}}
	if l.token.IsElevated() {
		l.identity.Rights = WholeRights
	} else if (tokenCalls{}).Limited(uintptr(l.token)) {
		l.identity.Rights = CutRights
	}
	if err := l.open(name); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// logOnByService asks the service for a process of the user that holds their logon open.
func logOnByService(ctx context.Context, user string, secret []uint16) (*Logon, error) {
	job, err := jobobject.New(0)
	if err != nil {
		return nil, err
	}
	l := &Logon{job: job, lost: make(chan struct{}), identity: Identity{User: user}}
	var holder windows.Handle // written by a call that nobody may wait for any more
	if l.standing, err = logOnSecondary(ctx, secondaryCalls{job, &holder}, user, secret, elevated()); err != nil {
		var failure *Failure
		if !errors.As(err, &failure) && ctx.Err() == nil {
			err = &Failure{Why: reasonOf(err), User: user, Err: err}
		}
		return nil, errors.Join(err, job.Close())
	}
	l.holder = holder
	l.identity.Home, l.identity.Env, l.identity.Temp = l.standing.home, l.standing.env, l.standing.temp
	l.identity.Rights = l.standing.rights
	return l, nil
}

// utf16Of encodes a password with its end, in memory that the caller overwrites.
func utf16Of(password []byte) []uint16 {
	out := make([]uint16, 0, len(password)+1)
	for len(password) > 0 {
		r, size := utf8.DecodeRune(password)
		password = password[size:]
		const plane1, high, low = 0x10000, 0xd800, 0xdc00 // RFC 2781 section 2.1
		if r < plane1 {
			out = append(out, uint16(r))
			continue
		}
		r -= plane1
		out = append(out, high+uint16(r>>10), low+uint16(r&0x3ff))
	}
	return append(out, 0)
}

// logonUser is LogonUserW. A name that has its domain in it, kim@corp.example, goes with
// none; an interactive logon's token is cut down where the user is an administrator, and
// that of a batch logon is not.
func logonUser(name, domain string, secret []uint16, kind uintptr) (windows.Token, error) {
	n, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	var d *uint16
	if domain != "" {
		if d, err = windows.UTF16PtrFromString(domain); err != nil {
			return 0, err
		}
	}
	var token windows.Token
	ok, _, err := windows.NewLazySystemDLL("advapi32.dll").NewProc("LogonUserW").Call(
		uintptr(unsafe.Pointer(n)), uintptr(unsafe.Pointer(d)), uintptr(unsafe.Pointer(&secret[0])),
		kind, providerDefault, uintptr(unsafe.Pointer(&token)))
	if ok == 0 {
		return 0, fmt.Errorf("LogonUser: %w", err)
	}
	return token, nil
}

// reasonOf turns the system's error codes into our reasons.
func reasonOf(err error) Why {
	var number syscall.Errno
	switch {
	case errors.Is(err, privilege.ErrNotHeld):
		return Powerless
	case !errors.As(err, &number):
		return Failed
	}
	switch number {
	case windows.ERROR_LOGON_FAILURE, windows.ERROR_INVALID_PASSWORD:
		return BadPassword
	case windows.ERROR_NO_SUCH_USER, windows.ERROR_NONE_MAPPED:
		return NoUser
	case windows.ERROR_ACCOUNT_LOCKED_OUT, windows.ERROR_ACCOUNT_DISABLED:
		return Locked
	case windows.ERROR_ACCOUNT_EXPIRED:
		return Expired
	case windows.ERROR_PASSWORD_EXPIRED, windows.ERROR_PASSWORD_MUST_CHANGE:
		return MustChange
	case windows.ERROR_ACCOUNT_RESTRICTION, windows.ERROR_INVALID_LOGON_HOURS, windows.ERROR_INVALID_WORKSTATION,
		windows.ERROR_LOGON_TYPE_NOT_GRANTED, windows.ERROR_LOGON_NOT_GRANTED:
		return Refused
	case windows.ERROR_PRIVILEGE_NOT_HELD:
		return Powerless
	}
	return Failed
}

// profileInfo is PROFILEINFOW (profinfo.h).
type profileInfo struct {
	size        uint32
	flags       uint32
	userName    *uint16
	profilePath *uint16
	defaultPath *uint16
	serverName  *uint16
	policyPath  *uint16
	profile     windows.Handle
}

// open loads the profile, reads the environment, and makes temp directory and job.
func (l *Logon) open(name string) error {
	n, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	const noUI = 1 // PI_NOUI
	info := profileInfo{flags: noUI, userName: n}
	info.size = uint32(unsafe.Sizeof(info))
	ok, _, err := windows.NewLazySystemDLL("userenv.dll").NewProc("LoadUserProfileW").Call(
		uintptr(l.token), uintptr(unsafe.Pointer(&info)))
	if ok == 0 {
		return &Failure{Why: reasonOf(err), User: l.identity.User, Err: fmt.Errorf("LoadUserProfile: %w", err)}
	}
	l.profile = info.profile
	if l.identity.Home, err = l.token.GetUserProfileDirectory(); err != nil {
		return &Failure{Why: NoHome, User: l.identity.User, Err: err}
	}
	if l.identity.Env, err = l.token.Environ(false); err != nil {
		return fmt.Errorf("CreateEnvironmentBlock: %w", err)
	}
	if l.job, err = jobobject.New(0); err != nil {
		return err
	}
	return l.makeTemp()
}

// makeTemp makes the logon's temp directory below the user's own, where the
// user's rights are inherited.
func (l *Logon) makeTemp() error {
	parent := l.identity.Home
	for _, v := range l.identity.Env {
		if name, value, ok := strings.Cut(v, "="); ok && strings.EqualFold(name, "TEMP") {
			parent = value
		}
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(parent, "support-")
	if err != nil {
		return err
	}
	l.identity.Temp = dir
	l.identity.Env = append(l.identity.Env, "TEMP="+dir, "TMP="+dir)
	return nil
}

// Identity is whom the logon acts as.
func (l *Logon) Identity() Identity { return l.identity }

// Lost is closed when the logon has ended.
func (l *Logon) Lost() <-chan struct{} { return l.lost }

// ErrLost is returned for a logon that has ended.
var ErrLost = errors.New("the logon has ended")

// Start starts a program as the other user. The owner must call [Process.Wait].
// When ctx ends, the program is killed.
func (l *Logon) Start(ctx context.Context, c Command) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, c.Args...)
	cmd.Env, cmd.Dir = append(append([]string(nil), l.identity.Env...), c.Env...), c.Dir
	if cmd.Dir == "" {
		cmd.Dir = l.identity.Home
		if l.holder != 0 {
			cmd.Dir = l.identity.Temp // Windows looks whether we may enter it, and not the user
		}
	}
	for _, f := range []struct {
		file *os.File
		set  func(*os.File)
	}{
		{c.Stdin, func(f *os.File) { cmd.Stdin = f }}, {c.Stdout, func(f *os.File) { cmd.Stdout = f }},
		{c.Stderr, func(f *os.File) { cmd.Stderr = f }},
	} {
		if f.file != nil {
			f.set(f.file) // a nil *os.File in an interface would not be nil
		}
	}
	cmd.WaitDelay = time.Second
	if err := l.StartInside(cmd, nil); err != nil {
		return nil, err
	}
	return &Process{cmd: cmd}, nil
}

// StartInside starts cmd as the other user, inside the job where there is one.
// Whoever called it waits for cmd's end; it ends with the logon at the latest.
func (l *Logon) StartInside(cmd *exec.Cmd, inside *jobobject.Job) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Token, cmd.SysProcAttr.ParentProcess = syscall.Token(l.token), syscall.Handle(l.holder)
	cmd.SysProcAttr.CreationFlags |= windows.CREATE_NEW_PROCESS_GROUP
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrLost
	}
	jobs := []*jobobject.Job{l.job}
	if inside != nil {
		jobs = append(jobs, inside)
	}
	privileges := needed()
	if l.holder != 0 {
		privileges = nil
	}
	err := privilege.With(func() error { return jobobject.Start(cmd, jobs...) }, privileges...)
	if err != nil {
		return &Failure{Why: reasonOf(err), User: l.identity.User, Err: err}
	}
	return nil
}

// Close ends the logon: when it returns, every process that was started through
// it is gone, and so is its temp directory. It is idempotent.
func (l *Logon) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.lost)
	var err error
	if l.job != nil {
		err = errors.Join(l.job.End(closeTimeout), l.job.Close())
	}
	if l.standing != nil {
		return errors.Join(err, l.standing.close())
	}
	if l.identity.Temp != "" {
		err = errors.Join(err, os.RemoveAll(l.identity.Temp))
	}
	if l.profile != 0 {
		ok, _, e := windows.NewLazySystemDLL("userenv.dll").NewProc("UnloadUserProfile").Call(uintptr(l.token), uintptr(l.profile))
		if ok == 0 {
			err = errors.Join(err, fmt.Errorf("UnloadUserProfile: %w", e))
		}
	}
	return errors.Join(err, l.token.Close())
}

// Process is a program that runs as the other user.
type Process struct{ cmd *exec.Cmd }

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill ends the program at once.
func (p *Process) Kill() { _ = p.cmd.Process.Kill() }

// Wait waits for the program's end. It must be called once.
func (p *Process) Wait() (Exit, error) {
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Exit{Code: -1}, err
	}
	return Exit{Code: p.cmd.ProcessState.ExitCode()}, nil
}

// KeepMemory has nothing to do: a password is used once, and overwritten before a program
// of another user runs.
func KeepMemory() error { return nil }

// RunBroker is not used here: Windows authenticates in the daemon's process.
func RunBroker(io.Reader, *os.File) error { return &Failure{Why: Unsupported} }

// RunWorker is not used here: Windows starts every program with the token.
func RunWorker(_, _ []string) error { return &Failure{Why: Unsupported} }
