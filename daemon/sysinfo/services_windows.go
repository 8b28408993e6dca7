package sysinfo

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func probeServices(ctx context.Context, m *machine, s *sheet) error {
	s.set("manager", "Windows")
	t := s.table("services", col("name"), col("state"), col("start"), col("description"), col("exit_code"), col("command"))
	all, err := query[struct {
		Name, DisplayName, State, StartMode, PathName string
		ExitCode                                      uint32
	}](ctx, m, cimv2, "Win32_Service", "")
	failed := 0
	for _, v := range all {
		if v.State == "Stopped" && v.StartMode == "Auto" && v.ExitCode != 0 {
			failed++
		}
		t.add(v.Name, strings.ToLower(v.State), strings.ToLower(v.StartMode), v.DisplayName, v.ExitCode, maskLine(v.PathName))
	}
	t.byName()
	s.try("failed", failed, err)
	return err
}

// maskLine is maskArgs for a command line in one piece.
func maskLine(line string) string {
	args, err := windows.DecomposeCommandLine(line)
	if err != nil || len(args) == 0 {
		return maskCommand(line)
	}
	return maskArgs(args)
}

// probeStartup lists what starts by itself.
func probeStartup(ctx context.Context, m *machine, s *sheet) error {
	t := s.table("autostart", col("name"), col("source"), col("command"), col("enabled"))
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
		for name, command := range regValues(place.root, place.path) {
			t.add(name, place.name, maskLine(command), startsApproved(regBytes(place.root, approved+place.list, name)))
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
				t.add(e.Name(), dir, filepath.Join(dir, e.Name()), startsApproved(regBytes(root, approved+"StartupFolder", e.Name())))
			}
		}
	}
	t.byName()
	jobs := s.table("scheduled_jobs", col("name"), col("state"), col("source"))
	all, err := query[struct {
		TaskName, TaskPath string
		State              uint8
	}](ctx, m, tasks, "MSFT_ScheduledTask", "")
	jobs.fail(err)
	own := 0
	for _, job := range all {
		if strings.HasPrefix(job.TaskPath, `\Microsoft\`) { // Windows' own, some two hundred
			own++
			continue
		}
		jobs.add(job.TaskName, nameOf(job.State, map[uint8]string{1: "disabled", 2: "queued", 3: "ready", 4: "running"}), job.TaskPath)
	}
	s.try("jobs_of_windows", own, err)
	return nil
}

// installed is one program that can be removed.
type installed struct {
	name, version, source, architecture string
	size                                any // bytes
}

// probeSoftware reads what "Installed apps" shows; Win32_Product would start
// repairing packages while it lists them.
func probeSoftware(_ context.Context, _ *machine, s *sheet) error {
	const path = `Microsoft\Windows\CurrentVersion\Uninstall`
	var all []installed
	for _, place := range []struct {
		root registry.Key
		path string
		bits string
	}{
		{registry.LOCAL_MACHINE, `SOFTWARE\` + path, "64-bit"},
		{registry.LOCAL_MACHINE, `SOFTWARE\WOW6432Node\` + path, "32-bit"},
		{registry.CURRENT_USER, `SOFTWARE\` + path, "user"},
	} {
		for _, key := range regKeys(place.root, place.path) {
			at := place.path + `\` + key
			name := regText(place.root, at, "DisplayName")
			hidden, err := regNumber(place.root, at, "SystemComponent")
			if name == "" || err == nil && hidden == 1 {
				continue
			}
			p := installed{name, regText(place.root, at, "DisplayVersion"), regText(place.root, at, "Publisher"), place.bits, nil}
			if kib, err := regNumber(place.root, at, "EstimatedSize"); err == nil {
				p.size = kib << 10
			}
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b installed) int { return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	s.set("count", len(all))
	t := s.table("packages", col("name"), col("version"), col("source"), col("architecture"), col("size", Bytes))
	for _, p := range all {
		t.add(p.name, p.version, p.source, p.architecture, p.size)
	}
	return nil
}

func probePrinters(ctx context.Context, m *machine, s *sheet) error {
	t := s.table("printers", col("name"), col("state"), col("model"), col("default"), col("offline"), col("address", Addresses))
	all, err := query[struct {
		Name, DriverName, PortName string
		PrinterStatus              uint16
		Default, WorkOffline       bool
	}](ctx, m, cimv2, "Win32_Printer", "")
	for _, p := range all {
		state := nameOf(p.PrinterStatus, map[uint16]string{3: "idle", 4: "printing", 5: "warming up", 6: "stopped", 7: "offline"})
		t.add(p.Name, state, p.DriverName, p.Default, p.WorkOffline, p.PortName)
	}
	return err
}
