package cmdline

import "testing"

func TestArity(t *testing.T) {
	for takes, want := range map[string][2]int{
		"": {0, 0}, "NAME": {1, 1}, "[NAME]": {0, 1}, "NAME...": {1, -1}, "[NAME...]": {0, -1}, "NAME FILE": {2, 2}, "NAME [FILE]": {1, 2},
		"NUMBER TEXT...": {2, -1}, "NUMBER [--reason TEXT...]": {1, -1}, "NUMBER [--reason TEXT] [MORE]": {1, 3}, "[--reason TEXT...] NUMBER": {1, -1},
	} {
		if least, most := arity(takes); least != want[0] || most != want[1] {
			t.Errorf("%q: %d to %d, want %v", takes, least, most, want)
		}
	}
}
