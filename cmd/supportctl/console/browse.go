package console

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	tea "charm.land/bubbletea/v2"
)

// browseView is the file browser: it finds a file or a folder of the CSR's own computer.
type browseView struct {
	quiet
	c      *Console
	shown  Listing
	came   bool
	list   list
	search search
	take   func(path string)
}

// browse shows the folder of a file, or where the console was started, and calls take with
// what is chosen. Esc chooses nothing.
func (c *Console) browse(file string, take func(path string)) tea.Cmd {
	v := &browseView{c: c, search: newSearch(), take: take}
	c.push(v)
	if file == "" {
		return v.open("")
	}
	return v.open(filepath.Dir(file), filepath.Base(file))
}

// opened is a folder that was read.
type opened struct {
	listing Listing
	wanted  string
	err     error
}

// open reads a folder; the cursor goes to the name, where it is there.
func (v *browseView) open(path string, name ...string) tea.Cmd {
	return v.c.do(v, func(context.Context) any {
		l, err := v.c.opts.Folders.Folder(path)
		o := opened{listing: l, err: err}
		if len(name) > 0 {
			o.wanted = name[0]
		}
		return o
	})
}

func (v *browseView) update(msg any) tea.Cmd {
	if p, pasted := msg.(tea.PasteMsg); pasted {
		v.search.paste(p.Content)
	}
	o, ok := msg.(opened)
	if !ok {
		return nil
	}
	v.came = true
	switch {
	case v.c.failed(o.err):
	case o.listing.File:
		v.chosen(o.listing.Path)
	default:
		v.shown, v.list = o.listing, list{}
		v.search = newSearch()
		v.list.at = max(0, slices.IndexFunc(v.entries(), func(e Entry) bool { return e.Name == o.wanted }))
	}
	return nil
}

// entries are those that the search lets through.
func (v *browseView) entries() (some []Entry) {
	for _, e := range v.shown.Entries {
		if v.search.finds(e.Name) {
			some = append(some, e)
		}
	}
	return some
}

func (v *browseView) title() string { return v.c.words[wBrowse] }

func (v *browseView) actions() []action {
	on := func(f func(Entry) tea.Cmd) func() tea.Cmd {
		return func() tea.Cmd {
			if some := v.entries(); v.list.at < len(some) {
				return f(some[v.list.at])
			}
			return nil
		}
	}
	return append([]action{
		{wOpen, on(func(e Entry) tea.Cmd {
			if e.Folder {
				return v.open(v.path(e))
			}
			return v.chosen(v.path(e))
		})},
		{wUpFolder, func() tea.Cmd { return v.open(filepath.Dir(v.shown.Path), filepath.Base(v.shown.Path)) }},
		{wTake, on(func(e Entry) tea.Cmd { return v.chosen(v.path(e)) })},
		{wFilter, v.search.begin}, {wGoTo, v.goTo},
		{wRefresh, func() tea.Cmd { return v.open(v.shown.Path) }},
	}, v.list.moves(func() int { return len(v.entries()) })...)
}

func (v *browseView) path(e Entry) string { return filepath.Join(v.shown.Path, e.Name) }

func (v *browseView) chosen(path string) tea.Cmd {
	if v.c.pace.pasted() { // what is pasted chooses nothing
		v.c.say(noticeBad, v.c.words[wTooFast])
		return nil
	}
	v.c.drop(v)
	v.take(path)
	return nil
}

// goTo asks for a path: a folder is shown, and a file is chosen.
func (v *browseView) goTo() tea.Cmd {
	v.c.ask(v.c.words[wGoTo], []string{v.c.words[wAskPath]}, "", func(path string) tea.Cmd {
		if path == "" {
			return nil
		}
		return v.open(path)
	})
	return nil
}

func (v *browseView) key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	taken := v.search.key(k)
	return nil, taken
}

func (v *browseView) cursor() (x, y int, shown bool) { return v.search.cursor(v.c) }

func (v *browseView) draw(width, height int) []string {
	some := v.entries()
	head := fmt.Sprintf(v.c.words[wEntries], len(some))
	if v.shown.More {
		head += " " + v.c.words[wNotAll]
	}
	lines := []string{v.search.head(v.c, head, width), v.c.look.strong(line(v.shown.Path, width))}
	if len(some) == 0 {
		said := wEmptyFolder
		if !v.came {
			said = wReading
		}
		return append(lines, "", "  "+line(v.c.words[said], width-2))
	}
	from, to := v.list.window(len(some), height-len(lines))
	for i, e := range some[from:to] {
		size, name := fmt.Sprintf("%10d", e.Size), e.Name
		if e.Folder {
			size, name = fmt.Sprintf("%10s", ""), name+"/"
		}
		lines = append(lines, v.c.pick(from+i == v.list.at, line(size+"  "+name, width-2), width))
	}
	return lines
}
