package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

// summed is a journal whose last event tells of the others, as the daemon's does.
func summed(t *testing.T, s string) []journal.Event {
	t.Helper()
	events := chained(t, s)
	last := len(events) - 1
	var p journal.Presence
	for i := range events {
		e := &events[i]
		e.Data = json.RawMessage(text.EscapeJSON(string(e.Data)))
		if !e.Harmless() {
			e.Actor = "mallory"
		}
		e.Seal(slices.Concat([]journal.Event{{}}, events)[i])
		if i < last {
			p.Observe(*e)
		}
	}
	data, err := json.Marshal(map[string]any{"by": "customer", "reason": s, "summary": p.Summary(events[last].Time)})
	if err != nil {
		t.Fatal(err)
	}
	events[last].Data = json.RawMessage(text.EscapeJSON(string(data)))
	events[last].Seal(events[last-1])
	return events
}

// buried is what prune leaves of a report.
func buried(t *testing.T, events []journal.Event, text string) Source {
	t.Helper()
	s := source(t, events, text)
	last := events[len(events)-1]
	s.Header = s.Header.Bury(last.Time.Add(90*24*time.Hour), last, true)
	s.Events, s.Outline = s.none, s.none
	return s
}

func TestATombstoneProvesItsHeader(t *testing.T) {
	for _, text := range []string{"plain", hostile} {
		s := buried(t, summed(t, text), text)
		v, err := verify(file(t, s))
		if err != nil || v.Proof != PrunedProved || !v.Proof.OK() || v.Header.Customer != text || len(v.Header.Entered) != 1 || v.Header.EndedBy != "customer" {
			t.Errorf("%+v, %v", v, err)
		}
		if again, err := s.Verify(); err != nil || again.Proof != PrunedProved {
			t.Errorf("%+v, %v", again, err)
		}
	}
}

