package power

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/mgr"
)

const (
	runOnce = `Software\Microsoft\Windows\CurrentVersion\RunOnce`
	// safeBoot has a key for each service that runs in safe mode with networking.
	safeBoot = `SYSTEM\CurrentControlSet\Control\SafeBoot\Network`
	// services has a key for each service of the system.
	services = `SYSTEM\CurrentControlSet\Services`
	// keep before a RunOnce value's name keeps the value until its program has
	// ended; otherwise Windows deletes it before it starts the program.
	keep = "!"
	// maxRunOnce is how long a command line in RunOnce may be, in UTF-16 units
	// (Microsoft, "Run and RunOnce Registry Keys"); a longer one is not run.
	maxRunOnce = 260
)

// ErrTooLong means that Windows would not run the entry.
var ErrTooLong = fmt.Errorf("its command line has more than %d characters, which Windows does not run at a login: use shorter paths for support-agent, --state and --report", maxRunOnce)

// checkEntry refuses an entry that Windows would silently leave out.
func (a Autostart) checkEntry() error {
	if !a.Admin && len(utf16.Encode([]rune(a.commandLine()))) > maxRunOnce {
		return ErrTooLong
	}
	return nil
}

// commandLine quotes the program and its arguments as programs read them.
func (a Autostart) commandLine() string {
	return windows.ComposeCommandLine(append([]string{a.Program}, a.Args...))
}

func (a Autostart) install() error {
	if a.Admin {
		return a.installService()
	}
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runOnce, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	return key.SetStringValue(keep+EntryName, a.commandLine())
}

// installService makes a service that starts at boot, before anybody logs in; [Serve] is
// what runs in it. Each service has a name of its own: after a first restart we run as
// such a service, and Windows frees its name only when we have ended.
func (a Autostart) installService() error {
	var id [4]byte
	_, _ = rand.Read(id[:]) // crypto/rand does not fail
	name := EntryName + "-" + hex.EncodeToString(id[:])
	manager, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer manager.Disconnect()
	service, err := manager.CreateService(name, a.Program, mgr.Config{
		StartType: mgr.StartAutomatic, ErrorControl: mgr.ErrorNormal, Dependencies: []string{"Tcpip"},
		DisplayName: "Remote support: come back after a restart (" + name + ")",
	}, a.Args...)
	if err != nil {
		return err
	}
	defer service.Close()
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, safeBoot+`\`+name, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	return key.SetStringValue("", "Service")
}

func (a Autostart) remove() error {
	if a.Admin {
		return errors.Join(removeSafeBoot(), removeServices())
	}
	key, err := registry.OpenKey(registry.CURRENT_USER, runOnce, registry.SET_VALUE)
	if err != nil {
		return present(err)
	}
	defer key.Close()
	return present(key.DeleteValue(keep + EntryName))
}

// ours lists the keys below path that are named as one of our services.
func ours(path string) ([]string, error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil, present(err)
	}
	defer key.Close()
	names, err := key.ReadSubKeyNames(-1)
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, EntryName+"-") }), err
}

func removeSafeBoot() error {
	names, err := ours(safeBoot)
	for _, name := range names {
		err = errors.Join(err, present(registry.DeleteKey(registry.LOCAL_MACHINE, safeBoot+`\`+name)))
	}
	return err
}

// removeServices deletes our services. One that runs, that is, ourselves, is
// deleted when it has stopped, and does not start again.
func removeServices() error {
	names, err := ours(services)
	if len(names) == 0 {
		return err
	}
	manager, connect := mgr.Connect()
	if connect != nil {
		return errors.Join(err, connect)
	}
	defer manager.Disconnect()
	for _, name := range names {
		service, open := manager.OpenService(name)
		if open != nil {
			err = errors.Join(err, present(open))
			continue
		}
		err = errors.Join(err, present(service.Delete()), service.Close())
	}
	return err
}

// present drops the errors that say that something is not there, or is about to go.
func present(err error) error {
	for _, absent := range []error{
		registry.ErrNotExist, windows.ERROR_SERVICE_DOES_NOT_EXIST, windows.ERROR_SERVICE_MARKED_FOR_DELETE,
	} {
		if errors.Is(err, absent) {
			return nil
		}
	}
	return err
}

// volatile is false: Windows keeps temporary files when it restarts.
func volatile(string) bool { return false }
