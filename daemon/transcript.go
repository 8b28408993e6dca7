package daemon

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"supportd/consent"
	"supportd/daemon/lineedit"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// maxReplayed bounds how many lines of one script's output whoever comes later
// is shown: chat is for following what goes on, the journal has everything.
const maxReplayed = 40

// maxPartial bounds a line of output whose end is waited for, in bytes.
const maxPartial = 4 << 10

// transcript tells a journal to people, as a chat: what somebody typed stands
// behind their name, what happened behind a dot, what a script wrote behind a
// bar. It is fed every event from the first, because it learns names from them.
type transcript struct {
	since   time.Time // what is older is not told
	style   style
	live    bool // what comes now happens now
	people  map[string]string
	partial map[string]string // the beginning of a line of output, by stream
	held    []string          // output of one script, while it is replayed
	left    int               // and how many lines before it are not told
}

// style is what the terminal can show.
type style struct {
	width  func() int // columns that text may take now; nil is any number
	colour bool
}

func newTranscript(since time.Time, s style) *transcript {
	return &transcript{since: since, style: s, people: map[string]string{}, partial: map[string]string{}}
}

// form is how something is told: how its first line begins behind the time, how
// every other line begins, and the terminal's colour for it. The other lines begin
// with a mark, so that none can pass for a first one.
type form struct{ first, more, colour string }

func typed(name string) form { return form{name + ": ", "     > ", ""} }
func happened() form         { return form{"· ", "     · ", wire.TerminalCyan} }
func printed() form          { return form{"", "     │ ", wire.TerminalDim} }

// tell returns what there is to say about an event, in whole lines.
func (t *transcript) tell(e journal.Event) string {
	if e.Kind == journal.KindScriptOutput {
		return t.output(e)
	}
	said, f := t.say(e)
	if said == "" || e.Time.Before(t.since) {
		return ""
	}
	return t.settle() + t.set(e.Time, f, said)
}

// output tells whole lines; the rest waits for its end.
func (t *transcript) output(e journal.Event) string {
	var data runData
	if json.Unmarshal(e.Data, &data) != nil || e.Time.Before(t.since) {
		return ""
	}
	lines := strings.Split(t.partial[data.Stream]+data.Text, "\n")
	if len(lines[len(lines)-1]) > maxPartial {
		lines = append(lines, "")
	}
	t.partial[data.Stream] = lines[len(lines)-1]
	t.held = append(t.held, lines[:len(lines)-1]...)
	if t.live {
		return t.release()
	}
	if more := len(t.held) - maxReplayed; more > 0 {
		t.left += more
		t.held = append([]string(nil), t.held[more:]...)
	}
	return ""
}

// release tells the output that was held.
func (t *transcript) release() string {
	var b strings.Builder
	if t.left > 0 {
		b.WriteString(t.set(time.Time{}, printed(), fmt.Sprintf("(%d lines before these: see \"journal\")", t.left)))
	}
	for _, line := range t.held {
		b.WriteString(t.set(time.Time{}, printed(), line))
	}
	t.held, t.left = nil, 0
	return b.String()
}

// settle tells the output whose last line has no end either, because something
// else comes now.
func (t *transcript) settle() string {
	for _, stream := range []string{"stdout", "stderr"} {
		if line := t.partial[stream]; line != "" {
			t.held = append(t.held, line)
		}
	}
	clear(t.partial)
	return t.release()
}

