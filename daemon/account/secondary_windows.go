package account

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"

	"supportd/daemon/internal/jobobject"
	"supportd/daemon/internal/privilege"
)

// seclogon is the name of the service "Secondary Logon".
const seclogon = "seclogon"

// secondaryReady reports why the service would start nothing: an administrator can switch
// it off. Whoever may not know that is not refused for it.
func secondaryReady() error {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return nil
	}
	defer windows.CloseServiceHandle(manager)
	name, err := windows.UTF16PtrFromString(seclogon)
	if err != nil {
		return err
	}
	service, err := windows.OpenService(manager, name, windows.SERVICE_QUERY_CONFIG)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return &Failure{Why: Powerless, Err: err}
	} else if err != nil {
		return nil
	}
	defer windows.CloseServiceHandle(service)
	var config struct {
		windows.QUERY_SERVICE_CONFIG
		texts [8 << 10]byte // what the structure's pointers lead to; Windows has no more
	}
	var needed uint32
	err = windows.QueryServiceConfig(service, &config.QUERY_SERVICE_CONFIG, uint32(unsafe.Sizeof(config)), &needed)
	if err == nil && config.StartType == windows.SERVICE_DISABLED {
		return &Failure{Why: Powerless, Err: errors.New("the service Secondary Logon is switched off")}
	}
	return nil
}

// secondaryCalls are Windows' own. What they start is in the job, and its handle in holder.
type secondaryCalls struct {
	job    *jobobject.Job
	holder *windows.Handle
}

func (secondaryCalls) SystemDirectory() (string, error) { return windows.GetSystemDirectory() }

// Neither function takes an environment from us: Windows makes one from the user's profile.
const (
	withProfile = 1 // LOGON_WITH_PROFILE
	startFlags  = windows.CREATE_SUSPENDED | windows.CREATE_NO_WINDOW | windows.CREATE_UNICODE_ENVIRONMENT | windows.CREATE_NEW_PROCESS_GROUP
)

func (s secondaryCalls) Start(c secondaryCall) (io.Closer, error) {
	return s.start(c, func(p *prepared) error {
		return call("CreateProcessWithLogonW",
			uintptr(unsafe.Pointer(p.name)), uintptr(unsafe.Pointer(p.domain)), uintptr(unsafe.Pointer(&c.secret[0])), withProfile,
			uintptr(unsafe.Pointer(p.program)), uintptr(unsafe.Pointer(p.line)), startFlags, 0, uintptr(unsafe.Pointer(p.dir)),
			uintptr(unsafe.Pointer(&p.startup)), uintptr(unsafe.Pointer(&p.process)))
	})
}

func (secondaryCalls) LogOn(c secondaryCall) (userToken, error) {
	token, err := logonUser(c.name, c.domain, c.secret, logonBatch)
	if err != nil {
		return nil, err
	}
	return batchToken{token}, nil
}

// StartWith's token has the access that the call needs (TOKEN_QUERY, TOKEN_DUPLICATE,
// TOKEN_ASSIGN_PRIMARY): LogonUserW brings it so.
func (s secondaryCalls) StartWith(token userToken, c secondaryCall) (process io.Closer, err error) {
	t, ok := token.(batchToken)
	if !ok {
		return nil, errors.New("the token is no token of Windows")
	}
	err = privilege.With(func() (err error) {
		process, err = s.start(c, func(p *prepared) error {
			return call("CreateProcessWithTokenW", uintptr(t.Token), withProfile,
				uintptr(unsafe.Pointer(p.program)), uintptr(unsafe.Pointer(p.line)), startFlags, 0, uintptr(unsafe.Pointer(p.dir)),
				uintptr(unsafe.Pointer(&p.startup)), uintptr(unsafe.Pointer(&p.process)))
		})
		return err
	}, impersonates)
	if errors.Is(err, privilege.ErrNotHeld) {
		err = fmt.Errorf("%w: %w", errPrivilege, err)
	}
	return process, err
}

