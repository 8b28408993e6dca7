package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportd/consent"
	"supportd/library/text"
)

// Colours of a live line (ECMA-48, SGR).
const (
	green  = "\x1b[32m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// leastNamed is how narrow the column with the customers may become before it is left out.
const leastNamed = 8

// frame is what stands on a screen of this size: the lines in the order in which the
// sessions were named. Where they are too many, who has to do something comes first, and
// the others are counted.
func (l *live) frame(now time.Time, columns, rows int) []string {
	lines, rest := l.lines, []*liveLine(nil)
	if len(lines) > rows-1 {
		lines = slices.Clone(lines)
		slices.SortStableFunc(lines, func(a, b *liveLine) int {
			return cmp.Or(cmp.Compare(a.urgency(), b.urgency()), a.until().Compare(b.until()))
		})
		fit := max(rows-2, 0)
		lines, rest = lines[:fit], lines[fit:]
	}
	width := max(columns-1, 1) // the last column makes some terminals begin a new row
	named := 0
	for _, line := range l.lines {
		named = max(named, text.Width(line.named()))
	}
	number := text.Width(l.lines[0].t.session.Number.Spoken())
	if most := (width - number) / 3; most < leastNamed {
		named = 0
	} else {
		named = min(named, most)
	}
	var frame []string
	for _, line := range lines {
		frame = append(frame, l.row(line, now, width, named))
	}
	if len(rest) > 0 && rows > 1 {
		frame = append(frame, text.CutMost(l.speaker.Say(liveMore, len(rest), counted(l.speaker, rest)), width))
	}
	all := l.speaker.Say(liveAll, len(l.lines), counted(l.speaker, l.lines))
	if with := all + "  " + l.speaker.Text(liveKeys); text.MostWidth(with) <= width {
		all = with
	}
	return append(frame, text.CutMost(all, width))
}

// row is one line: the number, who that is, how far it is, and what was written last.
func (l *live) row(line *liveLine, now time.Time, width, named int) string {
	left := width
	var b strings.Builder
	add := func(s, color string) {
		s = text.CutMost(s, left)
		left -= text.MostWidth(s)
		if l.color && color != "" && strings.TrimSpace(s) != "" {
			s = color + s + plain
		}
		b.WriteString(s)
	}
	add(line.t.session.Number.Spoken()+"  ", "")
	if named > 0 {
		add(text.Pad(text.CutMost(line.named(), named), named)+"  ", "")
	}
	state, color := line.state(l.speaker, now)
	add(state, color)
	switch {
	case line.stage == stageAsks && line.note != "":
		add("  * "+text.Escape(line.note), "")
	case line.stage == stageRuns && line.tail != "":
		add("  ", "")
		if line.mark == streamMark("stderr") {
			add(line.mark+" ", red)
		} else {
			add(line.mark+" ", "")
		}
		add(text.Escape(strings.ReplaceAll(line.tail, "\t", " ")), "")
	}
	return b.String()
}

// named is what tells a session from others: the customer, the CSR's own name for it, and
// the ticket.
func (line *liveLine) named() string {
	var all []string
	s := line.t.session
	for _, part := range []string{cmp.Or(s.Customer, s.Host), s.Name, s.Ticket} {
		if part = text.Plain(part, 40); part != "" {
			all = append(all, part)
		}
	}
	return strings.Join(all, ", ")
}

// state says how far it is, harmless, and in which colour.
func (line *liveLine) state(speak *text.Speaker, now time.Time) (s, color string) {
	switch line.stage {
	case stageWaits:
		return speak.Text(liveWaits), ""
	case stageConnects:
		return speak.Text(liveConnects), ""
	case stageAsks:
		return line.waiting(speak, now), yellow
	case stageLost:
		return speak.Text(liveLost), yellow
	case stageEnded:
		if line.ok {
			return line.ended, green
		}
		return line.ended, red
	}
	if line.step == 0 {
		return speak.Text(liveBegins), ""
	}
	return speak.Say(liveRuns, line.step, line.of, text.Plain(line.script, 40), seconds(now.Sub(line.since))), ""
}

// seconds is how long something takes so far: no more exact than it is looked at.
func seconds(d time.Duration) string {
	if d = max(d.Truncate(time.Second), 0); d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return d.String()
}

// waiting says how long the customer has for the answer, as the relay knows it.
func (line *liveLine) waiting(speak *text.Speaker, now time.Time) string {
	q := line.question
	if q == nil {
		return speak.Text(liveAsked)
	}
	left := max(0, int(q.Until.Sub(now).Round(time.Second).Seconds()))
	if q.Kind != string(consent.Script) {
		return speak.Say(liveBehind, text.Plain(q.Kind, 20), left)
	}
	return speak.Say(liveAskedFor, left)
}

// until is when the customer's time is over; who has no question yet comes behind.
func (line *liveLine) until() time.Time {
	if line.stage != stageAsks || line.question == nil {
		return time.Unix(1<<40, 0)
	}
	return line.question.Until
}

// urgency is where a line stands while not all can be seen: who has not answered stays in
// sight.
func (line *liveLine) urgency() int {
	switch {
	case line.stage == stageAsks:
		return 0
	case line.stage == stageLost:
		return 1
	case line.stage == stageRuns:
		return 2
	case line.stage == stageEnded && !line.ok:
		return 3
	case line.stage != stageEnded:
		return 4
	}
	return 5
}

// counted counts lines by how far they are.
func counted(speak *text.Speaker, lines []*liveLine) string {
	var all []string
	for _, class := range []struct {
		words     string
		urgencies []int
	}{{countAsked, []int{0}}, {countRun, []int{1, 2}}, {countBefore, []int{4}}, {countOK, []int{5}}, {countNotOK, []int{3}}} {
		n := 0
		for _, line := range lines {
			if slices.Contains(class.urgencies, line.urgency()) {
				n++
			}
		}
		if n > 0 {
			all = append(all, speak.Say(class.words, n))
		}
	}
	return strings.Join(all, ", ")
}

// result says how it went on a computer, and whether that is well.
func (line *liveLine) result(speak *text.Speaker) (string, bool) {
	if err := line.t.err; err != nil {
		return text.Escape(speak.Error(err)), false
	}
	for i, o := range line.t.outcomes {
		if !o.OK() {
			return fmt.Sprintf(liveFailed, i+1, text.Plain(o.Name, 40), text.Escape(verdict(speak, o))), false
		}
	}
	scripts := speak.Text(liveScript)
	if n := len(line.t.outcomes); n != 1 {
		scripts = speak.Say(liveScripts, n)
	}
	return speak.Say(liveOK, scripts, span(line.took)), true
}
