package desktop

import (
	"bufio"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"supportd/consent"
	"supportd/hack/testkit/logindtest"
)

// nobodyUID is the user whose desktop root finds in these tests.
const nobodyUID = 65534

// program runs until the test's end, as a user, in an environment.
func program(t *testing.T, uid uint32, environ ...string) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", "echo; read end")
	cmd.Env = environ
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err) // it does not run yet
	}
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root looks at another user's desktop")
	}
}

// TestY13_RootUsesTheDesktopsUser holds that root starts nothing with its own rights on
// a person's desktop, and finds that desktop where its own environment has none.
func TestY13_RootUsesTheDesktopsUser(t *testing.T) {
	needsRoot(t)
	bus := logindtest.Start(t)
	bus.AddSession("c7", nobodyUID, "nobody", "x11")
	program(t, nobodyUID, "XDG_SESSION_ID=c9", "DISPLAY=:71", "XAUTHORITY=/of/another/session")
	program(t, nobodyUID, "DISPLAY=:72", "XAUTHORITY=/of/no/session")
	program(t, nobodyUID, "XDG_SESSION_ID=c7", "DISPLAY=:73", "XAUTHORITY=/of/this/session", "LD_PRELOAD=/x.so", "LANG=ko_KR.UTF-8")
	program(t, 0, "XDG_SESSION_ID=c7", "DISPLAY=:74", "XAUTHORITY=/of/root")
	d, err := Find(t.Context(), Options{Bus: bus.Address, Environ: []string{"SECRET=of-root", "LANG=C"}})
	if err != nil {
		t.Fatal(err)
	}
	if d.User != "nobody" || d.UID != nobodyUID {
		t.Errorf("the user is %s, %d", d.User, d.UID)
	}
	out, err := d.Command(t.Context(), "/bin/sh", "-c", "id -u; id -G; env").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, want := range []string{"DISPLAY=:73", "XAUTHORITY=/of/this/session", "LANG=ko_KR.UTF-8", "USER=nobody"} {
		if !slices.Contains(lines, want) {
			t.Errorf("%s is missing in:\n%s", want, out)
		}
	}
	if lines[0] != "65534" || slices.Contains(strings.Fields(lines[1]), "0") || strings.Contains(string(out), "SECRET") || strings.Contains(string(out), "LD_PRELOAD") {
		t.Errorf("it has more than the user's own:\n%s", out)
	}
}

// TestY13_NobodyIsSaidWithItsReason tells locked screens, other users and no desktop apart.
func TestY13_NobodyIsSaidWithItsReason(t *testing.T) {
	needsRoot(t)
	bus := logindtest.Start(t)
	program(t, nobodyUID, "DISPLAY=:75")
	find := func(want error) {
		t.Helper()
		d, err := Find(t.Context(), Options{Bus: bus.Address})
		if !errors.Is(err, want) || want != nil && !errors.Is(err, consent.ErrNobody) {
			t.Errorf("%v, %v; want %v", d, err, want)
		}
	}
	find(ErrNone)
	bus.AddSession("c1", nobodyUID, "nobody", "x11")
	find(nil)
	bus.Session("c1", "LockedHint", true)
	find(ErrLocked)
	bus.Session("c1", "LockedHint", false)
	bus.Session("c1", "Active", false)
	find(ErrOther)
	bus.Session("c1", "Active", true)
	bus.Session("c1", "Remote", true)
	find(ErrNone)
}

