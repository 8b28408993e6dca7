package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// examples are one event of every kind, or several: what reports are tested with, too.
func examples(t testing.TB) (events []Event) {
	t.Helper()
	f, err := os.Open("testdata/examples.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		events = append(events, e)
	}
	return events
}

// Every kind that this package names has a payload type and an example, and the
// example is what the type writes: nothing is lost on the way, nothing is added.
func TestEveryKindHasItsPayloadAndAnExample(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range examples(t) {
		seen[e.Kind] = true
		p := e.Payload()
		if p == nil || p.Kind() != e.Kind {
			t.Errorf("%s is read as %T: give it a case in Event.Payload, in kind.go", e.Kind, p)
			continue
		}
		again, err := New(time.Unix(1, 0), e.Actor, p)
		if err != nil || !bytes.Equal(again.Data, e.Data) {
			t.Errorf("%s: %v\n got %s\nwant %s", e.Kind, err, again.Data, e.Data)
		}
	}
	for _, kind := range named(t, "Kind", "kind.go") {
		if !slices.Contains(Kinds(), kind) {
			t.Errorf("%s is not in Kinds, in kind.go", kind)
		}
		if (&Event{Kind: kind}).Payload() == nil {
			t.Errorf("%s has no payload type: give it a case in Event.Payload, in kind.go", kind)
		}
		if !seen[kind] {
			t.Errorf("%s has no example in testdata/examples.jsonl", kind)
		}
	}
	if unknown := (&Event{Kind: "late.kind"}); unknown.Payload() != nil {
		t.Error("a kind that nobody knows has a payload")
	}
}

// named are the values of the string constants of a file whose names begin with prefix.
func named(t *testing.T, prefix, file string) (values []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 || !strings.HasPrefix(spec.Names[0].Name, prefix) {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			value, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("no constants %s… in %s", prefix, file)
	}
	return values
}

// Events are foreign: data of any shape is read as far as it goes, and never panics.
func FuzzPayload(f *testing.F) {
	for _, e := range examples(f) {
		f.Add(e.Kind, []byte(e.Data))
	}
	f.Add(KindScriptExit, []byte(`{"outcome":[],"id":7}`))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		e := Event{Kind: kind, Actor: "x", Data: data}
		p := e.Payload()
		if (p == nil) == slices.Contains(Kinds(), kind) {
			t.Errorf("%q: %T", kind, p)
		}
		if p == nil {
			return
		}
		again, err := New(time.Unix(1, 0), "x", p)
		if err != nil || !again.Harmless() {
			t.Fatalf("%s: %v", again.Data, err)
		}
	})
}

func TestEndsFindTheirStarts(t *testing.T) {
	for _, start := range examples(t) {
		end := EndOf(start, CauseKilled)
		if (end == nil) != (EndKind(start.Kind) == "") || end != nil && (end.Kind() != EndKind(start.Kind) || !IsEnd(end.Kind())) {
			t.Errorf("%s: %T", start.Kind, end)
		}
		if end == nil {
			continue
		}
		e, err := New(time.Unix(1, 0), ByDaemon, end)
		if err != nil {
			t.Fatal(err)
		}
		if MarkOf(e) != MarkOf(start) || MarkOf(e).ID == "" || IsEnd(start.Kind) {
			t.Errorf("%s does not end %s", e.Data, start.Data)
		}
		if !strings.Contains(string(e.Data), `"aborted":true,"reason":"support-agent was killed"`) {
			t.Errorf("%s", e.Data)
		}
	}
}

// Every cause has a text in each language, and is found again by its English text:
// journals from before had no codes.
func TestEveryCauseHasItsTexts(t *testing.T) {
	for _, c := range named(t, "Cause", "cause.go") {
		if !slices.Contains(Causes(), Cause(c)) {
			t.Errorf("%s has no texts", c)
		}
	}
	seen := map[string]Cause{}
	for _, c := range Causes() {
		b := c.Of("helper")
		for _, l := range text.Languages() {
			said := b.Say(l)
			if said == "" || seen[said] != "" || strings.Contains(said, "%") || l == text.English && strings.Contains(said, "helper") != c.Names() {
				t.Errorf("%s in %s: %q, like %q", c, l, said, seen[said])
			}
			seen[said] = c
		}
		if korean := b.Say(text.Korean); !strings.ContainsFunc(korean, func(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }) {
			t.Errorf("%s is not in Korean: %q", c, korean)
		}
		if !c.Names() {
			b.CauseOf = ""
		}
		if got := BecauseOf(b.English()); got != b {
			t.Errorf("%q is %+v", b.English(), got)
		}
		if err := c.Err("helper"); err.Error() != c.Of("helper").English() {
			t.Error(err)
		}
	}
	if said := CauseTimeLimit.Of("10m0s").Say(text.Korean); said != "10분보다 오래 걸렸습니다" {
		t.Error(said)
	}
	for _, own := range []string{"", "the customer was rude", "by", "cancelled by "} {
		if got := BecauseOf(own); got != (Because{}) {
			t.Errorf("%q is %+v", own, got)
		}
	}
}

// What a script left is said in the same words everywhere.
func TestOutcomeSaysWhatIsLeft(t *testing.T) {
	if s := (Outcome{}).Left(text.English); s != "" {
		t.Error(s)
	}
	o := Outcome{Survivors: []int{41, 42}}
	if en, ko := o.Left(text.English), o.Left(text.Korean); en != "these processes could not be ended: 41, 42" || ko != "끝내지 못한 프로세스: 41, 42" {
		t.Errorf("%q, %q", en, ko)
	}
	o.Stays = "/state/work/run-1\x1b[2J"
	if en, ko := o.Left(text.English), o.Left(text.Korean); !strings.HasSuffix(en, "41, 42; files of it stay in /state/work/run-1\\x1b[2J") || !strings.HasSuffix(ko, "41, 42; 파일이 남아 있는 곳: /state/work/run-1\\x1b[2J") {
		t.Errorf("%q, %q", en, ko)
	}
	o.Survivors = nil
	if en := o.Left(text.English); !strings.HasPrefix(en, "files of it stay in") {
		t.Errorf("%q", en)
	}
	many := Outcome{Survivors: make([]int, maxSurvivors+3)}
	if s := many.Left(text.English); !strings.HasSuffix(s, ", +3") {
		t.Errorf("what is not named is not counted: %q", s)
	}
}
