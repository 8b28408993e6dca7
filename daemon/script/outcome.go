package script

import (
	"time"

	"supportd/library/journal"
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

// watcherKilled is why a script is [Lost].
var watcherKilled = journal.CauseWatcherKilled.Of("")

// late is why a script ended that had this long.
func late(limit time.Duration) journal.Because { return journal.CauseTimeLimit.Of(limit.String()) }
