package dialog

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"supportd/consent"
	"supportd/library/text"
)

// screen is an X server of a test's own with a window manager.
type screen struct {
	t       *testing.T
	display string
	server  *exec.Cmd
	uid     uint32 // whose it is
	tool    tool   // that shows the boxes
	stops   atomic.Int32
	environ []string // of the box, on top of what a desktop has
}

// newScreen starts the server. It skips the test where the programs are missing.
func newScreen(t *testing.T, tool string) *screen {
	t.Helper()
	return newScreenOf(t, tool, uint32(os.Getuid()))
}

// newScreenOf starts the server of a user, who alone is let in: by a cookie.
func newScreenOf(t *testing.T, tool string, uid uint32) *screen {
	t.Helper()
	for _, name := range []string{"Xvfb", "openbox", "xdotool", "xprop", "xclock", "wmctrl", tool} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("no %s: install xvfb openbox xdotool wmctrl x11-utils x11-apps zenity kdialog", name)
		}
	}
	s := &screen{t: t, uid: uid}
	for _, known := range tools() {
		if filepath.Base(known.paths[0]) == tool {
			s.tool = known
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	s.server = exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset", "-auth", s.authority())
	s.server.SysProcAttr = s.user()
	s.server.ExtraFiles = []*os.File{write}
	s.run(s.server)
	write.Close()
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Skipf("Xvfb does not start here: %v", err)
	}
	s.display = ":" + strings.TrimSpace(number)
	s.run(s.program("openbox", "--sm-disable"))
	s.await("a window manager", func() bool {
		return strings.Contains(s.ask("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"), "#")
	})
	return s
}

// authority writes the cookie for every display, as xauth does, and keeps it for programs.
func (s *screen) authority() string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "cookie")
	file := []byte{0xff, 0xff}
	for _, field := range []string{"", "", "MIT-MAGIC-COOKIE-1", "sixteen bytes it"} {
		file = append(binary.BigEndian.AppendUint16(file, uint16(len(field))), field...)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Chown(path, int(s.uid), -1); err != nil {
		s.t.Fatal(err)
	}
	s.environ = append(s.environ, "XAUTHORITY="+path)
	return path
}

// user starts a program as the screen's user.
func (s *screen) user() *syscall.SysProcAttr {
	if int(s.uid) == os.Getuid() {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: s.uid, Gid: s.uid}}
}

func (s *screen) run(cmd *exec.Cmd) {
	s.t.Helper()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	began, ended := make(chan error, 1), make(chan struct{})
	go func() { // the kernel takes the end of the thread that has started it for the end of us
		defer close(ended)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		began <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-began; err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
}

// program has the environment of a program on this desktop.
func (s *screen) program(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append([]string{
		"DISPLAY=" + s.display, "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + s.t.TempDir(), "LANG=C",
		"NO_AT_BRIDGE=1", "DBUS_SESSION_BUS_ADDRESS=disabled:",
	}, s.environ...)
	return cmd
}

// ask is what a program says about the screen; "" where it fails.
func (s *screen) ask(name string, args ...string) string {
	out, err := s.program(name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func (s *screen) await(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(wait); !holds(); {
		if time.Now().After(end) {
			s.t.Fatalf("no %s after %v", what, wait)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// box is one whose desktop is this screen.
func (s *screen) box(l text.Language, runs func() (bool, uint64)) *Box {
	s.t.Helper()
	starter := func(ctx context.Context, name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Env, cmd.SysProcAttr = s.program(name).Env, s.user()
		return cmd
	}
	if runs == nil {
		runs = func() (bool, uint64) { return false, 0 }
	}
	b, err := New(Options{
		Language: l, Organisation: "Hanbit IT", Runs: runs,
		Desktop: func(context.Context) (Starter, error) { return starter, nil },
		Show:    func(context.Context) error { return nil },
		Stop:    func() { s.stops.Add(1) },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	b.show = func(ctx context.Context, start Starter, n note) (click, error) {
		return s.tool.showOr(ctx, start, s.tool.paths[0], n)
	}
	return b
}

type outcome struct {
	answer consent.Answer
	err    error
}

// asked asks, and goes on when the box stands.
func (s *screen) asked(ctx context.Context, b *Box, q consent.Question) (window string, answer <-chan outcome) {
	s.t.Helper()
	done := make(chan outcome, 1)
	go func() {
		a, err := b.Ask(ctx, q)
		done <- outcome{a, err}
	}()
	window = s.window(wordsOf(b.opts.Language).titled + "Hanbit IT")
	s.await("box above the others", func() bool { return s.above(window) })
	return window, done
}

// read waits until a yes in a box that stands counts.
func read() { <-time.After(Settle + 100*time.Millisecond) }

// window waits for a window by its title.
func (s *screen) window(title string) (id string) {
	s.t.Helper()
	s.await("window "+title, func() bool {
		id, _, _ = strings.Cut(s.ask("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$"), "\n")
		return id != ""
	})
	return id
}

func (s *screen) above(window string) bool {
	return strings.Contains(s.ask("xprop", "-id", window, "_NET_WM_STATE"), "_NET_WM_STATE_ABOVE")
}

// picture keeps what stands on the screen where somebody wants to look at it:
// SUPPORTD_PICTURES names a directory.
func (s *screen) picture(name string) {
	if dir := os.Getenv("SUPPORTD_PICTURES"); dir != "" {
		if out, err := s.program("import", "-window", "root", filepath.Join(dir, name+".png")).CombinedOutput(); err != nil {
			s.t.Errorf("picture: %v %s", err, out)
		}
	}
}

// answered is the outcome of a box; the time limit is the test's.
func (s *screen) answered(c <-chan outcome) outcome {
	s.t.Helper()
	select {
	case o := <-c:
		return o
	case <-time.After(wait):
		s.t.Fatal("the box is still there")
	}
	return outcome{}
}

func (o outcome) String() string {
	return fmt.Sprintf("%v, %v", o.answer.Decision, o.err)
}

func (o outcome) is(d consent.Decision) bool {
	return o.err == nil && o.answer.Decision == d && o.answer.Question != 0
}
