package store

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"supportd/library"
	"supportd/relay/wire"
)

// happened makes events of kinds and their data, which follow each other.
func happened(t *testing.T, pairs ...string) (events []wire.Event) {
	t.Helper()
	var last wire.Event
	for i := 0; i < len(pairs); i += 2 {
		e := wire.Event{Time: time.UnixMilli(int64(i+1) * 1000), Kind: pairs[i], Actor: "alice", Data: json.RawMessage(pairs[i+1])}
		e.Seal(last)
		events, last = append(events, e), e
	}
	return events
}

func started(run string, programs ...library.Package) string {
	text := ""
	for _, p := range programs {
		text += fmt.Sprintf(`,{"name":"x/run.sh","sha256":%q}`, programOf(p))
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
	events := happened(t,
		wire.EventRunStart, started("1", good, local, bad, idle),
		wire.EventScriptExit, exited("1", 1, "exit", 1),
		wire.EventScriptExit, exited("1", 2, "exit", 0),
		wire.EventScriptExit, exited("1", 3, "signal", 0),
		wire.EventScriptExit, exited("1", 4, "not-run", 0),
		wire.EventRunEnd, `{}`,
		wire.EventRunStart, started("2", good),
		wire.EventScriptExit, exited("2", 1, "exit", 0),
		// What a hostile computer says counts for nothing, and hurts nothing.
		wire.EventScriptExit, exited("2", 7, "exit", 0),
		wire.EventScriptExit, exited("2", -1, "exit", 0),
		wire.EventScriptExit, exited("another run", 1, "exit", 0),
		wire.EventScriptExit, `"text"`,
		wire.EventRunStart, `[1]`,
		wire.EventScriptExit, exited("2", 1, "exit", 0),
	)
	for _, part := range [][]wire.Event{events[:3], events[1:9], events, events} { // some are sent again
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
