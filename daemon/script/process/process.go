// Package process runs one script on the customer's computer with every process that the
// script starts: it starts them, limits how many there are, waits for them and ends them.
// Package script decides what runs and when; nothing here knows a staging area, a plan or
// a run's output.
//
// On Linux and macOS each script has a supervisor, a process of our own program (see
// [Supervise]). It ends the script's processes when the daemon says so, when time is up,
// and when the daemon is gone. On Windows a job object does the same.
package process

import (
	"errors"
	"io"
	"os"
	"time"

	"supportd/library/journal"
)

const (
	// MaxProcesses bounds the processes that a script has at once.
	MaxProcesses = 256
	// KillGrace is what a script has between the request to end and the end.
	KillGrace = 5 * time.Second
	// HowToBound is the advice that belongs to [ErrUnbounded].
	HowToBound = "have support-agent started as an ordinary user, or where /sys/fs/cgroup can be written"
)

// ErrUnbounded means that a script could start processes until the computer
// stands still, so none is started.
var ErrUnbounded = errors.New("nothing was run: this computer cannot limit how many processes a script of root starts, " +
	"as no control group can be made here (a container?)")

// Options are what starting any script needs.
type Options struct {
	// Supervisor is the command line that calls [Supervise]; unused on Windows.
	Supervisor []string
	// Spare lists processes that this one has started in sessions of their own. They
	// are not ended with what a script has left behind. Nil is none.
	Spare func() []int
}

// ReportFD is the descriptor on which a supervisor reports.
const ReportFD = 3

// Streams are what a supervisor is connected to: its own standard streams, of
// which input is the control pipe and the outputs are the script's, and the
// descriptor [ReportFD].
type Streams struct {
	Control                io.Reader
	Stdout, Stderr, Report *os.File
	Login                  []string // the process's environment, for scripts that run as another user
}

// Status is how a script's processes ended. The fields mean what they mean in
// [journal.Outcome].
type Status struct {
	Reason  journal.Reason `json:"reason"`
	Code    int            `json:"code"`
	Signal  string         `json:"signal,omitempty"`
	Problem string         `json:"problem,omitempty"`
	journal.Because
	Survivors []int  `json:"survivors,omitempty"`
	Stays     string `json:"stays,omitempty"` // a directory that could not be removed
	StaysWhy  string `json:"stays_why,omitempty"`
}

// Script is a script that was started, with all its processes.
type Script struct {
	// Stdout and Stderr are what it writes. Who started it reads and closes them.
	Stdout, Stderr io.ReadCloser

	cancel, kill func()
	wait         func() Status
}

// Cancel asks the processes to end, and ends them [KillGrace] later. It returns at once
// and may be called any number of times, by any goroutine.
func (s *Script) Cancel() { s.cancel() }

// Kill ends the processes without asking. The rest is as for [Script.Cancel].
func (s *Script) Kill() { s.kill() }

// Wait returns when all processes are gone, or cannot be ended: those are
// [Status.Survivors]. It must be called once.
func (s *Script) Wait() Status { return s.wait() }

// watcherKilled is why a script is [journal.Lost].
var watcherKilled = journal.CauseWatcherKilled.Of("")

// late is why a script ended that had this long.
func late(limit time.Duration) journal.Because { return journal.CauseTimeLimit.Of(limit.String()) }
