//go:build unix

// Package rig builds the programs and plays the people of a support session on
// one machine: a relay, a CSR with nothing but the stock OpenSSH client, and a
// customer at a real terminal. The demo, the benchmark and the end-to-end tests
// share it. Everything it makes lies below one directory, and listens on loopback.
package rig

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Patience is how long anything on one machine may take until it counts as
// broken; it is generous because tests share the machine with compilers.
const Patience = 30 * time.Second

// Programs are the paths of what was built.
type Programs struct{ Relay, Agent, Control string }

// Build compiles the programs into dir from the module that root lies in, with
// these flags of "go build" besides.
func Build(ctx context.Context, root, dir string, flags ...string) (Programs, error) {
	args := append([]string{"build", "-o", dir + string(filepath.Separator)}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/...")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return Programs{}, fmt.Errorf("building the programs: %w\n%s", err, out)
	}
	return Programs{Relay: filepath.Join(dir, "support-relay"), Agent: filepath.Join(dir, "support-agent"), Control: filepath.Join(dir, "supportctl")}, nil
}

// Cover compiles one of the programs again, so that it writes which of its
// statements were run to the directory that GOCOVERDIR names.
func Cover(ctx context.Context, root, program string, flags ...string) error {
	args := append([]string{"build", "-cover", "-covermode=atomic", "-o", program}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/"+filepath.Base(program))...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s for coverage: %w\n%s", filepath.Base(program), err, out)
	}
	return nil
}

// Relay is a running support-relay.
type Relay struct {
	Addr string // HOST:PORT on loopback
	Data string // its data directory
	Log  *Log   // what it wrote to standard error

	program string
	where   []string // which relay it is, for its other commands
	cmd     *exec.Cmd
	exited  chan struct{}
}

// StartRelay runs "support-relay serve" and waits until it listens. An empty
// listen address is a port of the system's choice. Standard error also goes to
// echo, unless that is nil; more is added to the command line. The owner must
// call [Relay.Stop].
func StartRelay(ctx context.Context, p Programs, data, listen string, echo io.Writer, more ...string) (*Relay, error) {
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	r := &Relay{
		Data: data, Log: NewLog(echo), program: p.Relay, where: []string{"--data", data}, exited: make(chan struct{}),
		cmd: exec.Command(p.Relay, append([]string{"serve", "--data", data, "--listen", listen}, more...)...),
	}
	if i := slices.Index(more, "--database"); i >= 0 {
		r.where = append(r.where, more[i:i+2]...)
	}
	r.cmd.Stderr = r.Log
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(r.exited)
		_ = r.cmd.Wait() // ProcessState says how it ended
	}()
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	line, err := r.Log.Await(ctx, r.exited, "listening on ")
	if err != nil {
		r.Kill()
		return nil, fmt.Errorf("starting the relay: %w", err)
	}
	_, addr, _ := strings.Cut(line, "listening on ")
	r.Addr = strings.Trim(strings.Fields(addr)[0], `"`)
	return r, nil
}

// Web waits for the address of the web port, of a relay that has one.
func (r *Relay) Web(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	line, err := r.Log.Await(ctx, r.exited, " for SSH")
	if err != nil {
		return "", fmt.Errorf("looking for the web port: %w", err)
	}
	addr, _, _ := strings.Cut(strings.TrimPrefix(line, "listening on "), " ")
	return addr, nil
}

// Ops waits for the address of health and metrics, of a relay that has one.
func (r *Relay) Ops(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	line, err := r.Log.Await(ctx, r.exited, " for health and metrics")
	if err != nil {
		return "", fmt.Errorf("looking for the address of health and metrics: %w", err)
	}
	addr, _, _ := strings.Cut(strings.TrimPrefix(line, "answering on "), " ")
	return addr, nil
}

// Host and Port are the parts of Addr.
func (r *Relay) Host() string { host, _, _ := net.SplitHostPort(r.Addr); return host }

// Port is the port of Addr.
func (r *Relay) Port() string { _, port, _ := net.SplitHostPort(r.Addr); return port }

// Process is the relay's process.
func (r *Relay) Process() *os.Process { return r.cmd.Process }

// Stop asks the relay to end and waits until it has; it returns an error unless
// it ended well within [Patience].
func (r *Relay) Stop() error {
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-r.exited:
	case <-time.After(Patience):
		r.Kill()
		return errors.New("the relay did not end when it was asked to")
	}
	if code := r.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the relay ended with exit code %d:\n%s", code, r.Log)
	}
	return nil
}

// Kill ends the relay as a power cut does.
func (r *Relay) Kill() {
	_ = r.cmd.Process.Kill()
	<-r.exited
}

// Admin runs a command of the relay's program on its data directory and returns
// what it printed.
func (r *Relay) Admin(ctx context.Context, args ...string) (string, error) {
	return Run(exec.CommandContext(ctx, r.program, append(args, r.where...)...))
}

// Run runs cmd and returns its standard output; the error holds its standard
// error.
func Run(cmd *exec.Cmd) (string, error) {
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, problems.String())
	}
	return out.String(), nil
}

// Log collects the lines of a program that runs. It is safe for concurrent use.
type Log struct {
	echo io.Writer

	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

// NewLog makes a log that also copies to echo, unless that is nil.
func NewLog(echo io.Writer) *Log { return &Log{echo: echo, changed: make(chan struct{})} }

// Write implements [io.Writer].
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.echo != nil {
		_, _ = l.echo.Write(p)
	}
	close(l.changed)
	l.changed = make(chan struct{})
	return l.text.Write(p)
}

// String is everything that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Await returns the first whole line that holds text, as soon as there is one.
// It gives up when ctx is done or gone is closed.
func (l *Log) Await(ctx context.Context, gone <-chan struct{}, text string) (string, error) {
	for {
		l.mu.Lock()
		changed, all := l.changed, l.text.String()
		l.mu.Unlock()
		for lines := bufio.NewScanner(strings.NewReader(all[:strings.LastIndexByte(all, '\n')+1])); lines.Scan(); {
			if strings.Contains(lines.Text(), text) {
				return lines.Text(), nil
			}
		}
		select {
		case <-changed:
		case <-gone:
			return "", fmt.Errorf("waiting for %q: %w; it wrote:\n%s", text, ErrExited, all)
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for %q: %w; it wrote:\n%s", text, ctx.Err(), all)
		}
	}
}
