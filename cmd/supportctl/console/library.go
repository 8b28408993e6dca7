package console

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
	"supportd/library/text"
)

// libraryView lists the scripts that CSRs share, by any heading.
type libraryView struct {
	quiet
	c       *Console
	list    list
	scripts []api.Script
	came    bool
	order   int // of api.ScriptOrders
	reverse bool
	search  search
}

// listed is the answer of the relay.
type listed struct {
	scripts []api.Script
	err     error
}

func (c *Console) openLibrary() tea.Cmd {
	v := &libraryView{c: c, search: newSearch()}
	c.push(v)
	return v.fetch(v)
}

// fetch asks for the scripts, on behalf of a view.
func (v *libraryView) fetch(to view) tea.Cmd {
	return v.c.do(to, func(ctx context.Context) any {
		scripts, err := v.c.opts.Scripts.List(ctx)
		return listed{scripts, err}
	})
}

func (v *libraryView) title() string { return v.c.words[wLibrary] }

// shown are the scripts that the filter lets through, in their order.
func (v *libraryView) shown() (list []api.Script) {
	for _, s := range v.scripts {
		if v.search.finds(s.Name, s.Category, s.Owner, s.Description) {
			list = append(list, s)
		}
	}
	return list
}

func (v *libraryView) sort() {
	api.SortScripts(v.scripts, api.ScriptOrders()[v.order], v.reverse)
}

func (v *libraryView) actions() []action {
	return append([]action{
		{wOpen, v.details}, {wAdd, v.add}, {wEdit, v.on(v.edit)}, {wPublish, v.on(v.publish)}, {wRemove, v.on(v.remove)},
		{wAddInEditor, v.addInEditor}, {wEditInEditor, v.on(v.editInEditor)},
		{wSort, func() tea.Cmd { v.order = (v.order + 1) % len(api.ScriptOrders()); v.sort(); return nil }},
		{wReverse, func() tea.Cmd { v.reverse = !v.reverse; v.sort(); return nil }},
		{wFilter, v.search.begin},
		{wRefresh, func() tea.Cmd { return v.fetch(v) }},
	}, v.list.moves(func() int { return len(v.shown()) })...)
}

func (v *libraryView) key(k tea.KeyPressMsg) (tea.Cmd, bool) { return nil, v.search.key(k) }

func (v *libraryView) cursor() (x, y int, shown bool) { return v.search.cursor(v.c) }

func (v *libraryView) update(msg any) tea.Cmd {
	switch msg := msg.(type) {
	case listed:
		v.came = true
		if !v.c.failed(msg.err) {
			v.scripts = msg.scripts
			v.sort()
		}
	case api.Script:
		v.c.showText(text.Plain(msg.Name, 60), v.describe(msg))
	case tea.PasteMsg:
		v.search.paste(msg.Content)
	case error:
		v.c.failed(msg)
	case toFill:
		if !v.c.failed(msg.err) {
			v.openForm(msg.script, msg.categories)
		}
	case changedScript:
		if !v.c.failed(msg.err) && msg.said != "" {
			v.c.say(noticeInfo, msg.said)
		}
		return v.fetch(v)
	}
	return nil
}

// details asks for the script under the cursor, with its files and versions.
func (v *libraryView) details() tea.Cmd {
	return v.on(func(s api.Script) tea.Cmd {
		return v.c.do(v, func(ctx context.Context) any {
			s, err := v.c.opts.Scripts.Show(ctx, s.Name)
			if err != nil {
				return err
			}
			return s
		})
	})()
}

