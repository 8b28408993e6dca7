package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// A page is what a report is rendered on. Every text that it is given is
// harmless on a terminal and one line; output may have several.
type page interface {
	begin(title string)
	facts(rows [][2]string) // a row without a label is one more of the one before
	section(title string)
	line(at moment, text string, how tone)
	heading(l level, at moment, text string) // within a section
	output(text string, stderr bool)
	remark(text string) // what the report itself says
	verdict(text string, ok bool)
	end()
	err() error   // the first error so far
	flush() error // shows what is there; likewise
}

// tone is how a line looks.
type tone int

const (
	plain tone = iota
	bad        // refused, not answered, or failed
)

// level is how deep a heading stands below its section.
type level int

const (
	ofRun level = iota
	ofScript
)

// moment is a time as people read it, and for programs.
type moment struct {
	time.Time
	shown string
}

// render tells the report on a page, section by section. It reads the journal
// once for each of them, so that nothing has to be remembered.
func (s Source) render(p page, style Style) error {
	t := newTeller(style.Language)
	p.begin(t.say(wTitle, spoken(s.Header.Number)))
	told, relays := s.facts(t, style)
	if len(told) > 0 {
		p.facts(told)
	}
	if s.Header.Pruned == nil {
		if err := s.overview(p, style); err != nil {
			return err
		}
	}
	if len(relays) > 0 {
		p.section(t.words[wRelaysWord])
		p.facts(relays)
	}
	sections := []struct {
		title word
		kinds map[string]bool // nil is all
	}{
		{wTimeline, nil},
		{wConsents, map[string]bool{journal.KindConsentAsk: true, journal.KindConsentAnswer: true}},
		{wSysinfo, map[string]bool{journal.KindSysInfoView: true}},
	}
	for _, sec := range sections {
		if err := s.outline(p, style, sec.title, sec.kinds); err != nil {
			return err
		}
	}
	verdict, broken, err := s.scripts(p, style)
	if err != nil {
		return err
	}
	if err := s.outline(p, style, wChat, map[string]bool{journal.KindChatMessage: true}); err != nil {
		return err
	}
	p.section(t.words[wProof])
	p.verdict(t.whose(verdict, broken), verdict.Proof.OK()) // the zero Verdict of what is broken is not
	p.end()
	return p.flush()
}

func spoken(n wire.Number) string { return text.Escape(n.Spoken()) }

// facts are the rows of the header: those that the journal tells, and those that
// are the relay's word alone. What is not known is left out.
func (s Source) facts(t *teller, style Style) (told, relays [][2]string) {
	h, end := s.Header, s.ending()
	into := func(rows *[][2]string) func(word, string) {
		return func(label word, value string) {
			if value != "" && value != "-" {
				*rows = append(*rows, [2]string{t.words[label], value})
			}
		}
	}
	add, relay := into(&told), into(&relays)
	switch {
	case h.bare: // no relay has said anything
		relay = add
	case h.Pruned != nil && (h.Pruned.End == nil || s.Seal == nil): // nothing else has
		add = relay
	}
	add(wNumber, spoken(h.Number))
	state := cmp.Or(t.words[word("state."+h.State)], text.Escape(h.State))
	if h.State == Ended && end.Seq > 0 {
		add(wState, state)
	} else {
		relay(wState, state)
	}
	relay(wTicket, text.Escape(h.Ticket))
	relay(wName, text.Escape(h.Name))
	add(wCustomer, text.Escape(h.Customer))
	add(wComputer, strings.TrimSuffix(text.Escape(h.Host)+", "+text.Escape(h.OS), ", "))
	if _, owner := s.presence().Session(); h.Pruned == nil && owner == "" {
		relay(wOwner, text.Escape(h.Owner))
	} else {
		add(wOwner, text.Escape(h.Owner))
	}
	for _, who := range h.Entered {
		add(wEntered, fmt.Sprintf("%s, %s, %s", person(consent.Person{Name: who.Name, Account: who.Account}), style.clock(who.First), text.Escape(who.Fingerprint)))
	}
	relay(wCreated, style.clock(h.Created))
	add(wJoined, style.clock(h.Joined))
	ended := func(add func(word, string), at time.Time, by, reason string, b journal.Because) {
		add(wEnded, style.clock(at))
		if by != "" {
			add(wEndedBy, t.name(by))
		}
		add(wReason, strings.TrimPrefix(t.ended("", by, reason, b), ": "))
	}
	if end.Seq > 0 {
		by, reason, because := endedBy(end)
		ended(add, end.Time, by, reason, because)
	}
	if end.Seq == 0 || h.differs(end) {
		ended(relay, h.Ended, h.EndedBy, h.Reason, journal.Because{})
	}
	if d := h.Duration(); d > 0 {
		relay(wDuration, hours(d))
	}
	if !h.Joined.IsZero() {
		connected := time.Duration(h.Connected) * time.Second
		add(wConnected, hours(connected)+" ("+t.count(wMinutes, int64(connected.Minutes()))+")")
	}
	if h.Restarts > 0 {
		add(wRestarts, fmt.Sprint(h.Restarts))
	}
	relay(wNote, text.Escape(h.Note))
	if h.Pruned != nil {
		relay(wPruned, style.clock(h.Pruned.At))
	}
	return told, relays
}

