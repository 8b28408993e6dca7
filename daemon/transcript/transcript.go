// Package transcript tells a journal to CSRs in sentences, as a chat: the plain-ssh chat and the output of runs are made of it. It reads events and knows no
// connection.
package transcript

import (
	"cmp"
	"strings"
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// maxReplayed bounds how many lines of one script's output whoever comes later
// is shown: chat is for following what goes on, the journal has everything.
const maxReplayed = 40

// maxPartial bounds a line of output whose end is waited for, in bytes.
const maxPartial = 4 << 10

// Transcript tells a journal to people, as a chat: what somebody typed stands
// behind their name, what happened behind a dot, what a script wrote behind a
// bar, with a sign where it was standard error. It is fed every event from the
// first, because it learns names from them.
type Transcript struct {
	since   time.Time // what is older is not told
	style   Style
	live    bool // what comes now happens now
	people  map[string]string
	partial map[string]string // the beginning of a line of output, by stream
	held    []printedLine     // output of one script, while it is replayed
	left    int               // and how many lines before it are not told
}

// printedLine is a line that a script wrote to a stream.
type printedLine struct{ stream, text string }

// Style is what the terminal can show.
type Style struct {
	Width   func() int // columns that text may take now; nil is any number
	Colour  bool
	Speaker *text.Speaker // nil is English
}

// New tells what is not older than since. It is for one goroutine.
func New(since time.Time, s Style) *Transcript {
	return &Transcript{since: since, style: s, people: map[string]string{}, partial: map[string]string{}}
}

// form is how something is told: how its first line begins behind the time, how
// every other line begins, and the terminal's colour for it. The other lines begin
// with a mark, so that none can pass for a first one.
type form struct{ first, more, colour string }

func typed(name string) form { return form{name + ": ", "     > ", ""} }
func happened() form         { return form{"· ", "     · ", wire.TerminalCyan} }
func printed(stream string) form {
	if stream == journal.Stderr { // a sign, for colours are not everywhere
		return form{"", "   ! │ ", wire.TerminalDim}
	}
	return form{"", "     │ ", wire.TerminalDim}
}

// Tell returns what there is to say about an event, in whole lines.
func (t *Transcript) Tell(e journal.Event) string {
	if e.Kind == journal.KindScriptOutput {
		return t.output(e)
	}
	said, f := t.say(e)
	if said == "" || e.Time.Before(t.since) {
		return ""
	}
	return t.flush() + t.set(e.Time, f, said)
}

// Live says that what comes now happens now, and tells the output that was held
// until then. Any call but the first tells nothing.
func (t *Transcript) Live() string {
	if t.live {
		return ""
	}
	t.live = true
	return t.flushLines()
}

// output tells whole lines; the rest waits for its end.
func (t *Transcript) output(e journal.Event) string {
	data := journal.Of[journal.ScriptOutput](e)
	if e.Time.Before(t.since) {
		return ""
	}
	lines := strings.Split(t.partial[data.Stream]+data.Text, "\n")
	if len(lines[len(lines)-1]) > maxPartial {
		lines = append(lines, "")
	}
	t.partial[data.Stream] = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		t.held = append(t.held, printedLine{data.Stream, line})
	}
	if t.live {
		return t.flushLines()
	}
	if more := len(t.held) - maxReplayed; more > 0 {
		t.left += more
		t.held = append([]printedLine(nil), t.held[more:]...)
	}
	return ""
}

// flushLines tells the whole lines of output that were held.
func (t *Transcript) flushLines() string {
	var b strings.Builder
	if t.left > 0 {
		b.WriteString(t.set(time.Time{}, printed(journal.Stdout), t.style.Speaker.Say("(%d lines before these: see \"journal\")", t.left)))
	}
	for _, line := range t.held {
		b.WriteString(t.set(time.Time{}, printed(line.stream), line.text))
	}
	t.held, t.left = nil, 0
	return b.String()
}

