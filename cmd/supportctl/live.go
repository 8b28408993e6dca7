package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/client"
)

const (
	// drawEvery is how often the lines are looked at: what happens is seen at once, and a
	// window that has another size is filled anew.
	drawEvery = 200 * time.Millisecond
	// redrawEvery is how often they are written though they are the same: keys that
	// somebody presses meanwhile leave letters on them.
	redrawEvery = time.Second

	// The terminal's other screen, with lines that do not go on in the next row, and the
	// way back (xterm, "Private Modes").
	cutLines    = "\x1b[?7l"
	wrapLines   = "\x1b[?7h"
	enterScreen = "\x1b[?1049h" + cutLines + "\x1b[2J"
	leaveScreen = wrapLines + "\x1b[?1049l"
	topOfScreen = "\x1b[H"
	restOfLine  = "\x1b[K"
	restBelow   = "\x1b[J"
)

// live has a line for each computer of a job, on a screen of the terminal's own that is
// gone when the job is over.
type live struct {
	out   io.Writer
	size  func() (columns, rows int)
	color bool
	// What is no word of a computer is said by speaker; nil is English.
	speaker *text.Speaker

	mu    sync.Mutex
	lines []*liveLine // in the order in which the sessions were named
	of    map[*target]*liveLine
	shown string // what stands on the screen
	at    time.Time

	stop    context.CancelFunc
	drawing sync.WaitGroup
}

// liveLine is what is known of one computer.
type liveLine struct {
	t        *target
	stage    stage
	question *api.Question // that stands on the customer's screen
	note     string        // what was said last while the customer was asked
	step, of int
	script   string
	since    time.Time // when it started
	tail     string    // what was written last
	mark     string    // by which stream
	begun    map[string]string
	took     time.Duration
	ended    string // how it went
	ok       bool
}

func newLive(j *job) *live {
	l := &live{out: j.p.std.Out, size: func() (int, int) { return size(j.p.std.Out) }, color: j.p.env("NO_COLOR") == "", speaker: j.p.std.Speaker, of: map[*target]*liveLine{}}
	for _, t := range j.targets {
		line := &liveLine{t: t, of: len(j.plan.names), begun: map[string]string{}}
		l.lines, l.of[t] = append(l.lines, line), line
	}
	return l
}

// open takes the screen, until close is called.
func (l *live) open() {
	_, _ = io.WriteString(l.out, enterScreen) // a terminal that is gone ends the program by its signal
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.drawing.Go(func() {
		tick := time.NewTicker(drawEvery)
		defer tick.Stop()
		for {
			l.draw(time.Now())
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
}

// close gives the screen back.
func (l *live) close() {
	l.stop()
	l.drawing.Wait()
	_, _ = io.WriteString(l.out, leaveScreen)
}

// draw brings the screen up to date.
func (l *live) draw(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	columns, rows := l.size()
	frame := topOfScreen + strings.Join(l.frame(now, columns, rows), restOfLine+"\r\n") + restOfLine + restBelow
	if frame == l.shown && now.Sub(l.at) < redrawEvery {
		return
	}
	l.shown, l.at = frame, now
	_, _ = io.WriteString(l.out, frame)
}

func (l *live) hold() (release func()) {
	l.mu.Lock()
	_, _ = io.WriteString(l.out, wrapLines) // a question may be longer than a row
	return func() {
		_, _ = io.WriteString(l.out, cutLines)
		l.shown = "" // what was asked stands there
		l.mu.Unlock()
	}
}

func (l *live) reached(t *target, s stage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.of[t]
	if line.note = ""; s == stageBack {
		s = stageRuns
	}
	line.stage = s
}

func (l *live) say(t *target, s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[t].note = s
}

func (l *live) show(t *target, e client.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.of[t]
	line.stage = stageRuns
	switch e.Kind {
	case journal.KindScriptStart:
		line.step, line.script, line.since, line.of = e.Step, e.Text, time.Now(), max(line.of, e.Step)
	case journal.KindScriptOutput:
		line.wrote(e.Stream, e.Text)
	case journal.KindScriptExit:
		if e.Outcome != nil {
			line.took += e.Outcome.Took
		}
	}
	return nil
}

// wrote keeps the last line with anything in it.
func (line *liveLine) wrote(stream, s string) {
	mark := streamMark(stream)
	s = line.begun[mark] + s
	whole, rest := "", s
	if at := strings.LastIndexByte(s, '\n'); at >= 0 {
		whole, rest = s[:at], s[at+1:]
	}
	line.begun[mark] = rest[:min(len(rest), maxTail)]
	for _, last := range []string{rest, whole} {
		last = strings.TrimRight(last, "\r\n\t ")
		if last = last[strings.LastIndexByte(last, '\n')+1:]; last != "" {
			line.tail, line.mark = strings.ToValidUTF8(last[:min(len(last), maxTail)], ""), mark
			return
		}
	}
}

// maxTail bounds what is kept of a line, in bytes: more than a row of any terminal has.
const maxTail = 1 << 10

func (l *live) finish(t *target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.of[t]
	line.stage = stageEnded
	line.ended, line.ok = line.result(l.speaker)
}

// asked notes which question stands on a customer's screen, nil for none.
func (l *live) asked(n wire.Number, q *api.Question) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if line.t.session.Number == n {
			line.question = q
		}
	}
}

// followQuestions lets a live display know which question stands where and how long,
// until ctx ends. The relay tells it; where it cannot, the lines go without.
func (j *job) followQuestions(ctx context.Context, l *live) {
	var numbers []wire.Number // none is all of them
	if len(j.targets) <= perWatch {
		for _, t := range j.targets {
			numbers = append(numbers, t.session.Number)
		}
	}
	for attempt := 0; ; attempt++ {
		relay, err := client.Dial(ctx, j.lines.profile.options(j.lines.keys...))
		if err == nil {
			attempt = 0
			err = relay.Watch(ctx, false, numbers, func(s api.Session) error {
				l.asked(s.Number, s.Question)
				return nil
			})
			err = errors.Join(err, relay.Close())
		}
		if !offline(err) || pause(ctx, attempt) != nil {
			return
		}
	}
}

// perWatch is how many sessions are named to the relay: a command is one line.
const perWatch = 500

// customer is what the customer of a computer is called, harmless.
func (t *target) customer(speak *text.Speaker) string {
	if name := text.Plain(t.session.Customer, 60); name != "" {
		return name
	}
	return speak.Text(liveCustomer)
}