// outline is a section of one line for each event of some kinds.
func (s Source) outline(p page, style Style, title word, kinds map[string]bool) error {
	t := newTeller(style.Language)
	p.section(t.words[title])
	if err := p.flush(); err != nil {
		return err
	}
	none := true
	var here attendance
	var asked questions
	for e, err := range s.Outline() {
		if err != nil {
			return err
		}
		if kinds != nil && !kinds[e.Kind] {
			t.learn(e)
			continue
		}
		folded := asked.folds(e)
		none = none && folded
		if folded || here.folds(t, e) {
			t.learn(e)
			continue
		}
		p.line(style.moment(e.Time), t.tell(e), toneOf(e))
		if err := p.err(); err != nil {
			return err
		}
	}
	for _, e := range asked.open {
		none = false
		p.line(style.moment(e.Time), t.tell(e)+" → "+t.words["unanswered"], bad)
	}
	if none {
		p.remark(t.words[wNothing])
	}
	for _, said := range here.said(t, style) {
		p.remark(said)
	}
	return p.flush()
}

// scripts shows every run with the hashes of its files and its whole log. It is
// the one section that reads all events, so it finds out whether they are proved.
func (s Source) scripts(p page, style Style) (v Verdict, broken, err error) {
	t := newTeller(style.Language)
	p.section(t.words[wScripts])
	var c checker
	none := true
	for e, err := range s.Events() {
		if err != nil {
			return v, nil, err
		}
		if broken == nil {
			broken = c.next(e)
		}
		switch e.Kind {
		case journal.KindRunStart, journal.KindScriptStart, journal.KindScriptOutput, journal.KindScriptExit, journal.KindRunEnd:
			none = false
			t.script(p, style, e)
		default:
			t.learn(e)
			continue
		}
		if err := p.err(); err != nil {
			return v, nil, err
		}
	}
	if none {
		p.remark(t.words[wNothing])
	}
	if broken == nil {
		v, broken = c.finish(s.Header, s.Seal)
	}
	return v, broken, nil // the next section shows what is there
}

// script shows one event of a run.
func (t *teller) script(p page, style Style, e journal.Event) {
	at := style.moment(e.Time)
	switch d := e.Payload().(type) {
	case journal.ScriptOutput:
		p.output(text.EscapeLines(d.Text), d.Stream == journal.Stderr)
	case journal.RunStart:
		p.heading(ofRun, at, t.tell(e))
		for i, f := range d.Scripts {
			p.remark(fmt.Sprintf("%d. %s, %s, SHA-256 %s", i+1, text.Escape(f.Name), t.count(wBytes, f.Size), text.Escape(f.SHA256)) + text.Escape(t.written(f)))
		}
	case journal.ScriptStart:
		p.heading(ofScript, at, t.tell(e))
	case journal.ScriptExit:
		if d.Outcome != nil && d.Outcome.Dropped > 0 {
			p.remark(t.count(wCut, d.Outcome.Dropped))
		}
		p.line(at, t.tell(e), toneOf(e))
	case journal.RunEnd:
		p.line(at, t.tell(e), toneOf(e))
	}
}

// toneOf is how an event looks: a refusal and a failure stand out.
func toneOf(e journal.Event) tone {
	well := true
	switch p := e.Payload().(type) {
	case journal.ConsentAnswer:
		well = p.Answer.Decision.Allowed()
	case journal.ScriptExit:
		well = p.Outcome != nil && p.Outcome.OK()
	case journal.RunEnd:
		well = !p.Aborted && !slices.ContainsFunc(p.Outcomes, func(o journal.Outcome) bool { return !o.OK() })
	case journal.LogonRefuse, journal.RebootRefuse, journal.ProblemReport:
		well = false
	}
	if well {
		return plain
	}
	return bad
}

// proof says how far the report is proved.
func (t *teller) proof(v Verdict, broken error) string {
	if broken != nil {
		return t.say(wBroken, text.Escape(broken.Error()))
	}
	n := v.Last.Seq
	if v.Header.Pruned != nil {
		n = v.Header.Pruned.Seq
	}
	format := "proof." + word(v.Proof)
	if v.Key == "" {
		return t.say(format, n)
	}
	s := t.say(format, n, v.Fingerprint())
	if v.Differs {
		s += " " + t.words[wDiffers]
	}
	return s
}

// whose adds to a proof what a page cannot know.
func (t *teller) whose(v Verdict, broken error) string {
	s := t.proof(v, broken)
	if broken == nil && v.Proof.OK() {
		s += " " + t.words[wWhose]
	}
	return s
}

// Sentence says how far a report is proved, for people.
func (v Verdict) Sentence(l text.Language) string { return newTeller(l).proof(v, nil) }
