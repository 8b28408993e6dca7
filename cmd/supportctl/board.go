package main

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/relay/client"
)

// maxLine bounds a line that is shown in one piece, in bytes.
const maxLine = 64 << 10

// board is the display where the lines of all computers of a job meet, each with the
// session number in front. It is safe for concurrent use.
type board struct {
	out   io.Writer // lines of scripts
	notes io.Writer // what happens around them
	raw   io.Writer // standard output of scripts, byte for byte; nil is as lines
	color bool
	bare  bool // of one computer only, whose number does not stand in front
	// What is no word of a computer is said by speaker; nil is English.
	speaker *text.Speaker

	mu    sync.Mutex
	begun map[string]string // lines that have not ended, by computer and stream
}

// newBoard shows lines on standard output; where that shall be JSON or CSV, or the
// bytes of scripts, on standard error.
func (j *job) newBoard() *board {
	b := &board{out: j.p.std.Out, notes: j.p.std.Err, speaker: j.p.std.Speaker, begun: map[string]string{}}
	if j.format != cmdline.Table || j.how.Raw {
		b.out = j.p.std.Err
	}
	if j.how.Raw {
		b.raw = j.p.std.Out
	}
	b.color = isTerminal(b.out) && j.p.env("NO_COLOR") == "" && j.p.env("TERM") != "dumb"
	return b
}

// hold keeps the board still until release is called.
func (b *board) hold() (release func()) {
	b.mu.Lock()
	return b.mu.Unlock
}

func (b *board) reached(t *target, s stage) {
	if said := s.text(b.speaker, t); said != "" {
		b.say(t, said)
	}
}

// say tells something about a computer that is not its own word.
func (b *board) say(t *target, s string) { _ = b.tell(t, s) } // a run goes on without its notes

// tell is say with the error of writing.
func (b *board) tell(t *target, s string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := fmt.Fprintf(b.notes, "%s* %s\n", b.head(t), text.Escape(s))
	return err
}

// head is what each line of a computer begins with.
func (b *board) head(t *target) string {
	if b.bare {
		return ""
	}
	return t.session.Number.Spoken() + " "
}

// show shows an event of a run.
func (b *board) show(t *target, e client.Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e.Kind {
	case journal.KindScriptStart:
		return b.line(t, ">", text.Escape(fmt.Sprintf("%d. %s", e.Step, e.Text)))
	case journal.KindScriptOutput:
		if b.raw == nil || e.Stream != journal.Stdout {
			return b.output(t, e)
		}
		bytes := e.Raw
		if bytes == nil { // they are the same
			bytes = []byte(e.Text)
		}
		_, err := b.raw.Write(bytes)
		return err
	case journal.KindScriptExit:
		if err := b.flush(t); err != nil || e.Outcome == nil {
			return err
		}
		return b.line(t, "<", text.Escape(fmt.Sprintf("%d. %s: ", e.Step, e.Outcome.Name))+b.paint(*e.Outcome))
	}
	return nil
}

// finish shows what is left of a computer's lines.
func (b *board) finish(t *target) {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.flush(t)
	if t.err == nil {
		t.err = err
	}
}

// end shows what is left of a computer's lines, and why nothing comes any more.
func (b *board) end(t *target) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.flush(t); err != nil || t.err == nil {
		return err
	}
	return b.line(t, "<", text.Escape(b.speaker.Error(t.err)))
}

func streamMark(stream string) string {
	if stream == journal.Stderr {
		return "!"
	}
	return "|"
}

// output shows whole lines; a beginning waits for its end.
func (b *board) output(t *target, e client.Event) error {
	key := string(t.session.Number) + streamMark(e.Stream)
	s := b.begun[key] + e.Text
	for {
		line, rest, found := strings.Cut(s, "\n")
		if !found && len(s) <= maxLine {
			break
		}
		if err := b.line(t, streamMark(e.Stream), text.EscapeLines(line)); err != nil {
			return err
		}
		s = rest
	}
	b.begun[key] = s
	return nil
}

func (b *board) flush(t *target) error {
	for _, mark := range []string{"|", "!"} {
		key := string(t.session.Number) + mark
		if s := b.begun[key]; s != "" {
			if err := b.line(t, mark, text.EscapeLines(s)); err != nil {
				return err
			}
		}
		delete(b.begun, key)
	}
	return nil
}

// line writes one line of text that has been made harmless.
func (b *board) line(t *target, mark, text string) error {
	_, err := fmt.Fprintf(b.out, "%s%s %s\n", b.head(t), mark, text)
	return err
}

// paint says how a script went, in colour where the terminal has it.
func (b *board) paint(o client.Outcome) string {
	text := text.Escape(verdict(b.speaker, o)) + ", " + span(o.Took)
	switch {
	case !b.color:
		return text
	case o.OK():
		return "\x1b[32m" + text + "\x1b[0m"
	}
	return "\x1b[31m" + text + "\x1b[0m"
}
