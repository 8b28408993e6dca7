// Package lineedit edits one line of text on a terminal that is in raw mode. It
// reads keys and says what to draw, and does no I/O, so that the same line works
// for a CSR's terminal at the other end of an SSH channel and for the customer's
// own, and whoever uses it can write other things above the line being typed.
//
// The line never takes more than one row: a long one is scrolled sideways. What
// a person sees as one character is one character here: Korean, composed or in
// its parts, is counted with the width that a terminal gives it, and Backspace
// takes a whole syllable. Nothing but text gets into a line: control, invisible
// and bidirectional characters are left out.
//
// There are libraries for this; x/term gives every rune one column, and the
// others own the terminal that they run on.
package lineedit

import (
	"slices"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"golang.org/x/text/unicode/norm"

	"supportd/library/text"
	"supportd/library/wire"
)

const (
	// maxHistory bounds the lines that the arrow keys bring back.
	maxHistory = 50
	// leastColumns still shows the prompt and a few characters.
	leastColumns = 16
	// lineBreak stands for a pasted line end while the line is being edited.
	lineBreak = "⏎"
)

// UsualColumns is the width of a terminal that does not say.
const UsualColumns = 80

// On and Off switch on and off that the terminal marks what is pasted, so that
// line ends in it do not send anything. A terminal that cannot ignores them.
const (
	On  = wire.TerminalPasteOn
	Off = wire.TerminalPasteOff
)

// PasteBegins is what a terminal that does marks it with.
const PasteBegins = "\x1b[200~"

// Kind is what a person has done.
type Kind int

// The things that a person does with a line.
const (
	Entered   Kind = iota // they pressed Enter; the line is empty again
	Interrupt             // Ctrl-C
	End                   // Ctrl-D on an empty line
)

// Action is one of them. Text is the line that was entered, in Unicode normal
// form C; a line end in it was pasted and is "\n".
type Action struct {
	Kind   Kind
	Text   string
	Pasted bool // the terminal has marked some of it as pasted
}

// Line is the line being typed. It is not safe for concurrent use.
type Line struct {
	prompt  string
	most    int  // bytes that the line may have
	plain   bool // the terminal knows no escape sequences
	columns int

	before, after string // the cursor stands between them
	rest          []byte // the beginning of a key whose end has not come
	pasting       bool
	pasted        bool // some of the line was
	returned      bool // the last key was CR, whose LF may follow

	history []string
	at      int    // which of the history is shown; len(history) is none
	draft   string // what was typed before the history was looked at
}

// New makes an empty line of at most most bytes. A plain terminal is drawn
// without escape sequences.
func New(prompt string, most int, plain bool) *Line {
	return &Line{prompt: prompt, most: most, plain: plain, columns: UsualColumns}
}

// Resize takes the terminal's width in columns; 0 is not known.
func (l *Line) Resize(columns int) {
	if columns <= 0 {
		columns = UsualColumns
	}
	l.columns = max(columns, leastColumns)
}

// SetPrompt puts another prompt before the line, e.g. one with the time that is left.
func (l *Line) SetPrompt(prompt string) { l.prompt = prompt }

// Columns is how many columns may be written to without a line break.
func (l *Line) Columns() int { return l.columns - 1 }

// Text is the line as it stands.
func (l *Line) Text() string { return l.before + l.after }

// Set replaces the line, e.g. to give back what could not be sent.
func (l *Line) Set(text string) {
	l.before, l.after = "", ""
	l.insert(text)
}

// insert puts text before the cursor, as much of it as there is room for. Parts
// of a syllable join what stands there.
func (l *Line) insert(s string) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case text.Hostile(r) || r == 0xfffd:
			return -1
		}
		return r
	}, s)
	for _, r := range s {
		joined := l.before + string(r)
		if len(joined)+len(l.after) > l.most {
			return // before any work for it: what is pasted may be large
		}
		if joined = norm.NFC.String(joined); len(joined)+len(l.after) > l.most {
			return
		}
		l.before = joined
	}
}

// enter hands the line out and begins a new one.
func (l *Line) enter() Action {
	text := norm.NFC.String(l.Text())
	l.before, l.after = "", ""
	if text != "" && (len(l.history) == 0 || l.history[len(l.history)-1] != text) {
		l.history = append(l.history, text)
		l.history = l.history[max(0, len(l.history)-maxHistory):]
	}
	l.at, l.draft = len(l.history), ""
	pasted := l.pasted
	l.pasted = false
	return Action{Entered, text, pasted}
}

// recall shows another line of the history, or what was being typed.
func (l *Line) recall(by int) {
	to := l.at + by
	if to < 0 || to > len(l.history) {
		return
	}
	if l.at == len(l.history) {
		l.draft = l.Text()
	}
	l.at = to
	if to == len(l.history) {
		l.Set(l.draft)
	} else {
		l.Set(l.history[to])
	}
}

// left moves the cursor by one character, right likewise.
func (l *Line) left() {
	keep, last := cutLast(l.before)
	l.before, l.after = keep, last+l.after
}

func (l *Line) right() {
	first, keep := cutFirst(l.after)
	l.before, l.after = l.before+first, keep
}

func (l *Line) eraseWord() {
	trimmed := strings.TrimRight(l.before, " \n")
	l.before = trimmed[:strings.LastIndexAny(trimmed, " \n")+1]
}

// characters are what a person sees as such (Unicode Standard Annex 29).
func characters(s string) (list []string) {
	for it := graphemes.FromString(s); it.Next(); {
		list = append(list, it.Value())
	}
	return list
}

func cutFirst(s string) (first, rest string) {
	if it := graphemes.FromString(s); it.Next() {
		first = it.Value()
	}
	return first, s[len(first):]
}

func cutLast(s string) (rest, last string) {
	if all := characters(s); len(all) > 0 {
		last = all[len(all)-1]
	}
	return s[:len(s)-len(last)], last
}

// Erase wipes the row of the line, so that something else can be written there
// and the line drawn again below it.
func (l *Line) Erase() string {
	if l.plain {
		return "\r" + strings.Repeat(" ", l.Columns()) + "\r"
	}
	return "\r" + wire.TerminalErase
}

// Draw writes the line over itself and leaves the cursor where it belongs. The
// part before the cursor is written last, so that the cursor stands right even
// where a terminal gives a character another width.
func (l *Line) Draw() string {
	before, after := l.visible()
	text := l.Erase() + l.prompt + before
	if after != "" {
		text += after + "\r" + l.prompt + before
	}
	return text
}

// visible cuts the line to the width of the terminal, around the cursor.
func (l *Line) visible() (before, after string) {
	room := l.Columns() - text.Width(l.prompt) - 1 // a column for the cursor
	shown := func(s string) []string { return characters(strings.ReplaceAll(s, "\n", lineBreak)) }
	left, right := shown(l.before), shown(l.after)
	ahead := min(width(right), room/3)
	slices.Reverse(left)
	left, used := fit(left, room-ahead)
	slices.Reverse(left)
	right, _ = fit(right, room-used)
	return strings.Join(left, ""), strings.Join(right, "")
}

func width(list []string) (n int) {
	for _, c := range list {
		n += text.Width(c)
	}
	return n
}

// fit is the beginning of list that takes at most room columns, and how many it
// takes.
func fit(list []string, room int) (_ []string, used int) {
	for i, c := range list {
		w := text.Width(c)
		if used+w > room {
			return list[:i], used
		}
		used += w
	}
	return list, used
}
