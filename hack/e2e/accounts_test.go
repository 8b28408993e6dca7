//go:build unix

package e2e_test

import (
	"crypto/rand"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdUser makes an account that goes with the script, whatever becomes of it.
func cmdUser(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, false, args, 1, "user VARIABLE")
	name, password := "supportd"+strings.ToLower(rand.Text()[:8]), rand.Text()
	ts.Defer(func() { _ = exec.Command("/usr/sbin/userdel", "-rf", name).Run() })
	for _, cmd := range []*exec.Cmd{
		exec.Command("/usr/sbin/useradd", "-m", "-s", "/bin/bash", name),
		exec.Command("/usr/sbin/chpasswd"),
	} {
		cmd.Stdin = strings.NewReader(name + ":" + password + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			ts.Fatalf("%v: %v: %s", cmd.Args, err, out)
		}
	}
	ts.Setenv(args[0], name)
	ts.Setenv(args[0]+"_PASSWORD", password)
}
