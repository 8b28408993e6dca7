//go:build unix

package ordeal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
)

// run is a script that prints numbered lines.
type run struct {
	name  string
	lines int
	pause time.Duration // between two lines
	code  int           // exit status

	before int // runs that the journal held before
	cmd    *exec.Cmd
	seen   *rig.Log // what the CSR was shown
	gone   chan struct{}
}

// line is what the script prints as number i.
func (r *run) line(i int) string { return fmt.Sprintf("%s line %d of %d\n", r.name, i, r.lines) }

// text is all that it prints.
func (r *run) text() string {
	var b strings.Builder
	for i := range r.lines {
		b.WriteString(r.line(i + 1))
	}
	return b.String()
}

// start brings the script to the computer, runs it, and returns when the CSR
// sees its first line.
func (w *world) start(ctx context.Context, r *run) error {
	script := fmt.Sprintf("#!/bin/sh\ni=0\nwhile [ $i -lt %d ]; do i=$((i+1)); echo \"%s line $i of %d\"; sleep %.3f; done\nexit %d\n",
		r.lines, r.name, r.lines, r.pause.Seconds(), r.code)
	file := w.path(r.name)
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return err
	}
	for _, e := range w.events {
		if e.Kind == journal.KindRunStart {
			r.before++
		}
	}
	err := eventually(ctx, "sftp", func() error {
		_, err := rig.Run(w.csr.SFTP(ctx, w.number.Host(), "put "+file+"\n"))
		return err
	})
	if err != nil {
		return err
	}
	r.cmd, r.seen, r.gone = w.csr.SSH(ctx, w.number.Host(), "run", r.name), rig.NewLog(nil), make(chan struct{})
	r.cmd.Stdout = r.seen
	if err := r.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(r.gone)
		_ = r.cmd.Wait() // ProcessState says how it ended
	}()
	began, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err = r.seen.Await(began, r.gone, r.name)
	return err
}

// record is what the relay has of a run.
type record struct {
	text    string
	exit    *int
	ended   bool
	aborted bool
}

// recorded reads the run's part of the relay's journal.
func (w *world) recorded(r *run) (rec record, err error) {
	nth := 0
	for _, e := range w.events {
		var d struct {
			Stream, Text string
			Aborted      bool
			Outcome      *struct{ Code int }
		}
		if e.Kind == journal.KindRunStart {
			nth++
		}
		if nth != r.before+1 {
			continue
		}
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return rec, err
		}
		switch e.Kind {
		case journal.KindScriptOutput:
			rec.text += d.Text
		case journal.KindScriptExit:
			if d.Outcome != nil {
				rec.exit = &d.Outcome.Code
			}
		case journal.KindRunEnd:
			rec.ended, rec.aborted = true, d.Aborted
		}
	}
	return rec, nil
}

// checkRun waits until the relay has the run's end, and proves that no line of it
// is missing, doubled or out of order. killed allows that the run was broken off.
func (w *world) checkRun(ctx context.Context, r *run, killed bool) error {
	select {
	case <-r.gone:
	case <-time.After(patience):
		return errors.New("the CSR's ssh does not end")
	}
	var rec record
	err := eventually(ctx, "the run's end in the report", func() (err error) {
		if err = w.read(ctx); err == nil {
			rec, err = w.recorded(r)
		}
		if err == nil && !rec.ended {
			err = fmt.Errorf("the relay has %d events", len(w.events))
		}
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case !strings.HasPrefix(r.text(), rec.text):
		return fmt.Errorf("%s: the journal has other lines:\n%s", r.name, rec.text)
	case !strings.HasPrefix(rec.text, r.seen.String()):
		return fmt.Errorf("%s: the CSR was shown what is not in the journal:\n%s", r.name, r.seen)
	case rec.aborted && !killed:
		return fmt.Errorf("%s: it was broken off, but nobody has killed the daemon", r.name)
	case rec.aborted:
		return nil
	case rec.text != r.text():
		return fmt.Errorf("%s: lines are missing at the end:\n%s", r.name, rec.text)
	case rec.exit == nil || *rec.exit != r.code:
		return fmt.Errorf("%s: the journal has another exit status than %d", r.name, r.code)
	}
	return w.exitCode(ctx, r, killed)
}

// exitCode proves what the CSR's ssh ended with; where its connection was lost,
// that following the run again shows all of it.
func (w *world) exitCode(ctx context.Context, r *run, killed bool) error {
	const lost = 255 // ssh(1)
	want := min(r.code, 1)
	code := r.cmd.ProcessState.ExitCode()
	if code == lost && !killed {
		var again *exec.Cmd
		var shown *rig.Log
		err := eventually(ctx, "run --attach", func() error {
			again, shown = w.csr.SSH(ctx, w.number.Host(), "run", "--attach"), rig.NewLog(nil)
			again.Stdout = shown
			_ = again.Run() // ProcessState says how it ended
			if code = again.ProcessState.ExitCode(); code == lost {
				return errors.New("the computer is not reached")
			}
			return nil
		})
		if err != nil {
			return err
		}
		if shown.String() != r.text() {
			return fmt.Errorf("%s: run --attach shows something else:\n%s", r.name, shown)
		}
	}
	if code != want && code != lost {
		return fmt.Errorf("%s: exit code %d, not %d", r.name, code, want)
	}
	return nil
}
