package power

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc/mgr"
)

// entry is an autostart entry as support-agent makes it.
func entry(admin bool, state string) Autostart {
	return Autostart{
		Program: `C:\Program Files\support-agent.exe`, Args: []string{"resume", "--state", state}, Admin: admin, Home: `C:\Users\kim`,
	}
}

func TestEntryThatWindowsWouldNotRun(t *testing.T) {
	short := entry(false, "")
	room := maxRunOnce - len(short.commandLine()) + len(`""`)
	for _, c := range []struct {
		state string
		admin bool
		want  error
	}{
		{state: strings.Repeat("a", room)},
		{state: strings.Repeat("a", room+1), want: ErrTooLong},
		{state: strings.Repeat("가", room)}, // characters, not bytes
		{state: strings.Repeat("a", room+1), admin: true},
	} {
		if err := entry(c.admin, c.state).Check(); !errors.Is(err, c.want) {
			t.Errorf("%d characters more, admin %v: %v, want %v", len(c.state), c.admin, err, c.want)
		}
	}
}

func TestEntryOfAUser(t *testing.T) {
	a := entry(false, `C:\Users\Kim & Lee\state`)
	t.Cleanup(func() { _ = a.Remove() })
	for range 2 { // installed twice is installed once
		if err := a.Install(); err != nil {
			t.Fatal(err)
		}
	}
	key, err := registry.OpenKey(registry.CURRENT_USER, runOnce, registry.QUERY_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	line, _, err := key.GetStringValue(keep + EntryName)
	if err != nil {
		t.Fatal(err)
	}
	words, err := windows.DecomposeCommandLine(line)
	if err != nil || strings.Join(words, "|") != a.Program+"|"+strings.Join(a.Args, "|") {
		t.Errorf("the entry %s is read as %q, %v", line, words, err)
	}
	for range 2 {
		if err := a.Remove(); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := key.GetStringValue(keep + EntryName); !errors.Is(err, registry.ErrNotExist) {
		t.Errorf("the entry is still there: %v", err)
	}
}

// TestB10_ServiceWhileTheLastOneRuns is a second restart: the service that brought
// us back is there until we end, and must not be in the way of the next.
func TestB10_ServiceWhileTheLastOneRuns(t *testing.T) {
	a := entry(true, `C:\state`)
	t.Cleanup(func() { _ = a.Remove() })
	if err := a.Install(); err != nil {
		t.Fatal(err)
	}
	first := entries(t, services)
	if safe := entries(t, safeBoot); len(first) != 1 || !slices.Equal(safe, first) {
		t.Fatalf("the services are %q, in safe mode %q", first, safe)
	}
	manager, err := mgr.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Disconnect()
	held, err := manager.OpenService(first[0]) // a service goes with the last handle to it
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Install(); err != nil {
		t.Fatalf("installed again: %v", err)
	}
	if safe := entries(t, safeBoot); len(safe) != 1 || safe[0] == first[0] {
		t.Errorf("%q has no name of its own", safe)
	}
	if err := held.Close(); err != nil {
		t.Error(err)
	}
	if err := a.Remove(); err != nil {
		t.Error(err)
	}
	if left := append(entries(t, services), entries(t, safeBoot)...); len(left) > 0 {
		t.Errorf("%q are still there", left)
	}
}

// entries are what install made below a key.
func entries(t *testing.T, path string) []string {
	t.Helper()
	names, err := ours(path)
	if err != nil {
		t.Fatal(err)
	}
	return names
}
