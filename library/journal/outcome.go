package journal

import (
	"fmt"
	"strings"
	"time"

	"supportd/library/text"
)

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

// Reasons lists them all.
func Reasons() []Reason {
	return []Reason{Exited, Signalled, TimedOut, Cancelled, Overran, Unstarted, Changed, Lost, NotReached}
}

// Outcome is how one script of a run went. Its texts come from the computer.
type Outcome struct {
	Name    string `json:"name"`
	Reason  Reason `json:"reason"`
	Code    int    `json:"code"`              // exit status, or 128 + signal as a shell counts
	Signal  string `json:"signal,omitempty"`  // e.g. "SIGKILL"
	Problem string `json:"problem,omitempty"` // for people
	Because
	Took      time.Duration `json:"took_ns"`
	Bytes     int64         `json:"bytes"`               // output that was taken
	Dropped   int64         `json:"dropped,omitempty"`   // output beyond the limit
	Survivors []int         `json:"survivors,omitempty"` // processes that could not be ended
	Stays     string        `json:"stays,omitempty"`     // the script's directory, where it could not be removed
}

// OK reports whether the script ran and succeeded.
func (o Outcome) OK() bool { return o.Reason == Exited && o.Code == 0 }

// maxSurvivors is how many process numbers are named.
const maxSurvivors = 20

// Left says what of a script could not be ended or removed, "" where nothing is left.
// Reports, chat and every program say it in these words.
func (o Outcome) Left(l text.Language) string {
	files := ""
	if o.Stays != "" {
		format := "files of it stay in %s"
		if l == text.Korean {
			format = "파일이 남아 있는 곳: %s"
		}
		files = fmt.Sprintf(format, text.Escape(o.Stays))
	}
	return strings.TrimPrefix(strings.TrimSuffix(o.survivors(l)+"; "+files, "; "), "; ")
}

func (o Outcome) survivors(l text.Language) string {
	if len(o.Survivors) == 0 {
		return ""
	}
	var ids []string
	for _, pid := range o.Survivors[:min(len(o.Survivors), maxSurvivors)] {
		ids = append(ids, fmt.Sprint(pid))
	}
	if more := len(o.Survivors) - len(ids); more > 0 {
		ids = append(ids, fmt.Sprintf("+%d", more))
	}
	format := "these processes could not be ended: %s"
	if l == text.Korean {
		format = "끝내지 못한 프로세스: %s"
	}
	return fmt.Sprintf(format, strings.Join(ids, ", "))
}

// RunEvent is one thing that happened in a run, as the daemon shows it to a CSR
// while it happens ("run --json": one JSON object a line). Kind is one of the run.*
// and script.* kinds. Text is valid UTF-8; that of run.start is the run's ID, so that
// whoever attaches again can tell one run from another.
type RunEvent struct {
	Seq      int       `json:"seq"` // from 1, without gaps
	Kind     string    `json:"kind"`
	Step     int       `json:"step,omitempty"`   // from 1; 0 for the run itself
	Stream   string    `json:"stream,omitempty"` // [Stdout] or [Stderr] for output
	Text     string    `json:"text,omitempty"`
	Raw      []byte    `json:"raw,omitempty"`      // of output: the bytes, where they are not those of Text
	Outcome  *Outcome  `json:"outcome,omitempty"`  // for script.exit
	Outcomes []Outcome `json:"outcomes,omitempty"` // for run.end: one for each step
}

// Failed is how many of the scripts did not end well, those that did not run included.
func Failed(outcomes []Outcome) (n int) {
	for _, o := range outcomes {
		if !o.OK() {
			n++
		}
	}
	return n
}
