package report

import (
	"strings"

	"supportd/library/journal"
)

// ran says how a run went, and what it left.
func (t *teller) ran(p journal.RunEnd) string {
	counts := map[word]int{}
	for _, o := range p.Outcomes {
		switch {
		case o.OK():
			counts["run.worked"]++
		case o.Reason == journal.Cancelled:
			counts["run.cancelled"]++
		case o.Reason == journal.NotReached:
			counts["run.skipped"]++
		default:
			counts["run.bad"]++
		}
	}
	all := len(p.Outcomes)
	switch {
	case p.Aborted:
		return t.words["aborted"]
	case counts["run.worked"] == all:
		return t.words["run.ok"]
	case counts["run.worked"]+counts["run.bad"] == all:
		return t.say("run.failed", counts["run.bad"], all)
	}
	var parts []string
	for _, w := range []word{"run.worked", "run.bad", "run.cancelled", "run.skipped"} {
		if counts[w] > 0 {
			parts = append(parts, t.say(w, counts[w]))
		}
	}
	return strings.Join(parts, ", ")
}
