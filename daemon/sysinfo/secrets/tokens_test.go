package secrets

import (
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

// Every token that the pattern fits has a sign: without one the pattern is not tried.
func TestEveryTokenHasASign(t *testing.T) {
	pattern, err := syntax.Parse(knownToken.String(), syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	all := shortest(pattern)
	if len(all) < 60 {
		t.Fatalf("only %d tokens: the test does not see all of the pattern", len(all))
	}
	for _, token := range all {
		if !knownToken.MatchString(token) {
			t.Errorf("%q is no token: the test makes wrong ones", token)
		}
		if !mayHoldToken(token) || !hasTokenSign(token) {
			t.Errorf("%q would be shown", token)
		}
	}
}

// shortest lists the shortest texts that a pattern fits, one for each way through it.
// Of a class it takes the last character.
func shortest(p *syntax.Regexp) []string {
	each := func(sub []*syntax.Regexp) []string {
		all := []string{""}
		for _, s := range sub {
			var longer []string
			for _, begin := range all {
				for _, end := range shortest(s) {
					longer = append(longer, begin+end)
				}
			}
			all = longer
		}
		return all
	}
	switch p.Op {
	case syntax.OpLiteral:
		return []string{string(p.Rune)}
	case syntax.OpCharClass:
		var all []string
		for i := 0; i < len(p.Rune); i += 2 {
			if all = append(all, string(p.Rune[i+1])); p.Rune[i+1]-p.Rune[i] < 3 { // few of them may be signs
				all = append(all, string(p.Rune[i]))
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	case syntax.OpRepeat, syntax.OpPlus:
		least := max(p.Min, 1)
		if last := shortest(p.Sub[0]); p.Op == syntax.OpRepeat && p.Min > 3 {
			return []string{strings.Repeat(last[len(last)-1], least)}
		}
		return each(slices.Repeat(p.Sub, least))
	case syntax.OpStar:
		return []string{""}
	case syntax.OpQuest:
		return append(shortest(p.Sub[0]), "")
	case syntax.OpAlternate:
		var all []string
		for _, s := range p.Sub {
			all = append(all, shortest(s)...)
		}
		return all
	case syntax.OpConcat:
		return each(p.Sub)
	case syntax.OpCapture:
		return shortest(p.Sub[0])
	}
	return []string{""} // where a word begins
}
