package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportd/library/text"
)

// Texts of a comparison.
const (
	changesFirst    = "This is your first look at %s. The next --diff shows what has changed since now.\n"
	changesNothing  = "%s holds none of the categories that were looked at.\n"
	changesSince    = "Changes on %s since %s"
	changesInFile   = ", as %s has it"
	changesOther    = ", which is about %s"
	changesEarlier  = ", when a computer of this name was in session %s"
	changesNone     = "\nNothing has changed but what changes by itself.\n"
	changesSame     = "\nno change: %s\n"
	changesPart     = "\nincomplete at one of the two looks, so that changes may be missing: %s\n"
	changesNew      = "\nseen for the first time: %s\n"
	changesVolatile = "\nWhat changes by itself, such as counters, free space, processes and ports:\n"
	changesValue    = "  %s: %s\n"
	changesTo       = "%s → %s"
	changesRows     = "  %s: %d gone, %d new\n"
	changesLines    = "other lines"
	changesEach     = "\nEach of these lines: sysinfo NUMBER %s --diff\n"
)

// changesSince says what is different from an earlier look: first what somebody has
// changed, and apart from it what changes by itself. The order of lines does not count, and
// neither does how they are aligned.
func (l look) changesSince(speak *text.Speaker, before look) string {
	return l.compared(speak, before, nil)
}

// compared is changesSince with every line of what changes by itself in these categories.
func (l look) compared(speak *text.Speaker, before look, whole []string) string {
	var changed, moved strings.Builder
	var same, part, first, counted []string
	var since time.Time
	for _, s := range l.Sections {
		old := before.section(s.Category)
		if old == nil {
			first = append(first, s.Category)
			continue
		}
		if since.IsZero() || old.Taken.Before(since) {
			since = old.Taken
		}
		c := s.compare(*old)
		if c.incomplete {
			part = append(part, s.Category)
		}
		switch {
		case len(c.gone)+len(c.new) == 0 && !c.incomplete:
			same = append(same, s.Category)
		case len(c.gone)+len(c.new) > 0:
			fmt.Fprintf(&changed, "\n%s\n", s.Title)
			writeLines(&changed, "- ", c.gone)
			writeLines(&changed, "+ ", c.new)
		}
		if c.writeMoved(&moved, speak, s, slices.Contains(whole, s.Category)) {
			counted = append(counted, s.Category)
		}
	}
	switch {
	case len(first) == len(l.Sections) && before.file != "":
		return speak.Say(changesNothing, before.file)
	case len(first) == len(l.Sections):
		return speak.Say(changesFirst, l.Host)
	}
	said := l.since(speak, before, since) + "\n" + changed.String()
	if changed.Len() == 0 && moved.Len() > 0 {
		said += speak.Text(changesNone)
	}
	if len(same) > 0 {
		said += speak.Say(changesSame, strings.Join(same, ", "))
	}
	if len(part) > 0 {
		said += speak.Say(changesPart, strings.Join(part, ", "))
	}
	if len(first) > 0 {
		said += speak.Say(changesNew, strings.Join(first, ", "))
	}
	if moved.Len() > 0 {
		said += speak.Text(changesVolatile) + moved.String()
	}
	if len(counted) > 0 {
		said += speak.Say(changesEach, strings.Join(counted, " "))
	}
	return said
}

// since says what a look is compared with.
func (l look) since(speak *text.Speaker, before look, at time.Time) string {
	said := speak.Say(changesSince, l.Host, at.Local().Format(time.DateTime))
	switch {
	case before.file != "":
		if said += speak.Say(changesInFile, before.file); before.Host != l.Host {
			said += speak.Say(changesOther, before.Host)
		}
	case before.Number != l.Number:
		said += speak.Say(changesEarlier, before.Number.Spoken())
	}
	return said
}

// comparison is what differs in a section: lines, and those in which only something
// differs that changes by itself.
type comparison struct {
	gone, new, movedFrom, movedTo []seenLine
	incomplete                    bool // one of the two, so that lines may be missing in it
}

