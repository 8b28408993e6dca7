package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/library/journal"
	"supportd/library/text"
)

// event is one of a journal, with any payload.
func event(t *testing.T, actor string, p journal.Payload) journal.Event {
	t.Helper()
	e, err := journal.New(time.Unix(1_800_000_000, 0), actor, p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// inWords puts what people call them in the place of {ids}: a report shows no ids.
func inWords(s string, l text.Language) string {
	for _, id := range consent.Categories() {
		s = strings.ReplaceAll(s, "{"+id+"}", consent.NameCategories([]string{id}, l))
	}
	for _, id := range consent.Fields() {
		s = strings.ReplaceAll(s, "{"+id+"}", consent.NameFields([]string{id}, l))
	}
	for _, k := range consent.Kinds() {
		s = strings.ReplaceAll(s, "{"+string(k)+"}", words(l)[word("kind."+k)])
	}
	return s
}

// Whatever of an event says something is in its sentence, and what is not there is
// not, in every language.
func TestASentenceSaysAllThatItsEventSays(t *testing.T) {
	kim := consent.Person{Name: "Kim", Account: "alice", Fingerprint: "SHA256:k"}
	yes := consent.Answer{Decision: consent.AllowedOnce, Why: consent.Answered}
	ask := func(q consent.Question, a consent.Answer) journal.ConsentAnswer {
		q.Who = kim
		return journal.ConsentAnswer{Question: q, Answer: a}
	}
	run := []consent.Program{{File: consent.File{Name: "a.sh", SHA256: "5a5a"}, With: []consent.File{{Name: "data", SHA256: "6b6b"}}}}
	for _, c := range []struct {
		p        journal.Payload
		has, not string // words, separated by spaces
	}{
		{journal.SessionJoin{Presented: journal.Presented{Name: "Lee", Host: "PC-1", OS: "TestOS"}}, "Lee PC-1 TestOS", ";"},
		{journal.SessionJoin{Presented: journal.Presented{Name: "Lee", Allow: []consent.Kind{consent.Script, consent.SysInfo}}}, "Lee ; {script}, {sysinfo}", ""},
		{journal.SessionJoin{Presented: journal.Presented{Name: "Lee", Revocations: journal.ListDemand{Second: []string{"Network", "Updates"}}}}, "Lee ; Network, Updates", ""},
		{journal.AccessRevoke{CA: "SHA256:c", Number: 7, Second: []string{"Network"}}, "SHA256:c ; Network", ""},
		{journal.AccessRevoke{CA: "SHA256:c", Number: 7, Second: []string{"*", "Network"}}, "SHA256:c ;", "Network *"},
		{journal.RunStart{Scripts: []journal.Ran{{File: consent.File{Name: "a.sh"}, Author: kim, Second: consent.Person{Name: "Bob\x1b[2J", Account: "bob"}}}}, "bob a.sh Kim (alice), Bob[2J (bob)", "\x1b"},
		{journal.AccessChange{May: []consent.Person{kim, kim, {Account: "bob"}}}, "Kim (alice), bob", ""},
		{journal.ConnectionClose{Who: kim, Cause: "why"}, "alice : why", ""},
		{journal.ConnectionClose{Who: kim}, "alice", ": "},
		{journal.ConnectionClose{Cut: journal.Cut{Reason: "cut"}}, "bob : cut", ""},
		{ask(consent.Question{Kind: consent.SysInfo}, yes), "Kim (alice) →", ";"},
		{ask(consent.Question{Kind: consent.SysInfo, Categories: []string{"os", "cpu"}, Reason: "slow"}, yes), "({os}, {cpu}, slow)", ";"},
		{ask(consent.Question{Kind: consent.Script, Programs: run}, yes), "a.sh 5a5a + data 6b6b", ";"},
		{ask(consent.Question{Kind: consent.LogonAs, Account: "admin"}, yes), "admin", "below 아래 ;"},
		{ask(consent.Question{Kind: consent.Script, Programs: run, As: "root"}, yes), "root", ""},
		{ask(consent.Question{Kind: consent.SysInfo}, consent.Answer{Withheld: consent.Withheld{Categories: []string{"log"}, Fields: []string{"serials"}}}), "; {serials}, {log}", ""},
		{journal.SysInfoView{Categories: []string{"os", "cpu"}}, "bob {os}, {cpu}", ";"},
		{journal.SysInfoView{Categories: []string{"os"}, As: "root", Withheld: consent.Withheld{Fields: []string{"addresses"}}}, "{os} ; {addresses} root", ""},
		{journal.FileStage{File: consent.File{Name: "a.sh", Size: 77, SHA256: "5a5a"}}, "bob a.sh 77 5a5a", ""},
		{journal.FileFetch{File: consent.File{Name: "a.sh", Size: 77, SHA256: "5a5a"}}, "bob a.sh 77 5a5a", ""},
		{journal.RunStart{Scripts: []journal.Ran{{File: consent.File{Name: "a.sh"}}, {File: consent.File{Name: "b.sh"}}}}, "bob a.sh, b.sh", ";"},
		{journal.RunStart{Scripts: []journal.Ran{{File: consent.File{Name: "a.sh"}}}, As: "root"}, "bob a.sh ; root", ""},
		{journal.RunEnd{Outcomes: []journal.Outcome{{Reason: journal.Exited}, {Reason: journal.Exited, Code: 3}, {Reason: journal.Lost}}}, "2 3", ""},
		{journal.RunEnd{Outcomes: []journal.Outcome{{Reason: journal.Exited}}}, "", "1 0"},
		{journal.ScriptStart{Step: journal.Step{Step: 7}, Name: "a.sh"}, "7 a.sh", ""},
		{journal.ScriptExit{Step: journal.Step{Step: 7}, Outcome: &journal.Outcome{Reason: journal.Exited, Code: 42}}, "7 42", "; ,"},
		{journal.ScriptExit{Outcome: &journal.Outcome{Reason: journal.Exited, Code: 0, Took: 1500 * time.Millisecond}}, ", 1.5 s", ";"},
		{journal.ScriptExit{Outcome: &journal.Outcome{Reason: journal.Signalled, Signal: "SIGSEGV"}}, "SIGSEGV", ";"},
		{journal.ScriptExit{Outcome: &journal.Outcome{Reason: "exploded", Problem: "boom"}}, "exploded : boom", ";"},
		{journal.ScriptExit{Outcome: &journal.Outcome{Reason: journal.Exited, Survivors: []int{4711}}}, "; 4711", ""},
		{journal.RebootRequest{Reason: "updates"}, "bob : updates", ""},
		{journal.RebootRequest{}, "bob", ": "},
		{journal.RebootReturn{Took: "20s", Before: "b1", Boot: "b2"}, "20s b1 b2", ";"},
		{journal.RebootReturn{Took: "20s", Before: "b1", Boot: "b2", EntryRemoved: true}, "20s b1 b2 ; support-agent", ""},
		{journal.RebootRefuse{Why: "nothing of ours"}, ": nothing of ours", ""},
		{journal.RebootRefuse{}, "", ": "},
		{journal.LogonStart{User: "root"}, "bob root", ""},
		{journal.LogonRefuse{User: "root", Why: "because"}, "bob root : because", ""},
		{journal.LogonEnd{User: "root"}, "bob root", "; : "},
		{journal.LogonEnd{User: "root", Why: "because", Survivors: 3, Stays: "/tmp/x"}, "bob root : because ; 3 ; /tmp/x", ""},
		{journal.LogonEnd{User: "root", Survivors: 1}, "; 1", ""},
		{journal.LogonEnd{User: "root", Cut: journal.Cut{Reason: "cut"}}, "root : cut", ""},
		{journal.ProblemReport{Problem: journal.FilesStay}, "", "files-stay"},
		{journal.ProblemReport{Problem: "strange", Detail: "more"}, "strange : more", ""},
		{journal.SessionEnd{By: "alice", Reason: "solved"}, "alice : solved", ""},
		{journal.SessionEnd{By: "alice"}, "alice", ""},
		{journal.SessionEnd{Reason: "solved"}, "bob : solved", ""},
	} {
		for _, l := range text.Languages() {
			said := newTeller(l).tell(event(t, "bob", c.p))
			rest := said
			for word := range strings.FieldsSeq(inWords(c.has, l)) {
				_, after, ok := strings.Cut(rest, word)
				if !ok && !strings.Contains(said, word) {
					t.Errorf("%s: %q does not say %q", l, said, word)
				}
				if ok && l == text.English { // where the order is ours
					rest = after
				}
			}
			for word := range strings.FieldsSeq(c.not) {
				if strings.Contains(said, word) {
					t.Errorf("%s: %q says %q", l, said, word)
				}
			}
			if strings.Contains(said, "%!") || strings.ContainsFunc(said, text.Hostile) {
				t.Errorf("%s: %q", l, said)
			}
		}
	}
}

// Each answer has its own words, and one that nobody knows is a No.
func TestEachAnswerHasItsWords(t *testing.T) {
	for _, l := range text.Languages() {
		tell := newTeller(l)
		seen := map[string]bool{}
		for _, d := range []consent.Decision{consent.Denied, consent.AllowedOnce, consent.AllowedForSession, consent.Blocked} {
			seen[tell.answered(consent.Answer{Decision: d, Why: consent.Answered})] = true
		}
		for _, why := range []consent.Why{consent.Unclear, consent.Granted, consent.AtStart, consent.Away, consent.Locked, consent.TimedOut, consent.Withdrawn, consent.Nobody, consent.Flooded, consent.BlockedBy, consent.Stopped, consent.Unwritten} {
			seen[tell.answered(consent.Answer{Decision: consent.AllowedOnce, Why: why})] = true
		}
		if len(seen) != 16 || seen[""] {
			t.Errorf("%s: %d different answers: %v", l, len(seen), seen)
		}
		if got := tell.answered(consent.Answer{Decision: consent.AllowedOnce, Why: "never-heard-of"}); got != tell.words["denied"] {
			t.Errorf("%s: %q", l, got)
		}
	}
}

// The customer's own name says who they are; without one it is "the customer".
func TestWhoJoined(t *testing.T) {
	for _, l := range text.Languages() {
		tell := newTeller(l)
		named, nameless := tell.join(journal.Presented{Name: " Lee "}), tell.join(journal.Presented{Name: " "})
		if named == nameless || strings.HasPrefix(nameless, " ") || !strings.HasPrefix(named, "Lee ") && l == text.English {
			t.Errorf("%s: %q and %q", l, named, nameless)
		}
		if l == text.English && !strings.HasPrefix(nameless, tell.words["by customer"]) {
			t.Errorf("%q", nameless)
		}
	}
}

// An end that a later daemon wrote names whom, what and as whom: that stands in the
// start. What has ended is forgotten.
func TestAnEndIsToldWithItsStart(t *testing.T) {
	mark := journal.Mark{ID: "1"}
	for _, l := range text.Languages() {
		tell := newTeller(l)
		starts := []journal.Event{
			event(t, "alice", journal.ConnectionOpen{Mark: mark, Who: consent.Person{Name: "Kim", Account: "alice"}}),
			event(t, "alice", journal.ScriptStart{Step: journal.Step{Mark: mark, Step: 7}, Name: "a.sh"}),
			event(t, "alice", journal.LogonStart{Mark: mark, User: "root"}),
			event(t, "alice", journal.RunStart{Mark: mark}),
		}
		for _, e := range starts {
			tell.tell(e)
		}
		if len(tell.begun) != 3 { // the end of a run says all
			t.Errorf("%d starts are kept", len(tell.begun))
		}
		for _, c := range []struct {
			p    journal.Payload
			want string
		}{
			{journal.ConnectionClose{Mark: mark}, "Kim (alice)"},
			{journal.ScriptExit{Step: journal.Step{Mark: mark}}, "7"},
			{journal.LogonEnd{Mark: mark}, "root"},
		} {
			if said := tell.tell(event(t, journal.ByDaemon, c.p)); !strings.Contains(said, c.want) {
				t.Errorf("%s: %q does not name %s", l, said, c.want)
			}
		}
		if len(tell.begun) != 0 {
			t.Errorf("%d starts are left", len(tell.begun))
		}
		// The same mark stands for another one now.
		if said := tell.tell(event(t, journal.ByDaemon, journal.LogonEnd{Mark: mark})); strings.Contains(said, "root") {
			t.Errorf("%q names whom an earlier event was about", said)
		}
	}
}

// Names are those that the people entered with; nobody gives a name to another one,
// and so many at most are remembered.
func TestWhoseNameIsWhose(t *testing.T) {
	tell := newTeller(text.English)
	tell.tell(event(t, "mallory", journal.ConnectionOpen{Mark: journal.Mark{ID: "1"}, Who: consent.Person{Name: "Kim", Account: "alice"}}))
	if got := tell.name("mallory") + tell.name("alice"); got != "malloryalice" {
		t.Errorf("%q", got)
	}
	for i := range maxPeople + 10 {
		account := "c" + strings.Repeat("x", i%50) + string(rune('0'+i/50))
		tell.tell(event(t, account, journal.ConnectionOpen{Mark: journal.Mark{ID: account}, Who: consent.Person{Name: "N", Account: account}}))
	}
	if len(tell.begun) != 200 || len(tell.people) > 200 {
		t.Errorf("%d names, %d starts", len(tell.people), len(tell.begun))
	}
	for actor, want := range map[string]string{
		journal.ByCustomer: tell.words["by customer"], journal.ByDaemon: tell.words[wTheDaemon], journal.ByRelay: tell.words[wTheRelay], "a\x1b": `a\x1b`,
	} {
		if got := tell.name(actor); got != want || got == "" {
			t.Errorf("%q is %q", actor, got)
		}
	}
	for want, p := range map[string]consent.Person{
		"Kim (alice)": {Name: "Kim", Account: "alice"}, "alice": {Name: "alice", Account: "alice"}, "bob": {Account: "bob"},
	} {
		if got := person(p); got != want {
			t.Errorf("%+v is %q", p, got)
		}
	}
}

// In English a cause stays in the words of the computer; in Korean it is told by its
// code, by its text where there is no code, and else as it stands there.
func TestACauseInBothLanguages(t *testing.T) {
	because := journal.CauseNoUser.Of("root")
	said := because.English()
	en, ko := newTeller(text.English), newTeller(text.Korean)
	if got := en.cause("own words", because); got != "own words" {
		t.Errorf("%q", got)
	}
	if got := ko.cause(said, because); got != because.Say(text.Korean) {
		t.Errorf("%q", got)
	}
	if got := ko.cause(said, journal.Because{}); got != because.Say(text.Korean) {
		t.Errorf("%q", got)
	}
	if got := ko.cause("own words", journal.Because{CauseCode: "never-heard-of"}); got != "own words" {
		t.Errorf("%q", got)
	}
	if got := en.because("s", "", because); got != "s" {
		t.Errorf("%q", got)
	}
	for by, want := range map[string]string{"alice": "s: " + said, journal.ByCustomer: "s: " + said, journal.ByDaemon: "s: " + because.Say(text.Korean), journal.ByRelay: "s: " + because.Say(text.Korean)} {
		if got := ko.ended("s", by, said, journal.Because{}); got != want {
			t.Errorf("by %s: %q", by, got)
		}
	}
	if got := of(journal.Because{CauseCode: "x", CauseOf: "y"}, "z"); got.CauseOf != "y" {
		t.Errorf("%+v", got)
	}
}

// A kind that this program does not know is shown as it is, bounded.
func TestAnUnknownKindIsShown(t *testing.T) {
	e := journal.Event{Kind: "late.kind", Actor: "alice", Data: []byte(`"` + strings.Repeat("x", 498) + `"`)}
	tell := newTeller(text.English)
	if got := tell.tell(e); got != "alice: late.kind "+string(e.Data) {
		t.Errorf("%q", got)
	}
	e.Data = []byte(`"` + strings.Repeat("x", 499) + `"`)
	if got := tell.tell(e); !strings.HasSuffix(got, "x…") {
		t.Errorf("%q", got)
	}
}

// Output stands in marked lines, told apart by stream; nothing that a script writes
// looks like the report.
func TestOutputIsMarked(t *testing.T) {
	var events []journal.Event
	var last journal.Event
	add := func(p journal.Payload) {
		e := event(t, "alice", p)
		e.Seal(last)
		events, last = append(events, e), e
	}
	out := func(stream, s string) {
		add(journal.ScriptOutput{Stream: stream, Text: s})
	}
	add(journal.SessionJoin{Presented: journal.Presented{Number: number, Owner: "alice"}})
	out(journal.Stdout, "\none\ntw")
	out(journal.Stdout, "o\n")
	out(journal.Stdout, "three")
	out(journal.Stderr, "four")
	add(journal.ScriptExit{Step: journal.Step{Step: 1}, Outcome: &journal.Outcome{Reason: journal.Exited, Dropped: 1}})
	add(journal.ScriptExit{Step: journal.Step{Step: 2}, Outcome: &journal.Outcome{Reason: journal.Exited}})
	out(journal.Stdout, "no line end")
	forms := renderings(t, source(t, events, ""), Style{})
	if want := "    | \n    | one\n    | two\n    | three\n    ! four\n    [1 more byte of"; !strings.Contains(forms["text"], want) {
		t.Errorf("%s", forms["text"])
	}
	if want := "    | no line end\n\n" + newTeller(text.English).words[wChat]; !strings.Contains(forms["text"], want) {
		t.Errorf("the next section does not begin on a line of its own:\n%s", forms["text"])
	}
	if strings.Contains(forms["text"], "[0 more byte") {
		t.Error("nothing was cut off, and the report says so")
	}
	if want := "<pre>\n\none\ntwo\nthree<i>four</i></pre>\n"; !strings.Contains(forms["html"], want) {
		t.Errorf("%s", forms["html"])
	}
	if n := strings.Count(forms["html"], "<pre>"); n != 2 || strings.Count(forms["html"], "</pre>") != 2 {
		t.Errorf("%d pieces of output", n)
	}
}

// The page is green only for what is proved.
func TestOnlyWhatIsProvedLooksLikeIt(t *testing.T) {
	good := source(t, chained(t, "kim"), "")
	unsealed := good
	unsealed.Seal = nil
	changed := good
	events := chained(t, "kim")
	events[3].Actor = "mallory"
	changed.Events = changed.over(events)
	for name, c := range map[string]struct {
		s    Source
		want bool
	}{"proved": {good, true}, "unsealed": {unsealed, false}, "changed": {changed, false}} {
		page := renderings(t, c.s, Style{})["html"]
		if got := strings.Contains(page, `class="verdict good"`); got != c.want || !strings.Contains(page, `<p class="verdict`) {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// What the header does not know is left out, and what it knows is not.
func TestFactsOfTheHeader(t *testing.T) {
	rows := func(h Header) map[string]string {
		tell := newTeller(text.English)
		found := map[string]string{}
		told, relays := (Source{Header: h}).facts(tell, Style{})
		for _, row := range slices.Concat(told, relays) {
			found[row[0]] = row[1]
		}
		return found
	}
	if got := rows(Header{Number: number, State: "waiting"}); len(got) != 2 || got["State"] != "waiting" {
		t.Errorf("%v", got)
	}
	at := time.Unix(1_800_000_000, 0)
	h := Header{
		Number: number, State: "strange\x1b", Ticket: "T", Note: "N", Owner: "alice", Created: at, Ended: at.Add(time.Second), EndedBy: "relay", Reason: "r", Pruned: &Pruned{At: at},
		Presence: journal.Presence{Customer: "C", Host: "H", OS: "O", Joined: at, Connected: 61, Restarts: 1, Entered: []journal.Entered{{Account: "a", Name: "A", Fingerprint: "F", First: at}}},
	}
	got := rows(h)
	for label, want := range map[string]string{
		"State": `strange\x1b`, "Ticket": "T", "Note": "N", "Customer": "C", "Computer": "H, O", "Support rep": "alice", "Ended by": "the relay", "Reason": "r",
		"Duration": "0:00:01", "Connected": "0:01:01 (1 minute)", "Restarts": "1", "Created": "2027-01-15 08:00:00 +00:00", "Events deleted": "2027-01-15 08:00:00 +00:00",
		"Entered the computer": "A (a), 2027-01-15 08:00:00 +00:00, F",
	} {
		if got[label] != want {
			t.Errorf("%s is %q, want %q", label, got[label], want)
		}
	}
	h.OS, h.Ended = "", h.Created
	if got := rows(h); got["Computer"] != "H" || got["Duration"] != "" {
		t.Errorf("%v", got)
	}
	if got := hours(3*time.Hour + 62*time.Second + 600*time.Millisecond); got != "3:01:03" {
		t.Errorf("%q", got)
	}
}
