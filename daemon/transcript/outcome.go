package transcript

import (
	"fmt"
	"strings"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

// Outcome says in one line how a script went.
func Outcome(s *text.Speaker, o journal.Outcome) string {
	var b strings.Builder
	b.WriteString(text.Plain(o.Name, 200) + ": " + ended(s, o))
	if o.Problem != "" {
		fmt.Fprintf(&b, " (%s)", text.Plain(o.Problem, 300))
	}
	if o.Took > 0 {
		fmt.Fprintf(&b, ", %v", o.Took.Round(time.Millisecond))
	}
	if o.Dropped > 0 {
		b.WriteString(", " + s.Say("%d bytes of output left out", o.Dropped))
	}
	if left := o.Left(s.Language()); left != "" {
		b.WriteString("; " + left)
	}
	return b.String()
}

func ended(s *text.Speaker, o journal.Outcome) string {
	switch {
	case o.Reason == journal.Exited && o.Code != 0:
		return s.Say("failed with exit code %d", o.Code)
	case o.Reason == journal.Signalled:
		return s.Say("killed by %s", text.Plain(o.Signal, 20))
	}
	return s.Text(endedBy(o.Reason))
}

func endedBy(r journal.Reason) string {
	switch r {
	case journal.Exited:
		return "ok"
	case journal.TimedOut:
		return "ended at its time limit"
	case journal.Cancelled:
		return "cancelled"
	case journal.Overran:
		return "ended for having too many processes"
	case journal.Changed:
		return "not run: its files are not those that the customer was shown"
	case journal.NotReached:
		return "not run"
	case journal.Unstarted:
		return "could not be started"
	}
	return text.Plain(string(r), 40)
}

// Summary lists every script of a run of several.
func Summary(s *text.Speaker, outcomes []journal.Outcome) string {
	if len(outcomes) < 2 {
		return ""
	}
	var b strings.Builder
	b.WriteString("── " + s.Say("%d of %d scripts succeeded", len(outcomes)-journal.Failed(outcomes), len(outcomes)) + "\n")
	for i, o := range outcomes {
		fmt.Fprintf(&b, "   %d. %s\n", i+1, Outcome(s, o))
	}
	return b.String()
}
