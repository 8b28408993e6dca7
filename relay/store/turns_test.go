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
)

// Whoever waits for the writer gets it in turn: lane by lane, party by party.
func TestK1P23_TurnsAreFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		if err := turns.take(t.Context(), people, "first"); err != nil {
			t.Fatal(err)
		}
		var order []string
		queue := func(in lane, name string, times int) {
			for i := range times {
				go func() {
					if err := turns.take(t.Context(), in, name); err != nil {
						t.Error(err)
					}
					order = append(order, fmt.Sprintf("%s%d", name, i+1)) // who has the writer alone
					turns.give()
				}()
				synctest.Wait()
			}
		}
		queue(journals, "evil", 4)
		queue(journals, "good", 1)
		queue(people, "alice", 3)
		queue(people, "bob", 1)
		queue(computers, "pc", 1)
		turns.give()
		synctest.Wait()
		want := []string{"alice1", "pc1", "evil1", "bob1", "good1", "alice2", "evil2", "alice3", "evil3", "evil4"}
		if !slices.Equal(order, want) {
			t.Errorf("%v, not %v", order, want)
		}
		if turns.busy {
			t.Error("nobody waits, and nobody has it")
		}
	})
}

// Whoever gives up is passed over, and who was given the writer in that moment
// passes it on.
func TestK1P23_WhoGivesUpLosesNothingOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		gone := errors.New("gone")
		for range 100 {
			if err := turns.take(t.Context(), people, "a"); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			left := make(chan error, 3)
			for _, who := range []string{"b", "b", "c"} {
				go func() {
					err := turns.take(ctx, journals, who)
					if err == nil {
						turns.give()
					}
					left <- err
				}()
			}
			done := make(chan error)
			go func() { done <- turns.take(t.Context(), journals, "c") }()
			synctest.Wait()
			go cancel(gone)
			turns.give()
			for range 3 {
				if err := <-left; err != nil && !errors.Is(err, gone) {
					t.Fatal(err)
				}
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			turns.give()
			if turns.busy || len(turns.waiting[journals]) > 0 {
				t.Fatal("somebody is left")
			}
		}
	})
}

// Whoever gives up leaves those of the same party where they are, before and behind.
func TestK1P23_WhoGivesUpLeavesAlone(t *testing.T) {
	for gives := range 3 {
		synctest.Test(t, func(t *testing.T) {
			var turns turns
			if err := turns.take(t.Context(), people, "first"); err != nil {
				t.Fatal(err)
			}
			var order []int
			var leave context.CancelFunc
			for i := range 3 {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i == gives {
					leave = cancel
				}
				go func() {
					if turns.take(ctx, journals, "one") == nil {
						order = append(order, i) // who has the writer alone
						turns.give()
					}
				}()
				synctest.Wait()
			}
			leave()
			synctest.Wait()
			turns.give()
			synctest.Wait()
			if want := slices.DeleteFunc([]int{0, 1, 2}, func(i int) bool { return i == gives }); !slices.Equal(order, want) {
				t.Errorf("%d has given up, and these had their turn: %v, not %v", gives, order, want)
			}
		})
	}
}

// What one account does waits in one queue, about however many sessions it is and
// in whatever way it is done: somebody else waits for one piece of it.
func TestK1P23_OneAccountIsOneParty(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	const many = 20
	for i := range many {
		if err := s.AddSession(ctx, new(session(fmt.Sprint(i)))); err != nil {
			t.Fatal(err)
		}
	}
	held, release := make(chan struct{}), make(chan struct{})
	var tasks sync.WaitGroup
	tasks.Go(func() {
		_ = s.write(ctx, people, "first", func(context.Context, *sql.Tx) error { close(held); <-release; return nil })
	})
	<-held
	done := make(chan string, 2*many+1)
	do := func(who string, f func() error) {
		t.Helper()
		tasks.Go(func() {
			if err := f(); err != nil {
				t.Error(err)
			}
			done <- who
		})
	}
	for i := range many {
		id := fmt.Sprint(i)
		do("evil", func() error { _, err := s.For("evil").SetNote(ctx, id, "x"); return err })
	}
	waiting := func() (n int) {
		s.turns.mu.Lock()
		defer s.turns.mu.Unlock()
		for _, p := range s.turns.waiting[people] {
			n += len(p.queue)
		}
		return n
	}
	testkit.Eventually(t, "they all wait", func() bool { return waiting() == many })
	do("good", func() error { row := session("new"); row.Owner = "good"; return s.AddSession(ctx, &row) })
	testkit.Eventually(t, "the other one waits", func() bool { return waiting() == many+1 })
	close(release)
	tasks.Wait()
	before := 0
	for <-done != "good" {
		before++
	}
	if before > 3 { // one by right, and who was faster to say so
		t.Errorf("%d of the other account came first", before)
	}
}
