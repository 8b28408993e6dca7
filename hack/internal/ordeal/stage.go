//go:build linux

package ordeal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"supportd/hack/internal/rig"
)

// The names in a stage's directory, and what they stand for on it.
const (
	stageTools = "sbin"    // /usr/sbin: a shutdown that does nothing
	stageUnits = "units"   // /etc/systemd/system: where the entry is made
	stageBoot  = "boot_id" // which boot it is
	bootID     = "/proc/sys/kernel/random/boot_id"
)

// noShutdown is the program that the daemon takes for the system's.
const noShutdown = "#!/bin/sh\nexit 0\n"

// setStage makes a stage, where we may: without root there is none. The daemon's own
// program goes with it, because what lies in /tmp would not come back.
func (w *world) setStage() error {
	if os.Geteuid() != 0 {
		return nil
	}
	if _, err := os.Stat("/etc/systemd/system"); err != nil {
		return nil // nowhere to put the other one
	}
	dir := w.path("stage")
	for _, name := range []string{"", stageTools, stageUnits} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, stageTools, "shutdown"), []byte(noShutdown), 0o755); err != nil {
		return err
	}
	agent, err := exec.LookPath(w.programs.Agent)
	if err != nil {
		return err
	}
	from, err := os.Open(agent)
	if err != nil {
		return err
	}
	defer from.Close()
	w.programs.Agent = w.path("support-agent")
	to, err := os.OpenFile(w.programs.Agent, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	w.stage = dir
	return errors.Join(err, to.Close(), w.boots())
}

// boots is what a restart looks like to a program: another boot.
func (w *world) boots() error {
	return os.WriteFile(filepath.Join(w.stage, stageBoot), []byte(strconv.FormatInt(time.Now().UnixNano(), 16)+"\n"), 0o644)
}

// enterStage takes this thread to where a restart can be played: without the system's
// tools and services, and with another place for the autostart entry. It fails unless
// all of that is certain.
func enterStage(dir string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	// No D-Bus, no systemd, no init that listens.
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"); err != nil {
		return err
	}
	binds := [][2]string{{stageTools, "/usr/sbin"}, {stageUnits, "/etc/systemd/system"}, {stageBoot, bootID}}
	if info, err := os.Lstat("/sbin"); err == nil && info.IsDir() {
		binds = append(binds, [2]string{stageTools, "/sbin"})
	}
	for _, b := range binds {
		if err := unix.Mount(filepath.Join(dir, b[0]), b[1], "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", b[1], err)
		}
	}
	for _, name := range []string{"/usr/sbin/shutdown", "/sbin/shutdown"} {
		if text, err := os.ReadFile(name); err != nil || string(text) != noShutdown {
			return fmt.Errorf("%s is the system's: %w", name, err)
		}
	}
	for _, name := range []string{"/run/systemd", "/run/dbus", "/sbin/reboot"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is still there", name)
		}
	}
	return nil
}

// noEntry reports an autostart entry that was left.
func (w *world) noEntry() error {
	if w.stage == "" {
		return nil
	}
	return filepath.WalkDir(filepath.Join(w.stage, stageUnits), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = fmt.Errorf("left behind: %s", path)
		}
		return err
	})
}

// customerAtScreen starts the daemon where a customer answers: a restart is asked
// every time. What the screen shows goes into the agent's log.
func (w *world) customerAtScreen() (*rig.Console, *trap, error) {
	var screen *rig.Console
	var t *trap
	a := &agent{log: rig.NewLog(nil), exited: make(chan struct{})}
	a.cmd = exec.Command(w.programs.Agent, "join", string(w.number), "--relay", w.relay.Addr, "--relay-key", w.key, "--state", w.state)
	a.cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=dumb")
	t, err := startTrapped(a.cmd, w.stage, 0, func(cmd *exec.Cmd) (err error) {
		screen, err = rig.OpenConsole(cmd, a.log)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	a.watch = &t.work
	a.watch.Go(func() {
		defer close(a.exited)
		_, _ = screen.Wait(context.Background()) // it is killed at the latest by its owner
	})
	w.agent = a
	return screen, t, nil
}

func (w *world) killedRestarting(ctx context.Context, n int) (bool, error) {
	killed, err := w.restart(ctx, n)
	if err == nil && n%2 == 0 {
		err = w.boots() // killed on the way down; else the computer has stayed up
	}
	return killed, err
}

// restart lets a CSR restart the computer, and kills the daemon before its sync
// number n meanwhile; 0 is never.
func (w *world) restart(ctx context.Context, n int) (killed bool, err error) {
	screen, t, err := w.customerAtScreen()
	if err != nil {
		return false, err
	}
	defer screen.Close()
	if err := w.active(ctx); err != nil {
		return false, err
	}
	if n > 0 {
		t.arm(n)
	}
	return w.killedBefore(ctx, t, func(ctx context.Context) error {
		asked := w.csr.SSH(ctx, w.number.Host(), "reboot")
		done := make(chan error, 1)
		go func() {
			_, err := rig.Run(asked)
			done <- err
		}()
		if err := screen.Expect(ctx, "Do you allow this?"); err != nil {
			return errors.Join(err, <-done)
		}
		if err := screen.Type("yes\n"); err != nil {
			return err
		}
		if err := <-done; err != nil {
			return err
		}
		// So does the system on its way down.
		if err := screen.Process().Signal(syscall.SIGTERM); err != nil {
			return err
		}
		code, err := screen.Wait(ctx)
		if err == nil && code != 0 {
			err = fmt.Errorf("on the way down the daemon ended with exit code %d", code)
		}
		return err
	})
}

func (w *world) killedReturning(ctx context.Context, n int) (bool, error) {
	if _, err := w.restart(ctx, 0); err != nil {
		return false, err
	}
	if err := w.boots(); err != nil {
		return false, err
	}
	t, err := w.startResuming(n)
	if err != nil {
		return false, err
	}
	return w.killedBefore(ctx, t, w.active)
}

// startResuming starts the daemon as its autostart entry does.
func (w *world) startResuming(at int) (*trap, error) {
	var t *trap
	err := w.startAgentWith(func(cmd *exec.Cmd) (err error) {
		cmd.Args = []string{cmd.Args[0], "resume", "--state", w.state, "--ui", "none"}
		t, err = startTrapped(cmd, w.stage, at, (*exec.Cmd).Start)
		return err
	})
	if err == nil {
		w.agent.watch = &t.work
	}
	return t, err
}
