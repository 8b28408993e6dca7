//go:build unix

package e2e_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/internal/rig"
)

// TestDemo plays hack/demo to its end, as somebody does who has just got the
// checkout, and looks for whatever it has left behind.
func TestDemo(t *testing.T) {
	for _, tool := range []string{"bash", "pgrep", "ps", "ssh", "sftp", "ssh-keygen", "ssh-keyscan"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s", tool)
		}
	}
	const root = "../.."
	place := t.TempDir()
	env := surroundingsOf(t, place)
	before := tree(t, place, root)

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "hack/demo")
	cmd.Dir, cmd.Env = root, env
	// A demo that takes too long ends as with Ctrl-C, and not without cleaning up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 2 * rig.Patience
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v; it wrote:\n%s", err, out)
	}
	text := string(out)
	_, proof, ok := strings.Cut(text, "── 11. ")
	if !ok || !strings.Contains(proof, "Proved: all ") || !strings.HasSuffix(text, "\n\nEverything was as it should be.\n") {
		t.Errorf("it does not end as it should:\n%s", text)
	}

	for _, path := range tree(t, place, root) {
		if !slices.Contains(before, path) {
			t.Errorf("left behind: %s", path)
		}
	}
	// Whatever the demo started has its directories in its command line or in its
	// environment.
	processes, err := exec.Command("ps", "axeww", "-o", "pid=,command=").Output()
	if err != nil {
		t.Fatal(err)
	}
	for p := range strings.Lines(string(processes)) {
		if strings.Contains(p, place) {
			t.Errorf("still runs: %s", strings.Join(strings.Fields(p)[:2], " "))
		}
	}
}

// surroundingsOf makes an environment whose home and temporary directory are
// below dir, and empty but for what go itself keeps there; its caches are those
// of everybody.
func surroundingsOf(t *testing.T, dir string) []string {
	t.Helper()
	names := []string{"GOCACHE", "GOENV", "GOMODCACHE", "GOPATH"}
	values, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "XDG_") || strings.HasPrefix(v, "SSH_") })
	for i, value := range strings.Split(strings.TrimSuffix(string(values), "\n"), "\n") {
		env = append(env, names[i]+"="+value)
	}
	for variable, name := range map[string]string{"HOME": "home", "TMPDIR": "tmp"} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		env = append(env, variable+"="+path)
	}
	// Otherwise go counts there how often it was run.
	off := exec.Command("go", "telemetry", "off")
	off.Env = env
	if out, err := off.CombinedOutput(); err != nil {
		t.Fatalf("go telemetry off: %v\n%s", err, out)
	}
	return env
}

// tree lists everything in the directories, but for what git keeps of a checkout.
func tree(t *testing.T, dirs ...string) (paths []string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && d.Name() == ".git" {
				return fs.SkipDir
			}
			paths = append(paths, path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return paths
}
