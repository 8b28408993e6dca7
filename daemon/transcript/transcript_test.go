package transcript

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
)

const evilName = "x\x1b[2J\u202e\n09:00  · forged"

// at is an event of one minute past nine.
func at(kind, actor, data string) journal.Event {
	return journal.Event{Time: time.Date(2026, 3, 1, 9, 1, 0, 0, time.UTC), Kind: kind, Actor: actor, Data: json.RawMessage(data)}
}

func TestTranscriptTellsEvents(t *testing.T) {
	const who = `"who":{"name":"Alice Kim","account":"alice"}`
	tr := New(time.Time{}, Style{})
	for _, c := range []struct{ kind, actor, data, want string }{
		{journal.KindSessionJoin, "customer", `{"name":"Bob"}`, "09:01  · Bob (customer) has joined\n"},
		{journal.KindAccessChange, "relay", `{}`, ""},
		{journal.KindConnOpen, "alice", `{` + who + `}`, "09:01  · Alice Kim (alice) is connected to the computer\n"},
		{journal.KindConnOpen, "alice", `{` + who + `}`, ""},
		{journal.KindConnClose, "alice", `{}`, ""},
		{journal.KindSessionLost, "daemon", `{}`, "09:01  · the computer has lost its connection to the relay\n"},
		{journal.KindSessionResume, "customer", `{"name":"Bob"}`, "09:01  · the computer is connected again\n"},
		{journal.KindSysInfoView, "alice", `{}`, "09:01  · Alice Kim (alice) looks at information about the computer\n"},
		{journal.KindScriptStart, "alice", `{"step":2,"text":"a.sh"}`, "09:01  · 2. a.sh\n"},
		{journal.KindScriptExit, "daemon", `{"aborted":true,"reason":"support-agent was killed"}`, "09:01  · the script was ended: support-agent was killed\n"},
		{journal.KindLogonStart, "alice", `{"user":"root"}`, "09:01  · Alice Kim (alice) acts as root from now on\n"},
		{journal.KindLogonRefuse, "alice", `{"user":"root"}`, "09:01  · Alice Kim (alice) could not log on as root\n"},
		{journal.KindLogonEnd, "alice", `{"user":"root"}`, "09:01  · nobody acts as root any more\n"},
		{journal.KindLogonEnd, "alice", `{"user":"kim","survivors":2,"stays":"/tmp/x"}`, "09:01  · nobody acts as kim any more; 2 of that user's processes may still run until the computer restarts\n"},
		{journal.KindRebootRequest, "alice", `{}`, "09:01  · Alice Kim (alice) restarts the computer\n"},
		{journal.KindRebootRefuse, "alice", `{}`, "09:01  · the computer does not restart\n"},
		{journal.KindRebootReturn, "daemon", `{}`, "09:01  · the computer has restarted\n"},
		{journal.KindSessionEnd, "mallory", `{}`, "09:01  · the support session has been ended by mallory\n"},
		{"unknown.kind", "alice", `{}`, ""},
	} {
		if got := tr.Tell(at(c.kind, c.actor, c.data)); got != c.want {
			t.Errorf("%s: %q, want %q", c.kind, got, c.want)
		}
	}
}

// Every answer that the gate can give is told in words of its own.
func TestTranscriptTellsAnswers(t *testing.T) {
	said := map[string]bool{}
	for _, a := range []struct {
		decision consent.Decision
		why      consent.Why
	}{
		{consent.AllowedOnce, consent.Answered}, {consent.AllowedForSession, consent.Answered}, {consent.Denied, consent.Answered},
		{consent.Blocked, consent.Answered}, {consent.AllowedForSession, consent.Granted}, {consent.AllowedOnce, consent.AtStart},
		{consent.AllowedOnce, consent.Away}, {consent.Denied, consent.Locked},
		{consent.Denied, consent.TimedOut}, {consent.Denied, consent.Withdrawn}, {consent.Denied, consent.Nobody},
		{consent.Denied, consent.Flooded}, {consent.Denied, consent.BlockedBy},
	} {
		text := Answer(nil, consent.Answer{Decision: a.decision, Why: a.why})
		if said[text] || strings.Contains(text, "had allowed") != (a.why == consent.Granted || a.why == consent.AtStart || a.why == consent.Away) {
			t.Errorf("%v %v: %q", a.decision, a.why, text)
		}
		said[text] = true
	}
	if got := Answer(nil, consent.Answer{Decision: consent.AllowedOnce, Why: "something new"}); strings.Contains(got, "allowed it") || got != "not allowed" {
		t.Errorf("what is not known is no yes: %q", got)
	}
}

