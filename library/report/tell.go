package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"supportd/consent"
	"supportd/library/wire"
)

const (
	// maxPeople bounds the names that a teller remembers: more than any session has.
	maxPeople = 200
	// maxUnknown is how much is shown of an event of a kind that this program does
	// not know, in runes.
	maxUnknown = 500
)

// Actors that are no account.
const (
	customer = "customer"
	daemon   = "daemon"
	relay    = "relay"
)

// teller says in a sentence what an event tells. It remembers who is who, so it
// has to see the events in their order.
type teller struct {
	lang   consent.Language
	words  map[word]string
	people map[string]string // by account, as they are shown
}

func newTeller(l consent.Language) *teller {
	return &teller{lang: l, words: words(l), people: map[string]string{}}
}

// say fills a text in, as fmt.Sprintf does.
func (t *teller) say(w word, args ...any) string {
	if len(args) == 0 {
		return t.words[w]
	}
	return fmt.Sprintf(t.words[w], args...)
}

// name is how people know an actor.
func (t *teller) name(actor string) string {
	if name := t.people[actor]; name != "" {
		return name
	}
	switch actor {
	case customer:
		return t.words["by customer"]
	case daemon:
		return t.words[wTheDaemon]
	case relay:
		return t.words[wTheRelay]
	}
	return consent.Escape(actor)
}

// person shows a CSR, and nothing of the name is lost.
func person(p consent.Person) string {
	name, account := consent.Escape(p.Name), consent.Escape(p.Account)
	if name == "" || name == account {
		return account
	}
	return name + " (" + account + ")"
}

// learn remembers who an event is about.
func (t *teller) learn(e wire.Event, d data) {
	if e.Kind == wire.EventConnOpen && len(t.people) < maxPeople && d.Who.Account == e.Actor {
		t.people[e.Actor] = person(d.Who)
	}
}

// tell is the sentence. All of it is harmless on a terminal, and one line.
func (t *teller) tell(e wire.Event) string {
	d := dataOf(e)
	t.learn(e, d)
	actor, kind := t.name(e.Actor), word(e.Kind)
	switch e.Kind {
	case wire.EventSessionJoin:
		return t.join(d)
	case wire.EventSessionResume, wire.EventSessionLost:
		return t.say(kind)
	case wire.EventSessionEnd:
		return t.because(t.say(kind, t.name(cmp.Or(d.By, e.Actor))), d.Reason)
	case wire.EventAccessChange:
		return t.access(d)
	case wire.EventConnOpen:
		return t.say(kind, actor)
	case wire.EventConnClose:
		return t.because(t.say(kind, actor), cmp.Or(d.Cause, d.Reason))
	case wire.EventConsentAnswer:
		return t.asked(d) + " → " + t.answered(d.Answer)
	case wire.EventSysInfoView:
		return t.viewed(actor, d)
	case wire.EventFileStage:
		return t.say(kind, actor, consent.Escape(d.Name), d.Size, consent.Escape(d.SHA256))
	case wire.EventFileMove:
		return t.say(kind, actor, consent.Escape(d.Name), consent.Escape(d.To))
	case wire.EventFileRemove:
		return t.say(kind, actor, consent.Escape(d.Name))
	case wire.EventRunStart, wire.EventRunEnd, wire.EventScriptStart, wire.EventScriptExit:
		return t.ran(e, d)
	case wire.EventScriptOutput:
		return consent.Escape(d.Text)
	case wire.EventChatMessage:
		return t.say(kind, actor, consent.Escape(d.Text))
	case wire.EventRebootRequest, wire.EventRebootRefuse, wire.EventRebootReturn, wire.EventLogonStart, wire.EventLogonRefuse, wire.EventLogonEnd:
		return t.moved(e, d)
	case wire.EventProblem:
		return t.because(t.say(kind, cmp.Or(t.words[word("problem."+d.Problem)], consent.Escape(d.Problem))), d.Detail)
	}
	return consent.Escape(fmt.Sprintf("%s: %s %s", actor, e.Kind, consent.Plain(string(e.Data), maxUnknown)))
}

// because adds the reason, where there is one.
func (t *teller) because(text, reason string) string { return t.becauseOf(text, reason, "") }

// becauseOf adds a reason that speaks of a user.
func (t *teller) becauseOf(text, reason, user string) string {
	if reason == "" {
		return text
	}
	return text + ": " + t.cause(reason, user)
}

func (t *teller) join(d data) string {
	text := t.say(wire.EventSessionJoin, consent.Escape(d.Name), consent.Escape(d.Host), consent.Escape(d.OS))
	if len(d.Allow) == 0 {
		return text
	}
	var kinds []string
	for _, k := range d.Allow {
		kinds = append(kinds, string(k))
	}
	return text + "; " + t.say("join.allow", list(kinds))
}

