package text

import (
	"errors"
	"fmt"
	"strings"
)

// Catalogue has the texts of a package in another language, by what they are in English.
// English stands in the code, so that whoever reads the code reads the text. A text with
// something to fill in is a format of package fmt and takes the same arguments in every
// language; where their order is another one, it names them: "%[2]s %[1]d". Where Korean
// needs a particle behind one, both forms stand there: see [Particles].
type Catalogue map[string]string

// Speaker says texts in one language. A nil one speaks English. It is safe for
// concurrent use.
type Speaker struct {
	language   Language
	catalogues []Catalogue
}

// NewSpeaker makes one for a language, in which it has the texts of these catalogues.
func NewSpeaker(l Language, korean ...Catalogue) *Speaker {
	if l != Korean {
		return nil
	}
	return &Speaker{l, korean}
}

// With is the same speaker, who has the texts of one more catalogue.
func (s *Speaker) With(c Catalogue) *Speaker {
	if s == nil {
		return nil
	}
	return &Speaker{s.language, append([]Catalogue{c}, s.catalogues...)}
}

// Language is the one that is spoken.
func (s *Speaker) Language() Language {
	if s == nil {
		return English
	}
	return s.language
}

// In the customer's program, which is downloaded, a text takes hardly more than its bytes:
// what is called for each of them is not repeated there, see go:noinline below.

// find looks an English text up.
func (s *Speaker) find(english string) (string, bool) {
	for _, c := range s.catalogues {
		if said, ok := c[english]; ok {
			return said, true
		}
	}
	return english, false
}

// Text says a text in which nothing is to be filled in. One that no catalogue has stays
// English.
//
//go:noinline
func (s *Speaker) Text(english string) string {
	if s == nil {
		return english
	}
	said, _ := s.find(english)
	return said
}

// Say fills a text in, as [fmt.Sprintf] does. What is filled in is said in the language as
// well where it is [Sayable] or an error.
func (s *Speaker) Say(format string, args ...any) string {
	if s == nil {
		return fmt.Sprintf(format, args...)
	}
	said := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case Sayable:
			said[i] = arg.In(s)
		case error:
			said[i] = s.Error(arg)
		default:
			said[i] = arg
		}
	}
	found, _ := s.find(format)
	return Particles(fmt.Sprintf(strings.ReplaceAll(found, "%w", "%v"), said...)) // %w is of [Errorf]
}

// Error says what went wrong: an error that is [Sayable], one whose whole text a catalogue
// has, or one that joins or wraps such an error.
func (s *Speaker) Error(err error) string {
	whole := err.Error()
	if s == nil {
		return whole
	}
	if e, ok := err.(Sayable); ok {
		return e.In(s)
	}
	if said, ok := s.find(whole); ok {
		return said
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, one := range many.Unwrap() {
			all = append(all, s.Error(one))
		}
		return strings.Join(all, "\n")
	}
	if inner := errors.Unwrap(err); inner != nil {
		if before, ok := strings.CutSuffix(whole, inner.Error()); ok {
			return before + s.Error(inner)
		}
		if behind, ok := strings.CutPrefix(whole, inner.Error()); ok {
			return s.Error(inner) + behind
		}
	}
	return whole
}

// Sayable is what knows itself in every language.
type Sayable interface {
	In(s *Speaker) string
}

// Message is a text that is said later, when the reader's language is known. The zero
// value is no text.
type Message struct {
	format string
	args   []any
}

// Later keeps a format and its arguments for a reader.
//
//go:noinline
func Later(format string, args ...any) Message { return Message{format, args} }

// In says it. It implements [Sayable].
func (m Message) In(s *Speaker) string {
	if len(m.args) == 0 && !strings.Contains(m.format, "%") {
		return s.Text(m.format)
	}
	return s.Say(m.format, m.args...)
}

// String says it in English.
func (m Message) String() string { return m.In(nil) }

// Errorf is [fmt.Errorf] for an error that people read: [Speaker.Error] says it in every
// language.
func Errorf(format string, args ...any) error {
	return &problem{fmt.Errorf(format, args...), Message{format, args}}
}

// problem is an error with what it says.
type problem struct {
	error

	said Message
}

// Unwrap is the error as fmt made it.
func (p *problem) Unwrap() error { return p.error }

// In implements [Sayable].
func (p *problem) In(s *Speaker) string {
	if s == nil {
		return p.Error()
	}
	return s.Say(p.said.format, p.said.args...)
}
