package cmdline

import (
	"cmp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"

	"supportd/library/text"
)

// alike is how near two words have to be for one to be a slip of the other, as
// [smetrics.JaroWinkler] measures: 1 is the same word, 0 has nothing in common.
const alike = 0.84

// mostSuggested bounds a suggestion: more would be a list to read.
const mostSuggested = 4

// Nearest lists those of names that look like a slip of the typist who wrote word,
// the nearest first. Case does not count. It is for names that people give; a session
// number must never be guessed.
func Nearest(word string, names []string) []string {
	const shortest = 2 // anything is near to one letter
	word = strings.ToLower(word)
	if len(word) < shortest || len(word) > 60 {
		return nil
	}
	type candidate struct {
		name string
		near float64
	}
	var near []candidate
	for _, name := range names {
		lower := strings.ToLower(name)
		d := smetrics.JaroWinkler(word, lower, 0.7, 4)
		if len(word) > 3 && (strings.Contains(lower, word) || strings.Contains(word, lower) && len(lower) > 3) {
			d = max(d, alike)
		}
		if d >= alike && !slices.ContainsFunc(near, func(c candidate) bool { return c.name == name }) {
			near = append(near, candidate{name, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(b.near, a.near) })
	var found []string
	for _, c := range near[:min(len(near), mostSuggested)] {
		found = append(found, c.name)
	}
	return found
}

// DidYouMean gives an error about a name that is not there a hint: those that it may be a
// slip of, or otherwise.
func (e *Error) DidYouMean(word string, names []string, otherwise string, args ...any) *Error {
	if found := Nearest(word, names); len(found) > 0 {
		return e.WithHint("did you mean: %s", strings.Join(found, ", "))
	}
	return e.WithHint(otherwise, args...)
}

// meant asks whether another command was meant: one called alike here, or one of that
// name elsewhere. It is "" where there is none.
func meant(path []*level, word string) text.Message {
	at := path[len(path)-1]
	found := Nearest(word, names(at.commands))
	for i := range found {
		if len(path) > 1 {
			found[i] = title(path) + " " + found[i]
		}
	}
	if len(found) == 0 {
		found = elsewhere(path[0].commands, "", strings.ToLower(word))
	}
	return asking(found)
}

// elsewhere lists the commands called word at any place, each with its whole path.
func elsewhere(commands []*cli.Command, before, word string) (found []string) {
	for _, c := range commands {
		if c.Hidden {
			continue
		}
		if c.HasName(word) {
			found = append(found, before+c.Name)
		}
		found = append(found, elsewhere(c.Subcommands, before+c.Name+" ", word)...)
	}
	return found
}

// meantFlag is the same for a flag that no command of the path has.
func meantFlag(path []*level, flag string) text.Message {
	given, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
	var all []string
	for _, l := range slices.Backward(path) {
		for _, f := range l.flags {
			all = append(all, f.Names()...)
		}
	}
	found := Nearest(given, slices.DeleteFunc(all, func(name string) bool { return len(name) == 1 }))
	for i := range found {
		found[i] = "--" + found[i]
	}
	return asking(found)
}

func asking(found []string) text.Message {
	if len(found) == 0 {
		return text.Message{}
	}
	return text.Later("; did you mean %s?", strings.Join(found[:min(len(found), mostSuggested)], ", "))
}
