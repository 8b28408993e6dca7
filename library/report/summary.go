package report

import (
	"encoding/json"
	"time"

	"supportd/library/journal"
)

// Bury makes the header of a report whose events are deleted at a time; last is
// the last of them. Where the computer has signed that one, and it tells what the
// others did, it is kept for a proof.
func (h Header) Bury(at time.Time, last journal.Event, signed bool) Header {
	h.Pruned = &Pruned{At: at.UTC().Truncate(time.Second), Seq: last.Seq, Hash: last.Hash}
	told := h
	// A header is escaped where it is written, which must not change the event.
	if signed && last.Harmless() && told.follow(last) && told.Owner == h.Owner && told.Presence.Equal(h.Presence) {
		h = told
		h.Pruned.End = &last
	}
	return h
}

// follow makes a header say what the last event does, as far as that says it.
func (h *Header) follow(end journal.Event) bool {
	d := journal.Of[journal.SessionEnd](end)
	s := d.Summary
	if end.Kind != journal.KindSessionEnd || s == nil {
		return false
	}
	h.Number, h.Owner, h.Presence = s.Number, s.Owner, s.Presence
	h.State, h.Ended, h.EndedBy, h.Reason = Ended, end.Time, d.By, d.Reason
	return true
}

// proves says why the event that was kept does not prove what the header says;
// "" where it does.
func (p Pruned) proves(h Header) string {
	end := *p.End
	line, err := end.Line()
	if err != nil {
		return "the event that was kept is none"
	}
	// What the hash does not cover has to be as it was written, too.
	if end, err = journal.ParseEvent(line); err != nil {
		return "the event that was kept is none"
	}
	if end.Follows(journal.Event{Seq: end.Seq - 1, Hash: end.Prev}) != nil || end.Seq != p.Seq || end.Hash != p.Hash {
		return "the event that was kept is not the one that was signed"
	}
	told := h
	if !told.follow(end) {
		return "the event that was kept does not tell of the others"
	}
	want, _ := json.Marshal(told) // "" where it cannot be written, which nothing is like
	if have, err := json.Marshal(h); err != nil || string(have) != string(want) {
		return "the header does not fit the event that was kept"
	}
	return ""
}
