package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"supportd/hack/testkit"
	"supportd/library/journal"
)

// What is done together is taken in turn, party by party, and weighs no more than it may;
// whoever has no work that others may do, and whoever waits in another lane, keeps their place.
func TestK1P23_SharedWorkIsTakenInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		if err := turns.take(t.Context(), people, "first"); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var own []string
		names := map[*work]string{}
		queue := func(in lane, party, name string, weight int64) {
			w := &work{weight: weight, done: make(chan error, 1)}
			names[w] = name
			if weight < 0 {
				w = nil
			}
			go func() {
				shared, err := turns.takeOrShare(t.Context(), in, party, w)
				if err != nil {
					t.Error(err)
				}
				if !shared {
					mu.Lock()
					own = append(own, name)
					mu.Unlock()
					turns.give()
				}
			}()
			synctest.Wait()
		}
		queue(journals, "evil", "evil1", 10)
		queue(journals, "evil", "evil2", 10)
		queue(journals, "good", "good1", 10)
		queue(people, "alice", "alice1", 1)
		queue(journals, "heavy", "heavy1", 90)
		queue(journals, "last", "last1", 1)
		queue(journals, "alone", "alone1", -1)
		var together []string
		for _, most := range []int64{30, 100} { // evil2 is one too many the first time
			for _, w := range turns.share(journals, most) {
				together = append(together, names[w])
				w.done <- nil
			}
		}
		turns.give()
		synctest.Wait()
		if want := []string{"evil1", "good1", "heavy1", "last1"}; !slices.Equal(together, want) {
			t.Errorf("together %v, not %v", together, want)
		}
		if want := []string{"alice1", "alone1", "evil2"}; !slices.Equal(own, want) {
			t.Errorf("by themselves %v, not %v", own, want)
		}
		if turns.busy {
			t.Error("nobody waits, and nobody has it")
		}
	})
}

// holdWriter keeps the writer until the function it returns is called.
func holdWriter(t *testing.T, s *Store) (release func()) {
	t.Helper()
	if err := s.turns.take(t.Context(), people, "first"); err != nil {
		t.Fatal(err)
	}
	return s.turns.give
}

// together has journals written when all of them wait, and returns their errors.
func together(t *testing.T, s *Store, ctxs []context.Context, events ...[]journal.Event) []error {
	t.Helper()
	release := holdWriter(t, s)
	errs := make([]error, len(events))
	var tasks sync.WaitGroup
	for i, e := range events {
		tasks.Go(func() { errs[i] = s.AppendEvents(ctxs[i], fmt.Sprint("s", i), e) })
		testkit.Eventually(t, "it waits", func() bool {
			s.turns.mu.Lock()
			defer s.turns.mu.Unlock()
			return len(s.turns.waiting[journals]) == i+1
		})
	}
	release()
	tasks.Wait()
	return errs
}

func length(t *testing.T, s *Store, session string) uint64 {
	t.Helper()
	last, err := s.LastEvent(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	return last.Seq
}

// A journal that is refused takes nothing from those that are written with it.
func TestABadJournalTakesNothingFromOthers(t *testing.T) {
	s := open(t, file(t))
	good, bad := follow(journal.Event{}, 3, "x"), follow(journal.Event{}, 3, "x")
	bad[2].Hash[0]++
	ctxs := slices.Repeat([]context.Context{t.Context()}, 4)
	errs := together(t, s, ctxs, good, bad, good, bad)
	for i, err := range errs {
		have := length(t, s, fmt.Sprint("s", i))
		if i%2 == 0 && (err != nil || have != 3) || i%2 == 1 && (!errors.Is(err, journal.ErrChain) || have != 0) {
			t.Errorf("s%d: %d events, %v", i, have, err)
		}
	}
}

// Whatever of the database fails while journals are written together, each that was told
// a yes is there, and only the ones that are told an error can be missing.
func TestWhatFailsTogetherIsTriedAlone(t *testing.T) {
	onFile(t)
	const name = "failing-together"
	f := registered(name)
	for n := 0; ; n++ {
		s, err := openWith(t.Context(), name, file(t), 0)
		if err != nil {
			t.Fatal(err)
		}
		events := follow(journal.Event{}, 2, "x")
		release := holdWriter(t, s)
		f.after(n)
		errs := make([]error, 3)
		var tasks sync.WaitGroup
		for i := range errs {
			tasks.Go(func() { errs[i] = s.AppendEvents(t.Context(), fmt.Sprint("s", i), events) })
		}
		testkit.Eventually(t, "they wait", func() bool {
			s.turns.mu.Lock()
			defer s.turns.mu.Unlock()
			return len(s.turns.waiting[journals]) == len(errs)
		})
		release()
		tasks.Wait()
		hit := f.after(-1)
		for i, err := range errs {
			if have := length(t, s, fmt.Sprint("s", i)); err != nil || have != 2 {
				t.Errorf("use %d: s%d has %d events, %v", n, i, have, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !hit {
			return
		}
	}
}

// Whoever gives up while their journal is written with others takes nothing from them,
// and the writer is free again.
func TestWhoGivesUpTakesNothingFromOthers(t *testing.T) {
	s := open(t, file(t))
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan struct{})
	var tasks sync.WaitGroup
	release := holdWriter(t, s)
	tasks.Go(func() { // has the writer first, and does the work of the others
		err := s.writeShared(t.Context(), journals, "a", 1, func(context.Context, *sql.Tx) error { cancel(); <-first; return nil })
		if err != nil {
			t.Error(err)
		}
	})
	waiting := func(n int) {
		testkit.Eventually(t, "they wait", func() bool {
			s.turns.mu.Lock()
			defer s.turns.mu.Unlock()
			return len(s.turns.waiting[journals]) == n
		})
	}
	waiting(1)
	gone := make(chan error, 1)
	go func() { gone <- s.AppendEvents(ctx, "gone", follow(journal.Event{}, 1, "x")) }()
	waiting(2)
	tasks.Go(func() {
		if err := s.AppendEvents(t.Context(), "stays", follow(journal.Event{}, 1, "x")); err != nil {
			t.Error(err)
		}
	})
	waiting(3)
	release()
	<-ctx.Done()
	close(first)
	if err := <-gone; err != nil || length(t, s, "gone") != 1 { // it was being written, and is there
		t.Error(err)
	}
	tasks.Wait()
	if length(t, s, "stays") != 1 || s.turns.busy {
		t.Error("something is missing, or nobody gave the writer back")
	}
}

// What nobody waits for any more is given up, and not before.
func TestSharedWorkIsDoneForWhoeverWaits(t *testing.T) {
	s := open(t, file(t))
	ctx, leave := context.WithCancel(t.Context())
	begun := make(chan struct{}, 1)
	failed := make(chan error, 1)
	go func() {
		failed <- s.writeShared(ctx, journals, "a", 1, func(ctx context.Context, tx *sql.Tx) error {
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	<-begun
	leave()
	if err := <-failed; !errors.Is(err, context.Canceled) || errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
	if err := s.AddSession(t.Context(), new(session("next"))); err != nil {
		t.Error(err)
	}
}
