package report

import (
	"slices"

	"supportd/library/journal"
)

// maxOpenQuestions bounds the questions that wait for their answer in a journal: one at a
// time stands on a screen, so no daemon of ours writes more than that many in a row.
const maxOpenQuestions = 16

// questions fold a question and its answer into one line: the answer tells both. What
// was asked and never answered is told at the end. The zero value is ready for use.
type questions struct {
	open []journal.Event
}

// folds takes an event, and reports whether a timeline leaves it out.
func (q *questions) folds(e journal.Event) bool {
	switch e.Kind {
	case journal.KindConsentAsk:
		if len(q.open) == maxOpenQuestions {
			return false
		}
		q.open = append(q.open, e)
		return true
	case journal.KindConsentAnswer:
		answered := journal.Of[journal.ConsentAnswer](e).Question.ID
		q.open = slices.DeleteFunc(q.open, func(ask journal.Event) bool {
			return ask.Actor == e.Actor && journal.Of[journal.ConsentAsk](ask).Question == answered
		})
	case journal.KindChatRead:
		return true // what was written stands there
	}
	return false
}
