package sysinfo

import (
	"context"
	"io/fs"
	"os"
	"time"

	"supportd/daemon/sysinfo/document"
)

const (
	// maxOutput bounds what is taken of one tool's output.
	maxOutput = 8 << 20
	// maxTools bounds how many tools run at once: there may be two cores.
	maxTools = 4
)

// machine is the computer that is looked at: its files, its tools, its clock,
// its kernel. Tests put another in its place, and then nothing may be answered by
// the computer that runs the test: whatever is read goes through here.
type machine struct {
	files       fs.FS // the root directory; names without a leading slash
	tool        func(ctx context.Context, name string, args ...string) ([]byte, error)
	now         func() time.Time
	environment []string
	hanging     *guard
	kernel      kernel
	note        func(string) // says in the section being filled what a limit cut; may be nil
}

// space is the size of a file system in bytes. Free is what a user may still
// write, which can be less than what is not used.
type space struct{ size, used, free uint64 }

// probe fills one section of a document. What it returns is why the section is
// incomplete.
type probe func(ctx context.Context, m *machine, s *document.Sheet) error

// filling is this machine for one section: what a limit cuts is said on s, and a
// tool ends before ctx does, since what it wrote until then must still be shown.
func (m *machine) filling(s *document.Sheet) *machine {
	view := *m
	view.note = s.Say
	view.tool = func(ctx context.Context, name string, args ...string) ([]byte, error) {
		ctx, cancel := within(ctx, 85)
		defer cancel()
		return m.tool(ctx, name, args...)
	}
	return &view
}

// say adds to why the section being filled is incomplete.
func (m *machine) say(what string) {
	if m.note != nil {
		m.note(what)
	}
}

// hostname is the computer's own name.
func (m *machine) hostname() (string, error) {
	if m.kernel.hostname == nil {
		return "", document.ErrUnknown
	}
	return m.kernel.hostname()
}

func newMachine(g *guard) *machine {
	slots := make(chan struct{}, maxTools)
	return &machine{
		files: os.DirFS("/"),
		tool: func(ctx context.Context, name string, args ...string) ([]byte, error) {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
				return runTool(ctx, name, args...)
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
		now:     time.Now,
		hanging: g,
		kernel:  thisKernel(),
	}
}
