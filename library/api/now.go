package api

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"supportd/library/text"
)

// Text says what is asked, by whom, and how long the customer has for the answer.
func (q Question) Text(now time.Time) string {
	left := q.Until.Sub(now).Round(time.Second)
	return fmt.Sprintf("%s, %d s left, by %s", q.Kind, max(0, int(left.Seconds())), q.By)
}

// Text says which script of how many runs.
func (r Run) Text() string {
	return fmt.Sprintf("%s (%d of %d), by %s", r.Script, r.Step, r.Of, r.By)
}

// Now says in short what a CSR has to know of a session: what is asked, what is unread,
// as whom they act, what runs, and when the session ends unless its computer comes, if
// that is soon; "" is nothing. The most urgent comes first.
func (s Session) Now(now time.Time) string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if s.Question != nil {
		add("asked: %s", s.Question.Text(now))
	}
	if s.Unread > 0 && s.State != Ended {
		add("%d unread", s.Unread)
	}
	if s.ActingAs != "" {
		add("as %s", s.ActingAs)
	}
	if s.Run != nil {
		add("runs %s", s.Run.Text())
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
func (s Session) Title() string {
	title := s.Number.Spoken()
	for _, part := range []struct{ before, what string }{{"with ", s.Customer}, {"on ", s.Host}, {"ticket ", s.Ticket}, {"name ", s.Name}} {
		if what := text.Plain(part.what, maxTitled); what != "" {
			title += " " + part.before + what
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
	line := fmt.Sprintf("%s  %-7s", s.Number.Spoken(), s.State)
	for _, cell := range []string{s.Customer, s.Host} { // columns as far as they fit
		line += "  " + text.Pad(cell, 16)
	}
	line = strings.TrimRight(line, " ")
	urgent := s.Now(now)
	if now.IsZero() {
		s.Expires = time.Time{}
		if urgent = s.Now(now); s.Question != nil {
			urgent += s.Question.Until.String()
		}
	}
	delay := ""
	if s.Delay != nil {
		delay = s.Delay.Text(t.Time)
	}
	for _, more := range []struct{ before, what string }{{"", urgent}, {"ticket ", s.Ticket}, {"name ", s.Name}, {"", s.OS}, {"", s.Reason}, {"", delay}} {
		if more.what != "" {
			line += "  " + more.before + more.what
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
