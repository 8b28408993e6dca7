package report

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"iter"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/wire"
)

const number = wire.Number("482913077")

// hostile is a text with everything in it that must do no harm.
const hostile = "=cmd|'/c calc'!A1 \x1b]52;c;ZXZpbA==\x07\x1b[2J\u202e\u009b31m\u200b</pre></style></title><script>fetch('http://127.0.0.1:9/x')</script><img src=http://127.0.0.1:9/y onerror=alert(1)>\"'&\r\nevil"

func signer(t testing.TB, seed byte) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// chained are the events of a session; what is said in them is text.
func chained(t testing.TB, text string) (all []journal.Event) {
	t.Helper()
	var last journal.Event
	at := time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	add := func(kind, actor, data string) {
		e := journal.Event{Time: at, Kind: kind, Actor: actor, Data: json.RawMessage(strings.ReplaceAll(data, "TEXT", string(quoted)))}
		e.Seal(last)
		at, last, all = at.Add(30*time.Second), e, append(all, e)
	}
	add("session.join", "customer", `{"number":"482913077","name":TEXT,"host":TEXT,"os":TEXT,"owner":"alice","program":"0.1","allow":["sysinfo"]}`)
	add("access.change", "relay", `{"may_enter":[{"name":TEXT,"account":"alice","fingerprint":TEXT}]}`)
	add("connection.open", "alice", `{"id":"1","who":{"name":TEXT,"account":"alice","fingerprint":TEXT},"from":"x"}`)
	add("consent.answer", "alice", `{"question":{"id":1,"kind":"script","who":{"name":TEXT,"account":"alice","fingerprint":"f"},"expires":"2026-03-01T09:00:00Z","programs":[{"name":TEXT,"size":3,"sha256":TEXT}],"reason":TEXT},"answer":{"question":1,"decision":"allowed-once","why":"answered","withheld":{"fields":[TEXT]}}}`)
	add("sysinfo.view", "alice", `{"categories":[TEXT],"as":TEXT}`)
	add("file.stage", "alice", `{"name":TEXT,"size":3,"sha256":TEXT}`)
	add("run.start", "alice", `{"id":"r","run":"r","scripts":[{"name":TEXT,"size":3,"sha256":TEXT}],"as":TEXT}`)
	add("script.start", "alice", `{"id":"r/1","run":"r","step":1,"text":TEXT}`)
	add("script.output", "alice", `{"id":"r/1","run":"r","step":1,"stream":"stdout","text":TEXT}`)
	add("script.output", "alice", `{"id":"r/1","run":"r","step":1,"stream":"stderr","text":TEXT}`)
	add("script.exit", "alice", `{"id":"r/1","run":"r","step":1,"outcome":{"name":TEXT,"reason":"signal","code":7,"signal":TEXT,"problem":TEXT,"took_ns":1500000000,"bytes":3,"dropped":4321}}`)
	add("run.end", "alice", `{"id":"r","run":"r","outcomes":[{"name":TEXT,"reason":"exit","code":7,"took_ns":1,"bytes":3}]}`)
	add("chat.message", "customer", `{"text":TEXT}`)
	add("chat.message", text[:min(len(text), 20)]+"x", `{"text":TEXT}`)
	add("reboot.request", "alice", `{"reason":TEXT}`)
	add("reboot.return", "daemon", `{"boot":TEXT,"took":"20s"}`)
	add("session.resume", "customer", `{"number":"482913077","name":TEXT,"owner":"alice"}`)
	add("logon.start", "alice", `{"id":"l","user":TEXT,"uid":7}`)
	add("logon.end", "alice", `{"id":"l","user":TEXT,"uid":7,"why":TEXT,"survivors":1,"stays":TEXT}`)
	add("session.lost", "daemon", `{}`)
	add("session.resume", "customer", `{"number":"482913077","name":TEXT,"owner":"alice"}`)
	add("connection.close", "alice", `{"id":"1","who":{"name":TEXT,"account":"alice"},"cause":TEXT}`)
	add("unknown.kind", "daemon", `{"more":TEXT}`)
	add("session.end", "customer", `{"by":"customer","reason":TEXT}`)
	return all
}

func all(events []journal.Event) iter.Seq2[journal.Event, error] {
	return func(yield func(journal.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// source is a sealed report over events.
func source(t testing.TB, events []journal.Event, text string) Source {
	t.Helper()
	last := events[len(events)-1]
	seal, err := journal.NewSeal(signer(t, 1), number, last)
	if err != nil {
		t.Fatal(err)
	}
	h, err := HeaderOf(all(events), seal.Key)
	if err != nil {
		t.Fatal(err)
	}
	h.Ticket, h.Note = text, text
	return Source{Header: h, Seal: &seal, Events: func() iter.Seq2[journal.Event, error] { return all(events) },
		Outline: func() iter.Seq2[journal.Event, error] { return WithoutOutput(all(events)) }}
}

func file(t testing.TB, s Source) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// verify verifies the first report of a file.
func verify(data []byte) (Verdict, error) {
	r := NewReader(bytes.NewReader(data))
	h, err := r.Next()
	if err != nil {
		return Verdict{}, err
	}
	return Verify(r, h)
}

// none is an Events without any.
func (Source) none() iter.Seq2[journal.Event, error] { return all(nil) }

// over is an Events of these.
func (Source) over(events []journal.Event) func() iter.Seq2[journal.Event, error] {
	return func() iter.Seq2[journal.Event, error] { return all(events) }
}