func (v *libraryView) describe(s api.Script) string {
	var b strings.Builder
	for _, title := range v.columns() {
		fmt.Fprintf(&b, "%s: %s\n", v.c.words[title.title], text.Escape(v.value(s, title.title)))
	}
	fmt.Fprintf(&b, "%s: %s\n", v.c.words[wAuthor], v.author(s))
	if second := v.approver(s); second != "" {
		fmt.Fprintf(&b, "%s: %s\n", v.c.words[wSecond], second)
	}
	fmt.Fprintf(&b, "%s: %d\n\n%s\n\n%s:\n", v.c.words[wVersion], s.Version, text.EscapeLines(s.Description), v.c.words[wFiles])
	for _, f := range s.Files {
		fmt.Fprintf(&b, "  %8d  %s  %s\n", f.Size, text.Escape(f.SHA256), text.Escape(f.Path))
	}
	fmt.Fprintf(&b, "\n%s:\n", v.c.words[wVersions])
	for _, o := range s.Versions {
		fmt.Fprintf(&b, "  %4d  %s  %s  %d\n", o.Version, o.Changed.Local().Format(time.DateTime), text.Escape(o.By), o.Size)
	}
	return b.String()
}

// author is who has signed a script.
func (v *libraryView) author(s api.Script) string {
	switch by, signed, err := s.Author(); {
	case err != nil:
		return v.c.words[wBadAuthor]
	case !signed:
		return v.c.words[wUnsigned]
	default:
		return by.Fingerprint()
	}
}

// approver is who else has signed it; "" is that nobody has, nor needs to.
func (v *libraryView) approver(s api.Script) string {
	switch by, signed, err := s.Approver(); {
	case err != nil:
		return v.c.words[wBadAuthor]
	case signed:
		return text.Plain(s.ApprovedBy, 60) + ", " + by.Fingerprint()
	case s.NeedsSecond:
		return v.c.words[wNoSecond]
	}
	return ""
}

// columns are those of api.ScriptOrders, each with its place; the description takes the rest.
func (v *libraryView) columns() []column {
	widths := map[string]column{
		"name": {width: 18}, "category": {width: 12}, "owner": {width: 8, drop: 2}, "published": {width: 9, drop: 3}, "changed": {width: 10, drop: 4},
		"size": {width: 7, drop: 5}, "runs": {width: 5, drop: 6}, "last-result": {width: 8, drop: 1}, "description": {},
	}
	var all []column
	for _, name := range api.ScriptOrders() {
		col := widths[name]
		col.title = word("script " + name)
		all = append(all, col)
	}
	return all
}

func (v *libraryView) value(s api.Script, title word) string {
	switch strings.TrimPrefix(string(title), "script ") {
	case "name":
		return s.Name
	case "category":
		return s.Category
	case "owner":
		return s.Owner
	case "published":
		if s.Published {
			return v.c.words[wForAll]
		}
		return v.c.words[wForOwner]
	case "changed":
		return s.Changed.Local().Format(time.DateOnly)
	case "size":
		return strconv.Itoa(s.Size)
	case "runs":
		return strconv.Itoa(s.Runs)
	case "last-result":
		return orDash(s.LastResult)
	}
	return s.Description
}

func (v *libraryView) draw(width, height int) []string {
	rows := v.shown()
	sorted := word("script " + api.ScriptOrders()[v.order])
	head := fmt.Sprintf(v.c.words[wScriptCount], len(rows)) + "  " + fmt.Sprintf(v.c.words[wSortedBy], v.c.words[sorted])
	if v.reverse {
		head += " " + v.c.words[wReversed]
	}
	columns := v.columns()
	// The heading by which they are sorted is always seen.
	if i := slices.IndexFunc(columns, func(c column) bool { return c.title == sorted }); i >= 0 {
		columns[i].drop = 0
	}
	columns = fitting(columns, width-2)
	lines := []string{v.search.head(v.c, head, width), v.c.heading(columns, sorted, width)}
	if len(rows) == 0 {
		said := wLoading
		if v.came {
			said = wNoScripts
		}
		return append(lines, "", "  "+line(v.c.words[said], width-2))
	}
	from, to := v.list.window(len(rows), height-len(lines))
	for i, s := range rows[from:to] {
		lines = append(lines, v.c.pick(from+i == v.list.at, row(columns, func(title word) string { return v.value(s, title) }), width))
	}
	return lines
}
