//go:build unix

package script

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"supportd/daemon/script/process"
	"supportd/hack/testkit"
)

// TestMain lets the test binary be the programs that tests need as processes of
// their own: the supervisor, a daemon to be killed, an SFTP server on its
// standard streams, and one that some things are hidden from.
func TestMain(m *testing.M) {
	testkit.Main(m, map[string]func(args []string) error{
		"supervise": func([]string) error {
			signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
			return process.Supervise(process.Streams{Control: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Report: os.NewFile(process.ReportFD, "report")})
		},
		"daemon": func(args []string) error { return beDaemon(args[0], args[1], args[2]) },
		"sftp":   func(args []string) error { return beServer(args[0]) },
		"hide":   testkit.Hide,
	})
}

// beDaemon runs one script and waits for it.
func beDaemon(work, staged, text string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s, err := OpenStaging(staged)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(staged, "one.sh"), []byte(text), 0o600); err != nil {
		return err
	}
	r, err := NewRunner(Options{WorkDir: work, Supervisor: []string{self, "supervise"}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	if err := sent(s, "one.sh"); err != nil {
		return err
	}
	plan, err := s.Plan([]string{"one.sh"})
	if err != nil {
		return err
	}
	run, err := r.Start(plan, RunOptions{Record: func(Event) error { return nil }})
	if err != nil {
		return err
	}
	_, err = run.Wait()
	return err
}

// beServer serves a staging area on the standard streams, for sftp -D.
func beServer(dir string) error {
	s, err := OpenStaging(dir)
	if err != nil {
		return err
	}
	return s.ServeSFTP(context.Background(), stdio{}, Hooks{
		Fetched: func(File) error { return nil },
		Staged:  func(f File) error { fmt.Fprintf(os.Stderr, "staged %s %d %s\n", f.Name, f.Size, f.SHA256); return nil },
		Made:    func(string) error { return nil },
		Moved:   func(from, to string) error { fmt.Fprintf(os.Stderr, "moved %s %s\n", from, to); return nil },
		Removed: func(name string) error { fmt.Fprintf(os.Stderr, "removed %s\n", name); return nil },
		Refused: func(text string) { fmt.Fprintln(os.Stderr, "refused", text) },
	})
}

type stdio struct{}

func (stdio) Read(p []byte) (int, error)  { return os.Stdin.Read(p) }
func (stdio) Write(p []byte) (int, error) { return os.Stdout.Write(p) }
func (stdio) Close() error                { return os.Stdin.Close() }

func startSelf(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}
