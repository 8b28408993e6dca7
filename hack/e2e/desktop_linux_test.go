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
)

// desktop is a computer with a desktop: its browser is the test's own, too.
type desktop struct {
	*computer
	t       *testing.T
	v       *visitor
	display string // of the X server, which need not run
}

// newDesktop skips the test where there cannot be one.
func newDesktop(t *testing.T, f front) *desktop {
	t.Helper()
	if why := noComputer(); why != "" {
		t.Skip(why)
	}
	v := arrives(t, f)
	c := newComputer(t, v.dir)
	v.state = c.state
	script := fmt.Sprintf("#!/bin/sh\necho \"$1\" | sed 's#^/root/#%[1]s/home/#' >%[1]s/opened.new && mv %[1]s/opened.new %[1]s/opened\n", v.dir)
	if err := os.WriteFile(filepath.Join(v.dir, "browser"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return &desktop{computer: c, t: t, v: v, display: ":977"}
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
	testkit.Eventually(d.t, "a window manager", func() bool {
		return d.onScreen("xdotool", "get_num_desktops").Run() == nil // which it counts
	})
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
