//go:build unix

package process

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// TestMain lets the test binary be the supervisor, and a process that some things are
// hidden from.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		roles := map[string]func(args []string) error{
			"supervise": func([]string) error {
				signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
				return Supervise(Streams{Control: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Report: os.NewFile(ReportFD, "report")})
			},
			"hide": func(args []string) error { return hide(args[0], args[1:]) },
		}
		if role := roles[os.Args[1]]; role != nil {
			code := 0
			if err := role(os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
			// Not os.Exit, where the race detector waits for a second, and where a program
			// whose coverage is measured writes to standard error, which is the script's.
			syscall.Exit(code)
		}
	}
	os.Exit(m.Run())
}
