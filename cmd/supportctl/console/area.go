package console

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// maxRow bounds a line of a text that is typed, in characters.
const maxRow = 10_000

// area is a text of several lines that is typed. The line in which the cursor stands moves
// sideways where it is too long.
type area struct {
	rows []field // at least one
	list list
}

func newArea() area { return area{rows: []field{newField(maxRow)}} }

func (a *area) row() *field { return &a.rows[a.list.at] }

func (a *area) value() string {
	var lines []string
	for i := range a.rows {
		lines = append(lines, a.rows[i].value())
	}
	return strings.Join(lines, "\n")
}

func (a *area) set(s string) {
	a.rows, a.list = nil, list{}
	for l := range strings.SplitSeq(s, "\n") {
		f := newField(maxRow)
		f.in.SetValue(strings.TrimSuffix(l, "\r"))
		f.in.CursorStart()
		a.rows = append(a.rows, f)
	}
}

// key takes what is typed.
func (a *area) key(k tea.KeyPressMsg) {
	row, at := a.row(), a.row().in.Position()
	switch pressed := k.String(); {
	case pressed == "enter":
		a.split()
	case pressed == "up":
		a.move(-1, at)
	case pressed == "down":
		a.move(1, at)
	case pressed == "backspace" && at == 0:
		a.join(a.list.at - 1)
	case pressed == "delete" && at == len([]rune(row.value())):
		a.join(a.list.at)
	default:
		row.key(k)
	}
}

func (a *area) move(by, column int) {
	if to := a.list.at + by; to >= 0 && to < len(a.rows) {
		a.row().in.CursorStart() // so that its beginning is seen
		a.list.at = to
		a.row().in.SetCursor(column)
	}
}

// split begins a new line at the cursor.
func (a *area) split() {
	row := a.row()
	all, at := []rune(row.value()), row.in.Position()
	rest := newField(maxRow)
	rest.in.SetValue(string(all[at:]))
	row.in.SetValue(string(all[:at]))
	a.rows = slices.Insert(a.rows, a.list.at+1, rest)
	a.move(1, 0)
}

// join puts a line and the next one together.
func (a *area) join(first int) {
	if first < 0 || first+1 >= len(a.rows) {
		return
	}
	before := a.rows[first].value()
	a.rows[first].in.SetValue(before + a.rows[first+1].value())
	a.rows = slices.Delete(a.rows, first+1, first+2)
	a.list.at = first
	a.row().in.SetCursor(len([]rune(before)))
}

// paste puts foreign text at the cursor.
func (a *area) paste(s string) {
	for i, l := range strings.Split(strings.TrimRight(s, "\r\n"), "\n") {
		if i > 0 {
			a.split()
		}
		a.row().paste(l)
	}
}

// cursor is where the cursor stands, in columns and lines of what was drawn last.
func (a *area) cursor() (x, y int) { return a.row().at(), a.list.at - a.list.from }

func (a *area) atTop() bool { return a.list.at == 0 }
func (a *area) atEnd() bool { return a.list.at == len(a.rows)-1 }

// draw shows the lines around the cursor.
func (a *area) draw(width, height int) (lines []string) {
	from, to := a.list.window(len(a.rows), height)
	for i := from; i < to; i++ {
		lines = append(lines, a.rows[i].draw(width))
	}
	return lines
}
