package journal

import "supportd/library/journal"

// Presented is the last that the journal says of what the customer brought to the
// support session; false before the relay's first welcome.
func (j *Journal) Presented() (journal.Presented, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.presented == nil {
		return journal.Presented{}, false
	}
	return *j.presented, true
}

// notePresented is called for every event, with the journal's lock held.
func (j *Journal) notePresented(e journal.Event) {
	var p journal.Presented
	switch e.Kind {
	case journal.KindSessionJoin:
		p = journal.Of[journal.SessionJoin](e).Presented
	case journal.KindSessionResume:
		p = journal.Of[journal.SessionResume](e).Presented
	default:
		return
	}
	j.presented = &p
}
