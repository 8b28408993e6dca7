//go:build unix

package desktop

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// look is how often it is looked whether a program has ended.
const look = 20 * time.Millisecond

// browsers are the command lines that open something: what the customer names, and
// what this desktop has.
func (d *Desktop) browsers() (commands [][]string) {
	known := split(value(d.Env, "BROWSER"))
	if d.hasWindows() {
		known = append(known, openers()...)
	}
	for _, c := range known {
		if path := d.lookPath(c[0]); path != "" {
			commands = append(commands, slices.Concat([]string{path}, c[1:]))
		}
	}
	return commands
}

// lookPath finds a program as the desktop's user does; "" is none.
func (d *Desktop) lookPath(name string) string {
	paths := []string{name}
	if !strings.Contains(name, "/") {
		paths = nil
		for _, dir := range filepath.SplitList(value(d.Env, "PATH")) {
			if filepath.IsAbs(dir) {
				paths = append(paths, filepath.Join(dir, name))
			}
		}
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// start starts a program that outlives us. It is an error when it ends with one soon.
func (d *Desktop) start(ctx context.Context, words []string) error {
	cmd := d.Command(context.WithoutCancel(ctx), words[0], words[1:]...)
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true // Ctrl-C in our terminal is not meant for it
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { _ = cmd.Process.Release() }()
	soon, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		var how unix.WaitStatus
		pid, err := unix.Wait4(cmd.Process.Pid, &how, unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return err
		case pid == cmd.Process.Pid && how.ExitStatus() != 0: // also where a signal ended it
			return ErrBrowser
		case pid == cmd.Process.Pid:
			return nil
		}
		select {
		case <-time.After(look):
		case <-soon.Done():
			return ctx.Err() // it is the browser itself
		}
	}
}
