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
		`{"number":"482913077","state":"away","customer":"Bob <b>","host":"pc","os":"Linux","owner":"alice","created":"2026-03-01T09:00:00Z","expires":"2026-03-02T09:00:00Z","joined":"2026-03-03T09:00:00Z","away_since":"2026-03-04T09:00:00Z","ended":"2026-03-05T09:00:00Z","ended_by":"alice","reason":"rebooting","ticket":"T-1","note":"n","delay":{"from":"203.0.113.7","until":"2026-03-06T09:00:00Z"}}`: &Session{
			Number: "482913077", State: Away, Customer: "Bob <b>", Host: "pc", OS: "Linux", Owner: "alice", Created: at(1), Expires: at(2), Joined: at(3), AwaySince: at(4),
			Ended: at(5), EndedBy: "alice", Reason: "rebooting", Ticket: "T-1", Note: "n", Delay: &Delay{"203.0.113.7", at(6)},
		},
		`{"name":"fix","category":"DNS","description":"d","owner":"alice","published":true,"version":2,"executable":"run.sh","size":3,"sha256":"aa","created":"2026-03-01T09:00:00Z","changed":"2026-03-02T09:00:00Z","runs":4,"last_run":"2026-03-03T09:00:00Z","last_result":"failed","files":[{"path":"run.sh","size":3,"sha256":"bb"}],"versions":[{"version":1,"changed":"2026-03-01T09:00:00Z","by":"alice","size":2,"sha256":"cc"}]}`: &Script{
			Name: "fix", Category: "DNS", Description: "d", Owner: "alice", Published: true, Version: 2, Executable: "run.sh", Size: 3, SHA256: "aa", Created: at(1), Changed: at(2),
			Runs: 4, LastRun: at(3), LastResult: ResultFailed, Files: []ScriptFile{{"run.sh", 3, "bb"}}, Versions: []ScriptVersion{{1, at(1), "alice", 2, "cc"}},
		},
		`{"name":"DNS","created":"2026-03-01T09:00:00Z"}`:                                                       &Category{"DNS", at(1)},
		`{"account":"alice","name":"Alice","admin":true,"key":"SHA256:x"}`:                                      &WhoAmI{"alice", "Alice", true, "SHA256:x"},
		`{"number":"482913077","proof":"broken","events":7,"key":"SHA256:x","text":"t","header_differs":false}`: &Verdict{"482913077", Broken, 7, "SHA256:x", "t", false},
		`{"account":"alice","name":"Alice","admin":true,"disabled":true,"created":"2026-03-01T09:00:00Z","keys":[{"fingerprint":"SHA256:x","created":"2026-03-02T09:00:00Z"}]}`: &Account{
			"alice", "Alice", true, true, at(1), []Key{{"SHA256:x", at(2)}},
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
