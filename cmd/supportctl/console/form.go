package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"supportd/library/api"
)

// The rows of the form, from above.
const (
	rowName = iota
	rowCategory
	rowFor
	rowFile
	rowWith
	rowAbout
	rowCount
)

// formView is where a script is filled in: a new one, or one that is changed. It stays,
// with everything that was typed, until the relay has taken it or the CSR throws it away.
type formView struct {
	c          *Console
	library    *libraryView
	before     *api.Script // nil for a new one
	first      ScriptForm  // as the form was opened
	name       field
	categories []string // the first is none
	category   int      // which of them
	publish    bool
	file       string
	with       []string
	about      area
	shown      [2]string          // what name and about showed when the form was opened
	row        int                // which one is filled in
	x, y       int                // of the cursor
	wrong      string             // why it was not taken
	missing    word               // what has to be filled in first
	leaving    bool               // Esc was pressed, and something would be lost
	stop       context.CancelFunc // ends the asking of the relay; nil: it is not asked
}

// submitted is the answer to a form.
type submitted struct {
	name string
	err  error
}

// openForm shows a form; before is the script that is changed, nil for a new one.
func (v *libraryView) openForm(before *api.Script, categories []string) {
	f := &formView{c: v.c, library: v, before: before, name: newField(maxTyped), about: newArea(), categories: append([]string{""}, categories...)}
	if before != nil {
		f.first = ScriptForm{Name: before.Name, Category: before.Category, Description: before.Description, Publish: before.Published}
		f.name.set(before.Name)
		f.about.set(before.Description)
		f.publish = before.Published
		if !slices.Contains(f.categories, before.Category) {
			f.categories = append(f.categories, before.Category)
		}
		f.category = slices.Index(f.categories, before.Category)
	}
	f.shown = [2]string{f.name.value(), f.about.value()}
	v.c.push(f)
}

// filled is what stands in the form. What a field cannot show of a foreign text is no
// change of it.
func (v *formView) filled() ScriptForm {
	f := ScriptForm{
		Name: strings.TrimSpace(v.name.value()), Category: v.categories[v.category], Description: strings.TrimSpace(v.about.value()),
		File: v.file, With: v.with, Publish: v.publish,
	}
	if v.name.value() == v.shown[0] {
		f.Name = v.first.Name
	}
	if v.about.value() == v.shown[1] {
		f.Description = v.first.Description
	}
	return f
}

func (v *formView) isChanged() bool {
	now := v.filled()
	return now.Name != v.first.Name || now.Category != v.first.Category || now.Description != v.first.Description ||
		now.Publish != v.first.Publish || now.File != "" || len(now.With) > 0
}

func (v *formView) title() string {
	if v.before == nil {
		return v.c.words[wAdd]
	}
	return v.c.words[wEdit] + ": " + v.before.Name
}

func (v *formView) actions() []action {
	all := []action{{wSubmit, v.submit}}
	switch v.row {
	case rowCategory, rowFor:
		all = append(all, action{wNextValue, v.turn(1)}, action{wLastValue, v.turn(-1)})
	case rowFile, rowWith:
		all = append(all, action{wBrowse, v.browse}, action{wTakeAway, v.takeAway})
	}
	return append(all, action{wNextField, v.move(1)}, action{wLastField, v.move(-1)})
}

func (v *formView) move(by int) func() tea.Cmd {
	return func() tea.Cmd { v.row = (v.row + by + rowCount) % rowCount; return nil }
}

// turn goes to the next value of a row that has a few.
func (v *formView) turn(by int) func() tea.Cmd {
	return func() tea.Cmd {
		if v.row == rowFor {
			v.publish = !v.publish
			return nil
		}
		v.category = (v.category + by + len(v.categories)) % len(v.categories)
		return nil
	}
}

func (v *formView) browse() tea.Cmd {
	with := v.row == rowWith
	return v.c.browse(v.file, func(path string) {
		switch {
		case !with:
			v.file = path
		case !slices.Contains(v.with, path):
			v.with = append(v.with, path)
		}
	})
}

