package report

import (
	"cmp"
	"fmt"
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

// teller says in a sentence what an event tells. It remembers who is who, so it
// has to see the events in their order.
type teller struct {
	lang   text.Language
	words  map[word]string
	people map[string]string // by account, as they are shown
	begun  map[string]begun  // by the kind of its end and its mark
}

func newTeller(l text.Language) *teller {
	return &teller{lang: l, words: words(l), people: map[string]string{}, begun: map[string]begun{}}
}

// Teller says in sentences what the events of a journal tell. It has to be given all of
// them but the output of scripts, in their order. It is not safe for concurrent use.
type Teller struct{ t *teller }

// NewTeller makes a Teller for a language.
func NewTeller(l text.Language) *Teller { return &Teller{newTeller(l)} }

// Tell is what an event says, in one line that is harmless on a terminal.
func (t *Teller) Tell(e journal.Event) string { return t.t.tell(e) }

// say fills a text in, as fmt.Sprintf does.
func (t *teller) say(w word, args ...any) string {
	if len(args) == 0 {
		return t.words[w]
	}
	said := fmt.Sprintf(t.words[w], args...)
	if t.lang == text.Korean {
		return text.Particles(said)
	}
	return said
}

// count says how many there are; in English one of a thing has a word of its own.
func (t *teller) count(w word, n int64) string {
	if one := w + ".one"; n == 1 && t.words[one] != "" {
		w = one
	}
	return t.say(w, n)
}

// name is how people know an actor.
func (t *teller) name(actor string) string {
	if name := t.people[actor]; name != "" {
		return name
	}
	switch actor {
	case journal.ByCustomer:
		return t.words["by customer"]
	case journal.ByDaemon:
		return t.words[wTheDaemon]
	case journal.ByRelay:
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

// begun is what an event has begun whose end has not come.
type begun struct {
	who  consent.Person
	step journal.Step
	user string
}

// place is where an end finds its start among what has begun.
func place(endKind string, mark journal.Mark) string { return endKind + " " + mark.ID }

// learn remembers who an event is about, and what has begun. Most events say
// neither, and nothing of them is decoded.
func (t *teller) learn(e journal.Event) {
	switch end := journal.EndKind(e.Kind); {
	case journal.IsEnd(e.Kind):
		delete(t.begun, place(e.Kind, journal.MarkOf(e)))
	case end != "" && len(t.begun) < maxPeople:
		var b begun
		mark := journal.Mark{}
		switch p := e.Payload().(type) {
		case journal.ConnectionOpen:
			b.who, mark = p.Who, p.Mark
		case journal.ScriptStart:
			b.step, mark = p.Step, p.Mark
		case journal.LogonStart:
			b.user, mark = p.User, p.Mark
		default:
			return // its end says all
		}
		t.begun[place(end, mark)] = b
		if b.who.Account == e.Actor && e.Kind == journal.KindConnOpen && len(t.people) < maxPeople {
			t.people[e.Actor] = person(b.who)
		}
	}
}

// whole is the event's payload. An end that a later daemon wrote for one that was
// killed does not say what it ends: that stands in the start.
func (t *teller) whole(e journal.Event) journal.Payload {
	switch p := e.Payload().(type) {
	case journal.ConnectionClose:
		if b, ok := t.begun[place(e.Kind, p.Mark)]; ok {
			p.Who = b.who
		}
		return p
	case journal.ScriptExit:
		if b, ok := t.begun[place(e.Kind, p.Mark)]; ok {
			p.Step = b.step
		}
		return p
	case journal.LogonEnd:
		if b, ok := t.begun[place(e.Kind, p.Mark)]; ok {
			p.User = b.user
		}
		return p
	default:
		return p
	}
}

// tell is the sentence. All of it is harmless on a terminal, and one line.
func (t *teller) tell(e journal.Event) string {
	p := t.whole(e)
	t.learn(e)
	actor, kind := t.name(e.Actor), word(e.Kind)
	switch p := p.(type) {
	case journal.SessionJoin:
		return t.join(p.Presented)
	case journal.SessionResume, journal.SessionLost:
		return t.say(kind)
	case journal.SessionEnd:
		return t.ended(t.say(kind, t.name(cmp.Or(p.By, e.Actor))), cmp.Or(p.By, e.Actor), p.Reason, p.Because)
	case journal.AccessChange:
		return t.access(p)
	case journal.AccessRevoke:
		return t.revoked(p)
	case journal.ConnectionOpen:
		said := t.say(kind, actor)
		if c := p.Certificate; c != nil {
			said += "; " + t.say("by certificate", text.Escape(c.KeyID), text.Escape(c.CA))
		}
		return said
	case journal.ConnectionClose:
		if p.Who.Account != "" {
			actor = t.name(p.Who.Account)
		}
		return t.because(t.say(kind, actor), cmp.Or(p.Cause, p.Reason), p.Because)
	case journal.ConsentAsk:
		return t.say(kind, actor, cmp.Or(t.words[word("kind."+p.Asked)], text.Escape(string(p.Asked))))
	case journal.ConsentAnswer:
		return t.asked(p.Question) + " → " + t.answeredTo(p)
	case journal.ConsentAllow:
		return t.say(kind, p.Until.UTC().Format("15:04 UTC"), t.kinds(p.Kinds...))
	case journal.ConsentRevoke:
		if p.Question != nil {
			return t.say(kind, t.asked(*p.Question))
		}
		return t.say(kind, t.kinds(p.Allowed))
	case journal.SysInfoView:
		return t.viewed(actor, p)
	case journal.FileStage:
		return t.say(kind, actor, text.Escape(p.Name), t.count(wBytes, p.Size), text.Escape(p.SHA256))
	case journal.FileFetch:
		return t.say(kind, actor, text.Escape(p.Name), t.count(wBytes, p.Size), text.Escape(p.SHA256))
	case journal.FileMkdir:
		return t.say(kind, actor, text.Escape(p.Name))
	case journal.FileMove:
		return t.say(kind, actor, text.Escape(p.Name), text.Escape(p.To))
	case journal.FileRemove:
		return t.say(kind, actor, text.Escape(p.Name))
	case journal.RunStart:
		return t.runs(actor, p)
	case journal.RunEnd:
		return t.say(kind, t.ran(p))
	case journal.ScriptStart:
		return t.say(kind, p.Step.Step, text.Escape(p.Name))
	case journal.ScriptOutput:
		return text.Escape(p.Text)
	case journal.ScriptExit:
		if p.Outcome == nil {
			return t.say(kind, p.Step.Step, t.words["aborted"])
		}
		return t.say(kind, p.Step.Step, t.went(*p.Outcome))
	case journal.ChatMessage:
		return t.say(kind, actor, text.Escape(p.Text))
	case journal.ChatRead:
		return t.say(kind, actor)
	case journal.RebootRequest:
		if p.Reason == "" {
			return t.say(kind, actor)
		}
		return t.say(kind, actor) + ": " + text.Escape(p.Reason)
	case journal.RebootRefuse:
		return t.because(t.say(kind), p.Why, p.Because)
	case journal.RebootReturn:
		s := t.say(kind, text.Escape(p.Took), text.Plain(p.Before, 40), text.Plain(p.Boot, 40))
		if p.EntryRemoved {
			s += "; " + t.words["entry.removed"]
		}
		return s
	case journal.LogonStart:
		return t.say(kind, actor, text.Escape(p.User))
	case journal.LogonRefuse:
		return t.because(t.say(kind, actor, text.Escape(p.User)), p.Why, of(p.Because, p.User))
	case journal.LogonEnd:
		return t.loggedOff(t.say(kind, actor, text.Escape(p.User)), p)
	case journal.WordsExchange:
		if !p.Agreed {
			return t.say("words.failed", person(p.Who), p.Attempt)
		}
		return t.say(kind, person(p.Who), p.Attempt)
	case journal.WordsVerdict:
		return t.compared(actor, e.Actor == journal.ByCustomer, p)
	case journal.ProblemReport:
		s := t.say(kind, cmp.Or(t.words[word("problem."+p.Problem)], text.Escape(string(p.Problem))))
		if p.Detail == "" {
			return s
		}
		return s + ": " + text.Escape(p.Detail)
	}
	return text.Escape(fmt.Sprintf("%s: %s %s", actor, e.Kind, text.Plain(string(e.Data), maxUnknown)))
}

// of names the user of whom the text of an older journal speaks.
func of(b journal.Because, user string) journal.Because {
	if b.CauseCode == "" {
		b.CauseOf = user
	}
	return b
}

// ended adds why a support session ended: in a person's own words, or in ours.
func (t *teller) ended(s, by, reason string, b journal.Because) string {
	if reason != "" && by != journal.ByDaemon && by != journal.ByRelay && b.CauseCode == "" {
		return s + ": " + text.Escape(reason)
	}
	return t.because(s, reason, b)
}

// because adds the reason, where there is one.
func (t *teller) because(s, reason string, b journal.Because) string {
	if reason == "" {
		return s
	}
	return s + ": " + t.cause(reason, b)
}

// cause is a reason in the reader's language. What people gave as a reason stays as
// it is, and so does all of it in English: the text is what the computer wrote.
func (t *teller) cause(reason string, b journal.Because) string {
	if t.lang == text.English {
		return text.Escape(reason)
	}
	if b.CauseCode == "" {
		b = journal.BecauseOf(reason)
	}
	return text.Escape(cmp.Or(b.Say(t.lang), reason))
}

func list(items []string) string { return text.Escape(strings.Join(items, ", ")) }

// asked is the question, with what it was about.
func (t *teller) asked(q consent.Question) string {
	s := text.Escape(strings.TrimSuffix(q.Told(t.lang), "."))
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
	for _, more := range []string{text.Escape(consent.NameCategories(q.Categories, t.lang)), delay, text.Escape(q.Reason)} {
		if more != "" {
			about = append(about, more)
		}
	}
	if len(about) > 0 {
		s += " (" + strings.Join(about, ", ") + ")"
	}
	return s
}

func (t *teller) answered(a consent.Answer) string {
	s := t.words[word("why."+string(a.Why))]
	if a.Why == consent.Answered {
		s = t.words[word(a.Decision.String())]
	}
	return cmp.Or(s, t.words["denied"]) + t.behind(a.Withheld)
}

// behind says what was withheld.
func (t *teller) behind(w consent.Withheld) string {
	kept := w.Names(t.lang)
	if kept == "" {
		return ""
	}
	return "; " + t.say(wBehind, text.Escape(kept))
}

// as says as which user something happens.
func (t *teller) as(user string) string {
	if user == "" {
		return ""
	}
	return "; " + t.say("as user", text.Escape(user))
}

func (t *teller) viewed(actor string, p journal.SysInfoView) string {
	what := cmp.Or(text.Escape(consent.NameCategories(p.Categories, t.lang)), t.words[wEverything])
	return t.say(journal.KindSysInfoView, actor, what+t.behind(p.Withheld)+t.as(p.As))
}

func (t *teller) runs(actor string, p journal.RunStart) string {
	var names []string
	for _, f := range p.Scripts {
		names = append(names, f.Name+t.written(f))
	}
	return t.say(journal.KindRunStart, actor, list(names)) + t.as(p.As)
}

// written says who has written a script, where that is known.
func (t *teller) written(r journal.Ran) string {
	if r.Author == (consent.Person{}) {
		return ""
	}
	said := t.say(wWritten, r.Author.String())
	if r.Second != (consent.Person{}) {
		said = t.say(wApproved, said, r.Second.String())
	}
	return " (" + said + ")"
}

// went says how a script went, and what of it is left.
func (t *teller) went(o journal.Outcome) string {
	s := t.words[word(o.Reason)]
	switch {
	case o.Reason == journal.Exited:
		s = t.say("exit", o.Code)
	case o.Reason == journal.Signalled:
		s = t.say("signal", text.Escape(o.Signal))
	case s == "":
		s = text.Escape(string(o.Reason))
	}
	if o.Took > 0 {
		s += ", " + fmt.Sprintf("%.1f s", o.Took.Seconds())
	}
	s = t.because(s, o.Problem, o.Because)
	if left := o.Left(t.lang); left != "" {
		s += "; " + left
	}
	return s
}

// loggedOff adds why a logon ended, and what of it is left.
func (t *teller) loggedOff(s string, p journal.LogonEnd) string {
	s = t.because(s, cmp.Or(p.Why, p.Reason), of(p.Because, p.User))
	if p.Survivors > 0 {
		s += "; " + t.say("logon.left", p.Survivors)
	}
	if p.Stays != "" {
		s += "; " + t.say("logon.stays", text.Escape(p.Stays))
	}
	return s
}
