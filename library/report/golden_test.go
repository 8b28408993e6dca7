package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// A report to the letter: what people read of sessions that went well and badly, that go
// on, whose events are deleted, and of which the relay says something else.
// UPDATE_GOLDEN=1 writes the files anew; look at the difference.
func TestReportsToTheLetter(t *testing.T) {
	style := Style{Zone: time.FixedZone("", 9*3600)}
	for name, s := range reportsOfADay(t) {
		var b strings.Builder
		for _, l := range text.Languages() {
			style.Language = l
			if err := s.Text(&b, style); err != nil {
				t.Fatal(err)
			}
			b.WriteString("\n")
		}
		word, err := json.MarshalIndent(s.relaysWord(), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		b.Write(word)
		b.WriteString("\n")
		if name == "whole" {
			style.Language = text.English
			var page bytes.Buffer
			if err := s.HTML(&page, style); err != nil {
				t.Fatal(err)
			}
			_, body, _ := bytes.Cut(page.Bytes(), []byte("</style>"))
			b.Write(body)
		}
		path := filepath.Join("testdata", "golden", name+".txt")
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, lines := strings.SplitAfter(b.String(), "\n"), strings.SplitAfter(string(want), "\n")
		for i := range max(len(got), len(lines)) {
			if i >= len(got) || i >= len(lines) || got[i] != lines[i] {
				t.Errorf("%s differs at line %d:\n%q\nwant\n%q", path, i+1, got[min(i, len(got)-1)], lines[min(i, len(lines)-1)])
				break
			}
		}
	}
}

// reportsOfADay are reports of every sort, by the name of their file.
func reportsOfADay(t *testing.T) map[string]Source {
	events := dayOfASession(t, true)
	whole := source(t, events, "T-17")
	whole.Header.bare = false
	whole.Header.ID, whole.Header.Name, whole.Header.Created = "01JDX", "slow laptop", events[0].Time.Add(-2*time.Minute)

	short := dayOfASession(t, false)
	bare := source(t, short, "")

	differs := source(t, short, "")
	differs.Header.bare = false
	differs.Header.EndedBy, differs.Header.Reason = journal.ByRelay, "no contact"

	later := source(t, short, "")
	later.Header.bare = false
	later.Header.Ended = later.Header.Ended.Add(sameMoment + time.Second)

	open := source(t, events[:len(events)-4], "")
	open.Header.bare, open.Seal = false, nil

	unsealed := source(t, short, "")
	unsealed.Header.bare, unsealed.Seal = false, nil

	changed := source(t, short, "")
	other := slices.Clone(short)
	other[1].Actor = "mallory"
	changed.Events = changed.over(other)

	proved := source(t, summed(t, "plain"), "T-17")
	last := summed(t, "plain")[23]
	proved.Header.bare = false
	proved.Header = proved.Header.Bury(last.Time.Add(90*24*time.Hour), last, true)
	proved.Events, proved.Outline = proved.none, proved.none

	sealed := proved
	sealed.Header.Pruned = &Pruned{At: proved.Header.Pruned.At, Seq: last.Seq, Hash: last.Hash}
	forgotten, unsigned := sealed, proved
	forgotten.Seal, unsigned.Seal = nil, nil

	return map[string]Source{
		"whole": whole, "bare": bare, "differs": differs, "later": later, "open": open, "unsealed": unsealed, "changed": changed,
		"pruned-proved": proved, "pruned-sealed": sealed, "pruned-only": forgotten, "pruned-unsigned": unsigned,
	}
}

// dayOfASession is a session in which nearly everything happens, or nothing.
func dayOfASession(t *testing.T, busy bool) (all []journal.Event) {
	t.Helper()
	var last journal.Event
	at := time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)
	add := func(after time.Duration, actor string, p journal.Payload) {
		at = at.Add(after)
		e, err := journal.New(at, actor, p)
		if err != nil {
			t.Fatal(err)
		}
		e.Seal(last)
		last, all = e, append(all, e)
	}
	const number wire.Number = "482913077"
	alice := consent.Person{Name: "Alice Kim", Account: "alice", Fingerprint: "SHA256:aaa"}
	bob := consent.Person{Account: "bob", Fingerprint: "SHA256:bbb"}
	joined := journal.Presented{Number: number, Name: "Minji", Host: "PC-1", OS: "Debian 13", Owner: "alice", Program: "1.0"}
	if !busy {
		add(0, journal.ByCustomer, journal.SessionJoin{Presented: joined})
		add(time.Minute, journal.ByCustomer, journal.SessionEnd{By: journal.ByCustomer})
		return all
	}
	joined.Allow = []consent.Kind{consent.SysInfo}
	joined.CSRCA, joined.RequireWords = []string{"SHA256:ca"}, true
	joined.Revocations = journal.ListDemand{Least: 3, Required: true, Second: []string{"Network"}}
	mark := func(id string) journal.Mark { return journal.Mark{ID: id} }
	step := func(n int) journal.Step { return journal.Step{Mark: mark(fmt.Sprintf("r1/%d", n)), Run: "r1", Step: n} }
	asked := func(id uint64, q consent.Question, d consent.Decision, why consent.Why) {
		q.ID, q.Who = id, alice
		add(time.Second, "alice", journal.ConsentAsk{Question: id, Asked: q.Kind, Who: alice, Expires: at.Add(time.Minute)})
		add(9*time.Second, "alice", journal.ConsentAnswer{Question: q, Answer: consent.Answer{Question: id, Decision: d, Why: why}})
	}
	program := func(name, sum string) consent.File { return consent.File{Name: name, Size: 77, SHA256: sum} }
	add(0, journal.ByCustomer, journal.SessionJoin{Presented: joined})
	add(time.Second, journal.ByRelay, journal.AccessChange{May: []consent.Person{alice, bob}})
	add(time.Second, journal.ByRelay, journal.AccessRevoke{CA: "SHA256:ca", Number: 7, Keys: 1, Serials: 2, Until: at.Add(24 * time.Hour), Second: []string{"*"}})
	add(time.Minute, "alice", journal.ConnectionOpen{Mark: mark("c1"), Who: alice})
	add(time.Second, "alice", journal.WordsExchange{Who: alice, Attempt: 1})
	add(time.Second, "alice", journal.WordsExchange{Who: alice, Attempt: 2, Agreed: true})
	add(time.Second, journal.ByCustomer, journal.WordsVerdict{Who: alice, Same: true})
	add(time.Second, journal.ByCustomer, journal.WordsVerdict{Who: bob})
	add(time.Second, "alice", journal.WordsVerdict{Who: alice, Same: true})
	add(time.Second, "bob", journal.WordsVerdict{Who: bob})
	asked(1, consent.Question{Kind: consent.SysInfo, Categories: []string{"os", "users"}, Reason: "slow"}, consent.AllowedForSession, consent.Answered)
	add(time.Second, "alice", journal.SysInfoView{Categories: []string{"os"}, As: "root", Withheld: consent.Withheld{Fields: []string{"serials"}}})
	asked(2, consent.Question{Kind: consent.Reboot, Delay: time.Minute}, consent.Denied, consent.Answered)
	asked(3, consent.Question{Kind: consent.Script, Programs: []consent.Program{{File: program("a.sh", "aa")}, {File: program("b.sh", "bb")}}}, consent.AllowedOnce, consent.Answered)
	add(time.Second, "alice", journal.FileStage{File: program("a.sh", "aa")})
	add(time.Second, "alice", journal.RunStart{Mark: mark("r1"), Run: "r1", Scripts: []journal.Ran{{File: program("a.sh", "aa"), Author: alice, Second: bob}, {File: program("b.sh", "bb")}}, As: "root"})
	add(time.Second, "alice", journal.ScriptStart{Step: step(1), Name: "a.sh"})
	add(time.Second, "alice", journal.ScriptOutput{Step: step(1), Stream: journal.Stdout, Text: "one\ntwo"})
	add(time.Second, "alice", journal.ScriptOutput{Step: step(1), Stream: journal.Stderr, Text: "\x1b[2Jthree\n"})
	add(time.Second, "alice", journal.ScriptExit{Step: step(1), Outcome: &journal.Outcome{Name: "a.sh", Reason: journal.Exited, Took: 1500 * time.Millisecond, Bytes: 20, Dropped: 1}})
	add(time.Second, "alice", journal.ScriptStart{Step: step(2), Name: "b.sh"})
	add(30*time.Second, "alice", journal.ScriptExit{Step: step(2), Outcome: &journal.Outcome{Name: "b.sh", Reason: journal.Exited, Code: 7, Survivors: []int{4711}}})
	add(time.Second, "alice", journal.RunEnd{Mark: mark("r1"), Outcomes: []journal.Outcome{{Name: "a.sh", Reason: journal.Exited}, {Name: "b.sh", Reason: journal.Exited, Code: 7}}})
	add(time.Second, "alice", journal.ConnectionClose{Mark: mark("c1"), Who: alice})
	add(10*time.Second, "alice", journal.ConnectionOpen{Mark: mark("c2"), Who: alice})
	add(time.Second, "alice", journal.LogonStart{Mark: mark("l1"), User: "helper"})
	add(20*time.Second, "alice", journal.LogonEnd{Mark: mark("l1"), User: "helper", Survivors: 1, Stays: "/x"})
	add(time.Second, journal.ByCustomer, journal.ChatMessage{Text: "hello\x1b"})
	add(time.Second, "alice", journal.ChatMessage{Text: "good day"})
	add(time.Second, "alice", journal.RebootRequest{Reason: "updates"})
	add(time.Second, journal.ByDaemon, journal.SessionLost{})
	add(40*time.Second, journal.ByDaemon, journal.RebootReturn{Before: "boot1", Boot: "boot2", Took: "40s", EntryRemoved: true})
	add(time.Second, journal.ByCustomer, journal.SessionResume{Presented: joined})
	add(time.Minute, "bob", journal.ConnectionOpen{Mark: mark("c3"), Who: bob})
	add(time.Second, "bob", journal.ConsentAsk{Question: 4, Asked: consent.LogonAs, Who: bob, Expires: at.Add(time.Minute)})
	add(time.Minute, "alice", journal.ConnectionClose{Mark: mark("c2"), Who: alice, Cause: "the connection was lost"})
	add(time.Second, journal.ByDaemon, journal.ProblemReport{Problem: "x", Detail: fmt.Sprintf("%d", 7)})
	add(time.Minute, journal.ByCustomer, journal.SessionEnd{By: journal.ByCustomer, Reason: "thanks"})
	return all
}
