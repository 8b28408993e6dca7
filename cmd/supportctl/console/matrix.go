package console

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// matrix is a run as it goes: a row for each support session, a column for each script.
type matrix struct {
	names  []string
	on     []wire.Number
	rows   map[wire.Number]*ran
	goes   bool
	cancel chan struct{} // has room for one
	list   list
	column int
}

// ran is a run on one computer.
type ran struct {
	begun, ended, denied bool
	note                 string // why there is no result
	cells                []runCell
}

// runCell is one script on one computer.
type runCell struct {
	running bool
	outcome *journal.Outcome
	output  pages // text of the script, stderr marked
	rest    map[string]string
}

func newMatrix(names []string, on []wire.Number) *matrix {
	m := &matrix{names: names, on: on, rows: map[wire.Number]*ran{}, goes: true, cancel: make(chan struct{}, 1)}
	for _, n := range on {
		r := &ran{cells: make([]runCell, len(names))}
		for i := range r.cells {
			r.cells[i].rest = map[string]string{}
			r.cells[i].output.stays = true
		}
		m.rows[n] = r
	}
	return m
}

// take takes what happened on one computer.
func (m *matrix) take(c *Console, e RunEvent) {
	r := m.rows[e.Number]
	if r == nil {
		return
	}
	if e.Event != nil {
		r.event(*e.Event)
	}
	if e.Ended {
		r.ended, r.denied = true, e.Denied
		if e.Err != nil {
			r.note = c.shortError(e.Err)
		}
		for i := range r.cells {
			r.cells[i].running = false
		}
	}
}

func (r *ran) event(e journal.RunEvent) {
	r.begun = true
	if e.Kind == journal.KindRunEnd {
		for i := range min(len(e.Outcomes), len(r.cells)) {
			r.cells[i].outcome, r.cells[i].running = &e.Outcomes[i], false
		}
	}
	if e.Step < 1 || e.Step > len(r.cells) {
		return
	}
	cell := &r.cells[e.Step-1]
	switch e.Kind {
	case journal.KindScriptStart:
		cell.running = true
	case journal.KindScriptOutput:
		cell.write(e.Stream, e.Text)
	case journal.KindScriptExit:
		cell.flush()
		cell.running, cell.outcome = false, e.Outcome
	}
}

// maxRest bounds a line of output whose end is waited for, in bytes.
const maxRest = 4 << 10

// write takes output; what a script writes to stderr is marked.
func (c *runCell) write(stream, s string) {
	lines := strings.Split(c.rest[stream]+s, "\n")
	last := lines[len(lines)-1]
	for _, l := range lines[:len(lines)-1] {
		c.output.add(mark(stream) + l)
	}
	if c.rest[stream] = last; len(last) > maxRest {
		c.output.add(mark(stream) + last)
		c.rest[stream] = ""
	}
}

func (c *runCell) flush() {
	for _, stream := range []string{journal.Stdout, journal.Stderr} {
		if rest := c.rest[stream]; rest != "" {
			c.output.add(mark(stream) + rest)
			c.rest[stream] = ""
		}
	}
}

func mark(stream string) string {
	if stream == journal.Stderr {
		return "! "
	}
	return "| "
}

// state is a sign and a word for a script on a computer.
func (m *matrix) state(c *Console, n wire.Number, i int) string {
	r := m.rows[n]
	cell := r.cells[i]
	switch {
	case cell.running:
		return "* " + c.words[wRunning]
	case cell.outcome != nil:
		return outcome(c, *cell.outcome)
	case r.denied:
		return "x " + c.words[wDenied]
	case r.ended && r.note != "":
		return "x " + c.words[wFailed]
	case r.ended:
		return "- " + c.words[wNotRun]
	case r.begun:
		return ". " + c.words[wNext]
	}
	if q := c.sessions.known[n].Question; q != nil && q.Kind == string(consent.Script) {
		return fmt.Sprintf("? %s %d s", c.words[wAsked], max(0, int(q.Until.Sub(c.opts.Now()).Round(time.Second).Seconds())))
	}
	return ". " + c.words[wNext]
}

