package wire

import (
	"slices"
	"strings"
	"testing"
)

func TestMistyped(t *testing.T) {
	seen := "SHA256:" + strings.Repeat("abcd", 10) + "abc"
	change := func(at ...int) string {
		b := []byte(seen)
		for _, i := range at {
			b[len("SHA256:")+i] = 'X'
		}
		return string(b)
	}
	for typed, want := range map[string][]Differing{
		seen:                {},
		change(5):           {{5, 8, "aXcd", "abcd"}},
		change(4, 7, 40):    {{5, 8, "XbcX", "abcd"}, {41, 43, "Xbc", "abc"}},
		change(0, 4, 8, 12): {},
		"SHA256:abcd":       {},
		"":                  {},
	} {
		if got := Mistyped(typed, seen); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", typed, got, want)
		}
	}
}
