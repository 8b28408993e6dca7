package script

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"supportd/daemon/script/process"
	"supportd/hack/testkit"
	"supportd/library/journal"
)

// The end of everything ends what runs, at once and with the reason, and waits until nothing
// of it is left.
func TestCloseEndsWhatRuns(t *testing.T) {
	b := newBench(t)
	m := testkit.Mark(t)
	b.put("one.sh", "sleep "+m+"\n")
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(Event) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the script runs", func() bool { return len(testkit.Alive(m)) > 0 })
	b.runner.Close()
	if run.Running() || len(testkit.Alive(m)) > 0 {
		t.Error("it still runs")
	}
	if left, err := os.ReadDir(b.work); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	// On a busy machine the supervisor may be killed before it has said that it was cancelled.
	if outcomes, err := run.Wait(); err != nil || outcomes[0].Reason != Lost && (outcomes[0].Reason != Cancelled || outcomes[0].CauseCode != journal.CauseOver) {
		t.Errorf("%+v, %v", outcomes, err)
	}
	b.runner.Close() // once more is harmless
}

// faulty is another user whose first supervisor panics when it is waited for.
type faulty struct {
	other
	waits atomic.Int32
}

func (f *faulty) StartSupervisor(args []string, stdin, stdout, stderr, report *os.File) (process.Handle, error) {
	h, err := f.other.StartSupervisor(args, stdin, stdout, stderr, report)
	return faultyHandle{h, &f.waits}, err
}

type faultyHandle struct {
	process.Handle
	waits *atomic.Int32
}

func (h faultyHandle) Wait() error {
	if h.waits.Add(1) == 1 {
		panic("a mistake of ours")
	}
	return h.Handle.Wait()
}

// A mistake of ours ends the run and its script, and the next one begins.
func TestK1P8_APanicInARunLeavesNothing(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		script string
		o      func(m string) RunOptions
		ends   bool // with outcomes
	}{
		// Its supervisor is dead, so that nobody but the run can end the script.
		"waiting": {"sleep %s & kill -9 $PPID; wait\n", func(string) RunOptions { return RunOptions{As: &faulty{other: other{b.runner.opts.Supervisor[0]}}} }, false},
		"output": {"echo x; sleep %s\n", func(string) RunOptions {
			return RunOptions{Record: func(e Event) error {
				if e.Kind == Output {
					panic("another mistake of ours")
				}
				return nil
			}}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := testkit.Mark(t)
			b.put("one.sh", fmt.Sprintf(c.script, m))
			o := c.o(m)
			if o.Record == nil {
				o.Record = func(Event) error { return nil }
			}
			run, err := b.runner.Start(b.plan("one.sh"), o)
			if err != nil {
				t.Fatal(err)
			}
			outcomes, err := run.Wait()
			if err != nil || (outcomes != nil) != c.ends || c.ends && outcomes[0].Reason == Exited {
				t.Errorf("%+v, %v", outcomes, err)
			}
			if len(testkit.Alive(m)) > 0 {
				t.Error("the script still runs")
			}
			if _, err := os.Stat(run.dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("its directory is left: %v", err)
			}
		})
	}
	b.put("two.sh", "echo two\n")
	if outcomes, _ := b.run(RunOptions{}, "two.sh"); !outcomes[0].OK() {
		t.Errorf("%+v", outcomes)
	}
}

// What stays is told beside the reason that there is already, and is the reason where there
// is none.
func TestS11_WhatStaysIsTold(t *testing.T) {
	var o Outcome
	staying(&o, "/d", "busy")
	if o.Stays != "/d" || o.Problem != "busy" || o.CauseCode != journal.CauseFilesStay || o.CauseOf != "busy" {
		t.Errorf("%+v", o)
	}
	o = Outcome{Problem: "the time was over", Because: journal.CauseCancelledBy.Of("Kim")}
	staying(&o, "/d", "busy")
	if o.Stays != "/d" || o.Problem != "the time was over; busy" || o.CauseCode != journal.CauseCancelledBy || o.CauseOf != "Kim" {
		t.Errorf("%+v", o)
	}
}

// Where an event cannot be recorded, the run ends with the reason, nothing more is
// recorded, and nothing of it is left.
func TestARunEndsAtEachEventThatCannotBeRecorded(t *testing.T) {
	for after := range 5 {
		b := newBench(t)
		b.put("one.sh", "echo one; exec sleep 4251\n")
		full := errors.New("the disk is full")
		n := 0
		output := make(chan bool, 99)
		run, err := b.runner.Start(b.plan("one.sh", "one.sh"), RunOptions{Timeout: time.Minute, Record: func(e Event) error {
			if n++; n > after {
				return full
			}
			if e.Kind == Output {
				output <- true
			}
			return nil
		}})
		if after == 0 {
			if !errors.Is(err, full) {
				t.Fatalf("it began: %v, %v", run, err)
			}
			if left, err := os.ReadDir(b.work); err != nil || len(left) > 0 {
				t.Errorf("%v, %v", left, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if after > 2 {
			<-output
			run.Cancel(journal.CauseCancelledBy.Err("somebody"))
		}
		outcomes, err := run.Wait()
		if !errors.Is(err, full) || n != after+1 {
			t.Errorf("after %d events: %v, and it went on to %d", after, err, n)
		}
		// On a busy machine the supervisor may be killed before it has said that it was cancelled.
		if len(outcomes) != 2 || (outcomes[0].Reason == Unstarted) != (after == 1) || outcomes[0].Reason == Exited || outcomes[0].Reason == TimedOut || outcomes[1].Reason != NotReached {
			t.Errorf("after %d events: %+v", after, outcomes)
		}
		if run.Running() {
			t.Error("it has ended and runs")
		}
		if _, err := os.Stat(run.dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its directory is left: %v", err)
		}
	}
}

// A run that ends when its script has ended by itself changes nothing about how that one ended.
func TestAScriptThatHasEndedWasNotCancelled(t *testing.T) {
	b := newBench(t)
	b.put("one.sh", "echo $PPID; exit 3\n")
	gone := errors.New("gone")
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(e Event) error {
		if e.Kind != Output {
			return nil
		}
		// Its supervisor is waited for when it has said how the script ended. This is its
		// output, so the run waits for us.
		supervisor, err := strconv.Atoi(strings.TrimSpace(e.Text))
		if err != nil {
			t.Error(err)
			return gone
		}
		for until := time.Now().Add(testkit.Patience); syscall.Kill(supervisor, 0) == nil; <-time.After(time.Millisecond) {
			if time.Now().After(until) {
				t.Error("the script does not end")
				break
			}
		}
		return gone
	}})
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := run.Wait()
	if o := outcomes[0]; !errors.Is(err, gone) || o.Reason != Exited || o.Code != 3 || o.Problem != "" {
		t.Errorf("%+v, %v", o, err)
	}
}
