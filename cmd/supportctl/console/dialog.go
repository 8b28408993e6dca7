package console

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"supportd/library/text"
)

// field is a line that is typed.
type field struct{ in textinput.Model }

// newField makes one for at most so many characters.
func newField(most int) field {
	in := textinput.New()
	in.Prompt, in.CharLimit = "", most
	in.SetStyles(textinput.Styles{})
	in.SetVirtualCursor(false) // one that blinks would write all the time
	// The terminal's own paste is marked as such; no program of this computer is started.
	in.KeyMap.Paste = key.NewBinding(key.WithDisabled())
	in.Focus()
	return field{in}
}

func (f *field) key(k tea.KeyPressMsg) { f.in, _ = f.in.Update(k) }
func (f *field) value() string         { return f.in.Value() }
func (f *field) set(s string)          { f.in.SetValue(s); f.in.CursorEnd() }

// paste puts foreign text at the cursor, in one line.
func (f *field) paste(s string) {
	f.in, _ = f.in.Update(tea.PasteMsg{Content: text.Plain(s, f.in.CharLimit)})
}

// at is where the cursor stands, in columns.
func (f *field) at() int {
	if c := f.in.Cursor(); c != nil {
		return c.X
	}
	return 0
}

func (f *field) draw(width int) string {
	if width = max(width, 1); f.in.Width() != width {
		f.in.SetWidth(width)
		f.in.SetCursor(f.in.Position()) // so that what is seen is around it
	}
	return text.Cut(text.Escape(strings.TrimRight(f.in.View(), " ")), width)
}

// askView asks for a line.
type askView struct {
	quiet
	c     *Console
	name  string
	lines []string
	field field
	row   int
	do    func(string) tea.Cmd
}

// ask asks for a line; do is called with it. Esc leaves everything as it is.
func (c *Console) ask(name string, lines []string, value string, do func(string) tea.Cmd) {
	v := &askView{c: c, name: name, lines: lines, field: newField(500), do: do}
	v.field.set(value)
	c.push(v)
}

func (v *askView) title() string     { return v.name }
func (v *askView) actions() []action { return nil }

func (v *askView) key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k.String() {
	case "esc":
		v.c.drop(v)
	case "enter":
		if v.c.pace.pasted() { // what is pasted confirms nothing
			v.c.say(noticeBad, v.c.words[wTooFast])
			return nil, true
		}
		v.c.drop(v)
		return v.do(strings.TrimSpace(v.field.value())), true
	default:
		v.field.key(k)
	}
	return nil, true
}

func (v *askView) update(msg any) tea.Cmd {
	if p, ok := msg.(tea.PasteMsg); ok {
		v.field.paste(p.Content)
	}
	return nil
}

func (v *askView) cursor() (x, y int, shown bool) { return 2 + v.field.at(), v.row, true }

func (v *askView) draw(width, height int) (lines []string) {
	for _, l := range v.lines {
		lines = append(lines, wrap(l, width)...)
	}
	v.row = len(lines) + 1
	return append(lines, "", "> "+v.field.draw(width-3), "", v.c.look.faint(line(v.c.words[wEnterOrEsc], width)))
}

// confirmView asks for a yes that is typed. Everything else is a No.
type confirmView struct {
	quiet
	c     *Console
	name  string
	lines []string
	typed field
	row   int
	goes  bool // confirmed
	do    func(to view) tea.Cmd
	then  func(error)
}

// confirm asks before something that cannot be taken back. do is what is done, whose
// result, an error, is given to then.
func (c *Console) confirm(name string, lines []string, do func(to view) tea.Cmd, then func(error)) {
	c.push(&confirmView{c: c, name: name, lines: lines, typed: newField(10), do: do, then: then})
}

func (v *confirmView) title() string     { return v.name }
func (v *confirmView) actions() []action { return nil }

func (v *confirmView) key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k.String() {
	case "esc":
		v.c.drop(v)
	case "enter":
		return v.answer(), true
	default:
		v.typed.key(k)
		if v.c.pace.fast { // pasted in a terminal that does not say so
			v.typed.set("")
		}
	}
	return nil, true
}

func (v *confirmView) answer() tea.Cmd {
	typed := strings.ToLower(strings.TrimSpace(v.typed.value()))
	switch {
	case v.c.pace.fast || v.goes:
		return nil
	case typed != "yes" && typed != v.c.words[wYes]:
		v.c.drop(v)
		v.c.say(noticeInfo, v.c.words[wNothingDone])
		return nil
	}
	v.goes = true
	return v.do(v)
}

func (v *confirmView) update(msg any) tea.Cmd {
	if err, ok := msg.(error); (ok || msg == nil) && v.goes {
		v.c.drop(v)
		v.then(err)
	}
	return nil
}

func (v *confirmView) cursor() (x, y int, shown bool) {
	return text.Width(v.ask()) + v.typed.at(), v.row, !v.goes
}

func (v *confirmView) ask() string { return fmt.Sprintf(v.c.words[wTypeYes], v.c.words[wYes]) + " " }

func (v *confirmView) draw(width, height int) (lines []string) {
	for _, l := range v.lines {
		lines = append(lines, wrap(l, width)...)
	}
	v.row = len(lines) + 1
	if v.goes {
		return append(lines, "", line(v.c.words[wWorking], width))
	}
	return append(lines, "", text.Cut(v.ask()+v.typed.draw(12), width))
}

// secretView takes a password, which is shown nowhere and overwritten once it was sent.
type secretView struct {
	c      *Console
	user   string
	typed  []byte
	answer chan<- []byte // closed is no password
}

func (v *secretView) title() string     { return v.c.words[wLogOn] }
func (v *secretView) actions() []action { return nil }

func (v *secretView) key(k tea.KeyPressMsg) (tea.Cmd, bool) {
	switch k.String() {
	case "esc":
		v.c.drop(v)
	case "enter":
		if v.c.pace.pasted() {
			return nil, true
		}
		v.answer <- v.typed
		v.typed = nil
		v.c.drop(v)
	case "ctrl+u":
		v.wipe()
	case "backspace":
		_, size := utf8.DecodeLastRune(v.typed)
		clear(v.typed[len(v.typed)-size:])
		v.typed = v.typed[:len(v.typed)-size]
	default:
		v.put(k.Text)
	}
	return nil, true
}

// maxSecret bounds a password, in bytes. The place for it is made once, so that no copy
// stays behind where it grows.
const maxSecret = 1 << 10

func (v *secretView) put(s string) {
	if v.typed == nil {
		v.typed = make([]byte, 0, maxSecret)
	}
	if len(v.typed)+len(s) <= maxSecret {
		v.typed = append(v.typed, s...)
	}
}

func (v *secretView) update(msg any) tea.Cmd {
	if p, ok := msg.(tea.PasteMsg); ok { // from a password manager; Enter is still typed
		v.put(strings.TrimRight(p.Content, "\r\n"))
	}
	return nil
}

func (v *secretView) wipe() {
	clear(v.typed)
	v.typed = v.typed[:0]
}

func (v *secretView) close() {
	v.wipe()
	close(v.answer)
}

func (v *secretView) draw(width, height int) []string {
	return append(wrap(fmt.Sprintf(v.c.words[wAskPassword], text.Plain(v.user, 60)), width), "", v.c.look.faint(line(v.c.words[wEnterOrEsc], width)))
}
