package relay

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/library/journal"
	"supportd/relay/store"
)

// A computer that brings more than its share waits, however often it comes
// again; what is under the share never does.
func TestAJournalGrowsSlowlyToItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const second = journalRate
		for _, at := range []struct {
			age    time.Duration
			weight int64
			want   time.Duration
		}{
			{0, 0, 0}, {0, journalBurst, 0}, {0, journalBurst + 10*second, 10 * time.Second},
			{4 * time.Second, journalBurst + 10*second, 6 * time.Second}, {time.Minute, journalBurst + 10*second, 0},
		} {
			began := time.Now()
			in := intake{row: &store.Session{Created: began.Add(-at.age)}, weight: at.weight}
			if err := in.pace(t.Context(), began); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); (took - at.want).Abs() > 10*time.Millisecond {
				t.Errorf("%d bytes after %v: it waited %v, not %v", at.weight, at.age, took, at.want)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		in := intake{row: &store.Session{Created: time.Now()}, weight: journalBurst + 100*second}
		if err := in.pace(ctx, time.Now()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a relay that ends: %v", err)
		}
	})
}

// M5: a relay whose clock is five minutes slow lets no computer wait so long: when its
// session was opened is by the database's clock.
func TestM5_AJournalIsPacedByTheDatabasesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		there := began.Add(5 * time.Minute)
		in := intake{row: &store.Session{Created: there.Add(-time.Second)}}
		if err := in.pace(t.Context(), there); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("it waited %v", took)
		}
	})
}

// The database counts whole events, and what is sent again once.
func TestTheDatabaseCountsWholeEvents(t *testing.T) {
	w := newWorld(t, nil)
	n := w.login("alice", w.account("alice", false)).start()
	p := w.joined(n)
	events := follow(journal.Event{}, 20, strings.Repeat("x", 100))
	d := p.journal()
	d.send(events[:12]...)
	d.answer("12")
	d.send(events[5:]...)
	d.answer("20")
	var want int64
	for _, e := range events {
		want += e.Weight()
	}
	row, err := w.relay.data.Store.SessionByNumber(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := w.relay.data.Store.JournalEnd(t.Context(), row.ID)
	if err != nil || got != want {
		t.Errorf("%d bytes, %v; want %d", got, err, want)
	}
	if seq, none, err := w.relay.data.Store.JournalEnd(t.Context(), "nothing"); err != nil || none != 0 || seq != 0 {
		t.Errorf("%d, %v", none, err)
	}
}
