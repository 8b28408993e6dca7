package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

// result is one row of how a job went: a script on a computer, or a computer on
// which nothing could be run. Its texts are hostile.
type result struct {
	Number wire.Number `json:"number"`
	Host   string      `json:"host"`
	// Customer, Ticket and Name tell sessions apart whose computers have the same name.
	Customer string  `json:"customer"`
	Ticket   string  `json:"ticket"`
	Name     string  `json:"name"`
	Step     int     `json:"step,omitempty"` // 0: the computer as a whole
	Script   string  `json:"script,omitempty"`
	OK       bool    `json:"ok"`
	Reason   string  `json:"reason"` // as the daemon tells it, or "denied", "detached", "failed"
	Code     int     `json:"code"`   // the script's exit status, or this program's exit code
	Seconds  float64 `json:"seconds"`
	Problem  string  `json:"problem,omitempty"`

	Survivors []int  `json:"survivors,omitempty"` // processes that could not be ended
	Stays     string `json:"stays,omitempty"`     // a directory that could not be removed

	text  string // how it went, in English
	shown string // and in the reader's language
}

// results are the rows of all computers in the order in which they were named.
func (j *job) results() (rows []result) {
	for _, t := range j.targets {
		base := result{Number: t.session.Number, Host: t.session.Host, Customer: t.session.Customer, Ticket: t.session.Ticket, Name: t.session.Name}
		for i, o := range t.outcomes {
			row := base
			row.Step, row.Script, row.OK, row.Reason, row.Code = i+1, o.Name, o.OK(), string(o.Reason), o.Code
			row.Seconds, row.Problem = o.Took.Round(time.Millisecond).Seconds(), o.Problem
			row.text, row.shown = verdict(nil, o), verdict(j.p.std.Speaker, o)
			row.Survivors, row.Stays = o.Survivors, o.Stays
			rows = append(rows, row)
		}
		if t.err != nil {
			base.Reason, base.Code, base.Problem = "failed", cmdline.Code(t.err), t.err.Error()
			switch {
			case errors.Is(t.err, errDetached):
				base.Reason = "detached"
			case base.Code == cmdline.ExitDenied:
				base.Reason = "denied"
			}
			base.text, base.shown = base.Problem, j.p.std.Speaker.Error(t.err)
			rows = append(rows, base)
		}
	}
	return rows
}

// conclude shows the results, and returns the job's exit code as an error.
func (j *job) conclude(interrupted error) error {
	rows := j.results()
	failed := 0
	for _, r := range rows {
		if !r.OK {
			failed++
		}
		if r.Step == 0 && r.Code == cmdline.ExitInterrupted {
			interrupted = cmdline.Silent(cmdline.ExitInterrupted)
		}
	}
	// One computer without results is told as the error that it is.
	if only := j.targets[0]; len(j.targets) == 1 && only.err != nil && len(only.outcomes) == 0 {
		var shown error
		if j.format != cmdline.Table {
			shown = j.list(rows)
		}
		return errors.Join(shown, only.err)
	}
	list := j.list
	if j.how.Raw { // the lines on standard error have told everything
		list = func([]result) error { return nil }
	} else if j.format == cmdline.Table {
		if _, err := fmt.Fprintln(j.p.std.Out); err != nil {
			return err
		}
	}
	err := list(rows)
	if err == nil {
		j.tellWhereOutputIs()
	}
	switch {
	case err != nil:
		return err
	case interrupted != nil:
		return interrupted
	case failed == 0:
		return nil
	case len(j.targets) == 1 && cmdline.Code(j.targets[0].err) == cmdline.ExitNoSession:
		return cmdline.Silent(cmdline.ExitNoSession) // it has ended in the middle
	case len(rows) > 1:
		return cmdline.Silent(cmdline.ExitSome)
	case rows[0].Reason == string(journal.TimedOut):
		return cmdline.Silent(cmdline.ExitTimeout)
	}
	return cmdline.Silent(cmdline.ExitFailed)
}

// tellWhereOutputIs says where all lines are that the live ones have left out.
func (j *job) tellWhereOutputIs() {
	switch _, live := j.board.(*live); {
	case j.output != "":
		j.p.note(filesWritten, len(j.targets), j.output)
	case live:
		j.p.note(liveAfter)
	}
}

func (j *job) list(rows []result) error {
	columns := []cmdline.Column[result]{
		{Title: "SESSION", Value: func(r result) string { return r.Number.Spoken() }, Data: func(r result) string { return string(r.Number) }},
		{Title: "HOST", Value: func(r result) string { return r.Host }, Cut: true},
	}
	// What tells sessions apart whose computers have the same name, where they were given one.
	for _, called := range []cmdline.Column[result]{
		{Title: "TICKET", Value: func(r result) string { return r.Ticket }, Cut: true},
		{Title: "NAME", Value: func(r result) string { return r.Name }, Cut: true},
	} {
		if slices.ContainsFunc(rows, func(r result) bool { return called.Value(r) != "" }) {
			columns = append(columns, called)
		}
	}
	return cmdline.List(j.p.std.Out, j.format, rows, cmdline.Headed(j.format.For(j.p.std.Speaker), append(columns, []cmdline.Column[result]{
		{Title: "SCRIPT", Value: func(r result) string {
			if r.Step == 0 {
				return "-"
			}
			return fmt.Sprintf("%d. %s", r.Step, r.Script)
		}},
		{Title: "TIME", Value: func(r result) string { return span(time.Duration(r.Seconds * float64(time.Second))) }},
		{Title: "RESULT", Value: func(r result) string { return r.shown }, Data: func(r result) string { return r.text }},
	}...)))
}

// verdict says how a script went.
func verdict(speak *text.Speaker, o client.Outcome) string {
	s := ""
	switch o.Reason {
	case journal.Exited:
		if o.Code == 0 {
			s = speak.Text("ok")
		} else {
			s = speak.Say("failed with exit code %d", o.Code)
		}
	case journal.Signalled:
		s = speak.Say("killed by %s", o.Signal)
	case journal.TimedOut:
		s = speak.Text("ended at its time limit")
	case journal.Overran:
		s = speak.Text("ended at its limit of processes")
	case journal.Unstarted:
		s = speak.Text("could not be started")
	case journal.Changed:
		s = speak.Text("not run: its files changed after the customer's yes")
	case journal.NotReached:
		s = speak.Text("not run")
	case journal.Cancelled:
		s = cmp.Or(o.Problem, speak.Text("cancelled"))
	default:
		s = string(o.Reason)
	}
	if o.Problem != "" && o.Problem != s {
		s += ": " + o.Problem
	}
	if o.Dropped > 0 {
		s += speak.Say(" (%d bytes of output were cut)", o.Dropped)
	}
	if left := o.Left(speak.Language()); left != "" {
		s += "; " + left
	}
	return s
}

// span is how long something took, as precisely as people want it.
func span(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
