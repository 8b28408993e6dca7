package api

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"supportd/library/text"
)

// Text says what is asked, by whom, and how long the customer has for the answer.
func (q Question) Text(now time.Time) string { return q.Message(now).String() }

// Message is [Question.Text] in every language.
func (q Question) Message(now time.Time) text.Message {
	left := q.Until.Sub(now).Round(time.Second)
	return text.Later("%s, %d s left, by %s", q.Kind, max(0, int(left.Seconds())), q.By)
}

// message says which script of how many runs.
func (r Run) message() text.Message {
	return text.Later("%s (%d of %d), by %s", r.Script, r.Step, r.Of, r.By)
}

// Now says in short what a CSR has to know of a session: what is asked, what is unread,
// as whom they act, what runs, and when the session ends unless its computer comes, if
// that is soon; "" is nothing. The most urgent comes first.
func (s Session) Now(now time.Time) string { return s.now(nil, now) }

func (s Session) now(speaker *text.Speaker, now time.Time) string {
	var all []string
	add := func(format string, args ...any) { all = append(all, speaker.Say(format, args...)) }
	if s.Question != nil {
		add("asked: %s", s.Question.Message(now))
	}
	if s.Unread > 0 && s.State != Ended {
		add("%d unread", s.Unread)
	}
	if s.ActingAs != "" {
		add("as %s", s.ActingAs)
	}
	if s.Run != nil {
		add("runs %s", s.Run.message())
	}
	if left := s.Expires.Sub(now); !s.Expires.IsZero() && left > 0 && left <= soon && s.State != Ended {
		add("ends in %d min", int((left+time.Minute-1)/time.Minute))
	}
	return strings.Join(all, "; ")
}

// soon is when a session's end is told beside what else goes on.
const soon = 15 * time.Minute

// Title names a session for people: its number, the customer with their computer, the
// ticket, and what the CSR calls it. All of it is harmless.
func (s Session) Title() string { return s.In(nil) }

// String is [Session.Title].
func (s Session) String() string { return s.Title() }

// In is [Session.Title] in a language. It implements [text.Sayable].
func (s Session) In(speaker *text.Speaker) string {
	title := s.Number.Spoken()
	for _, part := range []struct{ format, what string }{{"with %s", s.Customer}, {"on %s", s.Host}, {"ticket %s", s.Ticket}, {"name %s", s.Name}} {
		if what := text.Plain(part.what, maxTitled); what != "" {
			title += " " + speaker.Say(part.format, what)
		}
	}
	return title
}

// maxTitled bounds each part of a title, in runes.
const maxTitled = 60

// Line is a change of a session as a stream shows it, without the time of the change.
// The words are the same as long as what they say is: only how much time is left counts
// down, unless now is the zero time, which leaves that out.
func (t Tables) Line(s Session, now time.Time) string {
	line := s.Number.Spoken() + "  " + text.Pad(t.state(s.State), 7)
	for _, cell := range []string{s.Customer, s.Host} { // columns as far as they fit
		line += "  " + text.Pad(cell, 16)
	}
	line = strings.TrimRight(line, " ")
	urgent := s.now(t.Speaker, now)
	if now.IsZero() {
		s.Expires = time.Time{}
		if urgent = s.now(t.Speaker, now); s.Question != nil {
			urgent += s.Question.Until.String()
		}
	}
	delay := ""
	if s.Delay != nil {
		delay = t.Speaker.Say("%s", s.Delay.message(t.Time))
	}
	for _, more := range []struct{ format, what string }{{"%s", urgent}, {"ticket %s", s.Ticket}, {"name %s", s.Name}, {"%s", s.OS}, {"%s", s.Reason}, {"%s", delay}} {
		if more.what != "" {
			line += "  " + t.Speaker.Say(more.format, more.what)
		}
	}
	return text.Escape(line)
}

// MayBeName reports whether somebody may mean a session's ticket or name by a word: it
// begins with a letter or a digit, and holds nothing that cannot be seen. What is more like
// a mistake is taken for a number that was mistyped.
func MayBeName(word string) bool {
	first, _ := utf8.DecodeRuneInString(word)
	return (unicode.IsLetter(first) || unicode.IsNumber(first)) && utf8.ValidString(word) && !strings.ContainsFunc(word, text.Hostile)
}
