package console

import (
	"context"
	"fmt"
	"path"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library"
	"supportd/library/text"
)

// filesTab is what the CSR has brought to the computer.
type filesTab struct {
	files []library.StagedFile
	more  string // what the list leaves out, in a sentence; "" is nothing
	seen  bool   // the list has come
	asks  bool
	list  list
}

// staged is an answer of the computer: the list, or that something was done there.
type staged struct {
	area library.StagingArea
	did  string // "" for the list
	err  error
}

func (t *filesTab) actions(v *sessionView) []action {
	on := func(f func(*sessionView, library.StagedFile) tea.Cmd) func() tea.Cmd {
		return func() tea.Cmd {
			if t.list.at < len(t.files) && v.connected() {
				return f(v, t.files[t.list.at])
			}
			return nil
		}
	}
	return append([]action{
		{wPut, func() tea.Cmd { return t.put(v) }}, {wGet, on(t.get)}, {wRemoveFile, on(t.remove)},
		{wRefresh, func() tea.Cmd { return t.fetch(v) }},
	}, t.list.moves(func() int { return len(t.files) })...)
}

// fetch asks the computer for the list.
func (t *filesTab) fetch(v *sessionView) tea.Cmd {
	if t.asks || !v.connected() {
		return nil
	}
	t.asks = true
	return v.c.doIn(v.ctx, v, func(ctx context.Context) any {
		list, err := v.c.opts.Files.Files(ctx, v.number)
		return staged{area: list, err: err}
	})
}

func (t *filesTab) take(v *sessionView, s staged) tea.Cmd {
	if s.did == "" {
		// Where it failed, a change of the session does not ask again; the CSR does.
		t.asks, t.seen = false, true
	}
	switch {
	case v.c.failed(s.err):
	case s.did == "":
		t.files, t.more = s.area.Files, v.c.leftOut(s.area)
	default:
		v.c.say(noticeInfo, s.did)
		return t.fetch(v)
	}
	return nil
}

// leftOut says how many staged files are not listed; "" is none.
func (c *Console) leftOut(area library.StagingArea) string {
	switch {
	case area.Open:
		return fmt.Sprintf(c.words[wStagedOpen], area.More)
	case area.More > 0:
		return fmt.Sprintf(c.words[wStagedMore], area.More)
	}
	return ""
}

// change does something with the files, and then looks what is there.
func (t *filesTab) change(v *sessionView, did string, f func(ctx context.Context) error) tea.Cmd {
	return v.c.doIn(v.ctx, v, func(ctx context.Context) any { return staged{did: did, err: f(ctx)} })
}

func (t *filesTab) put(v *sessionView) tea.Cmd {
	if !v.connected() {
		return nil
	}
	v.c.ask(v.c.words[wPut], []string{v.c.words[wAskPut]}, "", func(file string) tea.Cmd {
		if file == "" {
			return nil
		}
		return t.change(v, fmt.Sprintf(v.c.words[wPutDone], file), func(ctx context.Context) error {
			return v.c.opts.Files.Put(ctx, v.number, file)
		})
	})
	return nil
}

func (t *filesTab) get(v *sessionView, f library.StagedFile) tea.Cmd {
	if f.Folder {
		return nil
	}
	v.c.ask(v.c.words[wGet], []string{f.Path, v.c.words[wAskFile]}, localName(f.Path), func(file string) tea.Cmd {
		if file == "" {
			return nil
		}
		return t.change(v, fmt.Sprintf(v.c.words[wSaved], file), func(ctx context.Context) error {
			return v.c.opts.Files.Get(ctx, v.number, f.Path, file)
		})
	})
	return nil
}

// localName is what a fetched file is called here where the CSR types nothing else. A
// name of the computer that leads elsewhere, or is hidden here, is not offered.
func localName(staged string) string {
	name := path.Base(staged)
	if strings.ContainsAny(name, `/\:`) || strings.HasPrefix(name, ".") || text.Plain(name, 100) != name {
		return "staged-file"
	}
	return name
}

func (t *filesTab) remove(v *sessionView, f library.StagedFile) tea.Cmd {
	v.c.confirm(v.c.words[wRemoveFile], []string{fmt.Sprintf(v.c.words[wAskRemoveIt], f.Path)}, func(to view) tea.Cmd {
		v.c.drop(to)
		return t.change(v, fmt.Sprintf(v.c.words[wRemoved], f.Path), func(ctx context.Context) error {
			return v.c.opts.Files.RemoveFile(ctx, v.number, f)
		})
	}, func(error) {})
	return nil
}

func (t *filesTab) draw(v *sessionView, width, height int) []string {
	if len(t.files) == 0 {
		said := wNoStaged
		switch {
		case t.asks:
			said = wLoading
		case !t.seen:
			said = wNotConnected
		}
		return []string{"", "  " + line(v.c.words[said], width-2)}
	}
	var size int64
	for _, f := range t.files {
		size += f.Size
	}
	lines := []string{line(fmt.Sprintf(v.c.words[wStagedCount], len(t.files), size), width)}
	if t.more != "" {
		lines = append(lines, line(t.more, width))
	}
	from, to := t.list.window(len(t.files), height-len(lines))
	for i, f := range t.files[from:to] {
		shown := fmt.Sprintf("%10d  ", f.Size) + f.Path
		if f.Folder {
			shown = fmt.Sprintf("%10s  ", "") + f.Path + "/"
		}
		lines = append(lines, v.c.pick(from+i == t.list.at, line(shown, width-2), width))
	}
	return lines
}
