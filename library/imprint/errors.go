package imprint

import (
	"fmt"

	"supportd/library/text"
)

// Problem is what is wrong with an imprint.
type Problem int

// The problems of imprints.
const (
	Cut     Problem = iota // its end is missing
	Edited                 // it does not fit its checksum, or is none at all
	More                   // something follows it, such as a second one
	Unknown                // it has a field, or a version, that this program does not know
	Twice                  // it has the same twice
	Missing                // a field that every imprint has is missing
	TooMany                // a field stands there too often
	TooLong                // there is no room for it
	Wrong                  // a field's value, or the form of the whole, is not right
)

// Error is why an imprint is not taken.
type Error struct {
	Problem Problem
	Field   string // which one, "" for the whole: foreign text
}

func problem(p Problem, field string) *Error { return &Error{p, field} }

// Error says what is wrong; it is harmless to show.
func (e *Error) Error() string {
	what := map[Problem]string{
		Cut:     "its end is missing",
		Edited:  "something in it was changed",
		More:    "something follows it",
		Unknown: "it has a field that this program does not know",
		Twice:   "it has the same twice",
		Missing: "a field is missing",
		TooMany: "a field stands in it too often",
		TooLong: "it is too long",
		Wrong:   "it has not the form of an imprint",
	}[e.Problem]
	if e.Field == "" {
		return "the imprint is not right: " + what
	}
	const enough = 40
	return fmt.Sprintf("the imprint is not right: %s: %q", what, text.Plain(e.Field, enough))
}
