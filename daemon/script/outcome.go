package script

import "time"

// Reason says how a script ended, or why it did not run.
type Reason string

// The reasons.
const (
	Exited     Reason = "exit"               // by itself; Code holds its exit status
	Signalled  Reason = "signal"             // by a signal that was not ours
	TimedOut   Reason = "timeout"            // at its time limit
	Cancelled  Reason = "cancelled"          // by somebody, or because the session ended
	Overran    Reason = "too-many-processes" // at the limit of processes
	Unstarted  Reason = "not-started"        // Problem says why
	Changed    Reason = "changed"            // its files are not those that were shown
	Lost       Reason = "lost"               // its supervisor was killed
	NotReached Reason = "not-run"            // an earlier one failed, or the run was cancelled
)

// Outcome is how one script of a run went.
type Outcome struct {
	Name      string        `json:"name"`
	Reason    Reason        `json:"reason"`
	Code      int           `json:"code"`                // exit status, or 128 + signal as a shell counts
	Signal    string        `json:"signal,omitempty"`    // e.g. "SIGKILL"
	Problem   string        `json:"problem,omitempty"`   // for people
	Took      time.Duration `json:"took_ns"`             //
	Bytes     int64         `json:"bytes"`               // output that was taken
	Dropped   int64         `json:"dropped,omitempty"`   // output beyond MaxOutput
	Survivors []int         `json:"survivors,omitempty"` // processes that could not be ended
}

// OK reports whether the script ran and succeeded.
func (o Outcome) OK() bool { return o.Reason == Exited && o.Code == 0 }

// Kind is a kind of [Event].
type Kind string

// The kinds, in the order in which they come.
const (
	RunStart    Kind = "run.start"
	ScriptStart Kind = "script.start"
	Output      Kind = "script.output"
	ScriptExit  Kind = "script.exit"
	RunEnd      Kind = "run.end"
)

// Event is one thing that happened in a run. Text is valid UTF-8 without
// control characters but newline and tab; that of run.start is the run's ID, so
// that whoever attaches again can tell one run from another.
type Event struct {
	Seq      int       `json:"seq"` // from 1, without gaps
	Kind     Kind      `json:"kind"`
	Step     int       `json:"step,omitempty"`   // from 1; 0 for the run itself
	Stream   string    `json:"stream,omitempty"` // "stdout" or "stderr" for output
	Text     string    `json:"text,omitempty"`
	Raw      []byte    `json:"raw,omitempty"`      // of output: the bytes, where they are not those of Text
	Outcome  *Outcome  `json:"outcome,omitempty"`  // for script.exit
	Outcomes []Outcome `json:"outcomes,omitempty"` // for run.end: one for each step
}
