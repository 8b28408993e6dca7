package report

import (
	"supportd/consent"
	"supportd/library/journal"
)

// compared says what came of comparing safety words.
func (t *teller) compared(actor string, byCustomer bool, p journal.WordsVerdict) string {
	switch {
	case byCustomer && p.Same:
		return t.say(journal.KindWordsVerdict, actor, person(p.Who))
	case byCustomer:
		return t.say("words.differ", actor, person(p.Who))
	case p.Same:
		return t.say("words.heard", actor)
	}
	return t.say("words.misheard", actor)
}

// answeredTo is how a question went: that about safety words has no yes.
func (t *teller) answeredTo(p journal.ConsentAnswer) string {
	if p.Question.Kind != consent.Words || p.Answer.Why != consent.Answered || p.Answer.Decision == consent.Blocked {
		return t.answered(p.Answer)
	}
	if p.Answer.Decision.Allowed() {
		return t.words["words.picked"]
	}
	return t.words["words.none"]
}
