package report

import (
	"cmp"
	"fmt"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
)

const (
	// maxNamed bounds how many things of a kind the overview names.
	maxNamed = 12
	// maxProvedFirst is how many events the overview reads to say whether the report is
	// proved: what is longer begins at once, and says it at its end.
	maxProvedFirst = 20_000
)

// overview is what a reader wants to know first: what was allowed and refused, what ran
// and failed, and as whom. It does not grow with the journal.
type overview struct {
	allowed, refused, failed, acted tally
	worked                          int
}

// tally counts things by what they are called, in the order in which they came.
type tally struct {
	names []string
	count map[string]int
	more  int // beyond maxNamed
}

func (c *tally) add(name string) {
	if c.count == nil {
		c.count = map[string]int{}
	}
	switch {
	case c.count[name] > 0:
		c.count[name]++
	case len(c.names) == maxNamed:
		c.more++
	default:
		c.names, c.count[name] = append(c.names, name), 1
	}
}

// said lists the things, with how often where that is more than once.
func (c *tally) said(t *teller) (parts []string) {
	for _, name := range c.names {
		if n := c.count[name]; n > 1 {
			name += fmt.Sprintf(" (%d×)", n)
		}
		parts = append(parts, name)
	}
	if c.more > 0 {
		parts = append(parts, t.say(wMore, c.more))
	}
	return parts
}

// observe takes the next event into account. It is called before t learns of it.
func (o *overview) observe(t *teller, e journal.Event) {
	switch e.Kind {
	case journal.KindConsentAnswer, journal.KindScriptExit, journal.KindLogonStart:
	default:
		return // most events say nothing here, and nothing of them is decoded
	}
	switch p := t.whole(e).(type) {
	case journal.ConsentAnswer:
		what := cmp.Or(t.words[word("kind."+p.Question.Kind)], text.Escape(string(p.Question.Kind)))
		if p.Answer.Decision.Allowed() {
			o.allowed.add(what)
		} else {
			o.refused.add(what + ": " + t.answered(consent.Answer{Decision: p.Answer.Decision, Why: p.Answer.Why}))
		}
	case journal.ScriptExit:
		switch {
		case p.Outcome == nil:
			o.failed.add(t.say(journal.KindScriptExit, p.Step.Step, t.words["aborted"]))
		case p.Outcome.OK():
			o.worked++
		default:
			result := *p.Outcome
			result.Took = 0
			o.failed.add(text.Escape(result.Name) + ": " + t.went(result))
		}
	case journal.LogonStart:
		o.acted.add(text.Escape(p.User))
	}
}

// rows are the overview as facts; what did not happen is left out.
func (o *overview) rows(t *teller) (rows [][2]string) {
	add := func(label word, values ...string) {
		name := t.words[label]
		for _, v := range values {
			rows = append(rows, [2]string{name, v})
			name = "" // the next is one more of these
		}
	}
	add(wAllowed, o.allowed.said(t)...)
	add(wRefused, o.refused.said(t)...)
	if o.worked > 0 {
		add(wWorked, fmt.Sprint(o.worked))
	}
	add(wFailed, o.failed.said(t)...)
	add(wActed, o.acted.said(t)...)
	return rows
}

// overview tells in short what happened, and shows when.
func (s Source) overview(p page, style Style) error {
	if err := p.flush(); err != nil { // a long journal takes a while
		return err
	}
	t := newTeller(style.Language)
	var o overview
	var span spanOf
	for e, err := range s.Outline() {
		if err != nil {
			return err
		}
		o.observe(t, e)
		span.observe(e)
		t.learn(e)
	}
	if span.from.IsZero() {
		return nil // nothing has happened
	}
	p.section(t.words[wShort])
	v, broken, found, err := s.provedFirst()
	if err != nil {
		return err
	}
	verdict := t.words[wProofBelow]
	if found {
		verdict = t.inShort(v, broken)
	}
	p.facts(append(o.rows(t), [2]string{t.words[wProof], verdict}))
	if err := s.chart(p, style, span); err != nil {
		return err
	}
	return p.flush()
}

// provedFirst verifies the report where that takes no time to speak of.
func (s Source) provedFirst() (v Verdict, broken error, found bool, err error) {
	var c checker
	n := 0
	for e, err := range s.Events() {
		if err != nil {
			return v, nil, false, err
		}
		if n++; n > maxProvedFirst {
			return v, nil, false, nil
		}
		if broken == nil {
			broken = c.next(e)
		}
	}
	if broken == nil {
		v, broken = c.finish(s.Header, s.Seal)
	}
	return v, broken, true, nil
}

// inShort is a verdict in a few words.
func (t *teller) inShort(v Verdict, broken error) string {
	switch {
	case broken != nil:
		return t.words[wNotProved]
	case v.Proof.OK():
		return t.words[wProved]
	case v.Proof == StillOpen:
		return t.words[wProvedLater]
	}
	return t.words[wNotProved]
}