// takeAway takes back what was chosen last.
func (v *formView) takeAway() tea.Cmd {
	if v.row == rowFile {
		v.file = ""
	} else {
		v.with = v.with[:max(0, len(v.with)-1)]
	}
	return nil
}

// key leaves to the actions what is no text. A letter outside of a text does nothing: one
// that is typed in a wrong row must not quit the console.
func (v *formView) key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	pressed := k.String()
	if pressed == "esc" {
		return nil, false
	}
	v.leaving = false
	if pressed != "ctrl+s" {
		v.missing = "" // it is being filled in
	}
	switch {
	case v.stop != nil: // the relay is asked
		return nil, true
	case slices.Contains([]string{"tab", "shift+tab", "ctrl+s", "ctrl+z", "f1"}, pressed):
		return nil, false
	case v.row == rowAbout:
		if pressed == "up" && v.about.atTop() || pressed == "down" && v.about.atEnd() {
			return nil, false
		}
		v.about.key(k)
		return nil, true
	case pressed == "up" || pressed == "down":
		return nil, false
	case pressed == "enter" && v.row != rowFile && v.row != rowWith:
		return v.move(1)(), true
	case v.row == rowName:
		v.name.key(k)
		return nil, true
	}
	return nil, k.Text != "" && k.Text != " " && k.Text != "?"
}

// submit gives the form to the relay. Where something is missing, the cursor goes there.
func (v *formView) submit() tea.Cmd {
	f := v.filled()
	v.wrong, v.missing = "", ""
	switch {
	case v.stop != nil:
		return nil
	case v.c.pace.fast: // what is pasted confirms nothing
		v.c.say(noticeBad, v.c.words[wSaveYourself])
		return nil
	case f.Name == "":
		v.row, v.missing = rowName, wNeedsName
	case f.File == "" && (v.before == nil || len(f.With) > 0):
		v.row, v.missing = rowFile, wNeedsFile
	}
	if v.missing != "" {
		v.c.say(noticeBad, v.c.words[v.missing])
		return nil
	}
	var ctx context.Context
	ctx, v.stop = v.c.within()
	return v.c.doIn(ctx, v, func(ctx context.Context) any {
		if v.before == nil {
			return submitted{f.Name, v.c.opts.Scripts.Add(ctx, f)}
		}
		return submitted{f.Name, v.c.opts.Scripts.Change(ctx, *v.before, f)}
	})
}

func (v *formView) update(msg any) tea.Cmd {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		v.paste(msg.Content)
	case submitted:
		v.close()
		switch {
		case errors.Is(msg.err, context.Canceled): // by the CSR
			v.wrong = v.c.words[wBrokenOff]
		case msg.err != nil:
			v.wrong = v.c.errorLine(msg.err)
		}
		if msg.err != nil {
			v.c.say(noticeBad, v.wrong)
			return nil
		}
		v.c.drop(v)
		v.c.say(noticeInfo, fmt.Sprintf(v.c.words[wInLibrary], msg.name))
		return v.library.fetch(v.library)
	}
	return nil
}

// paste puts text where the cursor is; a row of files takes it as the path of one.
func (v *formView) paste(s string) {
	path, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	path = strings.TrimSpace(path)
	switch {
	case v.stop != nil:
	case v.row == rowName:
		v.name.paste(s)
	case v.row == rowAbout:
		v.about.paste(s)
	case path == "":
	case v.row == rowFile:
		v.file = path
	case v.row == rowWith:
		v.with = append(v.with, path)
	}
}

// close ends the asking of the relay.
func (v *formView) close() {
	if v.stop != nil {
		v.stop()
		v.stop = nil
	}
}

// mayLeave reports whether the form may close. While the relay is asked, that ends first;
// what was typed is thrown away the second time only.
func (v *formView) mayLeave() bool {
	switch {
	case v.stop != nil:
		v.stop()
		return false
	case v.leaving || !v.isChanged():
		return true
	}
	v.leaving = true
	v.c.say(noticeBad, v.c.words[wEscAgain])
	return false
}
