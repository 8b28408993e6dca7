//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"supportd/hack/internal/rig"
)

// boxParts are a customer who is asked by a message box of Windows.
func boxParts() []part { return []part{{"box", box}} }

// box answers the box of package dialog with the keys of a person, on a screen of its own.
func box(ctx context.Context, w *world) (err error) {
	exe, err := w.testProgram(ctx, "consent/dialog")
	if err != nil {
		return err
	}
	s, err := openScreen(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, c := range []struct {
		decision, language string
		keys               []string
	}{
		{"denied", "en", []string{"Return"}},
		{"denied", "en", []string{"Escape"}},
		{"denied", "ko", []string{"alt+F4"}},
		{"allowed-once", "en", []string{"Tab", "Return"}},
		{"allowed-once", "ko", []string{"Left", "Left", "space"}},
		{"stopped", "en", []string{"Left", "space"}},
	} {
		if err := s.answer(ctx, exe, c.decision, c.language, c.keys); err != nil {
			return fmt.Errorf("%v, which is %s: %w", c.keys, c.decision, err)
		}
	}
	_, err = says(s.program(ctx, "wine64", exe, "-test.run=^TestAWithdrawnBoxIsTakenAway$", "-test.v"), 0, "--- PASS")
	return err
}

// display is an X server with a window manager.
type display struct {
	name            string
	server, manager *exec.Cmd
}

func openScreen(ctx context.Context) (*display, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	s := &display{server: exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset")}
	s.server.ExtraFiles = []*os.File{write}
	err = s.server.Start()
	write.Close()
	if err != nil {
		return nil, err
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.name = ":" + strings.TrimSpace(number)
	s.manager = s.program(ctx, "openbox", "--sm-disable")
	if err = s.manager.Start(); err == nil {
		// A program that starts before it asks no window manager for anything.
		err = until(ctx, "a window manager", func() (bool, error) {
			can, _ := s.program(ctx, "xprop", "-root", "_NET_SUPPORTED").Output()
			return strings.Contains(string(can), "_NET_WM_STATE_ABOVE"), nil
		})
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// close ends both; how they end says nothing.
func (s *display) close() error {
	for _, cmd := range []*exec.Cmd{s.manager, s.server} {
		if cmd == nil || cmd.Process == nil {
			continue
		}
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		_ = cmd.Wait()
	}
	return nil
}

func (s *display) program(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.name, "SUPPORTD_BOX=")
	return cmd
}

// answer presses keys in a box that stands for a second, and holds what comes of it.
func (s *display) answer(ctx context.Context, exe, decision, language string, keys []string) error {
	test := s.program(ctx, "wine64", exe, "-test.run=^TestAtAScreen$", "-test.v")
	test.Env = append(test.Env, "SUPPORTD_BOX="+decision, "SUPPORTD_LANGUAGE="+language)
	p, err := start(test)
	if err != nil {
		return err
	}
	defer p.kill()
	window := ""
	err = until(ctx, "a box above all others", func() (bool, error) {
		found, _ := s.program(ctx, "xdotool", "search", "--onlyvisible", "--name", "Hanbit IT$").Output() // none yet is an error too
		window, _, _ = strings.Cut(string(found), "\n")
		state, _ := s.program(ctx, "xprop", "-id", window, "_NET_WM_STATE").Output()
		return strings.Contains(string(state), "_NET_WM_STATE_ABOVE"), nil
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.log)
	}
	select {
	case <-time.After(time.Second): // a person has read it
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if _, err := rig.Run(s.program(ctx, "xdotool", append([]string{"key"}, keys...)...)); err != nil {
		return err
	}
	if err := p.ends(ctx); err != nil {
		return fmt.Errorf("%w\n%s", err, p.log)
	}
	return nil
}

// testProgram builds the tests of a package for Windows.
func (w *world) testProgram(ctx context.Context, pkg string) (string, error) {
	exe := filepath.Join(w.dir, "test.exe")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", w.overlay, "-o", exe, "./"+pkg)
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	_, err := rig.Run(build)
	return exe, err
}
