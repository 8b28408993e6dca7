package e2e_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/hack/testkit/logindtest"
)

// desktop is a computer with a desktop, for root's programs: a login manager, a browser, a
// home directory and the services that start at boot are the test's own. No program in it
// can restart the real computer.
type desktop struct {
	t       *testing.T
	v       *visitor
	bus     *logindtest.Bus
	display string // of the X server, which need not run
}

// desktopScript makes the computer around a program: $1 is its directory, $2 the login
// manager's socket, $3 the id of its boot.
const desktopScript = `set -e
dir=$1 bus=$2 boot=$3
shift 3
mount -t tmpfs none /run
mkdir /run/dbus
ln -s "$bus" /run/dbus/system_bus_socket
mount --bind "$dir/home" /root
mount --bind "$dir/units" /etc/systemd
mount --bind "$boot" /proc/sys/kernel/random/boot_id
for tool in /sbin/reboot /sbin/shutdown /usr/sbin/reboot /usr/sbin/shutdown /bin/systemctl /usr/bin/systemctl; do
  if test -e $tool; then mount --bind /bin/false $tool; fi
done
exec setpriv --bounding-set -sys_boot "$@"
`

// newDesktop skips the test where there cannot be one.
func newDesktop(t *testing.T, f front) *desktop {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root makes a computer of its own")
	}
	for _, name := range []string{"unshare", "setpriv"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("there is no " + name)
		}
	}
	if info, err := os.Stat("/etc/systemd"); err != nil || !info.IsDir() {
		t.Skip("there is no place for units here")
	}
	v := arrives(t, f)
	// What lies in /tmp does not come back after a restart.
	dir, err := os.MkdirTemp("/var/tmp", "supportd-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	v.state = filepath.Join(dir, "state")
	script := fmt.Sprintf("#!/bin/sh\necho \"$1\" | sed 's#^/root/#%[1]s/home/#' >%[1]s/opened.new && mv %[1]s/opened.new %[1]s/opened\n", v.dir)
	for name, content := range map[string]string{"browser": script, "boot1": "11111111-1111-4111-8111-111111111111\n", "boot2": "22222222-2222-4222-8222-222222222222\n"} {
		if err := os.WriteFile(filepath.Join(v.dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(v.dir, "units"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &desktop{t: t, v: v, bus: logindtest.Start(t), display: ":977"}
}

// command is a program on this computer, in one of its boots.
func (d *desktop) command(boot string, program string, args ...string) *exec.Cmd {
	all := append([]string{"--mount", "--propagation", "private", "sh", "-c", desktopScript, "sh", d.v.dir, strings.TrimPrefix(d.bus.Address, "unix:path="),
		filepath.Join(d.v.dir, boot), program}, args...)
	return exec.CommandContext(d.t.Context(), "unshare", all...)
}

// logIn lets root log in before windows of their own.
func (d *desktop) logIn() {
	d.t.Helper()
	d.bus.AddSession("c7", 0, "root", "x11")
	shell := exec.CommandContext(d.t.Context(), "/bin/sh", "-c", "echo; read end")
	shell.Env = []string{"XDG_SESSION_ID=c7", "DISPLAY=" + d.display, "XAUTHORITY=/none", "BROWSER=" + filepath.Join(d.v.dir, "browser")}
	shell.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := shell.StdinPipe()
	if err == nil {
		err = shell.Start()
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		in.Close()
		_ = shell.Wait()
	})
}

// windows starts an X server with a window manager, on which boxes can be seen.
func (d *desktop) windows() {
	d.t.Helper()
	for _, name := range []string{"Xvfb", "openbox", "xdotool", "zenity"} {
		if _, err := exec.LookPath(name); err != nil {
			d.t.Skip("there is no " + name)
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer read.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{write}
	d.runs(server)
	write.Close()
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		d.t.Skipf("Xvfb does not start here: %v", err)
	}
	d.display = ":" + strings.TrimSpace(number)
	d.runs(d.onScreen("openbox", "--sm-disable"))
}

// runs starts a program that ends with the test.
func (d *desktop) runs(cmd *exec.Cmd) {
	d.t.Helper()
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// onScreen is a program on the X server.
func (d *desktop) onScreen(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display, "HOME="+filepath.Join(d.v.dir, "home"))
	return cmd
}

// box waits until a box is the one that has the keyboard, for long enough to count.
func (d *desktop) box() (window string) {
	d.t.Helper()
	testkit.Eventually(d.t, "a box is in front", func() bool {
		active, err := d.onScreen("xdotool", "getactivewindow").Output()
		name, wrong := d.onScreen("xdotool", "getactivewindow", "getwindowname").Output()
		window = strings.TrimSpace(string(active))
		return err == nil && wrong == nil && strings.HasPrefix(string(name), "Remote support")
	})
	begun := time.Now()
	testkit.Eventually(d.t, "it can be read", func() bool { return time.Since(begun) > time.Second })
	return window
}

func (d *desktop) presses(keys ...string) {
	d.t.Helper()
	if out, err := d.onScreen("xdotool", append([]string{"key"}, keys...)...).CombinedOutput(); err != nil {
		d.t.Fatalf("%v %s", err, out)
	}
}

// shot keeps what stands on the screen where somebody wants to look at it.
func (d *desktop) shot(name string) {
	d.t.Helper()
	if dir := os.Getenv("SUPPORTD_PICTURES"); dir != "" {
		if out, err := d.onScreen("import", "-window", "root", filepath.Join(dir, name+".png")).CombinedOutput(); err != nil {
			d.t.Errorf("%v %s", err, out)
		}
	}
}
