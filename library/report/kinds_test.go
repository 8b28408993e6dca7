package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
	"supportd/library/text"
)

// examples are the events with which the schema is tested, chained.
func examples(t *testing.T) (events []journal.Event) {
	t.Helper()
	f, err := os.Open("../journal/testdata/examples.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var last journal.Event
	for lines := bufio.NewScanner(f); lines.Scan(); {
		e := journal.Event{Time: time.Unix(1_800_000_000, 0)}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		e.Seal(last)
		events, last = append(events, e), e
	}
	return events
}

func hangul(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 })
}

// Every kind is told in both languages, and no example as what is not known.
func TestEveryKindHasItsWording(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range text.Languages() {
		tell := newTeller(l)
		for _, e := range examples(t) {
			said := tell.tell(e)
			seen[e.Kind] = true
			foreign := e.Kind == journal.KindScriptOutput || e.Kind == journal.KindChatMessage
			if said == "" || strings.Contains(said, e.Kind) || strings.Contains(said, "{") || l == text.Korean && !foreign && !hangul(said) {
				t.Errorf("%s has no wording in %s: give it a case in teller.tell, in tell.go, and words in words_%s.go (it is told as %q)", e.Kind, l, l, said)
			}
		}
	}
	for _, kind := range journal.Kinds() {
		if !seen[kind] {
			t.Errorf("%s has no example", kind)
		}
	}
}

// Whatever code a cause has, a Korean report gives it in Korean and nothing of it in
// English; with the codes, and by the text alone as older journals have it.
func TestKoreanReportHasKoreanCauses(t *testing.T) {
	tell := newTeller(text.Korean)
	for _, c := range journal.Causes() {
		because := c.Of("X1")
		for _, p := range []journal.Payload{
			journal.ConnectionClose{Cause: because.English(), Because: because},
			journal.SessionEnd{By: journal.ByDaemon, Reason: because.English(), Because: because},
			journal.RebootRefuse{Why: because.English(), Because: because},
			journal.LogonRefuse{User: "X1", Why: because.English(), Because: because},
			journal.LogonEnd{User: "X1", Why: because.English(), Because: because},
			journal.ScriptExit{Outcome: &journal.Outcome{Reason: journal.Unstarted, Problem: because.English(), Because: because}},
			journal.LogonRefuse{User: "X1", Why: because.English()},
			journal.SessionEnd{By: journal.ByRelay, Reason: because.English()},
		} {
			e, err := journal.New(time.Now(), journal.ByDaemon, p)
			if err != nil {
				t.Fatal(err)
			}
			if said := tell.tell(e); !strings.Contains(said, because.Say(text.Korean)) || strings.Contains(said, because.English()) {
				t.Errorf("%s in %s: %s", c, e.Kind, said)
			}
		}
	}
	for _, p := range journal.Problems() {
		e, err := journal.New(time.Now(), journal.ByDaemon, journal.ProblemReport{Problem: p})
		if err != nil {
			t.Fatal(err)
		}
		if said := tell.tell(e); !hangul(said) || strings.Contains(said, string(p)) {
			t.Errorf("%s: %s", p, said)
		}
	}
	for _, r := range journal.Reasons() {
		e, err := journal.New(time.Now(), "alice", journal.ScriptExit{Outcome: &journal.Outcome{Reason: r}})
		if err != nil {
			t.Fatal(err)
		}
		if said := tell.tell(e); strings.Contains(said, string(r)) {
			t.Errorf("%s: %s", r, said)
		}
	}
	// What a CSR gave as a reason stays, also where it begins like one of ours.
	e, err := journal.New(time.Now(), "alice", journal.SessionEnd{By: "alice", Reason: "by mistake"})
	if said := tell.tell(e); err != nil || !strings.HasSuffix(said, ": by mistake") {
		t.Errorf("%s, %v", said, err)
	}
}

// A script that leaves processes is told so in every form of a report.
func TestReportsTellWhatAScriptLeft(t *testing.T) {
	events := examples(t)
	i := slices.IndexFunc(events, func(e journal.Event) bool { return e.Kind == journal.KindScriptExit })
	for l, want := range map[text.Language]string{
		text.English: "these processes could not be ended: 4711, 4712",
		text.Korean:  "끝내지 못한 프로세스: 4711, 4712",
	} {
		forms := renderings(t, source(t, events, ""), Style{Language: l})
		for _, form := range []string{"text", "html", "csv"} {
			if !strings.Contains(forms[form], want) {
				t.Errorf("%s in %s does not say %q", form, l, want)
			}
		}
		if said := newTeller(l).tell(events[i]); !strings.Contains(said, want) {
			t.Error(said)
		}
	}
}

// What has begun and does not end costs nothing for the events that come after: a
// computer that opens much cannot hold up those who read its report.
func TestOpenStartsDoNotSlowAReport(t *testing.T) {
	took := func(open int) time.Duration {
		var events []journal.Event
		var last journal.Event
		add := func(p journal.Payload) {
			e, err := journal.New(time.Unix(1_800_000_000, 0), "alice", p)
			if err != nil {
				t.Fatal(err)
			}
			e.Seal(last)
			events, last = append(events, e), e
		}
		big := make([]journal.Ran, 200)
		for i := range open {
			add(journal.RunStart{Mark: journal.Mark{ID: fmt.Sprint("r", i)}, Scripts: big})
			add(journal.ConnectionOpen{Mark: journal.Mark{ID: fmt.Sprint("c", i)}})
		}
		for range 2000 {
			add(journal.ChatMessage{Text: "hello"})
		}
		tell := newTeller(text.Korean)
		for _, e := range events[:2*open] {
			tell.tell(e)
		}
		began := time.Now()
		for _, e := range events[2*open:] {
			tell.tell(e)
		}
		return time.Since(began)
	}
	none, many := took(0), took(maxPeople)
	if many > 10*none+50*time.Millisecond {
		t.Errorf("%v with nothing open, %v with much", none, many)
	}
}
