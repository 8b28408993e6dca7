package main

import (
	"supportd/library/cmdline"
	"supportd/library/text"
	"supportd/relay/client"
)

// display shows what happens on the computers of a job. It is safe for concurrent use.
type display interface {
	// reached tells how far the work on a computer is.
	reached(t *target, s stage)
	// say tells something about a computer that is not its own word.
	say(t *target, s string)
	// show shows an event of a run. An error ends the following of that run.
	show(t *target, e client.Event) error
	// finish shows what is left of a computer's lines, and how it went on with it: what
	// t.outcomes and t.err say.
	finish(t *target)
	// hold keeps the display still until release is called.
	hold() (release func())
}

// stage is how far the work on a computer is.
type stage int

// The stages. A run that has begun is seen by its events.
const (
	stageWaits    stage = iota // for a place among those that work at once
	stageConnects              // to the computer, and brings the scripts
	stageAsks                  // the customer
	stageRuns
	stageLost // the connection; it is tried again
	stageBack
	stageEnded
)

// text is what a line says of a stage, "" where it is worth no line.
func (s stage) text(speak *text.Speaker, t *target) string {
	switch s {
	case stageAsks:
		return speak.Say(sayAsking, t.customer(speak))
	case stageLost:
		return speak.Text(sayLost)
	case stageBack:
		return speak.Text(sayBack)
	}
	return ""
}

// drawsLive reports whether a job has a live line for each of its computers: several of
// them, and a person at a terminal that can draw.
func (j *job) drawsLive() bool {
	p := j.p
	return len(j.targets) > 1 && j.format == cmdline.Table && !j.how.Raw && p.env("TERM") != "dumb" &&
		isTerminal(p.std.Out) && isTerminal(p.std.Err) && drawable(fileOf(p.std.Out)) == nil
}
