package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// ToolError says which tool did not answer, and in which way.
type ToolError struct {
	Name string
	Err  error
}

// Reason is what a person is told: see [document.Why].
func (e *ToolError) Reason() string { return e.Error() }

func (e *ToolError) Error() string {
	var exit *exec.ExitError
	switch {
	case errors.Is(e.Err, exec.ErrNotFound):
		return e.Name + " is not installed"
	case errors.Is(e.Err, context.DeadlineExceeded):
		return e.Name + " took too long"
	case errors.Is(e.Err, ErrFlood):
		return fmt.Sprintf("%s wrote more than %d MiB, the rest is left out", e.Name, maxOutput>>20)
	case errors.As(e.Err, &exit):
		return fmt.Sprintf("%s ended with code %d", e.Name, exit.ExitCode())
	}
	return fmt.Sprintf("%s: %v", e.Name, e.Err)
}

func (e *ToolError) Unwrap() error { return e.Err }

// ErrFlood ends a tool that writes too much.
var ErrFlood = errors.New("too much output")

// runTool runs a program of the system from a fixed directory, with a clean
// environment, no input, and a bound on its output. When ctx ends, its whole
// process group does. What a tool wrote before it failed is returned too.
func runTool(ctx context.Context, name string, args ...string) ([]byte, error) {
	path, err := findTool(name)
	if err != nil {
		return nil, &ToolError{name, err}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out := &capped{limit: maxOutput, flood: func() { stop(ErrFlood) }}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = toolEnvironment()
	cmd.Dir = filepath.VolumeName(path) + string(filepath.Separator)
	cmd.Stdout = out
	cmd.WaitDelay = 200 * time.Millisecond
	ownGroup(cmd)
	err = cmd.Run()
	if err == nil || errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil { // it ended well and left a child that holds the pipe
		return out.buf.Bytes(), nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return out.buf.Bytes(), &ToolError{name, err}
}

// findTool looks for a program where only an administrator can put one.
func findTool(name string) (string, error) {
	if name != filepath.Base(name) {
		return "", exec.ErrNotFound
	}
	for _, dir := range toolDirs() {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// capped is a buffer that calls flood once when it is full.
type capped struct {
	buf   bytes.Buffer // no embedding: its ReadFrom would go round the limit
	limit int
	flood func()
}

func (c *capped) Write(p []byte) (int, error) {
	room := c.limit - c.buf.Len()
	if len(p) <= room {
		return c.buf.Write(p)
	}
	c.buf.Write(p[:max(room, 0)])
	c.flood()
	return len(p), nil
}
