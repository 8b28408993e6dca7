// Package machine is the computer that is looked at: its files, its tools, its clock, its
// kernel, and on Windows its registry and WMI. Collectors ask a [Machine] and nothing
// else, so that a test can put another one in its place.
//
// Whatever is asked has a bound: how much of a file is read, how long a tool runs
// and how much it may write, and how many questions may hang in the operating
// system at once, see [Guard]. It imports no collector and not the package
// sysinfo; of a document it knows the sheet that a [Probe] fills.
package machine

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

// Machine is the computer that is looked at: its files, its tools, its clock,
// its kernel. Tests put another in its place, and then nothing may be answered by
// the computer that runs the test: whatever is read goes through here.
type Machine struct {
	Files       fs.FS // the root directory; names without a leading slash
	Tool        func(ctx context.Context, name string, args ...string) ([]byte, error)
	Now         func() time.Time
	Environment []string
	Hanging     *Guard
	Kernel      Kernel
	note        func(string) // says in the section being filled what a limit cut; may be nil
}

// Space is the size of a file system in bytes. Free is what a user may still
// write, which can be less than what is not used.
type Space struct{ Size, Used, Free uint64 }

// Probe fills one section of a document. What it returns is why the section is
// incomplete.
type Probe func(ctx context.Context, m *Machine, s *document.Sheet) error

// Filling is this machine for one section: what a limit cuts is said on s, and a
// tool ends before ctx does, since what it wrote until then must still be shown.
func (m *Machine) Filling(s *document.Sheet) *Machine {
	view := *m
	view.note = s.Say
	view.Tool = func(ctx context.Context, name string, args ...string) ([]byte, error) {
		ctx, cancel := within(ctx, 85)
		defer cancel()
		return m.Tool(ctx, name, args...)
	}
	return &view
}

// Say adds to why the section being filled is incomplete.
func (m *Machine) Say(what string) {
	if m.note != nil {
		m.note(what)
	}
}

// Hostname is the computer's own name.
func (m *Machine) Hostname() (string, error) {
	if m.Kernel.Hostname == nil {
		return "", document.ErrUnknown
	}
	return m.Kernel.Hostname()
}

// New is this computer. At most [maxTools] of its tools run at once; g is for what
// may hang.
func New(g *Guard) *Machine {
	slots := make(chan struct{}, maxTools)
	return &Machine{
		Files: os.DirFS("/"),
		Tool: func(ctx context.Context, name string, args ...string) ([]byte, error) {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
				return runTool(ctx, name, args...)
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
		Now:     time.Now,
		Hanging: g,
		Kernel:  thisKernel(),
	}
}
