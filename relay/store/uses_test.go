package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportd/library"
	"supportd/library/journal"
)

// happened makes events of kinds and their data, which follow each other.
func happened(t *testing.T, pairs ...string) (events []journal.Event) {
	t.Helper()
	var last journal.Event
	for i := 0; i < len(pairs); i += 2 {
		e := journal.Event{Time: time.UnixMilli(int64(i+1) * 1000), Kind: pairs[i], Actor: "alice", Data: json.RawMessage(pairs[i+1])}
		e.Seal(last)
		events, last = append(events, e), e
	}
	return events
}

func started(run string, programs ...library.Package) string {
	text := ""
	for _, p := range programs {
		text += fmt.Sprintf(`,{"name":"x/run.sh","sha256":%q,"package":%q}`, p.Program().SHA256, p.Program().Sum())
	}
	return fmt.Sprintf(`{"id":%q,"run":%q,"scripts":[%s]}`, run, run, text[min(1, len(text)):])
}

func exited(run string, step int, reason string, code int) string {
	return fmt.Sprintf(`{"id":"%s/%d","run":%q,"step":%d,"outcome":{"name":"x/run.sh","reason":%q,"code":%d}}`, run, step, run, step, reason, code)
}

func TestUsesAreCountedOnce(t *testing.T) {
	s, ctx := withScripts(t), t.Context()
	good, bad, idle, local := program("good"), program("bad"), program("idle"), program("not in the library")
	for name, p := range map[string]library.Package{"good": good, "bad": bad, "idle": idle} {
		add(t, s, script(name, "alice"), p)
	}
	if err := s.AddSession(ctx, new(session("s"))); err != nil {
		t.Fatal(err)
	}
	events := happened(t,
		journal.KindRunStart, started("1", good, local, bad, idle),
		journal.KindScriptExit, exited("1", 1, "exit", 1),
		journal.KindScriptExit, exited("1", 2, "exit", 0),
		journal.KindScriptExit, exited("1", 3, "signal", 0),
		journal.KindScriptExit, exited("1", 4, "not-run", 0),
		journal.KindRunEnd, `{}`,
		journal.KindRunStart, started("2", good),
		journal.KindScriptExit, exited("2", 1, "exit", 0),
		// What a hostile computer says counts for nothing, and hurts nothing.
		journal.KindScriptExit, exited("2", 7, "exit", 0),
		journal.KindScriptExit, exited("2", -1, "exit", 0),
		journal.KindScriptExit, exited("another run", 1, "exit", 0),
		journal.KindScriptExit, `"text"`,
		journal.KindRunStart, `[1]`,
		journal.KindScriptExit, exited("2", 1, "exit", 0),
	)
	for _, part := range [][]journal.Event{events[:3], events[1:9], events, events} { // some are sent again
		if err := s.AppendEvents(ctx, "s", part); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]library.Uses{
		"good": {Runs: 2, Last: events[7].Time.UTC(), OK: true},
		"bad":  {Runs: 1, Last: events[3].Time.UTC()},
		"idle": {},
	} {
		if sc, err := s.Script(ctx, name); err != nil || sc.Uses != want {
			t.Errorf("%s: %+v, %v; want %+v", name, sc.Uses, err, want)
		}
	}
}

// ranOnce gives a session of alice's one run of a script.
func ranOnce(t *testing.T, s *Store, id, name string, p library.Package) {
	t.Helper()
	if err := s.AddSession(t.Context(), new(session(id))); err != nil {
		t.Fatal(err)
	}
	start := strings.Replace(started("1", p), "x/run.sh", name, 1)
	err := s.AppendEvents(t.Context(), id, happened(t, journal.KindRunStart, start, journal.KindScriptExit, exited("1", 1, "exit", 0)))
	if err != nil {
		t.Fatal(err)
	}
}

func runsOf(t *testing.T, s *Store, name string) int {
	t.Helper()
	sc, err := s.Script(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return sc.Uses.Runs
}

// Runs belong to a script: with all its versions, whatever it is called, and to no
// other one with the same executable.
func TestRunsBelongToAScript(t *testing.T) {
	s := withScripts(t)
	first, second := program("one"), program("two")
	add(t, s, script("a", "alice"), first)
	other := program("one")
	other.Files[0].Data = []byte("another file beside it")
	add(t, s, script("b", "alice"), other)
	change := edit("x")
	change.Package = &second
	if _, err := s.ChangeScript(t.Context(), "a", change); err != nil {
		t.Fatal(err)
	}
	ranOnce(t, s, "1", "got/run.sh", first)
	ranOnce(t, s, "2", "a/run.sh", second)
	if a, b := runsOf(t, s, "a"), runsOf(t, s, "b"); a != 2 || b != 0 {
		t.Errorf("%d and %d runs", a, b)
	}
	// With the same files as another one it is the one that the folder names, or
	// else the older.
	twin := script("Twin", "alice")
	twin.Created = twin.Created.Add(time.Hour)
	add(t, s, twin, first)
	ranOnce(t, s, "3", "TWIN/run.sh", first)
	ranOnce(t, s, "4", "got/run.sh", first)
	if a, b := runsOf(t, s, "a"), runsOf(t, s, "twin"); a != 3 || b != 1 {
		t.Errorf("%d and %d runs", a, b)
	}
}

// The second attack's L3: what a computer says counts nothing up that the CSR
// could not have run there, and nobody learns of others' private scripts by
// adding the same.
func TestRunsOfPrivateScriptsAreTheirOwners(t *testing.T) {
	s := withScripts(t)
	add(t, s, script("private", "bob"), program("x"))
	ranOnce(t, s, "1", "private/run.sh", program("x"))
	if n := runsOf(t, s, "private"); n != 0 {
		t.Errorf("alice's computer has counted bob's script up %d times", n)
	}
	shown := script("shown", "bob")
	shown.Published = true
	add(t, s, shown, program("y"))
	add(t, s, script("mine", "alice"), program("x"))
	ranOnce(t, s, "2", "shown/run.sh", program("y"))
	ranOnce(t, s, "3", "mine/run.sh", program("x"))
	if a, b, c := runsOf(t, s, "shown"), runsOf(t, s, "mine"), runsOf(t, s, "private"); a != 1 || b != 1 || c != 0 {
		t.Errorf("%d, %d and %d runs", a, b, c)
	}
}
