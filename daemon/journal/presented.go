package journal

import (
	"maps"
	"slices"

	"supportd/consent"
	"supportd/library/journal"
)

// Presented is the last that the journal says of what the customer brought to the
// support session, without what they have taken back since; false before the relay's first welcome.
func (j *Journal) Presented() (journal.Presented, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.presented == nil {
		return journal.Presented{}, false
	}
	return *j.presented, true
}

// NewestList is the number of the newest list of what the CSR CA has revoked, as the
// journal says; 0 is none.
func (j *Journal) NewestList() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.newestList
}

// Verdicts are what the customer has said of the safety words, by the fingerprint of each
// CSR's key, as the journal says; true is that they are the same.
func (j *Journal) Verdicts() map[string]bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.verdicts)
}

// notePresented is called for every event, with the journal's lock held.
func (j *Journal) notePresented(e journal.Event) {
	var p journal.Presented
	switch e.Kind {
	case journal.KindSessionJoin:
		p = journal.Of[journal.SessionJoin](e).Presented
	case journal.KindSessionResume:
		p = journal.Of[journal.SessionResume](e).Presented
		if len(p.CSRCA) == 0 && j.presented != nil { // nothing takes it away
			p.CSRCA = j.presented.CSRCA
		}
		if j.presented != nil { // likewise
			was := j.presented.Revocations
			p.Revocations.Least, p.Revocations.Required = max(p.Revocations.Least, was.Least), p.Revocations.Required || was.Required
			p.Revocations.Second = slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.Revocations.Second, was.Second))))
			p.RequireWords = p.RequireWords || j.presented.RequireWords
		}
	case journal.KindAccessRevoke:
		j.newestList = max(j.newestList, journal.Of[journal.AccessRevoke](e).Number)
		return
	case journal.KindWordsVerdict:
		if v := journal.Of[journal.WordsVerdict](e); e.Actor == journal.ByCustomer {
			if j.verdicts == nil {
				j.verdicts = map[string]bool{}
			}
			j.verdicts[v.Who.Fingerprint] = v.Same
		}
		return
	case journal.KindConsentRevoke:
		back := journal.Of[journal.ConsentRevoke](e)
		if back.Question != nil || j.presented == nil {
			return
		}
		p = *j.presented
		p.Allow = slices.DeleteFunc(slices.Clone(p.Allow), func(k consent.Kind) bool { return k == back.Allowed })
	default:
		return
	}
	j.presented = &p
}
