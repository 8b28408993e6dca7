package sysinfo

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A process that calls itself something else shows that in /proc, and a shell
// shows all that it was given.
func TestK1P31_RealProcesses(t *testing.T) {
	for _, args := range [][]string{
		{"mysql -pTr0ub4dor db", "300"}, {"sleep", "300"}, {"curl", "-u", "kim:Tr0ub4dor", "300"}, {"docker", "login", "-p", "Tr0ub4dor"},
		{"sh", "-c", "mysql -pTr0ub4dor; sleep 300"},
	} {
		cmd := exec.CommandContext(t.Context(), "sleep")
		if args[0] == "sh" {
			cmd = exec.CommandContext(t.Context(), "sh")
			args[2] = strings.Replace(args[2], "mysql -p", ": mysql -p", 1)
		} else if path, err := exec.LookPath("cat"); err == nil {
			cmd = exec.CommandContext(t.Context(), path) // waits for its input, whatever else it is told
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			args = append([]string{args[0], "-"}, args[1:]...)
		}
		cmd.Args = args
		if err := cmd.Start(); err != nil {
			t.Skip(err)
		}
		defer func() {
			cmd.Process.Kill()
			cmd.Wait()
		}()
		found := false
		for deadline := time.Now().Add(5 * time.Second); !found && time.Now().Before(deadline); {
			m := newMachine(&guard{})
			text, _ := m.read("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/cmdline")
			line := maskArgs(splitArgs(string(text)))
			found = line != "" && !strings.HasSuffix(line, ".test")
			if strings.Contains(line, "Tr0ub4dor") {
				t.Errorf("%q shows %s", args, line)
			}
		}
	}
	var c Collector
	seen := false
	for deadline := time.Now().Add(20 * time.Second); !seen && time.Now().Before(deadline); { // a busy computer gives what is ready
		text, js := both(t, c.Collect(t.Context(), Options{Categories: []Category{Processes}}))
		if strings.Contains(text+js, "Tr0ub4dor") {
			t.Fatal("a secret of a process is shown")
		}
		seen = strings.Contains(text, "mysql -p[masked] db")
	}
	if !seen {
		t.Error("the process is not in the list: this test shows nothing")
	}
}