// prepared are the arguments of a call as Windows takes them. A text that is empty is NULL.
type prepared struct {
	name, domain, program, line, dir *uint16

	startup windows.StartupInfo
	process windows.ProcessInformation
}

func (p *prepared) take(c secondaryCall) (err error) {
	for _, text := range []struct {
		to   **uint16
		from string
	}{{&p.name, c.name}, {&p.domain, c.domain}, {&p.program, c.program}, {&p.line, c.line}, {&p.dir, c.dir}} {
		if text.from == "" {
			continue
		}
		if *text.to, err = windows.UTF16PtrFromString(text.from); err != nil {
			return err
		}
	}
	return nil
}

// start starts a program with one of the two functions, and puts it into the job.
func (s secondaryCalls) start(c secondaryCall, do func(*prepared) error) (io.Closer, error) {
	p := &prepared{}
	if err := p.take(c); err != nil {
		return nil, err
	}
	in, err := inheritable(c.in)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(in)
	out, err := inheritable(c.out)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(out)
	p.startup = windows.StartupInfo{
		Flags: windows.STARTF_USESTDHANDLES | windows.STARTF_USESHOWWINDOW, ShowWindow: windows.SW_HIDE,
		StdInput: in, StdOutput: out, StdErr: out,
	}
	p.startup.Cb = uint32(unsafe.Sizeof(p.startup))
	if err := do(p); err != nil {
		return nil, err
	}
	process := p.process.Process
	_ = windows.CloseHandle(p.process.Thread)
	if err := jobobject.Admit(process, s.job); err != nil {
		return nil, errors.Join(err, windows.TerminateProcess(process, 1), windows.CloseHandle(process))
	}
	*s.holder = process
	return &ender{process: process}, nil
}

// call keeps what the arguments point to where it is until it returns.
//
//go:uintptrescapes
func call(function string, args ...uintptr) error {
	ok, _, err := windows.NewLazySystemDLL("advapi32.dll").NewProc(function).Call(args...)
	if ok == 0 {
		return fmt.Errorf("%s: %w", function, err)
	}
	return nil
}

// inheritable is another handle to a file, which a new process can have.
func inheritable(f *os.File) (copied windows.Handle, err error) {
	self := windows.CurrentProcess()
	err = windows.DuplicateHandle(self, windows.Handle(f.Fd()), self, &copied, 0, true, windows.DUPLICATE_SAME_ACCESS)
	return copied, err
}

// ender ends a process.
type ender struct {
	process windows.Handle
	once    sync.Once
	err     error
}

func (e *ender) Close() error {
	e.once.Do(func() {
		if err := windows.TerminateProcess(e.process, 1); err != nil && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			e.err = fmt.Errorf("TerminateProcess: %w", err) // what has ended already denies it
		}
		e.err = errors.Join(e.err, windows.CloseHandle(e.process))
	})
	return e.err
}

func (secondaryCalls) SID(user string) (string, error) {
	sid, _, _, err := windows.LookupSID("", user)
	if err != nil {
		return "", fmt.Errorf("LookupAccountName: %w", err)
	}
	return sid.String(), nil
}

func (secondaryCalls) Share(dir, sid string) error {
	us, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("GetTokenInformation: %w", err)
	}
	// Nobody else (P): the system and we everything, the other user all but the rights
	// themselves; for files and directories in it too (OI, CI).
	const allButRights = "0x1301bf"
	text := "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;" + us.User.Sid.String() + ")(A;OICI;" + allButRights + ";;;" + sid + ")"
	descriptor, err := windows.SecurityDescriptorFromString(text)
	if err != nil {
		return err
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		return err
	}
	err = windows.SetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list, nil)
	if err != nil {
		return fmt.Errorf("SetNamedSecurityInfo: %w", err)
	}
	return nil
}
