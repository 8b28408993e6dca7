package journal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/library/text"
	"supportd/library/wire"
)

// A hash has one form only, so that no line can be written in two ways.
func TestAHashHasOneForm(t *testing.T) {
	good := strings.Repeat("0f", 32)
	for s, ok := range map[string]bool{
		good: true, strings.ToUpper(good): false, good[:62]: false, good[:63]: false, good + "0f": false, good + "0": false,
		"": false, strings.Repeat("0g", 32): false, "0F" + good[2:]: false, "0X" + good[2:]: false,
	} {
		var h Hash
		if err := h.UnmarshalText([]byte(s)); (err == nil) != ok || ok && hex.EncodeToString(h[:]) != s {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// What could drive a terminal is found in the data and in the actor's name, by itself
// in each.
func TestHarmlessLooksEverywhere(t *testing.T) {
	for _, c := range []struct {
		data, actor string
		want        bool
	}{
		{`{"a":"b"}`, "alice", true}, {`{"a":"한국어"}`, "김", true},
		{"{\"a\":\"\u202e\"}", "alice", false}, {"{\"a\":\"\xff\"}", "alice", false},
		{`{}`, "al\u200bice", false}, {`{}`, "al\xffice", false},
	} {
		e := Event{Data: json.RawMessage(c.data), Actor: c.actor}
		if e.Harmless() != c.want {
			t.Errorf("%q by %q", c.data, c.actor)
		}
	}
}

// Kind and actor are bounded to the byte, and an actor has a name.
func TestWhoAndWhatAreBounded(t *testing.T) {
	for _, c := range []struct {
		kind, actor string
		ok          bool
	}{
		{"a.b", "x", true}, {"a.b", "", false}, {"a.b", "a\x1bb", false}, {"a.b", "\x7f", false},
		{"a.b", strings.Repeat("x", wire.MaxName), true}, {"a.b", strings.Repeat("x", wire.MaxName+1), false},
		{"a." + strings.Repeat("x", wire.MaxName-2), "x", true}, {"a." + strings.Repeat("x", wire.MaxName-1), "x", false},
	} {
		if _, err := New(time.Unix(1, 0), c.actor, anything{kind: c.kind}); (err == nil) != c.ok {
			t.Errorf("%.20s by %.20q: %v", c.kind, c.actor, err)
		}
		e := Event{Time: time.Unix(1, 0), Kind: c.kind, Actor: c.actor, Data: json.RawMessage(`{}`)}
		e.Seal(Event{})
		line, err := e.Line()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseEvent(line); (err == nil) != c.ok || err != nil && !errors.Is(err, wire.ErrPayload) {
			t.Errorf("%.20s by %.20q is read: %v", c.kind, c.actor, err)
		}
	}
}

// anything is a payload of any kind that holds anything.
type anything struct {
	kind string
	Any  any `json:"any,omitempty"`
}

func (n anything) Kind() string { return n.kind }

// What cannot be written as JSON is an error, and no event.
func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	if _, err := New(time.Unix(1, 0), "x", anything{"a.b", func() {}}); err == nil {
		t.Error("a function became an event")
	}
	e := Event{Time: time.Unix(1, 0), Kind: "a.b", Actor: "x", Data: json.RawMessage(`{`)}
	if line, err := e.Line(); err == nil {
		t.Errorf("half an object became the line %s", line)
	}
}

// A line is an event in one form only: no other field, zone, fraction or order.
func TestALineHasOneForm(t *testing.T) {
	e := chain(1)[0]
	line, err := e.Line()
	if err != nil {
		t.Fatal(err)
	}
	good := string(line)
	for _, bad := range []string{
		strings.Replace(good, `{"seq"`, `{"more":1,"seq"`, 1), strings.Replace(good, `Z",`, `+00:00",`, 1),
		strings.Replace(good, `"data":{"n":0},`, ``, 1), strings.Replace(good, `"data"`, `"eata"`, 1), strings.Replace(good, `{"n":0}`, `{"n":0`, 1),
		strings.Replace(good, `:1,`, `: 1,`, 1), strings.Replace(good, `Z",`, `.0000001Z",`, 1), good[:len(good)-3], "x" + good, "",
	} {
		if _, err := ParseEvent([]byte(bad)); !errors.Is(err, wire.ErrPayload) || errors.Is(err, io.EOF) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got, err := ParseEvent([]byte(strings.TrimSuffix(good, "\n"))); err != nil || got.Hash != e.Hash {
		t.Errorf("without its line end: %v", err)
	}
	if w := e.Weight(); w != int64(len(e.Kind)+len(e.Actor)+len(e.Data))+256 {
		t.Errorf("it weighs %d", w)
	}
}

// An event that follows fits in number, hash of the one before, and its own hash.
func TestFollowsLooksAtAllThree(t *testing.T) {
	events := chain(3)
	for name, change := range map[string]func(*Event){
		"number": func(e *Event) { e.Seq++; e.Hash = e.sum() },
		"before": func(e *Event) { e.Prev[0] ^= 1; e.Hash = e.sum() },
		"hash":   func(e *Event) { e.Hash[0] ^= 1 },
	} {
		e := events[1]
		change(&e)
		if err := e.Follows(events[0]); !errors.Is(err, ErrChain) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A seal is for a session number in its one form, made with an ed25519 key.
func TestASealHasANumber(t *testing.T) {
	for number, ok := range map[wire.Number]bool{"482913077": true, "482 913 077": false, "482913078": false, "": false, "482913077\n": false} {
		s, head := sealed(t)
		s.Number = string(number)
		again, err := NewSeal(sealSigner(t), number, head)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Verify(head); (err == nil) != ok || err != nil && !errors.Is(err, ErrSeal) {
			t.Errorf("%q: %v", number, err)
		}
		if err := s.Verify(head); (err == nil) != ok {
			t.Errorf("%q, with the signature of another: %v", number, err)
		}
	}
}

// deaf is a key that signs nothing.
type deaf struct{ ssh.Signer }

func (deaf) Sign(io.Reader, []byte) (*ssh.Signature, error) { return nil, io.ErrClosedPipe }

func TestAKeyThatSignsNothing(t *testing.T) {
	if s, err := NewSeal(deaf{sealSigner(t)}, "482913077", chain(1)[0]); !errors.Is(err, io.ErrClosedPipe) || s != (Seal{}) {
		t.Errorf("%+v, %v", s, err)
	}
}

// The key of a seal is an ed25519 key in its one form: no comment, no other kind of key.
func TestTheKeyOfASealHasOneForm(t *testing.T) {
	s, head := sealed(t)
	for name, key := range map[string]string{"a comment": s.Key + " me@pc", "a space": s.Key + " ", "an option": `no-pty ` + s.Key, "none": "", "no key": "ssh-ed25519 AAAA"} {
		other := s
		other.Key = key
		if err := other.Verify(head); !errors.Is(err, ErrSeal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := NewSeal(signer, "482913077", head)
	if err != nil {
		t.Fatal(err)
	}
	if err := foreign.Verify(head); !errors.Is(err, ErrSeal) {
		t.Errorf("another kind of key: %v", err)
	}
}

// The seal is for the last event: neither its number nor its hash may differ.
func TestASealIsForTheLastEvent(t *testing.T) {
	s, head := sealed(t)
	for name, change := range map[string]func(*Event){"number": func(e *Event) { e.Seq++ }, "hash": func(e *Event) { e.Hash[0] ^= 1 }} {
		other := head
		change(&other)
		if err := s.Verify(other); !errors.Is(err, ErrSeal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// CSRs are listed once for each key, and so many of them at most.
func TestWhoEnteredIsBounded(t *testing.T) {
	var p Presence
	enter := func(account, fingerprint string) {
		e, err := New(time.Unix(1, 0), account, ConnectionOpen{Who: consent.Person{Name: "N", Account: account, Fingerprint: fingerprint}})
		if err != nil {
			t.Fatal(err)
		}
		p.Observe(e)
	}
	enter("alice", "1")
	enter("alice", "1")
	enter("alice", "2")
	enter("bob", "1")
	if len(p.Entered) != 3 || p.Entered[0].Name != "N" || p.Entered[1].Fingerprint != "2" || p.Entered[2].Account != "bob" {
		t.Errorf("%+v", p.Entered)
	}
	for i := range 60 {
		enter(fmt.Sprint("c", i), "1")
	}
	if len(p.Entered) != 50 {
		t.Errorf("%d CSRs are listed", len(p.Entered))
	}
}

// The time of being connected: while joined, not while away, and never less than 0.
func TestTheTimeOfBeingConnected(t *testing.T) {
	at := time.Unix(1_000_000, 0)
	var p Presence
	tell := func(after int, pl Payload) {
		e, err := New(at.Add(time.Duration(after)*time.Second), ByDaemon, pl)
		if err != nil {
			t.Fatal(err)
		}
		p.Observe(e)
	}
	tell(0, SessionJoin{Presented{Number: "482913077", Name: "Kim", Host: "PC", OS: "Linux", Owner: "alice"}})
	tell(10, SessionLost{})
	tell(15, SessionLost{})
	tell(20, SessionResume{Presented{Name: "Lee", Host: "other"}})
	tell(25, SessionResume{Presented{}})
	tell(40, RebootReturn{Took: "5s"}) // away since 35
	tell(41, SessionResume{Presented{}})
	tell(44, SessionEnd{By: ByCustomer})
	p.Finish(Event{Time: at.Add(100 * time.Second)})
	if p.Connected != 10+15+3 || p.Restarts != 1 || !p.Joined.Equal(at) || p.Customer != "Kim" || p.Host != "PC" || p.OS != "Linux" {
		t.Errorf("%+v", p)
	}
	if n, owner := p.Session(); n != "482913077" || owner != "alice" || p.End().Kind != KindSessionEnd {
		t.Errorf("%s, %s, %+v", n, owner, p.End())
	}
	var back Presence
	back.since = at
	back.leave(at.Add(-time.Hour)) // a clock that was set back
	if back.Connected != 0 || !back.since.IsZero() {
		t.Errorf("%+v", back)
	}
	if p.Equal(back) || !p.Equal(p) {
		t.Error("two accounts that differ are equal, or one differs from itself")
	}
}

// A summary has so many bytes at most; a name is cut before it comes to that.
func TestASummaryIsBounded(t *testing.T) {
	var p Presence
	for i := range 50 {
		p.Entered = append(p.Entered, Entered{Account: fmt.Sprint(i), Name: "n", First: time.Unix(1, 0).UTC()})
	}
	size := func() int {
		data, err := json.Marshal(Summary{Presence: p, Number: p.number})
		if err != nil {
			t.Fatal(err)
		}
		return len(data)
	}
	p.Entered[0].Account += strings.Repeat("x", 24<<10-size())
	if s := p.Summary(time.Unix(2, 0)); s == nil || size() != 24<<10 {
		t.Errorf("%d bytes are too many", size())
	}
	p.Entered[0].Account += "x"
	if s := p.Summary(time.Unix(2, 0)); s != nil {
		t.Errorf("%d bytes are not too many", size())
	}
	p = Presence{Customer: strings.Repeat("c", wire.MaxName+1), Host: strings.Repeat("h", wire.MaxName+1), OS: strings.Repeat("o", wire.MaxName+1)}
	p.Finish(Event{})
	if len(p.Customer) != wire.MaxName || len(p.Host) != wire.MaxName || len(p.OS) != wire.MaxName || p.Entered == nil {
		t.Errorf("%d, %d, %d bytes", len(p.Customer), len(p.Host), len(p.OS))
	}
}

// The text of a cause leads to its code, also where what it names begins the text or
// is not known.
func TestTheCauseOfAText(t *testing.T) {
	for said, want := range map[string]Because{
		"cancelled by Alice Kim (alice)":                   CauseCancelledBy.Of("Alice Kim (alice)"),
		"cancelled by ":                                    {},
		"by alice":                                         CauseLoggedOffBy.Of("alice"),
		"there is no user  on this computer":               {},
		"there is no user x on this computer":              CauseNoUser.Of("x"),
		"there is no user x on this computer, or is there": {},
		"the relay has taken back the access":              CauseNoAccess.Of(""),
		"the relay has taken back the access.":             {},
	} {
		if got := BecauseOf(said); got != want {
			t.Errorf("%q: %+v", said, got)
		}
	}
	for c, texts := range causeTexts() { // so that no name is taken for a text of ours
		if strings.HasPrefix(texts[0], "%s") {
			t.Errorf("the text of %s begins with what it names", c)
		}
	}
	if got := (Because{CauseCode: "never-heard-of"}).Say(text.English); got != "" {
		t.Errorf("an unknown cause says %q", got)
	}
	if got := CauseTooMany.Of("10m").Say(text.Korean); !strings.Contains(got, "10m") {
		t.Errorf("a number became a span of time: %q", got)
	}
	for _, c := range []Cause{CauseTimeLimit, CauseRestartLate} {
		if got := c.Of("10m0s").Say(text.Korean); strings.Contains(got, "10m0s") {
			t.Errorf("%s: %q", c, got)
		}
	}
}

// As many process numbers are named as fit into a line; the others are counted.
func TestWhatIsLeftIsCounted(t *testing.T) {
	many := make([]int, 21)
	for i := range many {
		many[i] = 100 + i
	}
	for _, l := range text.Languages() {
		if s := (Outcome{Survivors: many[:20]}).Left(l); !strings.Contains(s, ", 119") || strings.Contains(s, "+") {
			t.Errorf("20: %q", s)
		}
		if s := (Outcome{Survivors: many}).Left(l); !strings.Contains(s, ", 119, +1") || strings.Contains(s, "120") {
			t.Errorf("21: %q", s)
		}
	}
	for _, o := range []Outcome{{Reason: Exited, Code: 1}, {Reason: Signalled}, {}, {Reason: Lost}} {
		if o.OK() {
			t.Errorf("%+v is a success", o)
		}
	}
	if !(Outcome{Reason: Exited}).OK() {
		t.Error("exit code 0 is none")
	}
}
