//go:build unix

package main

import (
	"runtime"
	"testing"
)

// After a restart the customer is asked where they were asked before. Root's session has
// its page again, whether or not somebody has logged in yet.
func TestY13_WhereIsAskedAfterARestart(t *testing.T) {
	for _, c := range []struct {
		ui, display string
		paged       bool
		user, root  string
	}{
		{uiAuto, ":0", true, "", uiPage},
		{uiAuto, ":0", false, "", uiNone},
		{uiAuto, "", true, uiNone, uiPage},
		{uiAuto, "", false, uiNone, uiNone},
		{uiPage, "", true, uiPage, uiPage},
		{uiPage, ":0", true, uiPage, uiPage},
		{uiNone, "", false, uiNone, uiNone},
	} {
		p := &program{ui: c.ui, paged: c.paged, getenv: func(name string) string { return map[string]string{"DISPLAY": c.display}[name] }}
		want := c.user
		switch {
		case isAdmin():
			want = c.root
		case runtime.GOOS == "darwin" && want == uiNone:
			want = "" // it comes back before windows only
		}
		if got := p.uiAfterwards(); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
