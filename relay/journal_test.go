package relay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay/store"
)

// diary is a computer's journal on its way to the relay.
type diary struct {
	ssh.Channel
	t     testing.TB
	lines *bufio.Reader
}

// journal opens the channel.
func (p *pc) journal() *diary {
	p.t.Helper()
	ch, requests, err := p.OpenChannel(wire.JournalChannel, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	return &diary{ch, p.t, bufio.NewReader(ch)}
}

// answer waits for a line of the relay's; "" is the channel's end.
func (d *diary) answer(want string) {
	d.t.Helper()
	for {
		line := make(chan string, 1)
		go func() { text, _ := d.lines.ReadString('\n'); line <- strings.TrimSpace(text) }()
		got := receive(d.t, line)
		if got == want {
			return
		}
		if got == "" || want == "" && got != "0" {
			d.t.Fatalf("the relay says %q, not %q", got, want)
		}
	}
}

func (d *diary) send(events ...journal.Event) {
	d.t.Helper()
	for _, e := range events {
		line, err := e.Line()
		if err != nil {
			d.t.Fatal(err)
		}
		d.write(line)
	}
}

func (d *diary) write(line []byte) {
	d.t.Helper()
	if _, err := d.Write(line); err != nil && !errors.Is(err, io.EOF) {
		d.t.Fatal(err)
	}
}

// follow makes n events that follow prev.
func follow(prev journal.Event, n int, text string) (events []journal.Event) {
	data, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		panic(err)
	}
	for range n {
		e := journal.Event{Time: time.Now(), Kind: journal.KindScriptOutput, Actor: "daemon", Data: data}
		e.Seal(prev)
		events, prev = append(events, e), e
	}
	return events
}

// asItIs is an event with a text as it is, not escaped.
func asItIs(prev journal.Event, text string) journal.Event {
	e := journal.Event{Time: time.Now(), Kind: journal.KindChatMessage, Actor: "customer", Data: json.RawMessage(`{"text":"` + text + `"}`)}
	e.Seal(prev)
	return e
}

