package power

import (
	"errors"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/mgr"
)

const (
	runOnce = `Software\Microsoft\Windows\CurrentVersion\RunOnce`
	// safeBoot lists what runs in safe mode with networking.
	safeBoot = `SYSTEM\CurrentControlSet\Control\SafeBoot\Network\` + EntryName
	// keep before a RunOnce value's name keeps the value until its program has
	// ended well; otherwise Windows deletes it before it starts the program.
	keep = "!"
)

func (a Autostart) install() error {
	if a.Admin {
		return a.installService()
	}
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runOnce, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	words := []string{windows.EscapeArg(a.Program)}
	for _, arg := range a.Args {
		words = append(words, windows.EscapeArg(arg))
	}
	return key.SetStringValue(keep+EntryName, strings.Join(words, " "))
}

// installService makes a service that starts at boot, before anybody logs in;
// [Serve] is its other half.
func (a Autostart) installService() error {
	manager, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer manager.Disconnect()
	service, err := manager.CreateService(EntryName, a.Program, mgr.Config{
		StartType: mgr.StartAutomatic, ErrorControl: mgr.ErrorNormal, Dependencies: []string{"Tcpip"},
		DisplayName: "Remote support: come back after a restart",
	}, a.Args...)
	if err != nil {
		return err
	}
	defer service.Close()
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, safeBoot, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	return key.SetStringValue("", "Service")
}

func (a Autostart) remove() error {
	if !a.Admin {
		key, err := registry.OpenKey(registry.CURRENT_USER, runOnce, registry.SET_VALUE)
		if err != nil {
			return present(err)
		}
		defer key.Close()
		return present(key.DeleteValue(keep + EntryName))
	}
	err := present(registry.DeleteKey(registry.LOCAL_MACHINE, safeBoot))
	manager, connect := mgr.Connect()
	if connect != nil {
		return errors.Join(err, connect)
	}
	defer manager.Disconnect()
	service, open := manager.OpenService(EntryName)
	if open != nil {
		return errors.Join(err, present(open))
	}
	defer service.Close()
	// A service that runs is deleted when it has stopped: that is, us.
	return errors.Join(err, present(service.Delete()))
}

// present drops the errors for what is not there.
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

// volatile is false: Windows keeps its temporary files over a restart.
func volatile(string) bool { return false }
