package csrca

import (
	"fmt"
	"strings"
	"testing"
)

// Z4: a list of categories has one form, and what is no name of a category is none.
func TestZ4_CategoriesThatNeedASecondSignature(t *testing.T) {
	many := make([]string, MaxSecond+1)
	for i := range many {
		many[i] = fmt.Sprintf("c%02d", i)
	}
	for name, c := range map[string]struct {
		list []string
		good bool
	}{
		"none":           {nil, true},
		"all":            {[]string{EveryCategory}, true},
		"sorted":         {[]string{"*", "Network", "네트워크 설정"}, true},
		"not sorted":     {[]string{"b", "a"}, false},
		"twice":          {[]string{"a", "a"}, false},
		"empty":          {[]string{""}, false},
		"the longest":    {[]string{strings.Repeat("x", MaxCategory)}, true},
		"too long":       {[]string{strings.Repeat("x", MaxCategory+1)}, false},
		"a line end":     {[]string{"a\nsecond b"}, false},
		"an escape":      {[]string{"\x1b[2J"}, false},
		"as many":        {many[1:], true},
		"one more":       {many, false},
		"what is sorted": {SortSecond([]string{"b", "a", "b"}), true},
	} {
		if err := CheckSecond(c.list); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Z4: a category that is written in another case, or in another Unicode form, is the same.
func TestZ4_NeedsSecond(t *testing.T) {
	for _, c := range []struct {
		demanded []string
		category string
		want     bool
	}{
		{nil, "Network", false}, {nil, "", false}, {[]string{"Network"}, "Network", true}, {[]string{"Network"}, "NETWORK", true},
		{[]string{"Network"}, "Networks", false}, {[]string{"Network"}, "", false}, {[]string{"*"}, "", true}, {[]string{"*"}, "anything", true},
		{[]string{"a", "\u00e9"}, "e\u0301", true}, {[]string{"Network"}, "*", false},
	} {
		if got := NeedsSecond(c.demanded, c.category); got != c.want {
			t.Errorf("%q, %q: %v", c.demanded, c.category, got)
		}
	}
}
