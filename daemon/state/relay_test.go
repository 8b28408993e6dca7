//go:build unix

package state

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"testing"
	"time"

	"supportd/library/reach"
)

// What version 0.1 has left is come back to, and handed over.
func TestFilesOfVersion01(t *testing.T) {
	s := newState(t)
	const seed = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	expires := time.Now().Add(time.Hour).Format(time.RFC3339)
	for name, text := range map[string]string{
		sessionName: `{"relay": "[2001:db8::1]:2222", "relay_key": "SHA256:x", "number": "482913077", "name": "Bob", "identity": "` + seed + `",
			"journal": "journal-1.jsonl", "allow": ["sysinfo"], "withheld": {}, "window_ns": 3600000000000, "expires": "` + expires + `"}`,
		"owed-1.json": `{"relay": "relay.example:22", "relay_key": "SHA256:x", "number": "482913077", "identity": "` + seed + `",
			"journal": "journal-1.jsonl", "by": "customer", "since": "` + time.Now().Format(time.RFC3339) + `"}`,
	} {
		if err := os.WriteFile(s.Path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys := []string{"SHA256:x"}
	saved, err := s.Saved()
	if want := (Relay{Addresses: []reach.Address{{Host: "2001:db8::1", Port: "2222"}}, Keys: keys}); err != nil || !reflect.DeepEqual(saved.Relay, want) || saved.Name != "Bob" {
		t.Errorf("%+v, %v", saved, err)
	}
	owed, err := s.Owing()
	want := Relay{Addresses: []reach.Address{{Host: "relay.example", Port: "22"}}, Keys: keys}
	if err != nil || len(owed) != 1 || !reflect.DeepEqual(owed[0].Relay, want) || owed[0].By != "customer" {
		t.Errorf("%+v, %v", owed, err)
	}
	for _, damage := range []string{`"relay_key": "SHA256:x"`, `"relay": "h:1"`, `"relay": "ftp://h", "relay_key": "SHA256:x"`, `"relay": {"addresses": ["h"]}`, `"relay": {"keys": ["SHA256:x"]}`, `"relay": 7, "relay_key": "SHA256:x"`} {
		text := `{` + damage + `, "identity": "` + seed + `", "journal": "journal-1.jsonl", "expires": "` + expires + `"}`
		if err := os.WriteFile(s.Path(sessionName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Saved(); err == nil || errors.Is(err, ErrNothing) {
			t.Errorf("%s: %+v, %v", damage, got.Relay, err)
		}
	}
}

func TestRelayIsReadAsItWasWritten(t *testing.T) {
	for _, want := range []Relay{
		{Addresses: []reach.Address{{Host: "relay.example"}}, Keys: []string{"SHA256:x"}},
		{
			Addresses: []reach.Address{{Host: "relay.example"}, {Host: "::1", Port: "22"}, {Host: "relay.example", Web: true}},
			Keys:      []string{"SHA256:x", "SHA256:y"}, Way: "wss relay.example:443 by proxy", Proxy: "http://proxy.example:3128",
		},
	} {
		data, err := json.Marshal(want)
		var got Relay
		if err == nil {
			err = json.Unmarshal(data, &got)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", data, got, err)
		}
	}
}