// outcome says in short how a script went.
func outcome(c *Console, o journal.Outcome) string {
	switch o.Reason {
	case journal.Exited:
		if o.Code == 0 {
			return "+ " + c.words[wOK]
		}
		return fmt.Sprintf("x %s (%d)", c.words[wFailed], o.Code)
	case journal.Cancelled:
		return "- " + c.words[wCancelled]
	case journal.NotReached, journal.Changed, journal.Unstarted:
		return "- " + c.words[wNotRun]
	case journal.TimedOut:
		return "x " + c.words[wTimeLimit]
	}
	return "x " + c.words[wFailed]
}

func (m *matrix) actions(v *runView) []action {
	sideways := func(by int) func() tea.Cmd {
		return func() tea.Cmd { m.column = max(0, min(m.column+by, len(m.names)-1)); return nil }
	}
	var all []action
	if m.goes { // first, so that its key is always in sight
		all = append(all, action{wCancel, func() tea.Cmd {
			select {
			case m.cancel <- struct{}{}:
				v.c.say(noticeInfo, v.c.words[wCancelling])
			default:
			}
			return nil
		}})
	}
	all = append(all, action{wOutput, func() tea.Cmd { return m.open(v) }}, action{wCellLeft, sideways(-1)}, action{wCellRight, sideways(1)})
	return append(all, m.list.moves(func() int { return len(m.on) })...)
}

// open shows all output of the script under the cursor, as it comes.
func (m *matrix) open(v *runView) tea.Cmd {
	n := m.on[m.list.at]
	v.c.push(&outputView{c: v.c, matrix: m, number: n, step: m.column})
	return nil
}

func (m *matrix) draw(c *Console, width, height int) []string {
	const named, each = 22, 14
	shown := max(1, (width-2-named)/(each+gap))
	first := max(0, min(m.column-shown/2, len(m.names)-shown))
	names := m.names[first:min(len(m.names), first+shown)]
	head := "  " + cell(c.words[wSessions], named)
	for i, name := range names {
		if first+i == m.column {
			name = ">" + name
		}
		head += strings.Repeat(" ", gap) + cell(fmt.Sprintf("%d. %s", first+i+1, name), each)
	}
	lines := []string{c.look.strong(text.Cut(head, width))}
	from, to := m.list.window(len(m.on), height-len(lines)-1)
	for i, n := range m.on[from:to] {
		s := cell(c.shortName(n), named)
		for k := range names {
			s += strings.Repeat(" ", gap) + cell(m.state(c, n, first+k), each)
		}
		lines = append(lines, c.pick(from+i == m.list.at, s, width))
	}
	if at := m.list.at; at < len(m.on) {
		lines = append(lines, line("  "+m.rows[m.on[at]].note, width))
	}
	return lines
}

// outputView is what a script wrote on one computer.
type outputView struct {
	quiet
	c      *Console
	matrix *matrix
	number wire.Number
	step   int
}

func (v *outputView) cell() *runCell    { return &v.matrix.rows[v.number].cells[v.step] }
func (v *outputView) title() string     { return v.matrix.names[v.step] + ", " + v.c.shortName(v.number) }
func (v *outputView) actions() []action { return v.cell().output.moves() }

func (v *outputView) draw(width, height int) []string {
	lines := []string{v.c.look.strong(line(v.matrix.state(v.c, v.number, v.step), width))}
	if o := v.cell().outcome; o != nil {
		if left := o.Left(v.c.opts.Language); left != "" || o.Problem != "" {
			lines = append(lines, line(o.Problem+" "+left, width))
		}
	}
	if len(v.cell().output.lines) == 0 {
		return append(lines, "", "  "+line(v.c.words[wNoOutput], width-2))
	}
	return append(lines, v.cell().output.draw(width, height-len(lines))...)
}
