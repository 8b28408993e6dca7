package report

import (
	"slices"
	"strings"

	"supportd/library/journal"
	"supportd/library/text"
)

func (t *teller) join(p journal.Presented) string {
	name := text.Escape(strings.TrimSpace(p.Name))
	if name == "" && t.lang == text.English { // in Korean the word stands in the sentence
		name = t.words["by customer"]
	}
	s := strings.TrimSpace(t.say(journal.KindSessionJoin, name, text.Escape(p.Host), text.Escape(p.OS)))
	if len(p.CSRCA) > 0 {
		s += "; " + t.say("join.ca", list(p.CSRCA))
	}
	switch {
	case p.Revocations.Required:
		s += "; " + t.say("join.list", max(p.Revocations.Least, 1))
	case p.Revocations.Least > 0:
		s += "; " + t.say("join.least", p.Revocations.Least)
	}
	if len(p.Revocations.Second) > 0 {
		s += "; " + t.say("join.second", t.headings(p.Revocations.Second))
	}
	if p.RequireWords {
		s += "; " + t.words["join.words"]
	}
	if len(p.Allow) == 0 {
		return s
	}
	return s + "; " + t.say("join.allow", t.kinds(p.Allow...))
}

func (t *teller) revoked(p journal.AccessRevoke) string {
	s := t.say(journal.KindAccessRevoke, text.Escape(p.CA), p.Number, p.Keys, p.Serials, p.Until.UTC().Format("2006-01-02 15:04 UTC"))
	if len(p.Second) > 0 {
		s += "; " + t.say("join.second", t.headings(p.Second))
	}
	return s
}

// headings are categories of scripts; "*" is every one.
func (t *teller) headings(categories []string) string {
	if slices.Contains(categories, "*") {
		return t.words["every category"]
	}
	return list(categories)
}

func (t *teller) access(p journal.AccessChange) string {
	var names []string
	for _, who := range p.May { // one for each key
		if name := person(who); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return t.say("access.nobody")
	}
	return t.say(journal.KindAccessChange, strings.Join(names, ", "))
}
