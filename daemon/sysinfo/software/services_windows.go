package software

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
)

func Services(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Set("manager", "Windows")
	t := s.Table("services", document.Col("name"), document.Col("state"), document.Col("start"), document.Col("description"),
		document.Col("exit_code"), document.Col("command"))
	all, err := machine.Query[struct {
		Name, DisplayName, State, StartMode, PathName string
		ExitCode                                      uint32
	}](ctx, m, machine.CIMv2, "Win32_Service", "")
	failed := 0
	for _, v := range all {
		if v.State == "Stopped" && v.StartMode == "Auto" && v.ExitCode != 0 {
			failed++
		}
		t.Add(v.Name, strings.ToLower(v.State), strings.ToLower(v.StartMode), v.DisplayName, v.ExitCode, maskLine(v.PathName))
	}
	t.ByName()
	s.Try("failed", failed, err)
	return err
}

// maskLine is secrets.Args for a command line in one piece.
func maskLine(line string) string {
	args, err := windows.DecomposeCommandLine(line)
	if err != nil || len(args) == 0 {
		return secrets.Command(line)
	}
	return secrets.Args(args)
}

// Startup lists what starts by itself.
func Startup(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	t := s.Table("autostart", document.Col("name"), document.Col("source"), document.Col("command"), document.Col("enabled"))
	const version = `SOFTWARE\Microsoft\Windows\CurrentVersion\`
	const approved = version + `Explorer\StartupApproved\` // what Task Manager turns off
	for _, place := range []struct {
		root             registry.Key
		name, path, list string
	}{
		{registry.LOCAL_MACHINE, "HKLM Run", version + "Run", "Run"},
		{registry.LOCAL_MACHINE, "HKLM RunOnce", version + "RunOnce", ""},
		{registry.LOCAL_MACHINE, "HKLM Run (32-bit)", `SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Run`, "Run32"},
		{registry.CURRENT_USER, "HKCU Run", version + "Run", "Run"},
		{registry.CURRENT_USER, "HKCU RunOnce", version + "RunOnce", ""},
	} {
		for name, command := range machine.RegValues(place.root, place.path) {
			t.Add(name, place.name, maskLine(command), formats.StartsApproved(machine.RegBytes(place.root, approved+place.list, name)))
		}
	}
	for _, folder := range []*windows.KNOWNFOLDERID{windows.FOLDERID_CommonStartup, windows.FOLDERID_Startup} {
		root := registry.LOCAL_MACHINE
		if folder == windows.FOLDERID_Startup {
			root = registry.CURRENT_USER
		}
		dir, err := windows.KnownFolderPath(folder, 0)
		if err != nil {
			continue
		}
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if e.Name() != "desktop.ini" {
				t.Add(e.Name(), dir, filepath.Join(dir, e.Name()), formats.StartsApproved(machine.RegBytes(root, approved+"StartupFolder", e.Name())))
			}
		}
	}
	t.ByName()
	jobs := s.Table("scheduled_jobs", document.Col("name"), document.Col("state"), document.Col("source"))
	all, err := machine.Query[struct {
		TaskName, TaskPath string
		State              uint8
	}](ctx, m, machine.Tasks, "MSFT_ScheduledTask", "")
	jobs.Fail(err)
	own := 0
	for _, job := range all {
		if strings.HasPrefix(job.TaskPath, `\Microsoft\`) { // Windows' own, some two hundred
			own++
			continue
		}
		jobs.Add(job.TaskName, machine.NameOf(job.State, map[uint8]string{1: "disabled", 2: "queued", 3: "ready", 4: "running"}), job.TaskPath)
	}
	s.Try("jobs_of_windows", own, err)
	return nil
}