// TestAnOrdinaryUsersDesktop plays the user nobody, and looks through the eyes of
// whoever runs the tests.
func TestAnOrdinaryUsersDesktop(t *testing.T) {
	needsRoot(t) // for processes of that user
	bus := logindtest.Start(t)
	find := func(environ ...string) (*Desktop, error) {
		t.Helper()
		f := finder{Options: Options{Environ: environ, Bus: bus.Address}, uid: nobodyUID, proc: "/proc"}
		sessions, err := f.sessions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return f.own(t.Context(), sessions)
	}
	if d, err := find("DISPLAY=:8", "USER=nobody"); err != nil || d.as != nil || d.User != "nobody" || !slices.Contains(d.Env, "DISPLAY=:8") {
		t.Errorf("with windows: %+v, %v", d, err)
	}
	if _, err := find("USER=nobody"); !errors.Is(err, ErrNone) {
		t.Errorf("without windows: %v", err)
	}
	bus.AddSession("c1", 1234, "jun", "x11")
	if _, err := find("USER=nobody"); !errors.Is(err, ErrOther) {
		t.Errorf("another user's desktop: %v", err)
	}
	bus.AddSession("c2", nobodyUID, "nobody", "wayland")
	program(t, nobodyUID, "XDG_SESSION_ID=c2", "WAYLAND_DISPLAY=wayland-3")
	if d, err := find("USER=nobody"); err != nil || value(d.Env, "WAYLAND_DISPLAY") != "wayland-3" {
		t.Errorf("a service beside the desktop: %+v, %v", d, err)
	}
	bus.Session("c2", "LockedHint", true)
	if _, err := find("DISPLAY=:8", "XDG_SESSION_ID=c2"); !errors.Is(err, ErrLocked) {
		t.Errorf("locked: %v", err)
	}
	if _, err := find("DISPLAY=localhost:10.0", "XDG_SESSION_ID=c5"); err != nil {
		t.Errorf("a forwarded display, beside a locked desktop of the same user: %v", err)
	}
	bus.Session("c2", "Active", false)
	if _, err := find("DISPLAY=:8"); !errors.Is(err, ErrOther) {
		t.Errorf("in the background: %v", err)
	}
}

// TestRootWithoutALoginManager holds that root believes its own starter, and no other
// user who shows a desktop.
func TestRootWithoutALoginManager(t *testing.T) {
	sockets := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(sockets, "X5"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.WriteFile(filepath.Join(sockets, "X6"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	find := func(environ ...string) (*Desktop, error) {
		f := finder{Options: Options{Environ: environ, Bus: "unix:path=" + sockets + "/none"}, proc: sockets, sockets: sockets}
		return f.foreign(t.Context(), nil)
	}
	if d, err := find("SUDO_UID=65534", "DISPLAY=:5"); err != nil || d.UID != nobodyUID || d.as == nil || value(d.Env, "DISPLAY") != ":5" {
		t.Errorf("by sudo: %+v, %v", d, err)
	}
	if d, err := find("DISPLAY=:5.0"); err != nil || d.UID != os.Getuid() {
		t.Errorf("by the socket's owner: %+v, %v", d, err)
	}
	for _, environ := range [][]string{{}, {"SUDO_UID=65534"}, {"DISPLAY=:6"}, {"DISPLAY=:7"}, {"DISPLAY=:../../5"}, {"DISPLAY=far:5"}, {"WAYLAND_DISPLAY=wayland-0"}, {"SUDO_UID=0", "DISPLAY=:7"}} {
		if d, err := find(environ...); !errors.Is(err, ErrNone) {
			t.Errorf("%q: %+v, %v", environ, d, err)
		}
	}
}

func TestWhatMacOSSays(t *testing.T) {
	for said, want := range map[string]bool{
		"": false, `  "IOConsoleLocked" = No`: false, `  "IOConsoleLocked" = Yes`: true,
		`"IOConsoleUsers" = ({"kCGSSessionOnConsoleKey"=Yes,"CGSSessionScreenIsLocked"=Yes,"kCGSSessionUserNameKey"="kim"})`: true,
	} {
		if lockedConsole(said) != want {
			t.Errorf("%q: locked is %v", said, !want)
		}
	}
	name, args := inFront(501, "kim", "/Users/kim", "/usr/bin/open", []string{"--", "http://127.0.0.1:1/"})
	want := "asuser 501 /usr/bin/sudo -n -u #501 -- /usr/bin/env -i HOME=/Users/kim USER=kim LOGNAME=kim PATH=/usr/bin:/bin:/usr/sbin:/sbin /usr/bin/open -- http://127.0.0.1:1/"
	if got := strings.Join(args, " "); name != "/bin/launchctl" || got != want {
		t.Errorf("%s %s", name, got)
	}
}
