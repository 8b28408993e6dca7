package main

import (
	"strings"

	"supportd/consent"
	"supportd/library/text"
)

// granted says in a sentence what a grant that holds until the end allows, and to whom.
func granted(one consent.Grant, l text.Language) string {
	who := phrase(l, grantEverybody)
	if one.Question.Kind != "" {
		who = one.Question.Who.String()
	}
	what := whatGranted(one, l)
	switch {
	case one.Kind == consent.CSRJoin:
		return phrase(l, grantJoin)
	case one.Kind == consent.Script && what == "":
		return phrase(l, grantRun, who)
	case one.Kind == consent.Script:
		return phrase(l, grantRunOf, who, what)
	case what == "":
		return phrase(l, grantLook, who)
	}
	return phrase(l, grantLookOf, who, what)
}

// takenBackWhat says in a few words what is not allowed any more.
func takenBackWhat(one consent.Grant, l text.Language) string {
	kind := phrase(l, allowedKey(one.Kind))
	if what := whatGranted(one, l); what != "" {
		return kind + ": " + what
	}
	return kind
}

// whatGranted names the programs or the topics of a grant; "" is all of its kind.
func whatGranted(one consent.Grant, l text.Language) string {
	q := one.Question
	var names []string
	for _, program := range q.Programs {
		names = append(names, program.Name)
	}
	if len(q.Categories) > 0 {
		names = append(names, consent.NameCategories(q.Categories, l))
	}
	what := text.Plain(strings.Join(names, ", "), 200)
	if what == "" && q.As != "" {
		what = phrase(l, allowedKey(one.Kind))
	}
	if q.As != "" {
		what = phrase(l, grantAs, what, text.Plain(q.As, 60))
	}
	return what
}
