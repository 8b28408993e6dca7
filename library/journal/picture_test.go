package journal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/consent"
)

// seen is the picture of what happened, a second apart, and how many events changed it.
func seen(t *testing.T, at time.Time, happened ...any) (p Picture, changes int) {
	t.Helper()
	for i := 0; i < len(happened); i += 2 {
		e, err := New(at.Add(time.Duration(i/2)*time.Second), happened[i].(string), happened[i+1].(Payload))
		if err != nil {
			t.Fatal(err)
		}
		e.Seq = uint64(i/2 + 1)
		if p.See(e, e.Time) {
			changes++
		}
	}
	return p, changes
}

func TestK6V1_PictureOfWhatHappens(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	ask := func(id uint64) ConsentAsk {
		return ConsentAsk{Question: id, Asked: consent.Script, Expires: at.Add(30 * time.Second)}
	}
	answer := func(id uint64) ConsentAnswer { return ConsentAnswer{Question: consent.Question{ID: id}} }
	run := RunStart{Run: "r", Scripts: []Ran{{File: consent.File{Name: "a.sh"}}, {File: consent.File{Name: "b.sh"}}}}
	second := ScriptStart{Step: Step{Run: "r", Step: 2}, Name: "b.sh"}
	hello := ChatMessage{Text: "hello"}
	for name, tt := range map[string]struct {
		happened []any
		want     string // question, acting as, run, unread of alice, last event
	}{
		"nothing":            {nil, "- - - 0 -"},
		"a question":         {[]any{"alice", ask(1)}, "script/alice/09:00:30 - - 0 consent.ask"},
		"answered":           {[]any{"alice", ask(1), "alice", answer(1)}, "- - - 0 consent.answer"},
		"another's answer":   {[]any{"alice", ask(2), "bob", answer(1)}, "script/alice/09:00:30 - - 0 consent.answer"},
		"the computer back":  {[]any{"alice", ask(1), ByCustomer, SessionResume{}}, "- - - 0 session.resume"},
		"a run":              {[]any{"alice", run}, "- - a.sh/0/2 0 run.start"},
		"its second step":    {[]any{"alice", run, "alice", second}, "- - b.sh/2/2 0 script.start"},
		"its end":            {[]any{"alice", run, "alice", RunEnd{Run: "r"}}, "- - - 0 run.end"},
		"a step of no run":   {[]any{"alice", second}, "- - - 0 script.start"},
		"acting as":          {[]any{"alice", LogonStart{User: "root"}}, "- root - 0 logon.start"},
		"logged off":         {[]any{"alice", LogonStart{User: "root"}, "alice", LogonEnd{User: "root"}}, "- - - 0 logon.end"},
		"the end":            {[]any{"alice", LogonStart{User: "root"}, "alice", run, "alice", ask(3), ByCustomer, SessionEnd{}}, "- - - 0 session.end"},
		"messages":           {[]any{ByCustomer, hello, ByCustomer, hello}, "- - - 2 chat.message"},
		"shown to alice":     {[]any{ByCustomer, hello, ByCustomer, hello, "alice", ChatRead{UpTo: 1}}, "- - - 1 chat.message"},
		"shown to bob":       {[]any{ByCustomer, hello, "bob", ChatRead{UpTo: 1}}, "- - - 1 chat.message"},
		"answered by alice":  {[]any{ByCustomer, hello, "alice", hello, ByCustomer, hello}, "- - - 1 chat.message"},
		"read ahead of time": {[]any{"alice", ChatRead{UpTo: 1 << 60}, ByCustomer, hello}, "- - - 1 chat.message"},
		"noise":              {[]any{ByCustomer, hello, "alice", ConnectionOpen{}, "alice", ScriptOutput{}, "alice", ConnectionClose{}}, "- - - 1 chat.message"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := seen(t, at, tt.happened...)
			got := []string{"-", "-", "-", fmt.Sprint(p.Unread("alice")), "-"}
			if q := p.Standing(at.Add(20 * time.Second)); q != nil {
				got[0] = fmt.Sprintf("%s/%s/%s", q.Kind, q.By, q.Until.Format(time.TimeOnly))
			}
			if p.Logon != nil {
				got[1] = p.Logon.User
			}
			if p.Run != nil {
				got[2] = fmt.Sprintf("%s/%d/%d", p.Run.Script, p.Run.Step, p.Run.Of)
			}
			if p.Last != nil {
				got[4] = p.Last.Kind
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("%s, want %s", s, tt.want)
			}
			if p.Standing(at.Add(time.Minute)) != nil {
				t.Error("a question stands when its time is over")
			}
		})
	}
}

// Whatever a hostile computer writes, its picture stays small, harmless and true to the
// keeper's clock.
func TestK6V1_PictureOfAHostileComputer(t *testing.T) {
	evil := strings.Repeat("\u202eevil ", 500)
	var happened []any
	for i := range 300 {
		happened = append(happened, fmt.Sprint("evil", i), ConsentAsk{Question: 1, Asked: consent.Kind(evil), Expires: time.Now().AddDate(100, 0, 0)}, ByCustomer, ChatMessage{Text: evil},
			fmt.Sprint("r", i), ChatRead{UpTo: 1}, "a", RunStart{Run: evil, Scripts: make([]Ran, 300)}, "a", ScriptStart{Step: Step{Step: i}, Name: evil}, "a", LogonStart{User: evil})
	}
	p, _ := seen(t, time.Now().AddDate(-50, 0, 0), happened...)
	raw, err := json.Marshal(p)
	if err != nil || len(raw) > 4<<10 || strings.ContainsRune(string(raw), '\u202e') {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	if p.Unread("alice") != MaxUnread {
		t.Error(p.Unread("alice"))
	}
	now := time.Now()
	e, err := New(now.AddDate(-50, 0, 0), "alice", ConsentAsk{Question: 1, Expires: now.AddDate(100, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if p.See(e, now); p.Standing(now.Add(consent.AnswerTimeout+time.Second)) != nil || p.Standing(now.Add(consent.AnswerTimeout-time.Second)) == nil {
		t.Errorf("the question stands until %s, it is %s", p.Question.Until, now)
	}
}

// What a picture was before is not changed by what comes: it may be read meanwhile.
func TestPictureIsNotChangedBehindAReader(t *testing.T) {
	p, _ := seen(t, time.Now(), ByCustomer, ChatMessage{Text: "1"}, "alice", ChatRead{UpTo: 1}, "alice", RunStart{Run: "r", Scripts: make([]Ran, 2)})
	before := p
	messages, going := slices.Clone(p.Messages), *p.Run
	for i, payload := range []Payload{ChatMessage{Text: "2"}, ChatRead{UpTo: 9}, ScriptStart{Step: Step{Step: 1}}} {
		e, err := New(time.Now(), []string{ByCustomer, "alice", "alice"}[i], payload)
		if err != nil {
			t.Fatal(err)
		}
		e.Seq = uint64(10 + i)
		p.See(e, time.Now())
	}
	if !slices.Equal(before.Messages, messages) || before.Read["alice"] != 1 || *before.Run != going {
		t.Errorf("%+v", before)
	}
}
