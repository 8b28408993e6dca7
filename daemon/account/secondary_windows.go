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

func (s secondaryCalls) Start(c secondaryCall) (io.Closer, error) {
	var texts [5]*uint16
	for i, text := range []string{c.name, c.domain, c.program, c.line, c.dir} {
		if text == "" {
			continue // NULL
		}
		var err error
		if texts[i], err = windows.UTF16PtrFromString(text); err != nil {
			return nil, err
		}
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
	startup := windows.StartupInfo{
		Flags: windows.STARTF_USESTDHANDLES | windows.STARTF_USESHOWWINDOW, ShowWindow: windows.SW_HIDE,
		StdInput: in, StdOutput: out, StdErr: out,
	}
	startup.Cb = uint32(unsafe.Sizeof(startup))
	var process windows.ProcessInformation
	const withProfile = 1 // LOGON_WITH_PROFILE
	const flags = windows.CREATE_SUSPENDED | windows.CREATE_NO_WINDOW | windows.CREATE_UNICODE_ENVIRONMENT | windows.CREATE_NEW_PROCESS_GROUP
	ok, _, err := windows.NewLazySystemDLL("advapi32.dll").NewProc("CreateProcessWithLogonW").Call(
		uintptr(unsafe.Pointer(texts[0])), uintptr(unsafe.Pointer(texts[1])), uintptr(unsafe.Pointer(&c.secret[0])), withProfile,
		uintptr(unsafe.Pointer(texts[2])), uintptr(unsafe.Pointer(texts[3])), flags, 0, uintptr(unsafe.Pointer(texts[4])),
		uintptr(unsafe.Pointer(&startup)), uintptr(unsafe.Pointer(&process)))
	if ok == 0 {
		return nil, fmt.Errorf("CreateProcessWithLogon: %w", err)
	}
	_ = windows.CloseHandle(process.Thread)
	if err := jobobject.Admit(process.Process, s.job); err != nil {
		return nil, errors.Join(err, windows.TerminateProcess(process.Process, 1), windows.CloseHandle(process.Process))
	}
	*s.holder = process.Process
	return &ender{process: process.Process}, nil
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
