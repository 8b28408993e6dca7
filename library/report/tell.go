package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
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
	lang   text.Language
	words  map[word]string
	people map[string]string // by account, as they are shown
}

func newTeller(l text.Language) *teller {
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
	return text.Escape(actor)
}

// person shows a CSR, and nothing of the name is lost.
func person(p consent.Person) string {
	name, account := text.Escape(p.Name), text.Escape(p.Account)
	if name == "" || name == account {
		return account
	}
	return name + " (" + account + ")"
}

// learn remembers who an event is about.
func (t *teller) learn(e journal.Event, d data) {
	if e.Kind == journal.KindConnOpen && len(t.people) < maxPeople && d.Who.Account == e.Actor {
		t.people[e.Actor] = person(d.Who)
	}
}

// tell is the sentence. All of it is harmless on a terminal, and one line.
func (t *teller) tell(e journal.Event) string {
	d := dataOf(e)
	t.learn(e, d)
	actor, kind := t.name(e.Actor), word(e.Kind)
	switch e.Kind {
	case journal.KindSessionJoin:
		return t.join(d)
	case journal.KindSessionResume, journal.KindSessionLost:
		return t.say(kind)
	case journal.KindSessionEnd:
		return t.because(t.say(kind, t.name(cmp.Or(d.By, e.Actor))), d.Reason)
	case journal.KindAccessChange:
		return t.access(d)
	case journal.KindConnOpen:
		return t.say(kind, actor)
	case journal.KindConnClose:
		return t.because(t.say(kind, actor), cmp.Or(d.Cause, d.Reason))
	case journal.KindConsentAnswer:
		return t.asked(d) + " → " + t.answered(d.Answer)
	case journal.KindSysInfoView:
		return t.viewed(actor, d)
	case journal.KindFileStage:
		return t.say(kind, actor, text.Escape(d.Name), d.Size, text.Escape(d.SHA256))
	case journal.KindFileMove:
		return t.say(kind, actor, text.Escape(d.Name), text.Escape(d.To))
	case journal.KindFileRemove:
		return t.say(kind, actor, text.Escape(d.Name))
	case journal.KindRunStart, journal.KindRunEnd, journal.KindScriptStart, journal.KindScriptExit:
		return t.ran(e, d)
	case journal.KindScriptOutput:
		return text.Escape(d.Text)
	case journal.KindChatMessage:
		return t.say(kind, actor, text.Escape(d.Text))
	case journal.KindRebootRequest, journal.KindRebootRefuse, journal.KindRebootReturn, journal.KindLogonStart, journal.KindLogonRefuse, journal.KindLogonEnd:
		return t.moved(e, d)
	case journal.KindProblem:
		return t.because(t.say(kind, cmp.Or(t.words[word("problem."+d.Problem)], text.Escape(d.Problem))), d.Detail)
	}
	return text.Escape(fmt.Sprintf("%s: %s %s", actor, e.Kind, text.Plain(string(e.Data), maxUnknown)))
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
	text := t.say(journal.KindSessionJoin, text.Escape(d.Name), text.Escape(d.Host), text.Escape(d.OS))
	if len(d.Allow) == 0 {
		return text
	}
	var kinds []string
	for _, k := range d.Allow {
		kinds = append(kinds, string(k))
	}
	return text + "; " + t.say("join.allow", list(kinds))
}

func list(items []string) string { return text.Escape(strings.Join(items, ", ")) }

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
	return t.say(journal.KindAccessChange, strings.Join(names, ", "))
}

// asked is the question, with what it was about.
func (t *teller) asked(d data) string {
	q := d.Question
	s := text.Escape(strings.TrimSuffix(q.Sentence(t.lang), "."))
	var about []string
	for _, p := range q.Programs {
		about = append(about, text.Escape(p.Name)+" "+text.Escape(p.SHA256))
		for _, f := range p.With {
			about = append(about, "+ "+text.Escape(f.Name)+" "+text.Escape(f.SHA256))
		}
	}
	if q.As != "" {
		about = append(about, t.say("as user", text.Escape(q.As)))
	}
	delay := ""
	if q.Delay > 0 {
		delay = text.Span(q.Delay, t.lang)
	}
	for _, more := range []string{list(q.Categories), text.Escape(q.Account), delay, text.Escape(q.Reason)} {
		if more != "" {
			about = append(about, more)
		}
	}
	if len(about) > 0 {
		s += " (" + strings.Join(about, ", ") + ")"
	}
	return s
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
		what += "; " + t.say("as user", text.Escape(d.As))
	}
	return t.say(journal.KindSysInfoView, actor, what)
}

// ran tells of runs and scripts, but for their output.
func (t *teller) ran(e journal.Event, d data) string {
	switch e.Kind {
	case journal.KindRunStart:
		var names []string
		for _, f := range d.Scripts {
			names = append(names, f.Name)
		}
		s := t.say(journal.KindRunStart, t.name(e.Actor), list(names))
		if d.As != "" {
			s += "; " + t.say("as user", text.Escape(d.As))
		}
		return s
	case journal.KindScriptStart:
		return t.say(journal.KindScriptStart, d.Step, text.Escape(d.Text))
	case journal.KindScriptExit:
		if d.Outcome == nil {
			return t.say(journal.KindScriptExit, d.Step, t.words["aborted"])
		}
		return t.say(journal.KindScriptExit, d.Step, t.went(*d.Outcome))
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
	return t.say(journal.KindRunEnd, how)
}

// went says how a script went.
func (t *teller) went(o outcome) string {
	s := t.words[word(o.Reason)]
	switch {
	case o.Reason == "exit":
		s = t.say("exit", o.Code)
	case o.Reason == "signal":
		s = t.say("signal", text.Escape(o.Signal))
	case s == "":
		s = text.Escape(o.Reason)
	}
	if o.Took > 0 {
		s += ", " + fmt.Sprintf("%.1f s", o.Took.Seconds())
	}
	return t.because(s, o.Problem)
}

// moved tells of restarts and of other users.
func (t *teller) moved(e journal.Event, d data) string {
	kind, who, user := word(e.Kind), t.name(e.Actor), text.Escape(d.User)
	switch e.Kind {
	case journal.KindRebootRequest:
		return t.because(t.say(kind, who), d.Reason)
	case journal.KindRebootRefuse:
		return t.because(t.say(kind), d.Why)
	case journal.KindRebootReturn:
		return t.say(kind, text.Escape(d.Took), text.Plain(d.Before, 40), text.Plain(d.Boot, 40))
	}
	s := t.becauseOf(t.say(kind, who, user), d.Why, d.User)
	if d.Survivors > 0 {
		s += "; " + t.say("logon.left", d.Survivors)
	}
	if d.Stays != "" {
		s += "; " + t.say("logon.stays", text.Escape(d.Stays))
	}
	return s
}
