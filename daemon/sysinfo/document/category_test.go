package document

import (
	"strings"
	"testing"
)

func TestParseCategory(t *testing.T) {
	for _, c := range Categories() {
		if got, err := ParseCategory(string(c)); got != c || err != nil {
			t.Errorf("%s: %v, %v", c, got, err)
		}
		if c.Title() == "" {
			t.Errorf("%s has no title", c)
		}
	}
	for _, bad := range []string{"", "CPU", "cpu ", "\x1b[2Jcpu"} {
		_, err := ParseCategory(bad)
		if err == nil || !strings.Contains(err.Error(), "summary, os, updates") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
