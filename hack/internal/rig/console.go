//go:build unix

package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/xpty"
	"golang.org/x/sys/unix"
)

// ErrExited is wrapped by [Console.Expect] when the program ended before it
// wrote what was expected.
var ErrExited = errors.New("the program ended")

// Console is a real terminal with a program on it: what the customer sees, and
// the keys they press. It is safe for concurrent use.
type Console struct {
	cmd  *exec.Cmd
	keys *os.File // the side of the terminal where a person sits

	mu      sync.Mutex
	text    []byte        // everything that was written, without escape sequences
	seen    int           // how much of text Expect has passed
	colored bool          // some of text came in another colour than usual
	changed chan struct{} // closed and replaced when text grows

	drained chan struct{} // closed when nothing more is read
	exited  chan struct{} // closed when the program has ended
}

// Window is how large a terminal is, in characters.
type Window struct{ Columns, Rows int }

// OpenConsole starts cmd on a terminal of its own, 120 columns wide, as its
// controlling terminal. What appears there is also copied to echo, unless that
// is nil. The owner must call [Console.Close].
func OpenConsole(cmd *exec.Cmd, echo io.Writer) (*Console, error) {
	return OpenWindow(cmd, Window{120, 40}, echo)
}

// OpenWindow is [OpenConsole] with a terminal of another size.
func OpenWindow(cmd *exec.Cmd, size Window, echo io.Writer) (*Console, error) {
	pty, err := xpty.NewUnixPty(size.Columns, size.Rows)
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := pty.Start(cmd); err != nil {
		return nil, errors.Join(err, pty.Close())
	}
	keys, err := pollable(pty.Master())
	// From now on only the program holds the other end, so that its end is seen here.
	if err := errors.Join(err, pty.Close()); err != nil {
		_ = cmd.Process.Kill()
		return nil, errors.Join(err, cmd.Wait())
	}
	c := &Console{
		cmd: cmd, keys: keys,
		changed: make(chan struct{}), drained: make(chan struct{}), exited: make(chan struct{}),
	}
	if echo == nil {
		echo = io.Discard
	}
	go c.read(echo)
	go func() {
		defer close(c.exited)
		_ = cmd.Wait() // ProcessState says how it ended
	}()
	return c, nil
}

// pollable duplicates a file so that closing it ends a read that waits. The one
// that xpty opens is blocking: it would stay open under the reader, and the program
// would never be hung up.
func pollable(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// read collects what is written until the terminal is gone.
func (c *Console) read(echo io.Writer) {
	defer close(c.drained)
	escapes := regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]|\r`)
	colors := regexp.MustCompile(`\x1b\[[0-9;]+m`)
	begun := regexp.MustCompile(`\x1b(\[[0-9;?]*)?$`)
	var part []byte // of a sequence whose end has not been read
	buf := make([]byte, 4096)
	for {
		n, err := c.keys.Read(buf)
		text := append(part, buf[:n]...)
		part = bytes.Clone(begun.Find(text))
		colored := colors.Match(text)
		text = escapes.ReplaceAll(text[:len(text)-len(part)], nil)
		_, _ = echo.Write(text)
		c.mu.Lock()
		c.text = append(c.text, text...)
		c.colored = c.colored || colored
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Expect waits until text stands on the screen behind what an earlier Expect
// has found.
func (c *Console) Expect(ctx context.Context, text string) error {
	for gone := false; ; {
		c.mu.Lock()
		at := bytes.Index(c.text[c.seen:], []byte(text))
		if at >= 0 {
			c.seen += at + len(text)
			c.mu.Unlock()
			return nil
		}
		changed, unseen := c.changed, string(c.text[c.seen:])
		c.mu.Unlock()
		if gone {
			return fmt.Errorf("waiting for %q: %w; the screen shows:\n%s", text, ErrExited, unseen)
		}
		select {
		case <-changed:
		case <-c.drained:
			gone = true
		case <-ctx.Done():
			return fmt.Errorf("waiting for %q: %w; the screen shows:\n%s", text, ctx.Err(), unseen)
		}
	}
}

// Type presses keys; "\n" is Enter.
func (c *Console) Type(keys string) error {
	_, err := c.keys.Write([]byte(keys))
	return err
}

// Screen is everything that was written so far, without escape sequences.
func (c *Console) Screen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.text)
}

// Colored reports whether anything has been written in colour.
func (c *Console) Colored() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.colored
}

// Process is the program.
func (c *Console) Process() *os.Process { return c.cmd.Process }

// HangUp closes the terminal under the program, as closing its window does: the
// system sends it SIGHUP.
func (c *Console) HangUp() error { return c.keys.Close() }

// A customer who has typed something is asked at the end whether they want a copy, and
// has a minute. Whoever waits for the end of the program presses Enter there, once
// nobody has answered for a moment.
const copyAfter = 2 * time.Second

// declineCopy presses Enter where that question stands for a while, until the program
// has ended or over is closed.
func (c *Console) declineCopy(over <-chan struct{}) {
	look := time.NewTicker(copyAfter)
	defer look.Stop()
	stood := false
	for {
		select {
		case <-look.C:
		case <-c.exited:
			return
		case <-over:
			return
		}
		screen := strings.TrimRight(c.Screen(), " ")
		stands := strings.HasSuffix(screen, "yes / no:") || strings.HasSuffix(screen, "네 / 아니요:")
		if stands && stood {
			_ = c.Type("\n") // a terminal that is gone needs none
		}
		stood = stands
	}
}

// Wait returns the program's exit code when it has ended and its last words are
// on the screen; -1 is a signal. A question about a copy is declined.
func (c *Console) Wait(ctx context.Context) (code int, err error) {
	over := make(chan struct{})
	var declining sync.WaitGroup
	declining.Go(func() { c.declineCopy(over) })
	defer declining.Wait()
	defer close(over)
	for _, done := range []<-chan struct{}{c.exited, c.drained} {
		select {
		case <-done:
		case <-ctx.Done():
			return 0, fmt.Errorf("waiting for the program's end: %w; the screen shows:\n%s", ctx.Err(), c.Screen())
		}
	}
	return c.cmd.ProcessState.ExitCode(), nil
}

// Close kills the program if it still runs, and closes the terminal.
func (c *Console) Close() {
	_ = c.cmd.Process.Kill()
	<-c.exited
	_ = c.keys.Close()
	<-c.drained
}