// The second attack's R1: whoever drops the events and writes a header of their
// own proves nothing.
func TestEventsThatSomebodyDroppedProveNothing(t *testing.T) {
	for name, events := range map[string][]journal.Event{"with a summary": summed(t, "plain"), "without": chained(t, "plain")} {
		s := source(t, events, "")
		last := events[len(events)-1]
		s.Header.Customer, s.Header.Owner, s.Header.Connected = "Eve", "mallory", 999_999
		s.Header.Pruned = &Pruned{At: last.Time, Seq: last.Seq, Hash: last.Hash}
		s.Events = s.none
		v, err := verify(file(t, s))
		if err != nil || v.Proof != PrunedSealed || v.Proof.OK() {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		for _, lang := range []text.Language{text.English, text.Korean} {
			if text := v.Sentence(lang); !strings.Contains(text, v.Fingerprint()) || strings.Contains(text, "%!") {
				t.Errorf("%s", text)
			}
		}
	}
}

func TestAChangedTombstoneIsFound(t *testing.T) {
	events := summed(t, "plain")
	last := len(events) - 1
	other := buried(t, summed(t, "other"), "")
	for name, edit := range map[string]func(h *Header){
		"number":    func(h *Header) { h.Number = "100000009" },
		"customer":  func(h *Header) { h.Customer = "Eve" },
		"host":      func(h *Header) { h.Host = "OTHER" },
		"os":        func(h *Header) { h.OS = "x" },
		"owner":     func(h *Header) { h.Owner = "mallory" },
		"joined":    func(h *Header) { h.Joined = h.Joined.Add(time.Second) },
		"entered":   func(h *Header) { h.Entered = nil },
		"who else":  func(h *Header) { h.Entered = append(slices.Clone(h.Entered), journal.Entered{Account: "mallory"}) },
		"minutes":   func(h *Header) { h.Connected++ },
		"restarts":  func(h *Header) { h.Restarts++ },
		"state":     func(h *Header) { h.State = "active" },
		"ended":     func(h *Header) { h.Ended = h.Ended.Add(time.Microsecond) },
		"ended by":  func(h *Header) { h.EndedBy = "relay" },
		"reason":    func(h *Header) { h.Reason = "x" },
		"key":       func(h *Header) { h.Key = "ssh-ed25519 AAAA" },
		"seq":       func(h *Header) { h.Pruned.Seq-- },
		"hash":      func(h *Header) { h.Pruned.Hash[0] ^= 1 },
		"the event": func(h *Header) { h.Pruned.End = &events[last-1] },
		"its data":  func(h *Header) { h.Pruned.End.Data = other.Header.Pruned.End.Data },
		"its actor": func(h *Header) { h.Pruned.End.Actor = "mallory" },
		"its time":  func(h *Header) { h.Pruned.End.Time = h.Pruned.End.Time.Add(1) },
		"its past":  func(h *Header) { h.Pruned.End.Prev[0] ^= 1 },
		"another":   func(h *Header) { *h = other.Header },
		"made anew": func(h *Header) {
			h.Pruned.End.Data = other.Header.Pruned.End.Data
			h.Pruned.End.Seal(events[last-1])
			h.Pruned.Hash = h.Pruned.End.Hash
		},
	} {
		s := buried(t, events, "")
		end := *s.Header.Pruned.End
		s.Header.Pruned.End = &end
		edit(&s.Header)
		if v, err := verify(file(t, s)); err == nil {
			t.Errorf("%s: %+v", name, v)
		}
	}
	unsigned := buried(t, events, "")
	unsigned.Seal = nil
	if v, err := verify(file(t, unsigned)); err != nil || v.Proof != PrunedOnly {
		t.Errorf("nobody has signed: %+v, %v", v, err)
	}
}

// What the computer tells of its journal has to be what the journal says, and to
// fit into a header: otherwise nothing is kept, and nothing claimed.
func TestOnlyATrueSummaryIsKept(t *testing.T) {
	events := summed(t, "plain")
	last := len(events) - 1
	lying := slices.Clone(events)
	lying[last].Data = json.RawMessage(strings.Replace(string(events[last].Data), `"restarts":1`, `"restarts":2`, 1))
	lying[last].Seal(lying[last-1])
	if h := buried(t, lying, "").Header; string(lying[last].Data) == string(events[last].Data) || h.Pruned.End != nil || h.Restarts != 1 {
		t.Errorf("%+v", h)
	}
	h := source(t, events, "").Header.Bury(time.Now(), events[last], false)
	if h.Pruned.End != nil {
		t.Error("an event that nobody has signed proves something")
	}
}

// A report's file says of a hostile computer's names what they are, but drives no
// terminal; one that was written before is read all the same.
func TestAFileIsHarmlessOnATerminal(t *testing.T) {
	events := summed(t, hostile)
	s := source(t, events, hostile)
	whole, left := file(t, s), file(t, buried(t, events, hostile))
	for name, data := range map[string][]byte{"whole": whole, "left by prune": left} {
		if i := strings.IndexFunc(string(data), func(r rune) bool { return r != '\n' && text.Hostile(r) }); i >= 0 {
			t.Errorf("%s: %q", name, data[i:i+10])
		}
		if v, err := verify(data); err != nil || !v.Proof.OK() || v.Header.Customer != hostile {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	header, err := json.Marshal(headerLine{&s.Header})
	if err != nil {
		t.Fatal(err)
	}
	before := append(append(header, '\n'), whole[strings.IndexByte(string(whole), '\n')+1:]...)
	if v, err := verify(before); err != nil || v.Proof != Proved || string(before) == string(whole) {
		t.Errorf("a header from before: %+v, %v", v, err)
	}
	if raw := chained(t, hostile); raw[0].Harmless() || !events[0].Harmless() {
		t.Error("what is harmless?")
	}
}

// P28: what nothing but the relay says is named, each for itself: all of a header whose
// journal is gone without a proof, and of another what no event says.
func TestK1P28_WhatTheRelayAloneSays(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	for name, c := range map[string]struct {
		set    func(*Header)
		events bool // events say it, where there are any
	}{
		"id": {func(h *Header) { h.ID = "x" }, false}, "ticket": {func(h *Header) { h.Ticket = "x" }, false}, "note": {func(h *Header) { h.Note = "x" }, false},
		"created": {func(h *Header) { h.Created = at }, false}, "ended": {func(h *Header) { h.Ended = at }, false}, "ended_by": {func(h *Header) { h.EndedBy = "x" }, false},
		"reason": {func(h *Header) { h.Reason = "x" }, false}, "customer": {func(h *Header) { h.Customer = "x" }, true}, "host": {func(h *Header) { h.Host = "x" }, true},
		"os": {func(h *Header) { h.OS = "x" }, true}, "joined": {func(h *Header) { h.Joined = at }, true}, "entered": {func(h *Header) { h.Entered = make([]journal.Entered, 1) }, true},
		"connected_seconds": {func(h *Header) { h.Connected = 1 }, true}, "restarts": {func(h *Header) { h.Restarts = 1 }, true}, "": {func(*Header) {}, true},
	} {
		for _, pruned := range []bool{true, false} {
			s, want := Source{}, []string{"owner", "state"}
			if c.set(&s.Header); pruned {
				s.Header.Pruned, want = &Pruned{At: at}, []string{"number", "owner", "pruned", "state"}
			}
			if name != "" && (pruned || !c.events) {
				want = append(want, name)
			}
			s.Events, s.Outline = s.none, s.none
			got := s.relaysWord().RelaySays
			slices.Sort(got)
			if slices.Sort(want); !slices.Equal(got, want) {
				t.Errorf("%q, pruned %t: %q, want %q", name, pruned, got, want)
			}
		}
	}
}
