package report

import (
	"time"

	"supportd/library/journal"
)

// parts is how many parts a chart divides the time of a session into. What happens in
// one part is one mark, so a chart does not grow with the journal.
const parts = 600

// chart shows when things happened: a lane for each kind of thing, along the time.
type chart struct {
	caption  string
	from, to moment
	lanes    []lane
}

// lane is one row of a chart.
type lane struct {
	label string
	said  string // the same in words, for those who do not see it
	marks []mark
}

// mark is a stretch of a lane, in parts of the time. What went wrong stands out.
type mark struct {
	at, width int
	bad       bool
}

// spanOf is the time between the first and the last event. Clocks may jump, so it is
// the earliest and the latest.
type spanOf struct{ from, to time.Time }

func (s *spanOf) observe(e journal.Event) {
	if s.from.IsZero() || e.Time.Before(s.from) {
		s.from = e.Time
	}
	if e.Time.After(s.to) {
		s.to = e.Time
	}
}

// part is where a time lies, from 0 to parts-1.
func (s spanOf) part(at time.Time) int {
	whole := s.to.Sub(s.from)
	if whole <= 0 {
		return 0
	}
	return max(0, min(int(float64(at.Sub(s.from))/float64(whole)*parts), parts-1))
}

// strip is a lane while it is drawn: what each part of the time shows.
type strip struct {
	label word
	on    [parts]bool
	bad   [parts]bool
	since int // where what goes on began, -1 for nothing
	open  int // how many things go on
	count int // of things
	wrong int // of those that went wrong
}

// leastMark is the width of what takes no time, so that it is seen.
const leastMark = 4

// tick marks what takes no time.
func (s *strip) tick(at int, bad bool) {
	s.count++
	if bad {
		s.wrong++
	}
	for i := at; i < min(at+leastMark, parts); i++ {
		s.on[i], s.bad[i] = true, s.bad[i] || bad
	}
}

// begin and end mark what takes time; several things may go on at once.
func (s *strip) begin(at int) {
	s.count++
	if s.open++; s.open == 1 {
		s.since = at
	}
}

func (s *strip) end(at int) {
	if s.open == 0 {
		return
	}
	if s.open--; s.open > 0 {
		return
	}
	s.fill(at)
}

func (s *strip) fill(to int) {
	for i := s.since; i < min(max(to, s.since+leastMark), parts); i++ {
		s.on[i] = true
	}
}

// marks are the stretches of one look.
func (s *strip) marks() (all []mark) {
	for i := 0; i < parts; i++ {
		if !s.on[i] {
			continue
		}
		m := mark{at: i, bad: s.bad[i]}
		for ; i < parts && s.on[i] && s.bad[i] == m.bad; i++ {
			m.width++
		}
		i--
		all = append(all, m)
	}
	return all
}

// drawing is a chart while events are read.
type drawing struct {
	span                                               spanOf
	connected, present, asked, ran, acted, away, talks strip
}

// observe draws the next event.
func (d *drawing) observe(e journal.Event) {
	at := d.span.part(e.Time)
	switch e.Kind {
	case journal.KindSessionJoin, journal.KindSessionResume:
		if d.connected.open == 0 {
			d.connected.begin(at)
		}
	case journal.KindSessionLost:
		d.connected.end(at)
	case journal.KindSessionEnd:
		for _, s := range d.strips() {
			for s.open > 0 {
				s.end(at)
			}
		}
	case journal.KindConnOpen:
		d.present.begin(at)
	case journal.KindConnClose:
		d.present.end(at)
	case journal.KindConsentAnswer:
		d.asked.tick(at, !journal.Of[journal.ConsentAnswer](e).Answer.Decision.Allowed())
	case journal.KindRunStart:
		d.ran.begin(at)
	case journal.KindRunEnd:
		d.ran.end(at)
	case journal.KindScriptExit:
		if p := journal.Of[journal.ScriptExit](e); p.Outcome == nil || !p.Outcome.OK() {
			d.ran.tick(at, true)
			d.ran.count-- // the run is counted
		}
	case journal.KindLogonStart:
		d.acted.begin(at)
	case journal.KindLogonEnd:
		d.acted.end(at)
	case journal.KindRebootRequest:
		d.away.begin(at)
	case journal.KindRebootReturn, journal.KindRebootRefuse:
		d.away.end(at)
	case journal.KindChatMessage:
		d.talks.tick(at, false)
	}
}

func (d *drawing) strips() []*strip {
	return []*strip{&d.connected, &d.present, &d.asked, &d.ran, &d.acted, &d.away, &d.talks}
}

// chart draws the session. A page that has no charts shows nothing.
func (s Source) chart(p page, style Style, span spanOf) error {
	draw, ok := p.(interface{ chart(chart) })
	if !ok {
		return nil
	}
	t := newTeller(style.Language)
	d := &drawing{span: span}
	for i, label := range []word{wLaneConnected, wLanePresent, wLaneAsked, wLaneRan, wLaneActed, wLaneAway, wLaneTalks} {
		d.strips()[i].label = label
	}
	for e, err := range s.Outline() {
		if err != nil {
			return err
		}
		d.observe(e)
	}
	whole := chart{caption: t.words[wChart], from: style.moment(span.from), to: style.moment(span.to)}
	for _, s := range d.strips() {
		if s.open > 0 {
			s.fill(parts) // it goes on
		}
		if s.count == 0 {
			continue
		}
		said := t.say(wLaneSaid, t.words[s.label], s.count)
		if s.wrong > 0 {
			said = t.say(wLaneSaidBad, t.words[s.label], s.count, s.wrong)
		}
		whole.lanes = append(whole.lanes, lane{label: t.words[s.label], said: said, marks: s.marks()})
	}
	draw.chart(whole)
	return nil
}