// flush tells all output, also a last line that has no end,
// because something else comes now.
func (t *Transcript) flush() string {
	for _, stream := range []string{journal.Stdout, journal.Stderr} {
		if line := t.partial[stream]; line != "" {
			t.held = append(t.held, printedLine{stream, line})
		}
	}
	clear(t.partial)
	return t.flushLines()
}

// set makes lines of a text. A line that the terminal would break is broken
// here, where the rest gets its mark.
func (t *Transcript) set(at time.Time, f form, s string) string {
	var b strings.Builder
	prefix := f.more
	if !at.IsZero() {
		// A name is broken like the text, so that no row begins with a part of it.
		prefix, s = at.UTC().Format("15:04")+"  ", f.first+s
	}
	colour := f.colour
	if !t.style.Colour {
		colour = ""
	}
	taken := max(text.MostWidth(prefix), text.MostWidth(f.more))
	for line := range strings.SplitSeq(s, "\n") {
		for _, part := range t.wrap(text.Escape(strings.ReplaceAll(line, "\t", "    ")), taken) {
			b.WriteString(colour + prefix + part)
			if colour != "" {
				b.WriteString(wire.TerminalNormal)
			}
			b.WriteByte('\n')
			prefix = f.more
		}
	}
	return b.String()
}

// wrap breaks a line before which taken columns are taken.
func (t *Transcript) wrap(line string, taken int) (parts []string) {
	if t.style.Width == nil {
		return []string{line}
	}
	const least = 4 // a wide character and some
	room := max(t.style.Width()-taken, least)
	for len(line) > 0 || parts == nil {
		n := text.Fit(line, room)
		parts, line = append(parts, line[:n]), line[n:]
	}
	return parts
}

// name is how people know an actor.
func (t *Transcript) name(actor string) string {
	name := t.people[actor]
	if name == "" {
		name = text.Plain(actor, 60)
	}
	// Nobody is called like a mark.
	return strings.TrimLeft(name, "·│> ")
}

// say is what an event tells, and in which form; "" is nothing.
func (t *Transcript) say(e journal.Event) (string, form) {
	say := func(format string, args ...any) (string, form) {
		return t.style.Speaker.Say(format, args...), happened()
	}
	switch p := e.Payload().(type) {
	case journal.ChatMessage:
		return p.Text, typed(t.name(e.Actor))
	case journal.ConnectionOpen:
		known := t.people[e.Actor] != ""
		if t.people[e.Actor] = p.Who.String(); !known {
			return say("%s is connected to the computer", t.name(e.Actor))
		}
	case journal.SessionJoin:
		t.meet(p.Presented)
		return say("%s has joined", t.name(journal.ByCustomer))
	case journal.SessionResume:
		t.meet(p.Presented)
		return say("the computer is connected again")
	case journal.SessionLost:
		return say("the computer has lost its connection to the relay")
	case journal.SessionEnd:
		return say("the support session has been ended by %s", t.name(cmp.Or(p.By, e.Actor)))
	case journal.ConsentAnswer:
		return say("%s", sayConsent(t.style.Speaker, p))
	case journal.ConsentAllow:
		return say("the customer is away, and has allowed until %s UTC without a question: %s", p.Until.UTC().Format("15:04"), kinds(p.Kinds))
	case journal.ConsentRevoke:
		return say("the customer took back what was allowed: %s", kinds([]consent.Kind{p.Allowed}))
	case journal.SysInfoView:
		return say("%s looks at information about the computer", t.name(e.Actor))
	case journal.RunStart:
		var names []string
		for _, f := range p.Scripts {
			names = append(names, f.Name)
		}
		return say("%s runs: %s", t.name(e.Actor), text.Plain(strings.Join(names, ", "), 200))
	case journal.ScriptStart:
		return say("%d. %s", p.Step.Step, text.Plain(p.Name, 200))
	case journal.ScriptExit:
		if p.Outcome == nil {
			return say("the script was ended: %s", text.Plain(p.Reason, 200))
		}
		return say("%d. %s", p.Step.Step, Outcome(t.style.Speaker, *p.Outcome))
	case journal.LogonStart:
		return say("%s acts as %s from now on", t.name(e.Actor), text.Plain(p.User, 60))
	case journal.LogonRefuse:
		return say("%s could not log on as %s%s", t.name(e.Actor), text.Plain(p.User, 60), why(p.Why))
	case journal.LogonEnd:
		left := text.Message{}
		if p.Survivors > 0 {
			left = text.Later("; %d of that user's processes may still run until the computer restarts", p.Survivors)
		}
		return say("nobody acts as %s any more%s", text.Plain(p.User, 60), left)
	case journal.WordsVerdict:
		switch customer := e.Actor == journal.ByCustomer; {
		case customer && p.Same:
			return say("the customer has picked the safety words of %s", p.Who.String())
		case customer:
			return say("the customer has heard other safety words from %s: somebody may sit in between", p.Who.String())
		case p.Same:
			return say("%s has heard the customer say the same safety words", t.name(e.Actor))
		}
		return say("%s says that the customer has other safety words: somebody may sit in between", t.name(e.Actor))
	case journal.RebootRequest:
		return say("%s restarts the computer", t.name(e.Actor))
	case journal.RebootRefuse:
		return say("the computer does not restart%s", why(p.Why))
	case journal.RebootReturn:
		return say("the computer has restarted")
	}
	return "", form{}
}

