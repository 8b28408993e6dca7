package visit

import (
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/pkg/sftp"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/script/process"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
)

// TestMain is also the supervisor of the scripts that tests run.
func TestMain(m *testing.M) {
	testkit.Main(m, map[string]func([]string) error{"supervise": func([]string) error {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
		return process.Supervise(process.Streams{
			Control: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Report: os.NewFile(process.ReportFD, "report"), Login: os.Environ(),
		})
	}})
}

// atStart is a screen on which something happens when a run begins, before anybody
// else can find it.
type atStart func()

func (f atStart) Notify(n notice.Notice) {
	if _, ok := n.(notice.RunStarted); ok {
		f()
	}
}

// Access is taken away between the customer's yes and the moment in which a run could
// be found and ended: the run ends all the same, each time, and who asked for it is told.
func TestK1P26_ARunThatNobodyFoundIsEnded(t *testing.T) {
	var p *place
	p = newPlaceWith(t, func(o *Options) {
		o.Supervisor = []string{os.Args[0], "supervise"}
		o.UI = atStart(func() { // as where the relay's list has been taken just before
			a := &p.server.access
			a.mu.Lock()
			defer a.mu.Unlock()
			a.people = nil
		})
	}, consent.Script)
	c := p.csr()
	files, err := sftp.NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	f, err := files.Create("long.sh")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("#!/bin/sh\nexec sleep 1000\n")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	files.Close()
	got := make(chan outcome, 1)
	go func() { got <- run(t, c, "run long.sh") }()
	testkit.Eventually(t, "the end of the run", func() bool { return p.count(journal.KindRunEnd) == 1 })
	if n := p.count(journal.KindRunStart); n != 1 {
		t.Errorf("%d runs began", n)
	}
	if said := <-got; said.code != cmdline.ExitAuth {
		t.Errorf("%+v", said)
	}
}