func sealLine(t *testing.T, key ssh.Signer, n wire.Number, head journal.Event) []byte {
	t.Helper()
	seal, err := journal.NewSeal(key, n, head)
	if err != nil {
		t.Fatal(err)
	}
	line, err := seal.Line()
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// stored reads the journal of the last session with a number, and verifies its chain.
func (w *world) stored(n wire.Number) (events []journal.Event, sealed bool) {
	w.t.Helper()
	row, err := w.relay.data.Store.SessionByNumber(w.t.Context(), n)
	if err != nil {
		w.t.Fatal(err)
	}
	var last journal.Event
	for e, err := range w.relay.data.Store.Events(w.t.Context(), row.ID, 0) {
		if err == nil {
			err = e.Follows(last)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		events, last = append(events, e), e
	}
	seal, err := w.relay.data.Store.Seal(w.t.Context(), row.ID)
	if errors.Is(err, store.ErrNotFound) {
		return events, false
	}
	if err == nil {
		err = seal.Verify(last)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return events, true
}

// R1: what the relay has acknowledged is there when it comes back, and the
// computer goes on from it.
func TestR1_TheJournalGoesOnAfterARestart(t *testing.T) {
	w := newWorld(t, nil)
	n := w.login("alice", w.account("alice", false)).start()
	p := w.joined(n)
	events := follow(journal.Event{}, 700, strings.Repeat("한", 700))
	d := p.journal()
	d.answer("0")
	d.send(events[:300]...)
	d.answer("300")
	w.restart(nil)
	p = w.computer(p.key, "")
	if m := p.resume(); m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	d = p.journal()
	d.answer("300")
	d.send(events[250:]...) // some of it again
	d.answer("700")
	d.write(sealLine(t, p.key, n, events[699]))
	d.answer(wire.JournalSealed)
	if got, sealed := w.stored(n); len(got) != 700 || !sealed {
		t.Errorf("%d events, sealed: %v", len(got), sealed)
	}
}

// What comes late, after the session has ended without its computer, is taken
// until the seal; what its key brings then is not.
func TestALateJournalIsTaken(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	p.Close()
	alice.await(n, api.Away)
	alice.ok("session end " + string(n))
	events := follow(journal.Event{}, 10, "x")
	for _, sealed := range []bool{false, true} {
		p = w.computer(p.key, "")
		if m := p.resume(); m.Code != wire.CodeEnded {
			t.Fatal(m.Code)
		}
		d := p.journal()
		if !sealed {
			d.answer("0")
			d.send(events...)
		}
		d.answer("10")
		if sealed {
			d.write(sealLine(t, p.key, n, events[9]))
			d.answer(wire.JournalSealed)
			d.send(follow(events[9], 1, "y")...)
			d.answer("")
		}
		p.Close()
	}
	if got, sealed := w.stored(n); len(got) != 10 || !sealed {
		t.Errorf("%d events, sealed: %v", len(got), sealed)
	}
}

// A journal that was deleted before it was sealed does not come back, and no other
// one in its place.
func TestADeletedJournalStaysDeleted(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	events := follow(journal.Event{}, 10, "x")
	d := p.journal()
	d.send(events...)
	d.answer("10")
	p.Close()
	alice.await(n, api.Away)
	alice.ok("session end " + string(n))
	if err := Prune(t.Context(), w.relay.data.Store, time.Now().Add(time.Hour), time.Now(), func(wire.Number) {}); err != nil {
		t.Fatal(err)
	}
	p = w.computer(p.key, "")
	if m := p.resume(); m.Code != wire.CodeEnded {
		t.Fatal(m.Code)
	}
	_, _, err := p.OpenChannel(wire.JournalChannel, nil)
	var refused *ssh.OpenChannelError
	if !errors.As(err, &refused) || refused.Message != errDeleted.Error() {
		t.Errorf("%v", err)
	}
	if got, sealed := w.stored(n); len(got) != 0 || sealed {
		t.Errorf("%d events, sealed: %v", len(got), sealed)
	}
}

// A computer that has nothing to say closes the channel, and takes another one when it
// has: as soon as it hears that the relay has closed it, and again and again.
func TestAJournalRestsAndGoesOn(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	var last journal.Event
	for range 30 {
		d := p.journal()
		d.answer(fmt.Sprint(last.Seq))
		last = follow(last, 1, "x")[0]
		d.send(last)
		d.answer(fmt.Sprint(last.Seq))
		if err := d.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		d.answer("")
	}
	if got, _ := w.stored(n); len(got) != 30 {
		t.Errorf("%d events", len(got))
	}
}

// A journal that cannot be right ends its channel and nothing else.
func TestABadJournalIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	good := follow(journal.Event{}, 4, "x")
	line := func(e journal.Event) []byte {
		text, err := e.Line()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	d := p.journal()
	d.send(good[:2]...)
	d.answer("2")
	if _, _, err := p.OpenChannel(wire.JournalChannel, nil); refusal(err) == "" {
		t.Errorf("a second one at the same time: %v", err)
	}
	d.Close()
	for name, text := range map[string][]byte{
		"a gap":                  line(good[3]),
		"another past":           line(follow(journal.Event{}, 1, "y")[0]),
		"a bidi character":       line(asItIs(good[1], "\u202e")),
		"a C1 character":         line(asItIs(good[1], "\u009b")),
		"no event":               []byte("hello\n"),
		"an empty line":          []byte("\n"),
		"a line without an end":  bytes.Repeat([]byte("x"), 2*journalBlock),
		"a long line":            append(bytes.Repeat([]byte(" "), journal.MaxLine), '\n'),
		"another form":           append([]byte(" "), line(good[2])...),
		"a good one before":      append(line(good[2]), line(good[2])...),
		"a seal of another key":  sealLine(t, testkit.NewKey(t), n, good[1]),
		"a seal of another time": sealLine(t, p.key, n, good[0]),
		"another number":         sealLine(t, p.key, "999999990", good[1]),
		"one behind the seal":    append(sealLine(t, p.key, n, good[1]), line(good[2])...),
	} {
		var d *diary
		testkit.Eventually(t, "the journal's channel is taken", func() bool {
			ch, requests, err := p.OpenChannel(wire.JournalChannel, nil)
			if err == nil {
				go ssh.DiscardRequests(requests)
				d = &diary{ch, t, bufio.NewReader(ch)}
			}
			return err == nil // the one before has to be closed first
		})
		d.answer("2")
		d.write(text)
		if rest, err := io.ReadAll(d.lines); err != nil || len(rest) > 0 {
			t.Errorf("%s: %q, %v", name, rest, err)
		}
		d.Close()
		if got, sealed := w.stored(n); len(got) != 2 || sealed {
			t.Fatalf("%s: %d events, sealed: %v", name, len(got), sealed)
		}
	}
	go p.echo()
	near, _, err := alice.direct(n.Host(), wire.TunnelPort)
	if err != nil {
		t.Fatalf("the tunnel has ended: %v", err)
	}
	near.Close()
}

// However the bytes arrive, the lines are the same; and nothing is held for a
// journal in which nothing happens.
func TestBlocks(t *testing.T) {
	var text []byte
	for i := range 400 {
		text = append(text, bytes.Repeat([]byte{byte('a' + i%26)}, i*i%5000)...)
		text = append(text, '\n')
	}
	pool := &sync.Pool{New: func() any { return new([journalBlock]byte) }}
	for name, src := range map[string]io.Reader{
		"whole": bytes.NewReader(text), "bytes": iotest.OneByteReader(bytes.NewReader(text)), "halves": iotest.HalfReader(bytes.NewReader(text)),
		"with the error": iotest.DataErrReader(bytes.NewReader(text)),
	} {
		b := blocks{src: src, pool: pool}
		var got []byte
		for {
			block, err := b.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || len(block) == 0 || block[len(block)-1] != '\n' {
				t.Fatalf("%s: %d bytes, %v", name, len(block), err)
			}
			got = append(got, block...)
		}
		if !bytes.Equal(got, text) {
			t.Errorf("%s: other lines", name)
		}
	}
	b := blocks{src: strings.NewReader("one\ntwo\n"), pool: pool}
	if block, err := b.next(); err != nil || string(block) != "one\ntwo\n" {
		t.Fatalf("%q, %v", block, err)
	}
	if _, err := b.next(); !errors.Is(err, io.EOF) || b.have != 0 {
		t.Errorf("%v, %d bytes", err, b.have)
	}
}
