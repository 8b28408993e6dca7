package main

import (
	"path/filepath"
	"slices"
	"testing"

	"supportd/daemon/state"
)

// TestAskedAfterARestart holds that whoever logs in after a restart can be asked,
// and that a service, which has no screen, does not try.
func TestAskedAfterARestart(t *testing.T) {
	p := &program{getenv: func(string) string { return `C:\Users\kim` }}
	kept, err := state.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	entry := p.power(`C:\support-agent.exe`, kept, "", false)
	if silent := slices.Contains(entry.Args, "--ui"); silent != entry.Admin {
		t.Errorf("as administrator: %v, started with %q", entry.Admin, entry.Args)
	}
}
