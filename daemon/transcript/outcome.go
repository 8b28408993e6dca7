package transcript

import (
	"fmt"
	"strings"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

// Outcome says in one line how a script went.
func Outcome(o journal.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", text.Plain(o.Name, 200))
	switch o.Reason {
	case journal.Exited:
		if o.Code == 0 {
			b.WriteString("ok")
		} else {
			fmt.Fprintf(&b, "failed with exit code %d", o.Code)
		}
	case journal.Signalled:
		fmt.Fprintf(&b, "killed by %s", text.Plain(o.Signal, 20))
	case journal.TimedOut:
		b.WriteString("ended at its time limit")
	case journal.Cancelled:
		b.WriteString("cancelled")
	case journal.Overran:
		b.WriteString("ended for having too many processes")
	case journal.Changed:
		b.WriteString("not run: its files are not those that the customer was shown")
	case journal.NotReached:
		b.WriteString("not run")
	case journal.Unstarted:
		b.WriteString("could not be started")
	default:
		b.WriteString(text.Plain(string(o.Reason), 40))
	}
	if o.Problem != "" {
		fmt.Fprintf(&b, " (%s)", text.Plain(o.Problem, 300))
	}
	if o.Took > 0 {
		fmt.Fprintf(&b, ", %v", o.Took.Round(time.Millisecond))
	}
	if o.Dropped > 0 {
		fmt.Fprintf(&b, ", %d bytes of output left out", o.Dropped)
	}
	if left := o.Left(text.English); left != "" {
		b.WriteString("; " + left)
	}
	return b.String()
}

// Summary lists every script of a run of several.
func Summary(outcomes []journal.Outcome) string {
	if len(outcomes) < 2 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "── %d of %d scripts succeeded\n", len(outcomes)-journal.Failed(outcomes), len(outcomes))
	for i, o := range outcomes {
		fmt.Fprintf(&b, "   %d. %s\n", i+1, Outcome(o))
	}
	return b.String()
}
