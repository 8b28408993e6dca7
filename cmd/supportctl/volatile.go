package main

import (
	"regexp"
	"slices"
	"strings"
)

// What of a computer changes by itself from one look to the next, as "sysinfo" names it for
// people: values, columns of tables, whole tables and whole categories. Everything else is
// a change that somebody has made.

// volatileCategories change in every line.
func volatileCategories() []string { return []string{"processes", "log"} }

// volatileItems are values, by category.
func volatileItems(category string) []string {
	return map[string][]string{
		"summary":     {"Uptime"},
		"updates":     {"Lists refreshed"},
		"cpu":         {"Speed", "Usage", "Load 1 min", "Load 5 min", "Load 15 min"},
		"memory":      {"Available", "Used", "Used percent", "Swap used"},
		"connections": {"Sockets in time wait"},
		"processes":   {"Count"},
	}[category]
}

// volatileColumns are columns, by category and table; none is the whole table.
func volatileColumns(category, table string) (columns []string, isVolatile bool) {
	columns, isVolatile = map[string][]string{
		"disks Volumes":        {"Used", "Free", "Used percent"},
		"network Adapters":     {"Received", "Sent", "Errors"},
		"connections Sockets":  nil,
		"sensors Temperatures": nil,
		"sensors Fans":         nil,
		"sensors Batteries":    {"State", "Charge"},
		"services Services":    {"PID"},
		"startup Timers":       {"Next", "Last"},
		"processes Processes":  {"Parent", "CPU", "Memory", "Started"}, // the others say which it is
	}[category+" "+table]
	return columns, isVolatile
}

// seenLine is a line of a section, and what counts of it in a comparison.
type seenLine struct {
	shown    string   // as it was written
	key      string   // two lines with the same say the same
	table    string   // it stands in; "" for none
	lasting  string   // without what changes by itself; "" where that is all of it
	volatile bool     // something in it changes by itself
	parts    []string // its cells that last, the first of which is its name
	values   []value
}

// value is one that changes by itself.
type value struct {
	column string // "" for one that is no cell of a table
	text   string
}

// tableHeading is the line above a table: its name, and how many rows it has.
var tableHeading = regexp.MustCompile(`^  (\S+(?: \S+)*) \(\d+\)$`)

// cells takes a line apart: what stands between them is at least two spaces wide.
func cells(line string) []string {
	return regexp.MustCompile(` {2,}`).Split(strings.TrimSpace(line), -1)
}

// seenLines reads the lines of a section.
func (s lookSection) seenLines() (lines []seenLine) {
	var in tableSeen
	for _, line := range s.Lines {
		if isIncomplete(line) {
			continue
		}
		one := seenLine{shown: line, key: plainLine(line), lasting: plainLine(line), parts: cells(line)}
		heading := tableHeading.FindStringSubmatch(line)
		switch {
		case heading != nil:
			in = tableSeen{name: heading[1]}
			in.columns, in.volatile = volatileColumns(s.Category, in.name)
			if in.volatile && in.columns == nil || slices.Contains(volatileCategories(), s.Category) {
				continue // its rows are counted
			}
			one.table, one.parts = in.name, []string{in.name}
		case strings.HasPrefix(line, "    ") && in.name != "":
			in.read(&one)
		default:
			in = tableSeen{}
			name, text, ok := strings.Cut(strings.TrimSpace(line), "  ")
			if one.parts = []string{name, strings.TrimSpace(text)}; ok && slices.Contains(volatileItems(s.Category), name) {
				one.lasting, one.values = "", []value{{"", one.parts[1]}}
			}
		}
		if slices.Contains(volatileCategories(), s.Category) {
			if one.table != "" {
				one.key, one.values = one.lasting, nil
			}
			one.lasting = ""
		}
		one.volatile = one.lasting != plainLine(line)
		lines = append(lines, one)
	}
	return lines
}

// isIncomplete reports whether a line only says that something is missing.
func isIncomplete(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "incomplete: ") || strings.HasPrefix(line, "… and ") && strings.HasSuffix(line, " more, left out") || line == "withheld by the customer"
}

// notKnown is how a reason is told why there was no time, or no right, to find something
// out. Other reasons, such as "no limit", say something of the computer.
var notKnown = regexp.MustCompile(`too long|rights|cancelled|busy|not asked|no time`)

// unknownBeside reports whether a cell says that its value is not known, beside what the
// other look has.
func unknownBeside(cell, other string) bool {
	if cell == "-" { // of a number; a text that was not there is a change
		return other != "" && other[0] >= '0' && other[0] <= '9' || notKnown.MatchString(other)
	}
	return strings.HasPrefix(cell, "(") && strings.HasSuffix(cell, ")") && notKnown.MatchString(cell)
}

// about is the same for two lines that are about the same thing.
func (l seenLine) about() string { return l.table + "\x00" + l.parts[0] }

// maxAlike bounds how many lines about one thing are looked at: a computer may send very
// many.
const maxAlike = 8

// indexed finds lines by what they are about.
func indexed(lines []seenLine) map[string][]int {
	index := map[string][]int{}
	for i, l := range lines {
		if at := l.about(); len(index[at]) < maxAlike {
			index[at] = append(index[at], i)
		}
	}
	return index
}

// saysNoOther reports whether two lines about the same thing differ only in what is not
// known in one of them.
func (l seenLine) saysNoOther(other seenLine) bool {
	if len(l.parts) != len(other.parts) {
		return false
	}
	for i, cell := range l.parts {
		if there := other.parts[i]; cell != there && !unknownBeside(cell, there) && !unknownBeside(there, cell) {
			return false
		}
	}
	return true
}

// tableSeen is a table whose lines are read.
type tableSeen struct {
	name     string
	head     []string // what stands above its columns; nil before that is read
	columns  []string // those that change by themselves; none is all of them, if it is volatile
	volatile bool
}

// read reads a line of the table. One with other cells than the head has, such as a row
// with two spaces in a name, is compared as a whole.
func (in *tableSeen) read(one *seenLine) {
	row := cells(one.shown)
	if one.table = in.name; in.head == nil {
		in.head = row
	}
	switch {
	case !in.volatile:
		return
	case in.columns == nil:
		one.lasting = ""
		return
	case len(row) != len(in.head):
		return
	}
	var lasting []string
	for i, cell := range row {
		if slices.Contains(in.columns, in.head[i]) {
			one.values = append(one.values, value{in.head[i], cell})
		} else {
			lasting = append(lasting, cell)
		}
	}
	one.parts, one.lasting = lasting, plainLine(strings.Join(lasting, " "))
}

// plainLine is a line without its alignment.
func plainLine(line string) string { return strings.Join(strings.Fields(line), " ") }
