package journal

import (
	"encoding/json"
	"errors"
	"testing"

	"supportd/library/journal"
	"supportd/library/report"
)

// The last event of a journal tells what all others do, also of those that an
// earlier daemon wrote: it is what prune keeps.
func TestTheLastEventTellsOfAll(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	join := journal.Presented{Number: "482913077", Name: "Kim", Host: "PC-0417", OS: "Linux", Owner: "alice"}
	if err := j.Append(journal.ByCustomer, journal.SessionJoin{Presented: join}); err != nil {
		t.Fatal(err)
	}
	if err := j.Append("bob", journal.ConnectionOpen{Mark: journal.Mark{ID: "1"}}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, err := Open(t.Context(), s, name)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.End("alice", "alice", "solved"); err != nil {
		t.Fatal(err)
	}
	h, err := report.HeaderOf(j.Events(t.Context(), false), "key")
	if err != nil {
		t.Fatal(err)
	}
	left := h.Bury(h.Ended, j.last, true)
	if left.Pruned.End == nil || left.Number != join.Number || left.Customer != "Kim" || left.Owner != "alice" ||
		len(left.Entered) != 1 || left.Entered[0].Account != "bob" || left.EndedBy != "alice" || left.Reason != "solved" {
		t.Errorf("%+v", left)
	}
}

// Whatever anybody says, the journal's file drives no terminal, and says the same.
func TestTheJournalIsHarmless(t *testing.T) {
	const said = "a\u202eb\u009b31m\u200b\x7f한국어"
	j, _ := newJournal(t, newRoot(t))
	if err := errors.Join(j.Append(journal.ByCustomer, journal.ChatMessage{Text: said}), j.End("alice", "alice", said)); err != nil {
		t.Fatal(err)
	}
	for e, err := range j.Events(t.Context(), false) {
		var d struct{ Text, Reason string }
		if err != nil || !e.Harmless() || json.Unmarshal(e.Data, &d) != nil || d.Text+d.Reason != said {
			t.Errorf("%s, %v", e.Data, err)
		}
	}
}
