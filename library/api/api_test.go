package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
	"supportd/library/report"
)

func at(day int) time.Time { return time.Date(2026, 3, day, 9, 0, 0, 0, time.UTC) }

// rows are one of everything that the relay answers, with all its fields set, and
// what it is in JSON. A key that is renamed here breaks other people's programs.
func rows() map[string]any {
	return map[string]any{
		`{"number":"482913077","state":"away","customer":"Bob <b>","host":"pc","os":"Linux","owner":"alice","created":"2026-03-01T09:00:00Z","expires":"2026-03-02T09:00:00Z","joined":"2026-03-03T09:00:00Z","away_since":"2026-03-04T09:00:00Z","ended":"2026-03-05T09:00:00Z","ended_by":"alice","reason":"rebooting","ticket":"T-1","name":"kim","note":"n","link":null,"delay":{"from":"203.0.113.7","until":"2026-03-06T09:00:00Z"},"question":{"kind":"script","by":"alice","until":"2026-03-07T09:00:00Z"},"unread":2,"acting_as":"root","run":{"by":"alice","script":"fix.sh","step":1,"of":2,"since":"2026-03-08T09:00:00Z"},"last_event":{"time":"2026-03-09T09:00:00Z","kind":"run.start","by":"alice"}}`: &Session{
			Number: "482913077", State: Away, Customer: "Bob <b>", Host: "pc", OS: "Linux", Owner: "alice", Created: at(1), Expires: at(2), Joined: at(3), AwaySince: at(4),
			Ended: at(5), EndedBy: "alice", Reason: "rebooting", Ticket: "T-1", Name: "kim", Note: "n", Delay: &Delay{"203.0.113.7", at(6)},
			Question: &Question{"script", "alice", at(7)}, Unread: 2, ActingAs: "root", Run: &Run{"alice", "fix.sh", 1, 2, at(8)}, LastEvent: &LastEvent{at(9), "run.start", "alice"},
		},
		`{"name":"fix","category":"DNS","description":"d","owner":"alice","published":true,"version":2,"executable":"run.sh","size":3,"sha256":"aa","created":"2026-03-01T09:00:00Z","changed":"2026-03-02T09:00:00Z","runs":4,"last_run":"2026-03-03T09:00:00Z","last_result":"failed","signed_by":"SHA256:k","approved_by":"bob","needs_second":true,"files":[{"path":"run.sh","size":3,"sha256":"bb"}],"versions":[{"version":1,"changed":"2026-03-01T09:00:00Z","by":"alice","size":2,"sha256":"cc","signed_by":"","approved_by":""}]}`: &Script{
			Name: "fix", Category: "DNS", Description: "d", Owner: "alice", Published: true, Version: 2, Executable: "run.sh", Size: 3, SHA256: "aa", Created: at(1), Changed: at(2),
			Runs: 4, LastRun: at(3), LastResult: ResultFailed, SignedBy: "SHA256:k", ApprovedBy: "bob", NeedsSecond: true, Files: []ScriptFile{{"run.sh", 3, "bb"}}, Versions: []ScriptVersion{{1, at(1), "alice", 2, "cc", "", ""}},
		},
		`{"name":"DNS","created":"2026-03-01T09:00:00Z"}`:                                                   &Category{"DNS", at(1), nil},
		`{"account":"alice","name":"Alice","admin":true,"key":"SHA256:x","certificate":null,"library":"l"}`: &WhoAmI{"alice", "Alice", true, "SHA256:x", nil, "l"},
		`{"account":"alice","name":"Alice","admin":true,"key":"SHA256:x","certificate":{"ca":"SHA256:y","key_id":"alice@corp","ends":"2026-03-01T09:00:00Z"},"library":""}`: &WhoAmI{
			"alice", "Alice", true, "SHA256:x", &Certificate{"SHA256:y", "alice@corp", at(1)}, "",
		},
		`{"number":"482913077","proof":"broken","events":7,"key":"SHA256:x","text":"t","header_differs":false}`: &Verdict{"482913077", Broken, 7, "SHA256:x", "t", false},
		`{"account":"alice","name":"Alice","admin":true,"disabled":true,"created":"2026-03-01T09:00:00Z","keys":[{"fingerprint":"SHA256:x","created":"2026-03-02T09:00:00Z","comment":"laptop","used":"2026-03-03T09:00:00Z"}],"used":"2026-03-03T09:00:00Z","invited":"2026-03-04T09:00:00Z"}`: &Account{
			"alice", "Alice", true, true, at(1), []Key{{"SHA256:x", at(2), "laptop", at(3)}}, at(3), at(4),
		},
	}
}

func TestRowsInJSON(t *testing.T) {
	for want, row := range rows() {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(row); err != nil || strings.TrimSpace(b.String()) != want {
			t.Errorf("%T: %v\n got %swant %s", row, err, b.String(), want)
		}
		// What comes is written again as it came, unknown keys included, and none of
		// the known ones gets lost.
		again := reflect.New(reflect.TypeOf(row).Elem())
		if err := json.Unmarshal([]byte(want), again.Interface()); err != nil {
			t.Errorf("%T: %v", row, err)
			continue
		}
		for i := range again.Elem().NumField() {
			got, sent := again.Elem().Field(i), reflect.ValueOf(row).Elem().Field(i)
			if name := again.Elem().Type().Field(i).Name; got.CanInterface() && !reflect.DeepEqual(got.Interface(), sent.Interface()) {
				t.Errorf("%T.%s: %v", row, name, got)
			}
		}
	}
}

