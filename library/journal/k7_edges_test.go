package journal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
	"supportd/library/wire"
)

// The limits that daemon and relay both count by: another one, and either refuses what
// the other has taken.
func TestTheLimitsOfEvents(t *testing.T) {
	for name, same := range map[string]bool{
		"event": MaxEvent == 65536, "line": MaxLine == 69632, "journal": MaxBytes == 1073741824, "frame": eventFrame == 256, "message": MaxMessage == 4096, "key": maxKey == 64,
		"unread": MaxUnread == 99, "readers": maxReaders == 32, "pictured": maxPictured == 60, "entered": maxEntered == 50, "summary": maxSummary == 24576, "survivors": maxSurvivors == 20,
	} {
		if !same {
			t.Errorf("%s: another limit", name)
		}
	}
}

// A cause is said in the language that is asked for: in Korean with the particles that
// fit, in English as it stands in old journals. What is no span of time stays.
func TestACauseIsSaidInALanguage(t *testing.T) {
	for _, c := range []struct {
		because    Because
		en, korean string
	}{
		{CauseCancelledBy.Of("김민지"), "cancelled by 김민지", "김민지가 취소했습니다"}, {CauseCancelledBy.Of("이진"), "cancelled by 이진", "이진이 취소했습니다"},
		{CauseBroken.Of("x이(가)"), "the connection broke: x이(가)", "연결이 끊어졌습니다 (시스템 메시지: x이(가))"}, {CauseTimeLimit.Of("1m30s"), "it took longer than 1m30s", "1분 30초보다 오래 걸렸습니다"},
		{CauseTimeLimit.Of("ages"), "it took longer than ages", "ages보다 오래 걸렸습니다"}, {CauseKilled.Of(""), "support-agent was killed", "support-agent가 강제로 종료되었습니다"}, {Cause("unknown").Of("x"), "", ""}, {Because{}, "", ""},
	} {
		if en, korean := c.because.Say(text.English), c.because.Say(text.Korean); en != c.en || korean != c.korean {
			t.Errorf("%+v: %q, %q", c.because, en, korean)
		}
	}
	if causes := Causes(); !slices.IsSorted(causes) || len(causes) != len(causeTexts()) {
		t.Errorf("%q", causes)
	}
}

func TestHowManyFailed(t *testing.T) {
	ok, bad := Outcome{Reason: Exited}, Outcome{Reason: Lost}
	for want, outcomes := range [][]Outcome{{ok, ok}, {ok, bad, ok}, {bad, bad}} {
		if got := Failed(outcomes); got != want {
			t.Errorf("%d failed, want %d", got, want)
		}
	}
}

// A picture says which event has changed it last, and only what did is a change.
func TestWhatChangesAPicture(t *testing.T) {
	run := func(scripts ...string) (r RunStart) {
		for _, name := range scripts {
			s := Ran{}
			s.Name = name
			r.Scripts = append(r.Scripts, s)
		}
		return r
	}
	hello := ChatMessage{Text: "hello"}
	for name, c := range map[string]struct {
		happened []any
		changes  int
		seq      uint64
	}{
		"noise":             {[]any{ByCustomer, hello, "a", ConnectionOpen{}, "a", ScriptOutput{}, "a", AccessChange{}, "a", ConnectionClose{}}, 1, 1},
		"reading on":        {[]any{ByCustomer, hello, ByCustomer, hello, "a", ChatRead{UpTo: 1}, "a", ChatRead{UpTo: 2}}, 4, 4},
		"reading again":     {[]any{ByCustomer, hello, ByCustomer, hello, "a", ChatRead{UpTo: 2}, "a", ChatRead{UpTo: 2}, "a", ChatRead{UpTo: 1}}, 3, 3},
		"an answer to none": {[]any{"a", ConsentAnswer{}}, 1, 1},
		"news of any kind":  {[]any{ByDaemon, ProblemReport{}}, 1, 1},
	} {
		p, changes := seen(t, time.Unix(1, 0), c.happened...)
		if changes != c.changes || p.Seq != c.seq {
			t.Errorf("%s: %d changes, the last by event %d; want %d, %d", name, changes, p.Seq, c.changes, c.seq)
		}
	}
	for want, r := range map[string]RunStart{"": run(), "a.sh": run("a.sh"), "b.sh": run("b.sh", "c.sh")} {
		if p, _ := seen(t, time.Unix(1, 0), "a", r); p.Run == nil || p.Run.Script != want || p.Run.Of != len(r.Scripts) || !p.Run.Since.Equal(time.Unix(1, 0)) {
			t.Errorf("%+v, want %q", p.Run, want)
		}
	}
	// So many readers are remembered, and each of them reads on; nobody's reading goes back.
	p := Picture{}
	for i := range 33 {
		if got := p.read(fmt.Sprint("r", i), 7); got != (i < 32) {
			t.Errorf("reader %d is remembered: %t", i+1, got)
		}
	}
	before := maps.Clone(p.Read)
	if p.read("r0", 7) || p.read("r0", 6) || p.read("another", 9) || !maps.Equal(p.Read, before) {
		t.Errorf("%v", p.Read)
	}
	if !p.read("r31", 8) || p.Read["r31"] != 8 {
		t.Errorf("a reader who is remembered does not read on: %v", p.Read)
	}
}

// Whoever is connected is so until the end that is given, and what nobody can say is
// equal to nothing, and no summary.
func TestTheEndOfAPresence(t *testing.T) {
	at := time.Unix(1_000_000, 0).UTC()
	var p Presence
	p.join(Presented{Name: strings.Repeat("k", wire.MaxName+1), Number: "482913077", Owner: "alice"}, Event{Time: at})
	s := p.Summary(at.Add(30 * time.Second))
	if s == nil || s.Connected != 30 || s.Entered == nil || len(s.Customer) != wire.MaxName || s.Number != "482913077" || s.Owner != "alice" {
		t.Errorf("%+v", s)
	}
	if p.Finish(Event{Time: at.Add(7 * time.Second)}); p.Connected != 7 {
		t.Errorf("connected for %d s", p.Connected)
	}
	never := Presence{Joined: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)} // JSON has no such year
	if never.Equal(never) || never.Equal(p) || p.Equal(never) || never.Summary(at) != nil {
		t.Error("what cannot be said is said")
	}
}

// A line that is no seal in its one form is none, whatever it is, and nothing of it is kept.
func TestWhatIsNoSeal(t *testing.T) {
	s, _ := sealed(t)
	line, err := s.Line()
	if err != nil {
		t.Fatal(err)
	}
	good := string(line)
	for _, bad := range []string{
		"", "{", "x" + good, good[:len(good)-3], `{"seal":null}`, `{}`, `{"seal":{"seq":"3"}}`, strings.Replace(good, `"seq":3`, `"seq":"3"`, 1), strings.Replace(good, `{"number"`, `{"more":1,"number"`, 1),
		strings.Replace(good, `:3,`, `: 3,`, 1), strings.TrimSuffix(good, "}\n") + `,"more":1}`, good + good,
	} {
		if got, err := ParseSeal([]byte(bad)); !errors.Is(err, wire.ErrPayload) || got != (Seal{}) {
			t.Errorf("%.60q: %+v, %v", bad, got, err)
		}
	}
	if got, err := ParseSeal([]byte(strings.TrimSuffix(good, "\n"))); err != nil || got != s {
		t.Errorf("without its line end: %v", err)
	}
}
