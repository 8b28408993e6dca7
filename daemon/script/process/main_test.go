//go:build unix

package process

import (
	"os"
	"os/signal"
	"syscall"
	"testing"

	"supportd/hack/testkit"
)

// TestMain lets the test binary be the supervisor, and a process that some things are
// hidden from.
func TestMain(m *testing.M) {
	testkit.Main(m, map[string]func(args []string) error{
		"supervise": func([]string) error {
			signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
			return Supervise(Streams{Control: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Report: os.NewFile(ReportFD, "report")})
		},
		"hide": testkit.Hide,
	})
}
