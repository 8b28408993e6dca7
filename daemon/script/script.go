// Package script is the customer's side of running a CSR's scripts: the staging
// area that SFTP fills, and ordered runs in temp directories of which nothing
// remains. The daemon asks the customer between [Staging.Plan] and
// [Runner.Start]; nothing here asks anybody.
//
// Each script is held by a supervisor, a process of our own program started for it, or
// on Windows by a job object: it has the script's whole process tree, and ends it when
// the daemon says so, when time is up, and when the daemon is gone.
package script

import (
	"errors"
	"time"

	"supportd/consent"
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
	// MaxProcesses bounds the processes that a run has at once.
	MaxProcesses = 256
	// KillGrace is what a script has between the request to end and the end.
	KillGrace = 5 * time.Second
	// HowToBound is the advice that belongs to [ErrUnbounded].
	HowToBound = "have support-agent started as an ordinary user, or where /sys/fs/cgroup can be written"
)

// Errors that callers tell apart.
var (
	ErrBusy    = errors.New("a run is going on already")
	ErrChanged = errors.New("the files are not those that were shown")
	ErrNoRun   = errors.New("nothing is running and nothing has run")
	// ErrUnbounded means that a script could start processes until the computer
	// stands still, so none is started.
	ErrUnbounded = errors.New("nothing was run: this computer cannot limit how many processes a script of root starts, " +
		"as no control group can be made here (a container?)")
)

// File is a file of a package as the customer is shown it. Name is its path inside
// the package.
type File = consent.File

// Step is one script of a plan.
type Step struct {
	// Name is the path as the CSR gave it, e.g. "fix-dns/run.sh".
	Name string `json:"name"`
	// Executable is the script itself, With are the other files of its package.
	Executable File   `json:"executable"`
	With       []File `json:"with,omitempty"`
	// Command is what starts it: an absolute interpreter and its arguments, to
	// which the executable's path is added; empty for a native executable.
	Command []string `json:"command,omitempty"`

	root string // the package's folder in the staging area, or "" for a single file
}

// Plan is an ordered list of scripts, as it was when it was made. It is
// immutable; [Runner.Start] refuses bytes that have changed since.
type Plan struct {
	Steps []Step

	staging *Staging
}
