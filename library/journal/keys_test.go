package journal

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// An event that two programs could read differently is none, for whoever reads it.
func TestK1Margin_EverybodyReadsTheSameInAnEvent(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 200) + `{"x":1,"x":2}` + strings.Repeat(`]}`, 200)
	for data, good := range map[string]bool{
		`{"text":"a"}`:                          true,
		`{"text":"a","Text":"b"}`:               false,
		`{"Text":"b"}`:                          false,
		`{"text":"a","text":"b"}`:               false,
		`{"text":"a","text":"a"}`:               false,
		`{"text":"a","te\u0078t":"b"}`:          false, // the same key, written differently
		`{"teſt":"b"}`:                          false, // a long s, which Go takes for s
		`{"tic\u212aet":1}`:                     false, // the Kelvin sign, which Go takes for k
		`{"":1}`:                                false,
		`{"a b":1}`:                             false,
		`{"x":{"a":1},"y":{"a":1}}`:             true,
		`{"x":{"a":1,"a":2}}`:                   false,
		`[{"a":1},{"a":2}]`:                     true,
		`[{"a":1,"A":2}]`:                       false,
		`{"a":[{"a":{"a":"a"}},"a","A",1e999]}`: true,
		`{"a":"a","b":"a","c":"B"}`:             true,
		`{"a":{},"b":[],"c":null,"d":true}`:     true,
		`"Text"`:                                true,
		`null`:                                  true,
		deep:                                    false,
		`{"` + strings.Repeat("a", maxKey) + `":1}`:   true,
		`{"` + strings.Repeat("a", maxKey+1) + `":1}`: false,
	} {
		e := Event{Time: time.Now(), Kind: KindChatMessage, Actor: "alice", Data: []byte(data)}
		e.Seal(Event{})
		if err := e.CheckKeys(); (err == nil) != good || err != nil && !errors.Is(err, ErrKeys) {
			t.Errorf("%s: %v", data, err)
		}
		line, err := e.Line()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseEvent(line); (err == nil) != good {
			t.Errorf("%s, as a line: %v", data, err)
		}
	}
	if (&Event{}).CheckKeys() == nil || (&Event{Data: []byte(`{"a":`)}).CheckKeys() == nil {
		t.Error("what is no JSON passes")
	}
}

// What the data of ours looks like passes, whatever is in it.
func TestK1Margin_OurOwnEventsHaveOneMeaning(t *testing.T) {
	for _, p := range []Payload{
		ChatMessage{Text: `{"Text":1,"Text":2}`}, ScriptExit{Step: Step{Run: "1"}, Outcome: &Outcome{}},
		SessionEnd{By: "alice", Summary: &Summary{}}, AccessChange{},
	} {
		e, err := New(time.Now(), "alice", p)
		if err == nil {
			err = e.CheckKeys()
		}
		if err != nil {
			t.Errorf("%T: %v", p, err)
		}
	}
}
