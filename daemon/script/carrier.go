package script

import (
	"io"
	"os"
	"time"

	"supportd/library/journal"
)

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

// Job is what a supervisor is told. It holds no secret, but goes through a
// pipe all the same.
type Job struct {
	Argv    []string      `json:"argv"`
	Dir     string        `json:"dir"`
	Env     []string      `json:"env"`
	Timeout time.Duration `json:"timeout"`
	Run     string        `json:"run"`
	RunDir  string        `json:"run_dir"` // removed by the supervisor when the daemon is gone
	Moved   *movedFiles   `json:"moved,omitempty"`
}

// Status is how a script's processes ended.
type Status struct {
	Reason  Reason `json:"reason"`
	Code    int    `json:"code"`
	Signal  string `json:"signal,omitempty"`
	Problem string `json:"problem,omitempty"`
	journal.Because
	Survivors []int  `json:"survivors,omitempty"`
	Stays     string `json:"stays,omitempty"` // a directory that could not be removed
	StaysWhy  string `json:"stays_why,omitempty"`
}

// Script holds the processes of one script.
type Script struct {
	stdout, stderr io.ReadCloser
	cancel         func()        // asks the processes to end, then ends them; harmless when called again
	kill           func()        // ends them at once; likewise
	wait           func() Status // returns when all are gone, or cannot be ended
}
