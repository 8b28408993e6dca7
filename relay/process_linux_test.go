package relay

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"supportd/library/api"
)

// TestStatusKnowsTheProcessOfTheRelay reads a process as the kernel shows it, and nobody
// else's.
func TestStatusKnowsTheProcessOfTheRelay(t *testing.T) {
	root := t.TempDir()
	lock, other := filepath.Join(root, "relay.lock"), filepath.Join(root, "other")
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("relay.lock", "77\n")
	write("other", "77\n")
	write("proc/77/limits", "Limit                     Soft Limit           Hard Limit           Units     \n"+
		"Max processes             95866                95866                processes \n"+
		"Max open files            65536                524288               files     \n")
	write("proc/77/status", "Name:\tsupport-relay\nVmHWM:\t  400000 kB\nVmRSS:\t  204800 kB\n")
	write("proc/77/cgroup", "1:name=systemd:/\n0::/system.slice/support-relay.service\n")
	write("sys/fs/cgroup/memory.max", "1\n") // the root has none
	write("sys/fs/cgroup/system.slice/memory.max", "1073741824\n")
	write("sys/fs/cgroup/system.slice/support-relay.service/memory.max", "max\n")
	if err := os.Mkdir(filepath.Join(root, "proc/77/fd"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, file := range []string{other, lock, other} {
		if err := os.Symlink(file, filepath.Join(root, "proc/77/fd", strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	say := func(u *api.Usage) string {
		if u == nil {
			return "-"
		}
		return fmt.Sprint(*u)
	}
	check := func(what, pid, lock, want string) {
		t.Helper()
		files, memory := process(root, pid, lock)
		if got := say(files) + say(memory); got != want {
			t.Errorf("%s: %s, not %s", what, got, want)
		}
	}
	check("the relay", "77", lock, "{3 65536}{209715200 1073741824}")
	check("another one", "77", filepath.Join(root, "proc/77/status"), "--")
	check("nobody", "78", lock, "--")
	check("no number", "../77", lock, "--")
	check("none", "", lock, "--")
	write("sys/fs/cgroup/system.slice/memory.max", "max\n")
	write("proc/77/limits", "Max open files            unlimited            unlimited            files\n")
	check("without limits", "77", lock, "{3 0}{209715200 0}")
	write("sys/fs/cgroup/system.slice/support-relay.service/memory.max", "524288000\n")
	check("with a limit of its own", "77", lock, "{3 0}{209715200 524288000}")
}
