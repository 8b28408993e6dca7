package script

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// superviseWithoutGroup runs a script as a supervisor that could not make a
// control group, and prints how it ended.
func superviseWithoutGroup(text string) error {
	if err := becomeSubreaper(); err != nil {
		return err
	}
	j := job{Argv: []string{"/bin/sh", "-c", text}, Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}, Timeout: 2 * time.Second}
	s := supervisor{job: j, stdout: os.Stdout, stderr: os.Stderr, orders: make(chan order)}
	s.tree.adopts = true
	settle, limited := limitTasks()
	pid, err := s.start()
	settle(pid)
	if err != nil {
		return err
	}
	main, gone := s.reap(pid)
	st := s.watch(main, gone, limited)
	st.Survivors = s.end(gone)
	return json.NewEncoder(os.Stdout).Encode(st)
}

// ordinaryScript names the script for a test that runs itself as another user.
const ordinaryScript = "SUPPORTD_TEST_SCRIPT"

// asOrdinaryUser runs this test with a script as a user who can make no control
// group.
func asOrdinaryUser(t *testing.T, text string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$")
	cmd.Env = []string{ordinaryScript + "=" + text}
	if os.Geteuid() == 0 {
		data, err := os.ReadFile(self)
		if err != nil {
			t.Fatal(err)
		}
		dir, err := os.MkdirTemp("", "ordinary") // t.TempDir is for us alone
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		cmd.Path = filepath.Join(dir, "test")
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(cmd.Path, data, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54321, Gid: 54321}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// isOrdinaryUser is where a test finds itself again: it runs the script.
func isOrdinaryUser(t *testing.T, run func(text string) error) bool {
	t.Helper()
	text := os.Getenv(ordinaryScript)
	if text == "" {
		return false
	}
	if err := run(text); err != nil {
		t.Fatal(err)
	}
	return true
}

var maxProcesses = regexp.MustCompile(`(?m)^Max processes +(\d+) +(\d+) `)

func TestS6_TheSystemLimitsAnOrdinaryUser(t *testing.T) {
	if isOrdinaryUser(t, superviseWithoutGroup) {
		return
	}
	out := asOrdinaryUser(t, "cat /proc/self/limits")
	found := maxProcesses.FindStringSubmatch(out)
	if found == nil {
		t.Fatalf("no limit in %q", out)
	}
	// The soft limit stands from the beginning, the hard one a moment later.
	if most, _ := strconv.Atoi(found[1]); most > 5000 {
		t.Fatalf("a script of an ordinary user may have %s processes", found[1])
	}
	m := mark(t)
	out = asOrdinaryUser(t, "bomb() { sleep "+m+" & bomb | bomb & }; bomb 2>/dev/null; wait; sleep "+m)
	if !strings.Contains(out, `{"reason":`) || strings.Contains(out, "survivors") || len(alive(m)) > 0 {
		t.Errorf("%s, alive %v", out, alive(m))
	}
}

func TestS5_AnOrdinaryUsersScriptThatKillsItsSupervisor(t *testing.T) {
	if isOrdinaryUser(t, func(text string) error {
		return beDaemon(t.TempDir(), filepath.Join(t.TempDir(), "staged"), text)
	}) {
		return
	}
	m := mark(t)
	asOrdinaryUser(t, "setsid env -i sleep "+m+" & while ! pgrep -f '^sleep "+m+"' >/dev/null; do sleep 0.01; done; kill -9 $PPID; sleep "+m)
	if left := alive(m); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
