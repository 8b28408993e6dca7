package process

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

	"supportd/hack/testkit"
)

// superviseWithoutGroup runs a script as a supervisor that could not make a
// control group, and prints how it ended.
func superviseWithoutGroup(text string) error {
	if err := becomeSubreaper(); err != nil {
		return err
	}
	j := Job{Argv: []string{"/bin/sh", "-c", text}, Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}, Timeout: 2 * time.Second}
	s := supervisor{job: j, stdout: os.Stdout, stderr: os.Stderr, orders: make(chan order)}
	s.tree.adopts = true
	afterStart, limited := limitTasks()
	if !limited {
		return ErrUnbounded
	}
	pid, err := s.startScript()
	afterStart(pid)
	if err != nil {
		return err
	}
	main, gone := s.reap(pid)
	st := s.watch(main)
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
	out, err := testkit.Belted(t, cmd)
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
	m := testkit.Mark(t)
	out = asOrdinaryUser(t, bomb(m))
	if !strings.Contains(out, `{"reason":`) || strings.Contains(out, "survivors") || len(testkit.Alive(m)) > 0 {
		t.Errorf("%s, alive %v", out, testkit.Alive(m))
	}
}

func TestS5_AnOrdinaryUsersScriptThatKillsItsSupervisor(t *testing.T) {
	if isOrdinaryUser(t, func(text string) error { run(t, Options{}, time.Minute, text); return nil }) {
		return
	}
	m := testkit.Mark(t)
	asOrdinaryUser(t, "setsid env -i sleep "+m+" & while ! pgrep -f '^sleep "+m+"' >/dev/null; do sleep 0.01; done; kill -9 $PPID; sleep "+m)
	if left := testkit.Alive(m); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestK1P0_WhomTheSystemLimits(t *testing.T) {
	const everybody = "         0          0 4294967295\n"
	for _, c := range []struct {
		uidMap  string
		uid     int
		outside int
		nested  bool
	}{
		{everybody, 0, 0, false},
		{everybody, 1000, 1000, false},
		{"0 100000 65536\n", 0, 100000, true},
		{"0 1000 1\n1 100000 65536\n", 0, 1000, true},
		{"0 1000 1\n1 100000 65536\n", 5, 100004, true},
		{"0 0 1\n", 0, 0, true}, // "unshare -r" as root: still the system's root
		{"0 100000 10\n", 10, 0, true},
		{"", 7, 0, true},
	} {
		if outside, nested := uidOutside(c.uidMap, c.uid); outside != c.outside || nested != c.nested {
			t.Errorf("user %d in %q: %d, %t", c.uid, c.uidMap, outside, nested)
		}
	}
}
