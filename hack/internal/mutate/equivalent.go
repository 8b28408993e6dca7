//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
)

// equivalentsFile names the mutants that no test can notice, from the module's root.
const equivalentsFile = "hack/internal/mutate/equivalent.txt"

// equivalent is a mutant that changes nothing that anybody could see, with the
// reason. It is known by its text, because lines move.
type equivalent struct{ dir, function, old, new, why string }

func (e equivalent) is(m mutant) bool {
	return e.dir == m.Package && e.function == m.Function && e.old == m.Old && e.new == m.New
}

// readEquivalents reads entries of this form, with an empty line between them and
// comments that begin with #:
//
//	consent Gate.Ask
//	- the line before
//	+ the line after; empty when the code is dropped
//	= why nobody can notice it
func readEquivalents(path string) (all []equivalent, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(string(text), "\n\n") {
		var e equivalent
		for line := range strings.Lines(entry) {
			line = strings.TrimSpace(line)
			switch rest := strings.TrimSpace(strings.TrimLeft(line, "-+=")); {
			case line == "" || line[0] == '#':
			case line[0] == '-':
				e.old = strings.TrimSpace(line[1:])
			case line[0] == '+':
				e.new = strings.TrimSpace(line[1:])
			case line[0] == '=':
				e.why = rest
			default:
				e.dir, e.function, _ = strings.Cut(line, " ")
			}
		}
		switch {
		case e == equivalent{}:
		case e.dir == "" || e.old == "" || e.why == "":
			return nil, fmt.Errorf("%s: an entry needs a package, a line before and a reason:\n%s", path, entry)
		default:
			all = append(all, e)
		}
	}
	return all, nil
}
