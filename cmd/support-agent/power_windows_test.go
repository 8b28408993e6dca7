package main

import (
	"slices"
	"testing"
)

// TestAskedAfterARestart holds that whoever logs in after a restart can be asked,
// and that a service, which has no screen, does not try.
func TestAskedAfterARestart(t *testing.T) {
	p := &program{getenv: func(string) string { return `C:\Users\kim` }}
	entry := p.power(`C:\support-agent.exe`, `C:\state`, "")
	if silent := slices.Contains(entry.Args, "--ui"); silent != entry.Admin {
		t.Errorf("as administrator: %v, started with %q", entry.Admin, entry.Args)
	}
}
