//go:build unix

package main

import "testing"

// The last line names the program as it was started, so that it can be typed there.
func TestK2Q9_TheCopyIsNamedAsTheProgramWasStarted(t *testing.T) {
	for called, want := range map[string]string{
		"support-agent": "support-agent", "./support-agent": "./support-agent", "": "support-agent",
		"/home/kim/My Files/support-agent": "'/home/kim/My Files/support-agent'", "./a\x1b[2J": "support-agent",
	} {
		if got := (&program{called: called}).typedAs(); got != want {
			t.Errorf("%q: %s, want %s", called, got, want)
		}
	}
}
