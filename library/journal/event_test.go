package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"supportd/library/wire"
)

func chain(n int) []Event {
	var prev Event
	var events []Event
	for i := range n {
		data, _ := json.Marshal(map[string]int{"n": i})
		e := Event{Time: time.Unix(1_700_000_000, int64(i)), Kind: KindScriptOutput, Actor: "daemon", Data: data}
		e.Seal(prev)
		events, prev = append(events, e), e
	}
	return events
}

func TestChainShowsEveryChange(t *testing.T) {
	whole := func(events []Event) error {
		var prev Event
		for _, e := range events {
			if err := e.Follows(prev); err != nil {
				return err
			}
			prev = e
		}
		return nil
	}
	if err := whole(chain(5)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]Event) []Event{
		"data":   func(e []Event) []Event { e[2].Data = json.RawMessage(`{"n":9}`); return e },
		"actor":  func(e []Event) []Event { e[2].Actor = "x"; return e },
		"time":   func(e []Event) []Event { e[2].Time = e[2].Time.Add(time.Second); return e },
		"drop":   func(e []Event) []Event { return append(e[:2], e[3:]...) },
		"swap":   func(e []Event) []Event { e[1], e[2] = e[2], e[1]; return e },
		"double": func(e []Event) []Event { return append(e[:3], e[2:]...) },
	} {
		if err := whole(change(chain(5))); !errors.Is(err, ErrChain) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzEvent(f *testing.F) {
	e := chain(1)[0]
	line, _ := e.Line()
	f.Add(line)
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ParseEvent(line)
		if err != nil {
			return
		}
		again, err := e.Line()
		if err != nil || !bytes.Equal(bytes.TrimSuffix(again, []byte("\n")), bytes.TrimSuffix(line, []byte("\n"))) {
			t.Errorf("%q became %q, %v", line, again, err)
		}
	})
}

// A kind is noun.verb, so that no computer makes a page of text of it.
func TestAKindIsNounVerb(t *testing.T) {
	for kind, good := range map[string]bool{
		KindSessionJoin: true, KindRebootReturn: true, "a.b": true, "z.z": true, "a-b.c2-d": true,
		"": false, "late": false, ".": false, "a.": false, ".b": false, "a.b.c": false, "A.b": false, "a.2": false, "-a.b": false,
		"a b.c": false, "{.b": false, "a.{": false, "a.b\x1b": false, "한.국": false, "a_b.c": false, strings.Repeat("k", wire.MaxName) + ".x": false,
	} {
		e := Event{Time: time.Unix(1, 0), Kind: kind, Actor: "x", Data: json.RawMessage(`{}`)}
		e.Seal(Event{})
		line, err := e.Line()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseEvent(line); (err == nil) != good || err != nil && !errors.Is(err, wire.ErrPayload) {
			t.Errorf("%q: %v", kind, err)
		}
	}
}