func TestKeysOfANewerRelay(t *testing.T) {
	for sent, into := range map[string]any{
		`{"number":"482913077","state":"active","new":[1,{"a":"<"}]}`:  &Session{},
		`{"name":"fix","new":1.50}`:                                    &Script{},
		`{"number":"482913077","state":"ended","sealed":true,"new":1}`: &Report{},
	} {
		if err := json.Unmarshal([]byte(sent), into); err != nil {
			t.Errorf("%s: %v", sent, err)
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(into); err != nil || strings.TrimSpace(b.String()) != sent {
			t.Errorf("%T: %s, %v", into, b.String(), err)
		}
	}
}

// A number becomes a host name and a file name.
func TestK3_ASessionWithoutANumberIsRefused(t *testing.T) {
	for _, number := range []string{"", "-oProxyCommand=x", "482913078", "../../x", "482913077\n"} {
		text, err := json.Marshal(map[string]string{"number": number})
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, new(Session)); err == nil {
			t.Errorf("%q is taken for a number", number)
		}
	}
}

// An address is put into a command.
func TestK3_ADelayWithoutAnAddressIsRefused(t *testing.T) {
	for from, ok := range map[string]bool{
		"203.0.113.7": true, "2001:db8::/64": true, "": false, "203.0.113.7; reboot": false, "$(id)": false, "--data": false, "203.0.113.7\n": false, "relay": false,
	} {
		text, err := json.Marshal(map[string]any{"number": "482913077", "delay": map[string]string{"from": from}})
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, new(Session)); (err == nil) != ok {
			t.Errorf("%q: %v", from, err)
		}
	}
}

func TestJournalInAWord(t *testing.T) {
	pruned := &report.Pruned{End: &journal.Event{}}
	for want, r := range map[string]Report{
		"deleted, provable":   {Header: report.Header{State: string(Ended), Pruned: pruned}, Sealed: true},
		"deleted, was signed": {Header: report.Header{State: string(Ended), Pruned: &report.Pruned{}}, Sealed: true},
		"deleted":             {Header: report.Header{State: string(Ended), Pruned: pruned}},
		"signed":              {Header: report.Header{State: string(Ended)}, Sealed: true},
		"open":                {Header: report.Header{State: string(Away)}},
		"not signed":          {Header: report.Header{State: string(Ended)}},
	} {
		if got := r.Journal(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestStates(t *testing.T) {
	for _, s := range States() {
		if !s.Known() {
			t.Errorf("%s is not known", s)
		}
	}
	if State("").Known() || State("Active").Known() || StateNames(", ") != "waiting, active, away, ended" {
		t.Error(StateNames(", "))
	}
}

// All keys are there, also those of a session of which nothing is known yet.
func TestK6V1_EmptyIsNull(t *testing.T) {
	raw, err := json.Marshal(Session{Number: "482913077", State: Waiting, Owner: "alice", Created: at(1)})
	const want = `{"number":"482913077","state":"waiting","customer":null,"host":null,"os":null,"owner":"alice","created":"2026-03-01T09:00:00Z","expires":null,"joined":null,` +
		`"away_since":null,"ended":null,"ended_by":null,"reason":null,"ticket":null,"name":null,"note":null,"link":null,"delay":null,"question":null,"unread":0,` +
		`"acting_as":null,"run":null,"last_event":null}`
	if err != nil || string(raw) != want {
		t.Errorf("%s, %v", raw, err)
	}
	var s Session
	if err := json.Unmarshal(raw, &s); err != nil || s.Customer != "" || s.Question != nil || !s.Expires.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
}

// What a picture says of a session depends on its state: nobody is asked on a computer that
// is away, and one that has ended does nothing.
func TestK6V1_PictureByState(t *testing.T) {
	p := journal.Picture{
		Question: &journal.Asked{ID: 1, Kind: "script", By: "alice", Until: at(2)}, Logon: &journal.Logon{User: "root"},
		Run: &journal.Going{Script: "fix.sh", Step: 1, Of: 2, By: "alice"}, Messages: []uint64{3, 4, 5}, Read: map[string]uint64{"alice": 3},
	}
	for state, want := range map[State]string{
		Waiting: "2 unread; ends in 15 min",
		Active:  "asked: script, 60 s left, by alice; 2 unread; as root; runs fix.sh (1 of 2), by alice; ends in 15 min",
		Away:    "2 unread; as root; runs fix.sh (1 of 2), by alice; ends in 15 min",
		Ended:   "",
	} {
		now := at(2).Add(-time.Minute)
		s := Session{Number: "482913077", State: state, Expires: now.Add(soon)}
		if s.Show(p, "alice", now); s.Now(now) != want || s.Unread != 2 {
			t.Errorf("%s: %q, want %q", state, s.Now(now), want)
		}
		if s.Show(p, "bob", at(2)); s.Unread != 3 {
			t.Errorf("%s: bob has read", state)
		}
		late := Session{State: state}
		if late.Show(p, "alice", at(2)); late.Question != nil {
			t.Errorf("%s: a question stands when its time is over", state)
		}
	}
	if s := (Session{State: Waiting, Expires: at(2)}); s.Now(at(1)) != "" {
		t.Error(s.Now(at(1)))
	}
	s := Session{Number: "482913077", Customer: "Bob\x1b[2J", Host: "vm", Ticket: "T-1", Name: "kim"}
	if s.Title() != `482 913 077 with Bob[2J on vm ticket T-1 name kim` {
		t.Errorf("%q", s.Title())
	}
}
