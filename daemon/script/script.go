// Package script is the customer's side of running a CSR's scripts: the staging
// area that SFTP fills, and ordered runs in temp directories of which nothing
// remains. The daemon asks the customer between [Staging.Plan] and
// [Runner.Start]; nothing here asks anybody.
//
// Package process below this one starts and ends the processes of each script. The
// kinds of what happens in a run are those of library/journal, which reports and CSRs
// read.
package script

import (
	"errors"
	"time"

	"supportd/consent"
	"supportd/library/journal"
)

// Limits beside those of package library for packages and runs.
const (
	// MaxStagedFiles bounds the files and folders of a staging area, so that
	// nobody fills a disk with empty ones.
	MaxStagedFiles = 1000
	// MaxHandles bounds the files that are open at once in one SFTP session.
	MaxHandles = 8
	// MaxOutput bounds a script's output in bytes, standard output and error
	// together. What is beyond is counted and dropped.
	MaxOutput = 8 << 20
	// DefaultTimeout ends a script that the CSR gave no other limit, and
	// MaxTimeout is the longest they can give.
	DefaultTimeout = 10 * time.Minute
	MaxTimeout     = 24 * time.Hour
)

// Errors that callers tell apart.
var (
	ErrBusy    = errors.New("a run is going on already")
	ErrChanged = errors.New("the files are not those that were shown")
	ErrNoRun   = errors.New("nothing is running and nothing has run")
)

// What happens in a run has the types of the journal, which reports and CSRs read.
type (
	// Outcome is how one script of a run went.
	Outcome = journal.Outcome
	// Reason says how a script ended, or why it did not run.
	Reason = journal.Reason
	// Event is one thing that happened in a run.
	Event = journal.RunEvent
)

// The reasons.
const (
	Exited     = journal.Exited
	Signalled  = journal.Signalled
	TimedOut   = journal.TimedOut
	Cancelled  = journal.Cancelled
	Overran    = journal.Overran
	Unstarted  = journal.Unstarted
	Changed    = journal.Changed
	Lost       = journal.Lost
	NotReached = journal.NotReached
)

// The kinds of [Event], in the order in which they come.
const (
	RunStart    = journal.KindRunStart
	ScriptStart = journal.KindScriptStart
	Output      = journal.KindScriptOutput
	ScriptExit  = journal.KindScriptExit
	RunEnd      = journal.KindRunEnd
)

// File is a file of a package as the customer is shown it. Name is its path inside
// the package.
type File = consent.File
