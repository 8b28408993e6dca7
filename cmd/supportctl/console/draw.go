package console

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library/text"
)

// cell makes foreign text harmless and exactly so many columns wide.
func cell(s string, columns int) string {
	if columns <= 0 {
		return ""
	}
	return text.Pad(text.Cut(text.Escape(s), columns), columns)
}

// line makes foreign text harmless and at most so many columns wide.
func line(s string, columns int) string { return strings.TrimRight(cell(s, columns), " ") }

// column is a column of a table.
type column struct {
	title word
	width int // 0 takes what is left
	least int // for one that takes what is left; 0 is [least]
	drop  int // more than 0 is left out where there is no room, the highest first
}

// gap is what stands between two columns.
const gap = 2

// least is the room that a column without a width needs.
const least = 10

// fitting leaves out columns until the others have room, and gives them their widths.
func fitting(columns []column, width int) []column {
	kept := append([]column(nil), columns...)
	for {
		need, flexible, out, room := gap*(len(kept)-1), -1, -1, 0
		for i, col := range kept {
			need += col.width
			if col.width == 0 {
				flexible, room = i, max(least, col.least)
				need += room
			}
			if col.drop > 0 && (out < 0 || col.drop > kept[out].drop) {
				out = i
			}
		}
		if need <= width || out < 0 {
			if flexible >= 0 {
				kept[flexible].width = max(least, width-need+room)
			}
			return kept
		}
		kept = append(kept[:out], kept[out+1:]...)
	}
}

// row puts cells under their columns.
func row(columns []column, value func(title word) string) string {
	var cells []string
	for _, col := range columns {
		cells = append(cells, cell(value(col.title), col.width))
	}
	return strings.Join(cells, strings.Repeat(" ", gap))
}

// heading is the first line of a table.
func (c *Console) heading(columns []column, sorted word, width int) string {
	return c.look.strong(text.Cut("  "+row(columns, func(title word) string {
		if title == sorted && title != "" {
			return c.words[title] + " ^"
		}
		return c.words[title]
	}), width))
}

// list is a cursor in rows, and what of them is seen.
type list struct{ at, from, height int }

// window is which of n rows fit into a height; the one with the cursor is one of them.
func (l *list) window(n, height int) (from, to int) {
	l.height = max(height, 1)
	l.at = max(0, min(l.at, n-1))
	l.from = max(0, min(l.from, n-l.height))
	switch {
	case l.at < l.from:
		l.from = l.at
	case l.at >= l.from+l.height:
		l.from = l.at - l.height + 1
	}
	return l.from, min(n, l.from+l.height)
}

// moves are the actions that move the cursor; how many rows there are is asked each time.
func (l *list) moves(n func() int) []action {
	to := func(at func() int) func() tea.Cmd {
		return func() tea.Cmd {
			l.at = max(0, min(at(), n()-1))
			return nil
		}
	}
	return []action{
		{wUp, to(func() int { return l.at - 1 })}, {wDown, to(func() int { return l.at + 1 })},
		{wPageUp, to(func() int { return l.at - l.height })}, {wPageDown, to(func() int { return l.at + l.height })},
		{wFirst, to(func() int { return 0 })}, {wLast, to(func() int { return n() - 1 })},
	}
}

// pick draws a row of a list: the chosen one is shown with a sign, not by its look alone.
func (c *Console) pick(chosen bool, s string, width int) string {
	if chosen {
		return c.look.chosen(text.Cut("> "+s, width))
	}
	return text.Cut("  "+s, width)
}

// pages is a text that is read page by page.
type pages struct {
	lines   []string // as they came
	wrapped []string // for a width
	width   int
	top     int
	height  int
	stays   bool // at the end, where new lines come
}

// maxPaged bounds how many lines are kept; the first ones are left out.
const maxPaged = 20_000

func (p *pages) set(lines []string) { *p = pages{lines: lines, stays: p.stays} }

func (p *pages) add(lines ...string) {
	p.lines = append(p.lines, lines...)
	if more := len(p.lines) - maxPaged; more > 0 {
		p.lines = append([]string(nil), p.lines[more+maxPaged/10:]...)
		p.width = 0
	}
	if p.width > 0 {
		for _, l := range lines {
			p.wrapped = append(p.wrapped, wrap(l, p.width)...)
		}
	}
}

// wrap breaks a hostile line, so that no terminal has to; the rest of it is indented.
func wrap(s string, width int) (parts []string) {
	s = text.Escape(strings.ReplaceAll(s, "\t", "    "))
	const indent = "  "
	room := max(width, 4)
	before := ""
	for len(s) > 0 || parts == nil {
		n := text.Fit(s, room-len(before))
		parts, s, before = append(parts, before+s[:n]), s[n:], indent
	}
	return parts
}

// draw shows the page that fits.
func (p *pages) draw(width, height int) []string {
	if width = max(width, 4); p.width != width {
		p.width, p.wrapped = width, nil
		for _, l := range p.lines {
			p.wrapped = append(p.wrapped, wrap(l, width)...)
		}
	}
	p.height = max(height, 1)
	most := max(0, len(p.wrapped)-p.height)
	if p.stays {
		p.top = most
	}
	p.top = max(0, min(p.top, most))
	return p.wrapped[p.top:min(len(p.wrapped), p.top+p.height)]
}

// more says where in the text one is; "" where all of it is seen.
func (p *pages) more(c *Console) string {
	if len(p.wrapped) <= p.height {
		return ""
	}
	return fmt.Sprintf(c.words[wLines], p.top+1, min(len(p.wrapped), p.top+p.height), len(p.wrapped))
}

func (p *pages) moves() []action {
	by := func(n func() int) func() tea.Cmd {
		return func() tea.Cmd {
			p.top = max(0, min(p.top+n(), len(p.wrapped)-p.height))
			p.stays = p.stays && p.top >= len(p.wrapped)-p.height
			return nil
		}
	}
	return []action{
		{wUp, by(func() int { return -1 })}, {wDown, by(func() int { return 1 })},
		{wPageUp, by(func() int { return -p.height })}, {wPageDown, by(func() int { return p.height })},
		{wFirst, by(func() int { return -len(p.wrapped) })}, {wLast, by(func() int { return len(p.wrapped) })},
	}
}

// textView is a text on a screen of its own.
type textView struct {
	quiet
	c     *Console
	name  string
	pages pages
	more  []action
}

func (c *Console) showText(name, s string, more ...action) *textView {
	v := &textView{c: c, name: name, more: more}
	v.pages.set(strings.Split(strings.TrimRight(s, "\n"), "\n"))
	c.push(v)
	return v
}

func (v *textView) title() string     { return v.name }
func (v *textView) actions() []action { return append(v.more, v.pages.moves()...) }
func (v *textView) draw(width, height int) []string {
	return v.pages.draw(width, height)
}
