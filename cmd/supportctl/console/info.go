package console

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library/text"
)

// infoTab is what the computer says about itself: categories on the left, contents on the
// right.
type infoTab struct {
	c       *Console
	look    Look
	seen    bool
	asks    bool
	list    list
	pages   pages
	changes bool // what has changed since the look before, instead of a category
}

// looked is the answer of a computer.
type looked struct {
	look Look
	err  error
}

func (t *infoTab) actions(v *sessionView) []action {
	turn := func(by int) func() tea.Cmd { return func() tea.Cmd { t.turn(by); return nil } }
	all := []action{
		{wRefresh, func() tea.Cmd { return t.refresh(v) }}, {wSave, func() tea.Cmd { return t.save(v) }},
		{wPrint, func() tea.Cmd { return t.print(v) }}, {wChanges, t.showChanges},
		{wNextCategory, turn(1)}, {wLastCategory, turn(-1)},
	}
	for _, m := range t.pages.moves() {
		switch m.name {
		case wUp:
			m.run = turn(-1)
		case wDown:
			m.run = turn(1)
		}
		all = append(all, m)
	}
	return all
}

// turn goes to another category.
func (t *infoTab) turn(by int) {
	t.changes = false
	t.list.at = max(0, min(t.list.at+by, len(t.look.Sections)-1))
	t.fill()
}

// fill shows the category under the cursor.
func (t *infoTab) fill() {
	if t.list.at < len(t.look.Sections) {
		s := t.look.Sections[t.list.at]
		t.pages.set(append([]string{s.Title}, s.Lines...))
	}
}

// refresh asks the customer for all categories.
func (t *infoTab) refresh(v *sessionView) tea.Cmd {
	if t.asks || !v.connected() {
		return nil
	}
	t.asks = true
	t.c.say(noticeInfo, t.c.words[wAsking])
	return t.c.doIn(v.ctx, v, func(ctx context.Context) any {
		l, err := t.c.opts.Viewer.Look(ctx, v.number)
		return looked{l, err}
	})
}

func (t *infoTab) take(l looked) {
	t.asks = false
	if t.c.failed(l.err) {
		return
	}
	t.look, t.seen = l.look, true
	t.turn(0)
	t.c.say(noticeInfo, fmt.Sprintf(t.c.words[wGotInformation], len(l.look.Sections)))
}

// has reports whether there is something to save, and says where there is not.
func (t *infoTab) has() bool {
	if !t.seen {
		t.c.say(noticeBad, t.c.words[wNoInformation])
	}
	return t.seen
}

func (t *infoTab) save(v *sessionView) tea.Cmd {
	if !t.has() {
		return nil
	}
	l := t.look
	t.c.ask(t.c.words[wSave], []string{t.c.words[wAskFile]}, "sysinfo-"+string(v.number)+".txt", func(path string) tea.Cmd {
		if path == "" {
			return nil
		}
		return t.c.do(v, func(context.Context) any {
			return done{t.c.opts.Viewer.Save(path, l.Text), fmt.Sprintf(t.c.words[wSaved], path)}
		})
	})
	return nil
}

func (t *infoTab) print(v *sessionView) tea.Cmd {
	if !t.has() {
		return nil
	}
	l := t.look
	return t.c.do(v, func(ctx context.Context) any { return done{t.c.opts.Viewer.Print(ctx, l), t.c.words[wPrinted]} })
}

func (t *infoTab) showChanges() tea.Cmd {
	if t.has() {
		t.changes = !t.changes
		t.pages.set(strings.Split(strings.TrimRight(t.look.Changes, "\n"), "\n"))
		if !t.changes {
			t.fill()
		}
	}
	return nil
}

// categoryWidth is the room for the names of categories, which are short.
const categoryWidth = 16

func (t *infoTab) draw(width, height int) (lines []string) {
	if !t.seen {
		said := fmt.Sprintf(t.c.words[wAskFirst], t.c.keyName(wRefresh))
		if t.asks {
			said = t.c.words[wAsking]
		}
		return append([]string{""}, wrap(said, width)...)
	}
	from, to := t.list.window(len(t.look.Sections), height)
	right := t.pages.draw(width-categoryWidth-1, height)
	for i := range height {
		left, contents := cell("", categoryWidth), ""
		if from+i < to {
			left = t.c.pick(from+i == t.list.at && !t.changes, cell(t.look.Sections[from+i].Category, categoryWidth-2), categoryWidth)
		}
		if i < len(right) {
			contents = right[i]
		}
		lines = append(lines, left+"|"+contents)
	}
	if more := t.pages.more(t.c); more != "" && len(lines) > 0 {
		last := len(lines) - 1
		lines[last] = cell("", categoryWidth) + "|" + t.c.look.faint(text.Cut("-- "+more+" --", max(0, width-categoryWidth-1)))
	}
	return lines
}
