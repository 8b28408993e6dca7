package sysinfo

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// A process that calls itself something else shows that in /proc, and a shell
// shows all that it was given.
func TestK1P31_RealProcesses(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"mysql -pTr0ub4dor db"}, {"curl", "-u", "kim:Tr0ub4dor"}, {"docker", "login", "-p", "Tr0ub4dor"}, {"sh", "-c", "mysql -pTr0ub4dor"}, {"sudo", "env", "PGPASSWORD=Tr0ub4dor", "psql"},
	} {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Args, cmd.Env = args, []string{childVariable + "=wait"}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer in.Close()
	}
	var c Collector
	seen := false
	for deadline := time.Now().Add(20 * time.Second); !seen && time.Now().Before(deadline); { // a busy computer gives what is ready
		text, js := machinetest.Both(t, c.Collect(t.Context(), Options{Categories: []document.Category{document.Processes}}))
		if strings.Contains(text+js, "Tr0ub4dor") {
			t.Fatal("a secret of a process is shown")
		}
		seen = strings.Contains(text, "mysql -p[masked] db")
	}
	if !seen {
		t.Error("the process is not in the list: this test shows nothing")
	}
}