// kinds names what is allowed.
func kinds(list []consent.Kind) string {
	words := make([]string, len(list))
	for i, k := range list {
		words[i] = text.Plain(string(k), 60)
	}
	return strings.Join(words, ", ")
}

// why is a reason behind a sentence; "" where none is known.
func why(reason string) string {
	if reason = text.Plain(reason, 200); reason == "" {
		return ""
	}
	return ": " + reason
}

// meet learns what the customer calls themselves.
func (t *Transcript) meet(p journal.Presented) {
	t.people[journal.ByCustomer] = strings.TrimSpace(text.Plain(p.Name, 60) + " " + t.style.Speaker.Text("(customer)"))
}

// sayConsent tells a question with its answer.
func sayConsent(s *text.Speaker, p journal.ConsentAnswer) string {
	asked := strings.TrimSuffix(p.Question.Told(s.Language()), ".")
	var names []string
	for _, program := range p.Question.Programs {
		names = append(names, program.Name)
	}
	if len(names) > 0 {
		asked += " (" + text.Plain(strings.Join(names, ", "), 200) + ")"
	}
	if p.Question.Kind == consent.Words && p.Answer.Why == consent.Answered && p.Answer.Decision != consent.Blocked {
		if p.Answer.Decision.Allowed() {
			return asked + ": " + s.Text("the customer picked two words")
		}
		return asked + ": " + s.Text("the customer picked none")
	}
	return asked + ": " + Answer(s, p.Answer)
}

// Answer names how a question went.
func Answer(s *text.Speaker, a consent.Answer) string { return s.Text(answer(a)) }

func answer(a consent.Answer) string {
	switch a.Why {
	case consent.Answered:
		switch a.Decision {
		case consent.AllowedOnce:
			return "the customer allowed it, this once"
		case consent.AllowedForSession:
			return "the customer allowed it until the support session ends"
		case consent.Blocked:
			return "the customer refused, and wants no more questions or messages"
		}
		return "the customer refused"
	case consent.Unclear:
		return "the customer typed something else, which counts as no"
	case consent.Granted:
		return "the customer had allowed it until the support session ends"
	case consent.AtStart:
		return "the customer had allowed it when they joined"
	case consent.Away:
		return "the customer is away, and had allowed it until they come back"
	case consent.Locked:
		return "the customer's screen was locked"
	case consent.TimedOut:
		return "the customer did not answer"
	case consent.Withdrawn:
		return "withdrawn before the customer answered"
	case consent.Nobody:
		return "no one was at the screen"
	case consent.Flooded:
		return "not asked, too many questions"
	case consent.BlockedBy:
		return "not asked, the customer wants no more questions"
	}
	return "not allowed"
}
