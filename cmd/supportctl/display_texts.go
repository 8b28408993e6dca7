package main

// What a job says to a person. Every text of the live lines and of the files with the
// output stands here.
const (
	sayAsking = "asking %s"
	sayLost   = "the connection is lost; the run goes on there, and this comes back to it"
	sayBack   = "connected to its run"

	liveCustomer = "the customer"
	liveWaits    = "waits for its turn"
	liveConnects = "connecting"
	liveAsked    = "asked"
	liveAskedFor = "asked, %d s left"
	liveBehind   = "asked about %s first, %d s left"
	liveBegins   = "begins"
	liveRuns     = "%d of %d: %s, %s"
	liveLost     = "the connection is lost, trying again"
	liveOK       = "ok, %s, %s"
	liveScript   = "1 script"
	liveScripts  = "%d scripts"
	liveFailed   = "%d. %s: %s"
	liveMore     = "and %d more: %s"
	liveAll      = "%d sessions: %s"
	liveKeys     = "Ctrl-C: cancel or detach"
	liveAfter    = "all that one of them wrote: supportctl script attach NUMBER; of all of them, in files: --output DIR"

	countAsked   = "%d asked"
	countRun     = "%d running"
	countBefore  = "%d not begun"
	countOK      = "%d ok"
	countNotOK   = "%d not ok"
	fileBegun    = "written by supportctl from %s on; | is standard output, ! is standard error"
	fileSession  = "session %s"
	filesWritten = "the output of %d sessions is in %s"
)
