package relay

import (
	"strings"
	"testing"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/wire"
)

// A session is named by how its ticket or the CSR's own name for it begins, and by
// nothing that a computer or its customer says of itself.
func TestK6V2_NamesOfSessions(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := w.login("alice", w.account("alice", false)), w.login("bob", w.account("bob", false))
	first := alice.session("session start --json --ticket INC-100 --name printer").Number
	second := alice.session("session start --json --ticket INC-1001 --name Prüfung").Number
	other := bob.session("session start --json --ticket INC-2 --name secret").Number
	hostile := alice.session("session start --json").Number
	p := w.computer(testkit.NewKey(t), "")
	if m := p.request(wire.JoinRequest, wire.Join{Version: wire.ProtocolVersion, Number: string(hostile), Name: "INC-100", Host: "printer", OS: string(first)}.Marshal()); m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	alice.ok("session note " + string(hostile) + " printer INC-100")
	for word, want := range map[string]wire.Number{
		string(first): first, first.Spoken(): first, strings.ReplaceAll(first.Spoken(), " ", "-"): first, string(hostile): hostile,
		"printer": first, "pri": first, "PRINT": first, "prü": second, "INC-100": first, "inc-1001": second,
	} {
		if s := alice.session("session show --json " + word); s.Number != want {
			t.Errorf("%s: %s, want %s", word, s.Number, want)
		}
	}
	for word, want := range map[string]struct {
		code int
		text string
	}{
		"inc-1":  {2, `"inc-1" names 2 support sessions` + "\nhint: type more of it, or the number: " + first.Spoken() + " ticket INC-100 name printer; "},
		"pr":     {2, "names 2 support sessions"},
		"inc-2":  {6, `no session of yours has a ticket or a name that begins with "inc-2"`}, // another's
		"secret": {6, "no session of yours"}, "Bob": {6, "no session of yours"}, "hello": {6, "no session of yours"},
		"100": {2, "is no session number"}, "12345678": {2, "is no session number"}, "''": {2, "is no session number"}, "$(id)": {2, "is no session number"},
		string(other): {6, "no open session"},
	} {
		for _, command := range []string{"session show ", "session end ", "session watch ", "session note "} {
			line := command + word
			if command == "session note " {
				line += " text"
				if word == string(other) {
					continue // that is "no report"
				}
			}
			if _, problems, code := alice.run("", line); code != want.code || !strings.Contains(problems, want.text) {
				t.Errorf("%s: exit code %d, %s", line, code, problems)
			}
		}
	}
	// Names of the hostile computer end nothing else, and what is named twice or wrongly
	// ends none.
	if _, problems, code := alice.run("", "session end printer nothing-like-it"); code != 6 {
		t.Errorf("%d %s", code, problems)
	}
	if s := alice.session("session show --json printer"); s.State != api.Waiting {
		t.Errorf("%+v", s)
	}
	if _, problems, code := alice.run("", "session start --name 123-456-789"); code != 2 || !strings.Contains(problems, "digits alone") {
		t.Errorf("%d %s", code, problems)
	}
	out, problems, code := alice.run("", "session end "+first.Spoken()+" prüf --reason all is well 482 913 077")
	if code != 0 || out != "" || !strings.Contains(problems, "session "+first.Spoken()+" ticket INC-100 name printer has ended") || !strings.Contains(problems, second.Spoken()) {
		t.Errorf("%d %q %q", code, out, problems)
	}
	if s := alice.session("session show --json printer"); s.State != api.Ended || s.Reason != "all is well 482913077" {
		t.Errorf("%+v", s)
	}
	// What has ended is found by its name where nothing open has it.
	if out := alice.ok("report show inc-1001 -o json"); !strings.Contains(out, string(second)) {
		t.Errorf("%.300s", out)
	}
	_, problems, code = alice.run("", "session end --all")
	if code != 0 || !strings.Contains(problems, hostile.Spoken()+" with INC-100 on printer has ended") {
		t.Errorf("%d %q", code, problems)
	}
	if _, problems, code = alice.run("", "session end --all"); code != 6 {
		t.Errorf("%d %q", code, problems)
	}
	if s := bob.session("session show --json secret"); s.State != api.Waiting {
		t.Error("another CSR's session was ended")
	}
}
