package console

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"supportd/library/text"
)

// helpView lists what can be done in a view, with its keys, and does what is chosen.
type helpView struct {
	quiet
	c    *Console
	list list
	all  []action
}

// movements are the actions that only move: they stand behind the others.
func movements() map[word]bool {
	return map[word]bool{wUp: true, wDown: true, wPageUp: true, wPageDown: true, wFirst: true, wLast: true}
}

// help lists the actions of the view that is shown, in groups: what is done here, how one
// moves, and what is the same everywhere.
func (c *Console) help() tea.Cmd {
	v := &helpView{c: c}
	var moves, everywhere []action
	for _, a := range c.available() {
		switch {
		case movements()[a.name]:
			moves = append(moves, a)
		case a.name == wBack || a.name == wQuit || a.name == wSuspend || a.name == wMessages:
			everywhere = append(everywhere, a)
		case a.name != wHelp:
			v.all = append(v.all, a)
		}
	}
	v.all = append([]action{{name: wHere}}, v.all...)
	v.list.at = 1
	if len(moves) > 0 {
		v.all = append(append(v.all, action{name: wMoving}), moves...)
	}
	v.all = append(append(v.all, action{name: wEverywhere}), everywhere...)
	c.push(v)
	return nil
}

func (v *helpView) title() string { return v.c.words[wHelp] }

func (v *helpView) actions() []action {
	all := []action{{wOpen, v.choose}}
	for _, m := range v.list.moves(func() int { return len(v.all) }) {
		all = append(all, action{m.name, func() tea.Cmd {
			before := v.list.at
			cmd := m.run()
			if v.all[v.list.at].run == nil { // the name of a group: on to what stands behind it
				v.list.at += max(-1, min(v.list.at-before, 1))
				v.list.at = max(1, v.list.at)
			}
			return cmd
		}})
	}
	return all
}

// choose leaves the help and does what is under the cursor.
func (v *helpView) choose() tea.Cmd {
	v.c.drop(v)
	if a := v.all[v.list.at]; a.run != nil {
		return a.run()
	}
	return nil
}

func (v *helpView) draw(width, height int) []string {
	lines := []string{v.c.look.faint(line(v.c.words[wHelpHow], width)), ""}
	widest := 0
	for _, a := range v.all {
		if a.run != nil {
			widest = max(widest, text.Width(v.c.keyNames(a.name)))
		}
	}
	if v.list.at == 1 {
		v.list.from = 0 // with the name of the first group
	}
	from, to := v.list.window(len(v.all), height-len(lines))
	for i, a := range v.all[from:to] {
		if a.run == nil { // the name of a group
			lines = append(lines, v.c.look.strong(line(v.c.words[a.name], width)))
			continue
		}
		shown := text.Pad(v.c.keyNames(a.name), widest) + "  " + v.c.words[a.name]
		lines = append(lines, v.c.pick(from+i == v.list.at, line(shown, width-2), width))
	}
	return lines
}

// keyNames are all keys of an action.
func (c *Console) keyNames(name word) string {
	all := c.keyName(name)
	for _, k := range keysOf(name)[1:] {
		if shown := c.words[word("key "+k)]; shown != "" {
			k = shown
		}
		all = fmt.Sprintf("%s, %s", all, k)
	}
	return all
}
