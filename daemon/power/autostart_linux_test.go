package power

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/library/disk"
)

// kinds are the entries of design's table for Linux; each starts with the file
// that the system reads.
func kinds(t *testing.T) map[string]struct {
	entry Autostart
	file  string
} {
	entry := Autostart{root: t.TempDir(), Program: "/opt/support agent/support-agent", Args: []string{"resume", "--state", `/var/lib/100%/"$HOME" \x`}}
	admin, desktop, user := entry, entry, entry
	admin.Admin = true
	desktop.Home, desktop.Desktop = t.TempDir(), true
	user.Home = t.TempDir()
	return map[string]struct {
		entry Autostart
		file  string
	}{
		"admin":   {admin, filepath.Join(admin.root, "etc/systemd/system/multi-user.target.wants/supportd-resume.service")},
		"desktop": {desktop, filepath.Join(desktop.Home, ".config/autostart/supportd-resume.desktop")},
		"user":    {user, filepath.Join(user.Home, ".config/systemd/user/default.target.wants/supportd-resume.service")},
	}
}

// files lists everything below the entry's directory that is not a directory.
func files(t *testing.T, a Autostart) (found []string) {
	t.Helper()
	root := a.Home
	if a.Admin {
		root = a.root
	}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestB9_OneEntryThatIsRemoved(t *testing.T) {
	for name, k := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			if err := k.entry.Remove(); err != nil {
				t.Fatalf("removing nothing: %v", err)
			}
			for range 2 {
				if err := k.entry.Install(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.ReadFile(k.file); err != nil {
				t.Fatalf("the system does not find it: %v", err)
			}
			once := len(files(t, k.entry))
			// Whoever removes does not know the command line, nor the desktop of then.
			stranger := k.entry
			stranger.Program, stranger.Args, stranger.Desktop = "", nil, !k.entry.Desktop
			if err := stranger.Remove(); err != nil {
				t.Fatal(err)
			}
			if left := files(t, k.entry); len(left) != 0 || once > 2 {
				t.Fatalf("%d files, of which are left: %q", once, left)
			}
		})
	}
}

// P12: one that was killed while it wrote the entry leaves half a file, which goes with
// the entry.
func TestK1P12_HalfAnEntryGoesToo(t *testing.T) {
	for name, k := range kinds(t) {
		if err := k.entry.Install(); err != nil {
			t.Fatal(err)
		}
		for _, file := range files(t, k.entry) {
			if err := os.WriteFile(disk.Unfinished(file), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.entry.Remove(); err != nil {
			t.Error(err)
		}
		if left := files(t, k.entry); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

func TestB9_FailedInstallLeavesNothing(t *testing.T) {
	home := t.TempDir()
	a := Autostart{Program: "/opt/support-agent", Home: home, root: t.TempDir()}
	// The link cannot be made where a file stands.
	if err := os.MkdirAll(a.userUnits(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.userUnits(), login), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Install(); err == nil {
		t.Fatal("no error")
	}
	if left := files(t, a); len(left) != 1 {
		t.Fatalf("left: %q", left)
	}
}

func TestEntriesAreWhatTheSystemReads(t *testing.T) {
	all := kinds(t)
	for _, k := range all {
		if err := k.entry.Install(); err != nil {
			t.Fatal(err)
		}
	}
	unit, err := os.ReadFile(all["admin"].file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`ExecStart=:"/opt/support agent/support-agent" "resume" "--state" "/var/lib/100%%/\"$HOME\" \\x"` + "\n",
		"After=network-online.target\n", "WantedBy=multi-user.target\n",
	} {
		if !strings.Contains(string(unit), want) {
			t.Errorf("the unit lacks %q:\n%s", want, unit)
		}
	}
	desktop, err := os.ReadFile(all["desktop"].file)
	if err != nil {
		t.Fatal(err)
	}
	if want := `Exec="/opt/support agent/support-agent" "resume" "--state" "/var/lib/100%%/\\"\\$HOME\\" \\\\x"` + "\n"; !strings.Contains(string(desktop), want) {
		t.Errorf("the desktop file lacks %q:\n%s", want, desktop)
	}
}

func TestEntryThatWouldNotComeBack(t *testing.T) {
	shm, err := os.CreateTemp("/dev/shm", "supportd-test-*")
	if err != nil {
		t.Skip("no tmpfs here")
	}
	t.Cleanup(func() { shm.Close(); os.Remove(shm.Name()) })
	for _, program := range []string{"/tmp/support-agent", shm.Name()} {
		err := Autostart{Program: program, Home: t.TempDir()}.Install()
		if !errors.Is(err, ErrVolatile) {
			t.Errorf("%s: %v", program, err)
		}
	}
	for _, a := range []Autostart{
		{Program: "support-agent"},
		{Program: "/opt/support-agent", Args: []string{"resume\nExecStartPre=/bin/sh"}},
	} {
		a.Home = t.TempDir()
		if err := a.Install(); err == nil || len(files(t, a)) != 0 {
			t.Errorf("%+v was installed, error %v", a, err)
		}
	}
}

func TestBootIDStaysUntilTheBoot(t *testing.T) {
	first, err := BootID()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := BootID(); err != nil || again != first || len(first) != 36 {
		t.Fatalf("%q, then %q, %v", first, again, err)
	}
}

// R3: a path is bytes in a unit too; systemd leaves out a line that is no UTF-8.
func TestK4R3_AUnitHoldsAnyPath(t *testing.T) {
	a := Autostart{Program: "/home/\xc7\xd1/support-agent", Args: []string{"resume", "--state", "/home/한 글/100%/\"x\"\\\n"}}
	want := `:"/home/\xc7\xd1/support-agent" "resume" "--state" "/home/한 글/100%%/\"x\"\\\x0a"`
	if got := a.unitCommand(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
