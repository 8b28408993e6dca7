//go:build unix

package testkit

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// Main is for a TestMain. It runs the tests, or where the test binary was started with
// the name of a role as its first argument, that role with the arguments behind it: so a
// test binary is also the programs that its tests need as processes of their own.
func Main(m *testing.M, roles map[string]func(args []string) error) {
	if len(os.Args) > 1 {
		if role := roles[os.Args[1]]; role != nil {
			code := 0
			if err := role(os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
			// Not os.Exit, where the race detector waits for a second, and where a program
			// whose coverage is measured writes to standard error, which may be a script's.
			syscall.Exit(code)
		}
	}
	os.Exit(m.Run())
}