func TestC9_C11_HostileEventsStayOnTheirLines(t *testing.T) {
	name, err := json.Marshal(evilName)
	if err != nil {
		t.Fatal(err)
	}
	evil := string(name)
	for _, width := range []int{0, 20, 60} {
		tr := New(time.Time{}, Style{})
		if width > 0 {
			tr.style.Width = func() int { return width }
		}
		tr.live = true
		var s string
		for _, e := range []journal.Event{
			at(journal.KindSessionJoin, "customer", `{"name":`+evil+`}`),
			at(journal.KindConnOpen, evilName, `{"who":{"name":`+evil+`,"account":`+evil+`}}`),
			at(journal.KindConsentAnswer, evilName, `{"question":{"kind":"script","who":{"name":`+evil+`},"programs":[{"name":`+evil+`}]},"answer":{"why":`+evil+`}}`),
			at(journal.KindRunStart, evilName, `{"scripts":[{"name":`+evil+`}]}`),
			at(journal.KindScriptStart, evilName, `{"step":1,"text":`+evil+`}`),
			at(journal.KindScriptOutput, evilName, `{"stream":"stdout","text":`+evil+`}`),
			at(journal.KindScriptOutput, evilName, `{"stream":"stderr","text":`+evil+`}`),
			at(journal.KindScriptExit, evilName, `{"step":1,"outcome":{"name":`+evil+`,"reason":`+evil+`,"problem":`+evil+`}}`),
			at(journal.KindLogonStart, evilName, `{"user":`+evil+`}`),
			at(journal.KindChatMessage, evilName, `{"text":`+evil+`}`),
			at(journal.KindSessionEnd, evilName, `{}`),
		} {
			s += tr.Tell(e)
		}
		for line := range strings.Lines(s) {
			line = strings.TrimSuffix(line, "\n")
			if strings.ContainsFunc(line, text.Hostile) || width > 0 && text.MostWidth(line) > width {
				t.Errorf("width %d: %q", width, line)
			}
			marked := strings.HasPrefix(line, "     > ") || strings.HasPrefix(line, "     │ ") || strings.HasPrefix(line, "   ! │ ") || strings.HasPrefix(line, "     · ")
			if !marked && !strings.HasPrefix(line, "09:01  ") {
				t.Errorf("width %d: forged %q", width, line)
			}
		}
	}
}

func TestTranscriptBoundsALineWithoutEnd(t *testing.T) {
	tr := New(time.Time{}, Style{})
	tr.live = true
	got := 0
	for range 100 {
		got += strings.Count(tr.Tell(at(journal.KindScriptOutput, "alice", `{"stream":"stdout","text":"`+strings.Repeat("x", 1000)+`"}`)), "x")
		if len(tr.partial["stdout"]) > maxPartial {
			t.Fatalf("%d bytes are held", len(tr.partial["stdout"]))
		}
	}
	if got += strings.Count(tr.flush(), "x"); got != 100_000 {
		t.Errorf("%d bytes of 100,000 were told", got)
	}
}

func TestChatWrapsWithMarks(t *testing.T) {
	tr := New(time.Time{}, Style{Width: func() int { return 20 }})
	got := tr.set(time.Time{}, printed(journal.Stdout), strings.Repeat("가나다라", 5))
	want := "     │ 가나다라가나\n     │ 다라가나다라\n     │ 가나다라가나\n     │ 다라\n"
	if got != want {
		t.Errorf("%q", got)
	}
}

// What a script wrote to standard error has a sign, and every line of it; the streams do not
// end each other's lines.
func TestStandardErrorIsMarked(t *testing.T) {
	for _, live := range []bool{true, false} {
		tr := New(time.Time{}, Style{Width: func() int { return 20 }})
		tr.live = live
		got := ""
		for _, o := range []string{`"stdout","text":"one\ntw"`, `"stderr","text":"bad bad bad bad bad\nno end"`, `"stdout","text":"o\n"`} {
			got += tr.Tell(at(journal.KindScriptOutput, "alice", `{"stream":`+o+`}`))
		}
		got += tr.flush()
		want := "     │ one\n   ! │ bad bad bad \n   ! │ bad bad\n     │ two\n   ! │ no end\n"
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
