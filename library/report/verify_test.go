package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

func TestProved(t *testing.T) {
	s := source(t, chained(t, "plain"), "plain")
	v, err := verify(file(t, s))
	if err != nil || v.Proof != Proved || v.Last.Seq != 24 || v.Fingerprint() == "" {
		t.Errorf("%+v, %v", v, err)
	}
	if again, err := s.Verify(); err != nil || again.Proof != Proved {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestNotProved(t *testing.T) {
	events := chained(t, "plain")
	unsealed := source(t, events, "")
	unsealed.Seal = nil
	open := unsealed
	open.Header.State = "active"
	pruned := source(t, events, "")
	last := events[len(events)-1]
	pruned.Header.Pruned = &Pruned{At: last.Time, Seq: last.Seq, Hash: last.Hash}
	pruned.Events = unsealed.Events
	forgotten := pruned
	forgotten.Seal = nil
	for want, s := range map[Proof]Source{Unsealed: unsealed, StillOpen: open, PrunedSealed: pruned, PrunedOnly: forgotten} {
		if s.Header.Pruned != nil {
			s.Events = source(t, events, "").none
		}
		if v, err := verify(file(t, s)); err != nil || v.Proof != want {
			t.Errorf("want %s, have %+v, %v", want, v, err)
		}
	}
	if PrunedSealed.OK() || PrunedOnly.OK() || StillOpen.OK() || Unsealed.OK() || Proof("").OK() {
		t.Error("what nobody signed counts as proved")
	}
}

// A tombstone that was changed is no proof of anything.
func TestTombstoneChanged(t *testing.T) {
	events := chained(t, "plain")
	s := source(t, events, "")
	s.Events = s.none
	last := events[len(events)-1]
	for _, p := range []Pruned{
		{Seq: last.Seq - 1, Hash: last.Hash}, {Seq: last.Seq + 1, Hash: last.Hash}, {Seq: last.Seq, Hash: events[0].Hash},
	} {
		s.Header.Pruned = &p
		if v, err := verify(file(t, s)); err == nil {
			t.Errorf("%+v: %+v", p, v)
		}
	}
}

// A journal as a computer keeps it has no header, and is proved all the same.
func TestJournalWithoutHeader(t *testing.T) {
	data := file(t, source(t, chained(t, "plain"), ""))
	bare := data[bytes.IndexByte(data, '\n')+1:]
	v, err := verify(bare)
	if err != nil || v.Proof != Proved || v.Header.Number != number {
		t.Errorf("%+v, %v", v, err)
	}
	unsealed := bare[:bytes.LastIndex(bare[:len(bare)-1], []byte("\n"))+1]
	if v, err := verify(unsealed); err != nil || v.Proof != Unsealed {
		t.Errorf("%+v, %v", v, err)
	}
	if s, err := Open(bytes.NewReader(bare)); err != nil || s.Header.Number != number || s.Header.EndedBy != "customer" {
		t.Errorf("%+v, %v", s.Header, err)
	}
}

// One file may hold many reports; each is read for itself.
func TestSeveralReportsInOneFile(t *testing.T) {
	one := file(t, source(t, chained(t, "one"), ""))
	r := NewReader(bytes.NewReader(slices.Concat(one, one, one)))
	for i := range 4 {
		h, err := r.Next()
		if i == 3 {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		if i == 1 {
			continue // whoever does not care about one reads none of it
		}
		if v, err := Verify(r, h); err != nil || v.Proof != Proved {
			t.Errorf("report %d: %+v, %v", i, v, err)
		}
	}
}

// Whoever reads only the first line of a report comes to the next one all the same.
func TestAReportIsPassedOver(t *testing.T) {
	one := file(t, source(t, chained(t, "one"), ""))
	r := NewReader(bytes.NewReader(slices.Concat(one, one)))
	for range 2 {
		if h, err := r.Next(); err != nil || h.Number != number {
			t.Fatalf("%+v, %v", h, err)
		}
	}
	if h, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%+v, %v", h, err)
	}
}

// Every change at every place is found, and the event that is named is the one
// that was changed.
func TestEveryChangeOfAFileIsFound(t *testing.T) {
	s := source(t, chained(t, "plain")[:7], "")
	lines := bytes.SplitAfter(file(t, s), []byte("\n"))
	lines = lines[:len(lines)-1] // behind the last line end
	check := func(what string, want uint64, changed [][]byte) {
		t.Helper()
		v, err := verify(slices.Concat(changed...))
		var b *Broken
		switch {
		case err == nil && v.Proof.OK():
			t.Errorf("%s: not found", what)
		case want > 0 && (!errors.As(err, &b) || b.Seq != want):
			t.Errorf("%s: %v, want event %d", what, err, want)
		}
	}
	for i := range lines {
		seq := uint64(i) // the header is line 0
		if i == len(lines)-1 {
			seq = 0 // the seal
		}
		if i > 0 { // without its header it is the journal, which is intact
			check(fmt.Sprintf("line %d deleted", i), seq, slices.Delete(slices.Clone(lines), i, i+1))
		}
		check(fmt.Sprintf("line %d twice", i), 0, slices.Insert(slices.Clone(lines), i, lines[i]))
		check(fmt.Sprintf("cut before line %d", i), 0, lines[:i])
		for n := range i {
			swapped := slices.Clone(lines)
			swapped[i], swapped[n] = swapped[n], swapped[i]
			check(fmt.Sprintf("lines %d and %d swapped", n, i), 0, swapped)
		}
		for at := range lines[i] {
			changed := slices.Clone(lines)
			changed[i] = bytes.Clone(lines[i])
			changed[i][at] ^= 1
			if i == 0 {
				continue // fields that no signature covers: see TestHeaderIsHeldAgainstTheEvents
			}
			check(fmt.Sprintf("byte %d of line %d changed", at, i), seq, changed)
		}
	}
}

// Fields changed by somebody who writes the line properly, and even gives it a
// new hash.
func TestEveryFieldChangedIsFound(t *testing.T) {
	events := chained(t, "plain")
	for i := range events {
		for name, edit := range map[string]func(e *journal.Event){
			"seq":   func(e *journal.Event) { e.Seq++ },
			"time":  func(e *journal.Event) { e.Time = e.Time.Add(1000) },
			"kind":  func(e *journal.Event) { e.Kind = "chat.message2" },
			"actor": func(e *journal.Event) { e.Actor += "x" },
			"data":  func(e *journal.Event) { e.Data = json.RawMessage(`{"text":"other"}`) },
			"prev":  func(e *journal.Event) { e.Prev[0] ^= 1 },
			"hash":  func(e *journal.Event) { e.Hash[31] ^= 1 },
		} {
			for _, rehash := range []bool{false, true} {
				changed := slices.Clone(events)
				edit(&changed[i])
				want := uint64(i + 1)
				if rehash {
					if name == "seq" || name == "prev" || name == "hash" {
						continue // hashing again makes them what they were
					}
					var prev journal.Event
					if i > 0 {
						prev = events[i-1]
					}
					changed[i].Seal(prev)
					want++ // the next one does not follow it; the last one breaks the seal
				}
				s := source(t, events, "")
				s.Events = s.over(changed)
				_, err := s.Verify()
				var b *Broken
				if !errors.As(err, &b) || b.Seq != want && (i < len(events)-1 || !rehash) {
					t.Errorf("%s of event %d (hashed again: %v): %v", name, i+1, rehash, err)
				}
			}
		}
	}
}

// Whoever hashes everything again has no key to sign it with.
func TestAnotherJournalNeedsTheKey(t *testing.T) {
	s := source(t, chained(t, "plain"), "")
	other := chained(t, "other")
	s.Events = s.over(other)
	if v, err := s.Verify(); !errors.Is(err, journal.ErrSeal) {
		t.Errorf("%+v, %v", v, err)
	}
	seal, err := journal.NewSeal(signer(t, 2), number, other[len(other)-1])
	if err != nil {
		t.Fatal(err)
	}
	s.Seal = &seal
	if v, err := s.Verify(); err == nil {
		t.Errorf("another key: %+v", v)
	}
}

func TestHeaderIsHeldAgainstTheEvents(t *testing.T) {
	for name, edit := range map[string]func(h *Header){
		"number":   func(h *Header) { h.Number = "100000009" },
		"customer": func(h *Header) { h.Customer = "somebody else" },
		"host":     func(h *Header) { h.Host = "x" },
		"os":       func(h *Header) { h.OS = "x" },
		"owner":    func(h *Header) { h.Owner = "mallory" },
		"joined":   func(h *Header) { h.Joined = h.Created.Add(1e9) },
		"entered":  func(h *Header) { h.Entered = nil },
		"minutes":  func(h *Header) { h.Connected += 60 },
		"restarts": func(h *Header) { h.Restarts = 0 },
		"key":      func(h *Header) { h.Key = "ssh-ed25519 AAAA" },
	} {
		s := source(t, chained(t, "plain"), "")
		edit(&s.Header)
		if v, err := verify(file(t, s)); err == nil {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// P28: what a header says of the end and no signature covers is shown as the relay's
// word, and what the computer has signed in its place; the verdict names it.
func TestK1P28_HeaderOfTheEnd(t *testing.T) {
	for name, edit := range map[string]func(h *Header) (false string){
		"state":           func(h *Header) string { h.State = Active; return "State: active" },
		"an odd state":    func(h *Header) string { h.State = "closed"; return "State: closed" },
		"ended by":        func(h *Header) string { h.EndedBy = "mallory"; return "Ended by: mallory" },
		"reason":          func(h *Header) string { h.Reason = "it was paid"; return "Reason: it was paid" },
		"no reason":       func(h *Header) string { h.Reason = ""; return "" },
		"ended":           func(h *Header) string { h.Ended = h.Ended.Add(-time.Hour); return "Ended: 2026-03-01 08:11:30" },
		"never":           func(h *Header) string { h.Ended = time.Time{}; return "" },
		"another opening": func(h *Header) string { h.Created = h.Created.Add(-time.Hour); return "Created: 2026-03-01 08:00:00" },
	} {
		s := source(t, chained(t, "plain"), "T-17")
		whole := file(t, s)
		read := func(s Source) Source {
			s, err := Open(bytes.NewReader(file(t, s)))
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if v, err := verify(whole); err != nil || v.Differs || v.Proof != Proved {
			t.Fatalf("before: %+v, %v", v, err)
		}
		wrong := edit(&s.Header)
		v, err := verify(file(t, s))
		if err != nil || v.Proof != Proved || v.Differs != (name != "another opening") {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		var b strings.Builder
		if err := read(s).Text(&b, Style{}); err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(b.String(), "\nWhat happened\n")
		signed, relays, apart := strings.Cut(head, "\nThe word of the support service, which nothing proves\n")
		if !apart || !strings.Contains(relays, wrong) || wrong != "" && strings.Contains(signed, wrong) ||
			!strings.Contains(signed, "Ended: 2026-03-01 09:11:30") || !strings.Contains(signed, "Ended by: the customer") || !strings.Contains(signed, "Reason: plain") {
			t.Errorf("%s:\n%s", name, head)
		}
		said, says := wordOfTheRelay(t, read(s)), "ended ended_by reason state"
		if name == "state" || name == "an odd state" {
			says = "state"
		}
		if said.Differs != v.Differs || said.Proof != Proved || said.Ending == nil || said.Ending.By != "customer" || said.Ending.Reason != "plain" ||
			v.Differs && !strings.Contains(said.Text, words(text.English)[wDiffers]) || !slices.Contains(said.Says, "created") ||
			v.Differs != slices.ContainsFunc(said.Says, func(name string) bool { return strings.Contains(says, name) }) {
			t.Errorf("%s, as JSON: %+v", name, said)
		}
		for _, l := range text.Languages() {
			if words := words(l); v.Differs != strings.Contains(v.Sentence(l), words[wDiffers]) || l == text.English && v.Differs != strings.Contains(rest, words[wDiffers]) {
				t.Errorf("%s: %s", name, rest)
			}
		}
	}
}

// relays is what JSON says of the header.
type relays struct {
	Says    []string `json:"relay_says"`
	Differs bool     `json:"header_differs"`
	Ending  *struct {
		Time       time.Time
		By, Reason string
	} `json:"ending"`
	Proof Proof  `json:"proof"`
	Text  string `json:"proof_text"`
}

func wordOfTheRelay(t *testing.T, s Source) (r relays) {
	t.Helper()
	var b strings.Builder
	if err := s.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var names map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal([]byte(b.String()), &r), json.Unmarshal([]byte(b.String()), &names)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"report", "relay_says", "header_differs", "ending", "events", "seal", "proof", "proof_text"} {
		if _, ok := names[name]; !ok {
			t.Errorf("no %q in %s", name, b.String())
		}
	}
	return r
}

// P28: what was changed after it was signed is named in JSON, too, and so is a report
// in which the relay's word is all there is.
func TestK1P28_JSONSaysHowFarItIsProved(t *testing.T) {
	s := source(t, chained(t, "plain"), "T-17")
	events := chained(t, "plain")
	events[8].Actor = "somebody"
	s.Events = s.over(events)
	if got := wordOfTheRelay(t, s); got.Proof != "broken" || !strings.Contains(got.Text, "event 9") {
		t.Errorf("%+v", got)
	}
	s = source(t, chained(t, "plain"), "T-17")
	s.Seal = nil
	if got := wordOfTheRelay(t, s); got.Proof != Unsealed {
		t.Errorf("%+v", got)
	}
	last := events[23]
	s.Header.bare, s.Header.Pruned = false, &Pruned{At: last.Time, Seq: last.Seq, Hash: last.Hash}
	s.Events, s.Outline = s.none, s.none
	got := wordOfTheRelay(t, s)
	for _, name := range []string{"number", "state", "customer", "host", "owner", "entered", "ended", "ended_by", "reason", "pruned"} {
		if !slices.Contains(got.Says, name) {
			t.Errorf("%q is not said to be the relay's word: %q", name, got.Says)
		}
	}
	if got.Proof != PrunedOnly || got.Ending != nil {
		t.Errorf("%+v", got)
	}
}

// Where nothing is signed, nothing stands outside of the relay's word but what the
// events say.
func TestK1P28_WithoutASignature(t *testing.T) {
	s := source(t, chained(t, "plain"), "T-17")
	last := chained(t, "plain")[23]
	s.Header.bare, s.Header.Pruned = false, &Pruned{At: last.Time, Seq: last.Seq, Hash: last.Hash}
	s.Events, s.Outline = s.none, s.none
	var b strings.Builder
	if err := s.Text(&b, Style{}); err != nil {
		t.Fatal(err)
	}
	signed, relays, _ := strings.Cut(b.String(), "\nThe word of the support service, which nothing proves\n")
	if strings.Contains(signed, "Customer") || !strings.Contains(relays, "Customer: plain") || !strings.Contains(relays, "Ended by: the customer") {
		t.Errorf("%s", b.String())
	}
}
