package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/wire"
)

// follow makes n events that follow prev.
func follow(prev journal.Event, n int, data string) (events []journal.Event) {
	raw, err := json.Marshal(map[string]string{"text": data})
	if err != nil {
		panic(err)
	}
	for range n {
		e := journal.Event{Time: time.UnixMicro(1_700_000_000_123_456 + int64(prev.Seq)), Kind: journal.KindScriptOutput, Actor: "daemon", Data: raw}
		e.Seal(prev)
		events, prev = append(events, e), e
	}
	return events
}

// stored reads a journal and verifies its chain.
func stored(t *testing.T, s *Store, session string, after uint64) (all []journal.Event) {
	t.Helper()
	for e, err := range s.Events(t.Context(), session, after) {
		if err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 {
			err = e.Follows(all[len(all)-1])
		} else if after == 0 {
			err = e.Follows(journal.Event{})
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func TestEventsComeBackAsTheyWere(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	if last, err := s.LastEvent(ctx, "s"); err != nil || last.Seq != 0 {
		t.Fatalf("%+v, %v", last, err)
	}
	events := follow(journal.Event{}, 2*pageRows+1, "<한국어>\x00\u202e")
	other := follow(journal.Event{}, 3, "other")
	if err := errors.Join(s.AppendEvents(ctx, "s", events), s.AppendEvents(ctx, "other", other)); err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{0, 1, pageRows - 1, pageRows, pageRows + 1, len(events) - 1, len(events)} {
		got := stored(t, s, "s", uint64(after))
		if len(got) != len(events)-after {
			t.Fatalf("after %d: %d events", after, len(got))
		}
		for i, e := range got {
			want, _ := events[after+i].Line()
			if line, err := e.Line(); err != nil || string(line) != string(want) {
				t.Fatalf("%s became %s, %v", want, line, err)
			}
		}
	}
	var weight int64
	for _, e := range events {
		weight += e.Weight()
	}
	for session, want := range map[string]int64{"s": weight, "none": 0} {
		if _, got, err := s.JournalEnd(ctx, session); err != nil || got != want {
			t.Errorf("the weight of %s is %d, want %d, %v", session, got, want, err)
		}
	}
	if last, err := s.LastEvent(ctx, "s"); err != nil || last.Follows(events[len(events)-2]) != nil {
		t.Errorf("%+v, %v", last, err)
	}
	for range s.Events(ctx, "s", 0) {
		break // who stops early holds no connection
	}
}

// D10: however long a journal is, reading it begins at once and holds a page of
// it. hack/soak long does this with 1,000,000 events and a whole relay.
func TestD10_ALongJournalIsReadAtOnce(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	var last journal.Event
	const batches, each = 20, 1000
	for range batches {
		events := follow(last, each, strings.Repeat("x", 100))
		if err := s.AppendEvents(ctx, "s", events); err != nil {
			t.Fatal(err)
		}
		last = events[each-1]
	}
	before, n, began := heapMiB(), 0, time.Now()
	for e, err := range s.Events(ctx, "s", 0) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 && time.Since(began) > testkit.Soon {
			t.Errorf("the first event came after %v", time.Since(began))
		}
		if last = e; n == batches*each/2 && heapMiB()-before > 2 {
			t.Errorf("reading holds %.1f MiB", heapMiB()-before)
		}
	}
	if last.Seq != batches*each || n != batches*each {
		t.Errorf("%d events, the last is %d", n, last.Seq)
	}
}

// What was acknowledged is never sent again, so a power cut must not undo it.
func TestACommitIsOnTheDisk(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir()+"/relay.db", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var mode string
	var synchronous int
	if err := s.writer.QueryRowContext(t.Context(), `PRAGMA journal_mode`).Scan(&mode); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.QueryRowContext(t.Context(), `PRAGMA synchronous`).Scan(&synchronous); err != nil {
		t.Fatal(err)
	}
	const full = 2
	if mode != "wal" || synchronous != full {
		t.Errorf("journal_mode is %s and synchronous %d; commits are synced with wal and %d", mode, synchronous, full)
	}
}

func TestSendingAgainIsHarmless(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	events := follow(journal.Event{}, 10, "x")
	for _, part := range [][2]int{{0, 4}, {0, 4}, {2, 7}, {6, 7}, {0, 10}, {0, 0}} {
		if err := s.AppendEvents(ctx, "s", events[part[0]:part[1]]); err != nil {
			t.Fatalf("%v: %v", part, err)
		}
	}
	if got := stored(t, s, "s", 0); len(got) != 10 {
		t.Errorf("%d events", len(got))
	}
}

func TestOnlyTheNextEventIsTaken(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	events := follow(journal.Event{}, 10, "x")
	if err := s.AppendEvents(ctx, "s", events[:4]); err != nil {
		t.Fatal(err)
	}
	changed := events[5]
	changed.Actor = "mallory"
	for name, batch := range map[string][]journal.Event{
		"gap":                   events[5:],
		"gap inside":            {events[4], events[6]},
		"swapped":               {events[5], events[4]},
		"twice":                 {events[4], events[4]},
		"changed":               {events[4], changed},
		"another past":          follow(events[1], 3, "y"),
		"another past, no more": follow(events[1], 2, "y"),
		"another past, further": follow(events[1], 8, "y"),
		"nothing before":        {{Seq: 0}},
	} {
		if err := s.AppendEvents(ctx, "s", batch); !errors.Is(err, journal.ErrChain) {
			t.Errorf("%s: %v", name, err)
		}
		if got := stored(t, s, "s", 0); len(got) != 4 {
			t.Fatalf("%s: %d events are stored", name, len(got))
		}
	}
}

func TestNothingFollowsASeal(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	signer := newSigner(t, 1)
	events := follow(journal.Event{}, 4, "x")
	seal := func(signer ssh.Signer, head journal.Event) journal.Seal {
		t.Helper()
		seal, err := journal.NewSeal(signer, "482913077", head)
		if err != nil {
			t.Fatal(err)
		}
		return seal
	}
	good := seal(signer, events[2])
	if err := s.AppendEvents(ctx, "s", events[:3]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seal(ctx, "s"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	for name, c := range map[string]struct{ got, want error }{
		"for an earlier event": {s.SetSeal(ctx, "s", seal(signer, events[1])), journal.ErrSeal},
		"for a later event":    {s.SetSeal(ctx, "s", seal(signer, events[3])), journal.ErrSeal},
		"of no journal":        {s.SetSeal(ctx, "t", good), journal.ErrSeal},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v", name, c.got)
		}
	}
	for range 2 {
		if err := s.SetSeal(ctx, "s", good); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Seal(ctx, "s"); err != nil || got != good {
		t.Errorf("%+v, %v", got, err)
	}
	if err := s.SetSeal(ctx, "s", seal(newSigner(t, 2), events[2])); !errors.Is(err, ErrState) {
		t.Errorf("another seal: %v", err)
	}
	if err := s.AppendEvents(ctx, "s", events); !errors.Is(err, ErrState) {
		t.Errorf("one event more: %v", err)
	}
	if err := s.AppendEvents(ctx, "s", events[:3]); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

// A journal may have wire.MaxJournal bytes, and not one more. Everything of an
// event counts, or a computer fills the disk with names.
func TestAJournalIsBounded(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	events := follow(journal.Event{}, 2, "x")
	events[1].Kind, events[1].Actor = strings.Repeat("k", 100)+".x", strings.Repeat("a", wire.MaxName)
	events[1].Seal(events[0])
	if line, err := events[1].Line(); err != nil || events[1].Weight() < int64(len(line)) {
		t.Errorf("an event of %d bytes counts %d, %v", len(line), events[1].Weight(), err)
	}
	if err := s.AppendEvents(ctx, "s", events[:1]); err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{ErrLimit, nil} {
		room := events[1].Weight() - 1 + int64(i)
		err := s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE events SET total = $1 WHERE seq = 1`, journal.MaxBytes-room)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AppendEvents(ctx, "s", events); !errors.Is(err, want) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

func newSigner(t *testing.T, seed byte) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}
