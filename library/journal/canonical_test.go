package journal

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"supportd/library/wire"
)

// parseAgain is what [parseCanonical] may never differ from: the line is decoded and made
// anew.
func parseAgain(line []byte) (e Event, ok bool) {
	if json.Unmarshal(line, &e) != nil {
		return e, false
	}
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	again, err := e.Line()
	return e, err == nil && bytes.Equal(bytes.TrimSuffix(again, []byte("\n")), bytes.TrimSuffix(line, []byte("\n")))
}

func sameEvent(a, b Event) bool {
	return a.Seq == b.Seq && a.Time.Equal(b.Time) && a.Kind == b.Kind && a.Actor == b.Actor &&
		bytes.Equal(a.Data, b.Data) && a.Prev == b.Prev && a.Hash == b.Hash
}

// Every byte of a line is changed, doubled and left out: what is taken without making the
// line anew is what would have been taken with it, and is the same event.
func TestCanonicalLinesAreThoseThatAreMade(t *testing.T) {
	e := Event{
		Time: time.Date(2026, 11, 27, 9, 8, 7, 650_000_000, time.UTC), Kind: KindChatMessage, Actor: wire.CustomerUser,
		Data: json.RawMessage(`{"text":"a \"b\" \\ \u003c 김 ‰","n":[1,-2.5e3,true,null,{}]}`),
	}
	e.Seal(Event{})
	line, err := e.Line()
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := parseCanonical(line); !ok || !sameEvent(got, e) {
		t.Fatalf("%s is not canonical: %+v", line, got)
	}
	check := func(line []byte) {
		if got, ok := parseCanonical(line); ok {
			if want, may := parseAgain(line); !may || !sameEvent(got, want) {
				t.Errorf("%q is taken", line)
			}
		}
	}
	for i := range line {
		for _, c := range []byte("\x00\t\n \"\\,:{}[]<>&0129azZ+-.\x7f\x80\xa8\xe2\xff") {
			check(append(append(bytes.Clone(line[:i]), c), line[i+1:]...))
			check(append(append(bytes.Clone(line[:i]), c), line[i:]...))
		}
		check(append(bytes.Clone(line[:i]), line[i+1:]...))
		check(line[:i])
	}
}

// All kinds of events are read in this way; else it would be of little use.
func TestExamplesAreCanonical(t *testing.T) {
	data, err := os.ReadFile("testdata/examples.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(data) {
		if want, ok := parseAgain(line); ok {
			n++
			if got, is := parseCanonical(line); !is || !sameEvent(got, want) {
				t.Errorf("%s", line)
			}
		}
	}
	if n == 0 {
		t.Skip("no example is a whole line")
	}
}

func FuzzParseCanonical(f *testing.F) {
	e := Event{Time: time.Unix(1, 0), Kind: KindChatMessage, Actor: "alice", Data: json.RawMessage(`{"text":"x"}`)}
	e.Seal(Event{})
	line, _ := e.Line()
	f.Add(line)
	f.Fuzz(func(t *testing.T, line []byte) {
		if got, ok := parseCanonical(line); ok {
			if want, may := parseAgain(line); !may || !sameEvent(got, want) {
				t.Errorf("%q is taken", line)
			}
		}
	})
}

func BenchmarkParseEvent(b *testing.B) {
	e := Event{Time: time.Unix(1, 0), Kind: KindChatMessage, Actor: "alice", Data: json.RawMessage(`{"text":"a message of usual length, as people type it"}`)}
	e.Seal(Event{})
	line, _ := e.Line()
	for b.Loop() {
		if _, err := ParseEvent(line); err != nil {
			b.Fatal(err)
		}
	}
}