// set makes lines of a text. A line that the terminal would break is broken
// here, where the rest gets its mark.
func (t *transcript) set(at time.Time, f form, s string) string {
	var b strings.Builder
	prefix := f.more
	if !at.IsZero() {
		// A name is broken like the text, so that no row begins with a part of it.
		prefix, s = at.UTC().Format("15:04")+"  ", f.first+s
	}
	colour := f.colour
	if !t.style.colour {
		colour = ""
	}
	taken := max(lineedit.MostWidth(prefix), lineedit.MostWidth(f.more))
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
func (t *transcript) wrap(line string, taken int) (parts []string) {
	if t.style.width == nil {
		return []string{line}
	}
	const least = 4 // a wide character and some
	room := max(t.style.width()-taken, least)
	for len(line) > 0 || parts == nil {
		n := lineedit.Fit(line, room)
		parts, line = append(parts, line[:n]), line[n:]
	}
	return parts
}

// name is how people know an actor.
func (t *transcript) name(actor string) string {
	name := t.people[actor]
	if name == "" {
		name = text.Plain(actor, 60)
	}
	// Nobody is called like a mark.
	return strings.TrimLeft(name, "·│> ")
}

// say is what an event tells, and in which form; "" is nothing.
func (t *transcript) say(e journal.Event) (string, form) {
	say := func(format string, args ...any) (string, form) { return fmt.Sprintf(format, args...), happened() }
	switch e.Kind {
	case journal.KindChatMessage:
		var data chatData
		_ = json.Unmarshal(e.Data, &data)
		return data.Text, typed(t.name(e.Actor))
	case journal.KindConnOpen:
		var data connData
		_ = json.Unmarshal(e.Data, &data)
		known := t.people[e.Actor] != ""
		if t.people[e.Actor] = data.Who.String(); !known {
			return say("%s is connected to the computer", t.name(e.Actor))
		}
	case journal.KindSessionJoin, journal.KindSessionResume:
		var data joinData
		_ = json.Unmarshal(e.Data, &data)
		t.people[actorCustomer] = strings.TrimSpace(text.Plain(data.Name, 60) + " (customer)")
		if e.Kind == journal.KindSessionResume {
			return say("the computer is connected again")
		}
		return say("%s has joined", t.name(actorCustomer))
	case journal.KindSessionLost:
		return say("the computer has lost its connection to the relay")
	case journal.KindSessionEnd:
		return say("the support session has been ended by %s", t.name(e.Actor))
	case journal.KindConsentAnswer:
		return say("%s", sayConsent(e.Data))
	case journal.KindSysInfoView:
		return say("%s looks at information about the computer", t.name(e.Actor))
	case journal.KindRunStart, journal.KindScriptStart, journal.KindScriptExit:
		return say("%s", t.sayRun(e))
	case journal.KindLogonStart, journal.KindLogonRefuse, journal.KindLogonEnd:
		var data logonData
		_ = json.Unmarshal(e.Data, &data)
		return say("%s", t.sayLogon(e, data))
	case journal.KindRebootRequest:
		return say("%s restarts the computer", t.name(e.Actor))
	case journal.KindRebootRefuse:
		return say("the computer does not restart")
	case journal.KindRebootReturn:
		return say("the computer has restarted")
	}
	return "", form{}
}

// sayLogon tells who acts as whom.
func (t *transcript) sayLogon(e journal.Event, data logonData) string {
	user := text.Plain(data.User, 60)
	switch e.Kind {
	case journal.KindLogonStart:
		return t.name(e.Actor) + " acts as " + user + " from now on"
	case journal.KindLogonEnd:
		text := "nobody acts as " + user + " any more"
		if data.Survivors > 0 {
			text += fmt.Sprintf("; %d of that user's processes may still run until the computer restarts", data.Survivors)
		}
		return text
	}
	return t.name(e.Actor) + " could not log on as " + user
}

// sayRun tells what becomes of scripts.
func (t *transcript) sayRun(e journal.Event) string {
	var data struct {
		runData
		Reason string `json:"reason"` // of an end that a later daemon wrote
	}
	_ = json.Unmarshal(e.Data, &data)
	switch {
	case e.Kind == journal.KindRunStart:
		var names []string
		for _, f := range data.Scripts {
			names = append(names, f.Name)
		}
		return t.name(e.Actor) + " runs: " + text.Plain(strings.Join(names, ", "), 200)
	case e.Kind == journal.KindScriptStart:
		return fmt.Sprintf("%d. %s", data.Step, text.Plain(data.Text, 200))
	case data.Outcome == nil:
		return "the script was ended: " + text.Plain(data.Reason, 200)
	}
	return fmt.Sprintf("%d. %s", data.Step, sayOutcome(*data.Outcome))
}

// sayConsent tells a question with its answer.
func sayConsent(raw json.RawMessage) string {
	var data struct {
		Question consent.Question `json:"question"`
		Answer   struct {
			Decision string      `json:"decision"`
			Why      consent.Why `json:"why"`
		} `json:"answer"`
	}
	_ = json.Unmarshal(raw, &data)
	asked := strings.TrimSuffix(data.Question.Sentence(text.English), ".")
	var names []string
	for _, p := range data.Question.Programs {
		names = append(names, p.Name)
	}
	if len(names) > 0 {
		asked += " (" + text.Plain(strings.Join(names, ", "), 200) + ")"
	}
	return asked + ": " + sayAnswer(data.Answer.Decision, data.Answer.Why)
}

// sayAnswer names how a question went.
func sayAnswer(decision string, why consent.Why) string {
	switch why {
	case consent.Answered:
		switch decision {
		case consent.AllowedOnce.String():
			return "the customer allowed it, this once"
		case consent.AllowedForSession.String():
			return "the customer allowed it until the support session ends"
		case consent.Blocked.String():
			return "the customer refused, and wants no more questions or messages"
		}
		return "the customer refused"
	case consent.Unclear:
		return "the customer typed something else, which counts as no"
	case consent.Granted:
		return "the customer had allowed it until the support session ends"
	case consent.AtStart:
		return "the customer had allowed it when they joined"
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
