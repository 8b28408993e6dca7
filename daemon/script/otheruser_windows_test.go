package script

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportd/daemon/internal/jobobject"
)

// standIn is a [User] who is ourselves: how a script is moved, started
// and ended is the same.
type standIn struct {
	logon *jobobject.Job
	temp  string
}

func (s standIn) Start(cmd *exec.Cmd, inside *jobobject.Job) error {
	return jobobject.Start(cmd, s.logon, inside)
}
func (s standIn) Environ() []string { return append(os.Environ(), "ONLY_THEIRS=yes") }
func (s standIn) Temp() string      { return s.temp }

// asOther runs a batch file with a companion as such a user, and calls during
// with each line of output.
func asOther(t *testing.T, during func(standIn, string), lines ...string) (Outcome, string) {
	t.Helper()
	logon, err := jobobject.New(0)
	if err != nil {
		t.Fatal(err)
	}
	defer logon.Close()
	as := standIn{logon, t.TempDir()}
	area := filepath.Join(t.TempDir(), "staged")
	staging, err := OpenStaging(area)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := staging.Remove(); err != nil {
			t.Error(err)
		}
	}()
	text := strings.Join(append([]string{"@echo off"}, lines...), "\r\n") + "\r\n"
	err = errors.Join(os.Mkdir(filepath.Join(area, "pkg"), 0o700),
		os.WriteFile(filepath.Join(area, "pkg", "a & b.cmd"), []byte(text), 0o600),
		os.WriteFile(filepath.Join(area, "pkg", "beside it.txt"), []byte("from beside it"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sent(staging, "pkg/a & b.cmd"), sent(staging, "pkg/beside it.txt")); err != nil {
		t.Fatal(err)
	}
	runner, err := NewRunner(Options{
		WorkDir: t.TempDir(), Supervisor: []string{"unused"}, Environ: append(os.Environ(), "ONLY_OURS=yes"),
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	plan, err := staging.Plan([]string{"pkg/a & b.cmd"})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	run, err := runner.Start(plan, RunOptions{As: as, Timeout: time.Minute, Record: func(e Event) error {
		if e.Kind == Output {
			out.WriteString(e.Text)
			during(as, e.Text)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := run.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(as.temp); err != nil || len(left) > 0 {
		t.Errorf("the user's temp directory holds %v, %v", left, err)
	}
	return outcomes[0], strings.ReplaceAll(out.String(), as.temp, "THEIRS")
}

func TestScriptRunsAsAnotherUser(t *testing.T) {
	o, out := asOther(t, func(standIn, string) {},
		`type "beside it.txt"`, "echo.", "echo temp=%TEMP%", "echo at=%CD%", "echo theirs=%ONLY_THEIRS% ours=%ONLY_OURS%",
		"echo 1 >left.txt", `echo 2 >"%TEMP%\left.txt"`, "exit /b 3")
	if o.Reason != Exited || o.Code != 3 || o.Problem != "" {
		t.Errorf("it ended with %+v", o)
	}
	for _, want := range []string{"from beside it", `temp=THEIRS\run-`, `at=THEIRS\run-`, "theirs=yes ours=\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

// TestLogonsEndEndsItsScripts holds that nothing outlives the logon, whoever else
// waits for it.
func TestLogonsEndEndsItsScripts(t *testing.T) {
	o, out := asOther(t, func(as standIn, text string) {
		if strings.Contains(text, "it runs") {
			if err := as.logon.End(10 * time.Second); err != nil {
				t.Error(err)
			}
		}
	}, "echo it runs", ":again", "goto again")
	if o.Reason != Exited || o.OK() || !strings.Contains(out, "it runs") {
		t.Errorf("it ended with %+v:\n%s", o, out)
	}
}
