package console

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
)

// changedScript is that a script may be another one now.
type changedScript struct {
	err  error
	said string
}

// on does something with the script under the cursor.
func (v *libraryView) on(f func(api.Script) tea.Cmd) func() tea.Cmd {
	return func() tea.Cmd {
		if rows := v.shown(); v.list.at < len(rows) {
			return f(rows[v.list.at])
		}
		return nil
	}
}

// toFill is what a form needs before it is shown.
type toFill struct {
	script     *api.Script // nil for a new one
	categories []string
	err        error
}

// add lets the CSR fill in a new script.
func (v *libraryView) add() tea.Cmd {
	return v.c.do(v, func(ctx context.Context) any {
		categories, err := v.c.opts.Scripts.Categories(ctx)
		return toFill{nil, categories, err}
	})
}

// edit lets the CSR change a script, as the relay has it now.
func (v *libraryView) edit(s api.Script) tea.Cmd {
	return v.c.do(v, func(ctx context.Context) any {
		now, err := v.c.opts.Scripts.Show(ctx, s.Name)
		if err != nil {
			return toFill{err: err}
		}
		categories, err := v.c.opts.Scripts.Categories(ctx)
		return toFill{&now, categories, err}
	})
}

// addInEditor asks for a name, and lets the CSR write the script itself.
func (v *libraryView) addInEditor() tea.Cmd {
	v.c.ask(v.c.words[wAddInEditor], []string{v.c.words[wAskScript]}, "", func(name string) tea.Cmd {
		if name == "" {
			return nil
		}
		return v.fill(name, false)
	})
	return nil
}

func (v *libraryView) editInEditor(s api.Script) tea.Cmd { return v.fill(s.Name, true) }

// fill gives the terminal to the editor, and takes it back.
func (v *libraryView) fill(name string, change bool) tea.Cmd {
	return tea.ExecProcess(v.c.opts.Scripts.Editor(name, change), func(err error) tea.Msg {
		return result{v, changedScript{err: err}}
	})
}

func (v *libraryView) publish(s api.Script) tea.Cmd {
	said := wPublished
	if s.Published {
		said = wWithdrawn
	}
	return v.c.do(v, func(ctx context.Context) any {
		return changedScript{v.c.opts.Scripts.Publish(ctx, s.Name, !s.Published), fmt.Sprintf(v.c.words[said], s.Name)}
	})
}

func (v *libraryView) remove(s api.Script) tea.Cmd {
	v.c.confirm(v.c.words[wRemove], []string{fmt.Sprintf(v.c.words[wAskRemove], s.Name)}, func(to view) tea.Cmd {
		v.c.drop(to)
		return v.c.do(v, func(ctx context.Context) any {
			return changedScript{v.c.opts.Scripts.Remove(ctx, s.Name), fmt.Sprintf(v.c.words[wRemoved], s.Name)}
		})
	}, func(error) {})
	return nil
}