func list(items []string) string { return consent.Escape(strings.Join(items, ", ")) }

func (t *teller) access(d data) string {
	var names []string
	for _, p := range d.May { // one for each key
		if name := person(p); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return t.say("access.nobody")
	}
	return t.say(wire.EventAccessChange, strings.Join(names, ", "))
}

// asked is the question, with what it was about.
func (t *teller) asked(d data) string {
	q := d.Question
	text := consent.Escape(strings.TrimSuffix(q.Sentence(t.lang), "."))
	var about []string
	for _, p := range q.Programs {
		about = append(about, consent.Escape(p.Name)+" "+consent.Escape(p.SHA256))
		for _, f := range p.With {
			about = append(about, "+ "+consent.Escape(f.Name)+" "+consent.Escape(f.SHA256))
		}
	}
	if q.As != "" {
		about = append(about, t.say("as user", consent.Escape(q.As)))
	}
	delay := ""
	if q.Delay > 0 {
		delay = consent.Span(q.Delay, t.lang)
	}
	for _, more := range []string{list(q.Categories), consent.Escape(q.Account), delay, consent.Escape(q.Reason)} {
		if more != "" {
			about = append(about, more)
		}
	}
	if len(about) > 0 {
		text += " (" + strings.Join(about, ", ") + ")"
	}
	return text
}

func (t *teller) answered(a answer) string {
	text := t.words[word("why."+string(a.Why))]
	if a.Why == consent.Answered {
		text = t.words[word(a.Decision)]
	}
	if text == "" {
		text = t.words["denied"]
	}
	if kept := append(a.Withheld.Categories, a.Withheld.Fields...); len(kept) > 0 {
		text += "; " + t.say(wBehind, list(kept))
	}
	return text
}

func (t *teller) viewed(actor string, d data) string {
	what := list(d.Categories)
	if what == "" {
		what = t.words[wEverything]
	}
	if kept := append(d.Withheld.Categories, d.Withheld.Fields...); len(kept) > 0 {
		what += "; " + t.say(wBehind, list(kept))
	}
	if d.As != "" {
		what += "; " + t.say("as user", consent.Escape(d.As))
	}
	return t.say(wire.EventSysInfoView, actor, what)
}

// ran tells of runs and scripts, but for their output.
func (t *teller) ran(e wire.Event, d data) string {
	switch e.Kind {
	case wire.EventRunStart:
		var names []string
		for _, f := range d.Scripts {
			names = append(names, f.Name)
		}
		text := t.say(wire.EventRunStart, t.name(e.Actor), list(names))
		if d.As != "" {
			text += "; " + t.say("as user", consent.Escape(d.As))
		}
		return text
	case wire.EventScriptStart:
		return t.say(wire.EventScriptStart, d.Step, consent.Escape(d.Text))
	case wire.EventScriptExit:
		if d.Outcome == nil {
			return t.say(wire.EventScriptExit, d.Step, t.words["aborted"])
		}
		return t.say(wire.EventScriptExit, d.Step, t.went(*d.Outcome))
	}
	failed := 0
	for _, o := range d.Outcomes {
		if o.Reason != "exit" || o.Code != 0 {
			failed++
		}
	}
	how := t.words["run.ok"]
	switch {
	case d.Aborted:
		how = t.words["aborted"]
	case failed > 0:
		how = t.say("run.failed", failed, len(d.Outcomes))
	}
	return t.say(wire.EventRunEnd, how)
}

// went says how a script went.
func (t *teller) went(o outcome) string {
	text := t.words[word(o.Reason)]
	switch {
	case o.Reason == "exit":
		text = t.say("exit", o.Code)
	case o.Reason == "signal":
		text = t.say("signal", consent.Escape(o.Signal))
	case text == "":
		text = consent.Escape(o.Reason)
	}
	if o.Took > 0 {
		text += ", " + fmt.Sprintf("%.1f s", o.Took.Seconds())
	}
	return t.because(text, o.Problem)
}

// moved tells of restarts and of other users.
func (t *teller) moved(e wire.Event, d data) string {
	kind, who, user := word(e.Kind), t.name(e.Actor), consent.Escape(d.User)
	switch e.Kind {
	case wire.EventRebootRequest:
		return t.because(t.say(kind, who), d.Reason)
	case wire.EventRebootRefuse:
		return t.because(t.say(kind), d.Why)
	case wire.EventRebootReturn:
		return t.say(kind, consent.Escape(d.Took), consent.Plain(d.Before, 40), consent.Plain(d.Boot, 40))
	}
	text := t.becauseOf(t.say(kind, who, user), d.Why, d.User)
	if d.Survivors > 0 {
		text += "; " + t.say("logon.left", d.Survivors)
	}
	if d.Stays != "" {
		text += "; " + t.say("logon.stays", consent.Escape(d.Stays))
	}
	return text
}