// compare compares a section with an earlier look at it. What is not known is no change,
// and neither is what is missing where a look was incomplete.
func (s lookSection) compare(old lookSection) (c comparison) {
	before, after := old.seenLines(), s.seenLines()
	byKey := func(l seenLine) string { return l.key }
	byLasting := func(l seenLine) string { return l.lasting }
	lasts := func(l seenLine) bool { return l.lasting != "" }
	moves := func(l seenLine) bool { return l.volatile }
	gone := subtract(those(before, lasts), those(after, lasts), byLasting)
	came := subtract(those(after, lasts), those(before, lasts), byLasting)
	// What stands there already, or is not known, is not told twice.
	from, to := subtract(those(before, moves), gone, byKey), subtract(those(after, moves), came, byKey)
	c.movedFrom, c.movedTo = subtract(from, to, byKey), subtract(to, from, byKey)
	c.gone, c.new = those(gone, unlike(came, seenLine.saysNoOther)), those(came, unlike(gone, seenLine.saysNoOther))
	hadAll, hasAll := !slices.ContainsFunc(old.Lines, isIncomplete), !slices.ContainsFunc(s.Lines, isIncomplete)
	c.incomplete = !hadAll || !hasAll
	gone, came = c.gone, c.new
	if !hadAll {
		c.new = those(came, alike(gone))
	}
	if !hasAll {
		c.gone = those(gone, alike(came))
	}
	return c
}

// unlike reports of a line whether none of the others is about the same thing and like it.
func unlike(others []seenLine, like func(l, other seenLine) bool) func(seenLine) bool {
	index := indexed(others)
	return func(l seenLine) bool {
		return !slices.ContainsFunc(index[l.about()], func(i int) bool { return like(l, others[i]) })
	}
}

// alike reports of a line whether one of the others is about the same thing.
func alike(others []seenLine) func(seenLine) bool {
	none := unlike(others, func(_, _ seenLine) bool { return true })
	return func(l seenLine) bool { return !none(l) }
}

func those(lines []seenLine, are func(seenLine) bool) (some []seenLine) {
	for _, l := range lines {
		if are(l) {
			some = append(some, l)
		}
	}
	return some
}

// maxMoved bounds how many values of a section are shown that change by themselves; the
// others are counted.
const maxMoved = 12

// writeMoved writes what changes by itself, and reports whether some of it is only counted.
func (c comparison) writeMoved(b *strings.Builder, speak *text.Speaker, s lookSection, whole bool) (counted bool) {
	if len(c.movedFrom)+len(c.movedTo) == 0 {
		return false
	}
	fmt.Fprintf(b, "\n%s\n", s.Title)
	if whole {
		writeLines(b, "- ", c.movedFrom)
		writeLines(b, "+ ", c.movedTo)
		return false
	}
	from, to := c.movedFrom, c.movedTo
	type count struct{ gone, new int }
	tables := map[string]*count{}
	var order []string
	at := func(l seenLine) *count {
		if tables[l.table] == nil {
			tables[l.table] = &count{}
			order = append(order, l.table)
		}
		return tables[l.table]
	}
	shown, index, told := 0, indexed(to), make([]bool, len(to))
	for _, old := range from {
		same := -1
		if len(old.values) > 0 && shown < maxMoved {
			for _, i := range index[old.about()] {
				if !told[i] && to[i].lasting == old.lasting {
					same = i
					break
				}
			}
		}
		if same < 0 {
			at(old).gone++
			continue
		}
		fmt.Fprintf(b, changesValue, old.parts[0], movedValues(old.values, to[same].values))
		told[same] = true
		shown++
	}
	for i, l := range to {
		if !told[i] {
			at(l).new++
		}
	}
	for _, table := range order {
		b.WriteString(speak.Say(changesRows, cmp.Or(table, speak.Text(changesLines)), tables[table].gone, tables[table].new))
	}
	return len(order) > 0
}

// movedValues are the values that differ, each with what it was before.
func movedValues(before, after []value) string {
	var all []string
	for i, old := range before {
		if i < len(after) && old != after[i] {
			all = append(all, strings.TrimSpace(after[i].column+" "+fmt.Sprintf(changesTo, old.text, after[i].text)))
		}
	}
	return strings.Join(all, ", ")
}

func writeLines(b *strings.Builder, mark string, lines []seenLine) {
	for _, l := range lines {
		fmt.Fprintf(b, "%s%s\n", mark, strings.TrimSpace(l.shown))
	}
}

// subtract returns the lines of a that b lacks, each as often as it is missing.
func subtract(a, b []seenLine, key func(seenLine) string) (rest []seenLine) {
	count := map[string]int{}
	for _, line := range b {
		count[key(line)]++
	}
	for _, line := range a {
		if k := key(line); count[k] > 0 {
			count[k]--
		} else {
			rest = append(rest, line)
		}
	}
	return rest
}
