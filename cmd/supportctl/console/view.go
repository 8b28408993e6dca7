package console

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// view is one screen. The console gives it its size with each drawing.
type view interface {
	title() string
	// actions are what can be done here, in the order of the help.
	actions() []action
	// key takes what is typed into a field; false leaves the key to the actions.
	key(k tea.KeyPressMsg) (tea.Cmd, bool)
	// update takes everything else: results of what the view began, pasted text, and
	// changed when support sessions did.
	update(msg any) tea.Cmd
	// draw returns at most height lines of at most width columns.
	draw(width, height int) []string
	// close ends what the view began.
	close()
}

// quiet is a view that takes nothing; others embed it.
type quiet struct{}

func (quiet) key(tea.KeyPressMsg) (tea.Cmd, bool) { return nil, false }
func (quiet) update(any) tea.Cmd                  { return nil }
func (quiet) close()                              {}

// pointed is a view that has a cursor, counted from its first line and column.
type pointed interface {
	cursor() (x, y int, shown bool)
}

// guarded is a view in which something may be lost when it is left.
type guarded interface {
	// mayLeave reports whether the view may be left; where not, it has said why.
	mayLeave() bool
}

// changed tells views that support sessions have changed.
type changed struct{}

// action is something that can be done, under its keys and in the help.
type action struct {
	name word
	run  func() tea.Cmd
}

// pace tells what a person types from what comes faster, as pasted text does in a
// terminal that does not mark it.
type pace struct {
	last  time.Time
	fast  bool // the last key came faster than a person types
	burst int  // how many in a row did
}

// fastest is the shortest time between two keys of a person.
const fastest = 15 * time.Millisecond

func (p *pace) key(now time.Time) {
	if p.fast = now.Sub(p.last) < fastest; p.fast {
		p.burst++
	} else {
		p.burst = 0
	}
	p.last = now
}

// pasted reports whether several keys came too fast: two of them may have waited together
// on a slow line.
func (p *pace) pasted() bool { return p.burst > 1 }

// Init begins to watch the relay.
func (c *Console) Init() tea.Cmd { return c.watch() }

// Update takes one message.
func (c *Console) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		c.width, c.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		return c, c.key(msg)
	case tea.PasteMsg:
		return c, c.top().update(msg)
	case tea.ResumeMsg:
		return c, tea.ClearScreen
	case Change:
		return c, c.changed(msg)
	case watchEnded:
		if c.fail = msg.err; c.fail != nil {
			return c, tea.Quit
		}
	case second:
		return c, c.tick()
	case said:
		c.say(noticeInfo, c.nameOf(msg.number)+": "+msg.line)
	case result:
		if msg.to != nil {
			return c, msg.to.update(msg.msg)
		}
	}
	return c, nil
}

func (c *Console) top() view { return c.views[len(c.views)-1] }

// push shows a view on top of the others.
func (c *Console) push(v view) { c.views = append(c.views, v) }

// pop closes the view that is shown; the first one stays.
func (c *Console) pop() {
	if len(c.views) > 1 {
		last := c.top()
		c.views = c.views[:len(c.views)-1]
		last.close()
	}
}

// back closes the view that is shown, unless something would be lost.
func (c *Console) back() tea.Cmd {
	if g, ok := c.top().(guarded); !ok || g.mayLeave() {
		c.pop()
	}
	return nil
}

// drop closes a view wherever it stands.
func (c *Console) drop(v view) {
	if i := slices.Index(c.views, v); i > 0 {
		c.views = slices.Delete(c.views, i, i+1)
		v.close()
	}
}

// key gives a key to the view that is shown, or runs the action that it stands for.
func (c *Console) key(k tea.KeyPressMsg) tea.Cmd {
	c.pace.key(c.opts.Now())
	if k.String() == "ctrl+c" {
		return tea.Quit
	}
	if cmd, taken := c.top().key(k); taken {
		return cmd
	}
	pressed := latin(k.String())
	for _, a := range c.available() {
		if slices.Contains(keysOf(a.name), pressed) {
			return a.run()
		}
	}
	return nil
}

// available are the actions of the view that is shown, and those that are everywhere.
func (c *Console) available() []action {
	all := c.top().actions()
	if _, isHelp := c.top().(*helpView); !isHelp {
		all = append(all, action{wHelp, c.help})
	}
	if len(c.views) > 1 {
		all = append(all, action{wBack, c.back})
	}
	all = append(all, action{wMessages, c.messages})
	if c.opts.MaySuspend {
		all = append(all, action{wSuspend, func() tea.Cmd { return tea.Suspend }})
	}
	return append(all, action{wQuit, func() tea.Cmd { return tea.Quit }})
}

// View draws the screen: a line that says where one is and who needs help, the view, the
// last message, and the keys.
func (c *Console) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: c.windowTitle()}
	width, height := max(c.width, 1), max(c.height, 1)
	body := max(0, height-3)
	lines := []string{c.headLine(width)}
	top := c.top()
	drawn := top.draw(width, body)
	if len(drawn) > body {
		drawn = drawn[:body]
	}
	lines = append(lines, drawn...)
	for len(lines) < body+1 {
		lines = append(lines, "")
	}
	lines = append(lines, c.noticeLine(width), c.keyLine(width))
	if len(lines) > height {
		lines = lines[:height]
	}
	v.Content = strings.Join(lines, "\n")
	if p, ok := top.(pointed); ok {
		if x, y, shown := p.cursor(); shown && y < body && x < width {
			v.Cursor = tea.NewCursor(x, y+1)
			v.Cursor.Blink = false
		}
	}
	return v
}
