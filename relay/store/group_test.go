package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
)

// nodeOf opens a database as a relay of a group.
func nodeOf(t *testing.T, place, name string) (*Store, Node) {
	t.Helper()
	s := open(t, place)
	n := Node{Name: name, Holder: "process of " + name, Peer: name + ":1", Keys: "host_key K", Names: []string{"relay.example", name + ".example:2222"}}
	if err := errors.Join(s.ServeAs(t.Context(), name), s.AddNode(t.Context(), n, takeAll)); err != nil {
		t.Fatal(err)
	}
	return s, n
}

func takeAll([]Node) error { return nil }

// attached is a session whose computer is connected to the node of a store.
func attached(t *testing.T, s *Store, id, computer string) Session {
	t.Helper()
	row, err := s.ChangeSession(t.Context(), id, api.Active, func(row *Session) {
		row.Identity, row.Node, row.Generation = computer, s.node, row.Generation+1
	})
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// D5: relays of one group serve a database together, each name once, and beside them none
// that is alone.
func TestD5_NodesServeADatabaseTogether(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	a, _ := nodeOf(t, place, "a")
	nodeOf(t, place, "b")
	twin, alone := open(t, place), open(t, place)
	if err := twin.ServeAs(ctx, "a"); !errors.Is(err, ErrServed) {
		t.Errorf("a second node a: %v", err)
	}
	if err := alone.Serve(ctx); !errors.Is(err, ErrServed) {
		t.Errorf("a relay that is alone: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the name is free", func() bool { return open(t, place).ServeAs(ctx, "a") == nil })
	if err := open(t, filepath.Join(t.TempDir(), "relay.db")).ServeAs(ctx, "a"); err == nil {
		t.Error("a group on a file")
	}
}

// M2: two computers join with one number at two relays at once: one wins, each time.
func TestM2_OneNumberAtTwoRelays(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	a, _ := nodeOf(t, place, "a")
	b, _ := nodeOf(t, place, "b")
	for i := range 200 {
		id := fmt.Sprintf("s%d", i)
		row := session(id)
		if err := a.AddSession(ctx, &row); err != nil {
			t.Fatal(err)
		}
		var joining sync.WaitGroup
		answers := make([]error, 2)
		for j, s := range []*Store{a, b} {
			joining.Go(func() {
				_, answers[j] = s.ChangeSession(ctx, id, api.Active, func(row *Session) {
					row.Identity, row.Node, row.Generation = fmt.Sprintf("computer %d of %d", j, i), s.node, row.Generation+1
				})
			})
		}
		joining.Wait()
		won := slices.Index(answers, nil)
		if won < 0 || !errors.Is(answers[1-won], ErrJoined) {
			t.Fatalf("%d: %v", i, answers)
		}
		stored, err := b.Session(ctx, id)
		if err != nil || stored.Identity != fmt.Sprintf("computer %d of %d", won, i) || stored.Generation != 1 {
			t.Fatalf("%d: %+v, %v", i, stored, err)
		}
	}
}

// M6: a relay that was stopped in the middle of a write, which the server has undone, is told
// that the database was away: a journal is brought once more then, and not refused.
func TestM6_AWriteThatTheServerHasUndone(t *testing.T) {
	onServer(t)
	ctx := t.Context()
	a, _ := nodeOf(t, file(t), "a")
	write := func(then func(*sql.Tx) error) error {
		return a.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
			return errors.Join(exec(ctx, tx, `UPDATE nodes SET peer = 'changed:1' WHERE name = 'a'`), then(tx))
		})
	}
	peer := func() (now string) {
		must(t, a.reader.QueryRowContext(ctx, `SELECT peer FROM nodes WHERE name = 'a'`).Scan(&now))
		return now
	}
	err := write(func(tx *sql.Tx) error {
		var backend int
		// As after pausedWriter.
		must(t, tx.QueryRowContext(ctx, `SELECT pg_backend_pid() FROM set_config('idle_in_transaction_session_timeout', '1', true)`).Scan(&backend))
		testkit.Eventually(t, "the server ends the connection", func() bool {
			var there int
			must(t, a.reader.QueryRowContext(ctx, `SELECT count(*) FROM pg_stat_activity WHERE pid = $1`, backend).Scan(&there))
			return there == 0
		})
		return exec(ctx, tx, `UPDATE nodes SET peer = 'never:1' WHERE name = 'a'`)
	})
	if !errors.Is(err, ErrAway) || peer() != "a:1" {
		t.Errorf("%v, stored %q", err, peer())
	}
	must(t, write(func(*sql.Tx) error { return nil }))
	if peer() != "changed:1" {
		t.Errorf("once more: %q", peer())
	}
}

// M6: who has an older generation writes nothing about a session any more.
func TestM6_AnOldGenerationWritesNothing(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	a, _ := nodeOf(t, place, "a")
	b, _ := nodeOf(t, place, "b")
	if err := a.AddSession(ctx, new(session("s"))); err != nil {
		t.Fatal(err)
	}
	first := attached(t, a, "s", "computer")
	events := happened(t, "chat.message", `{"text":"one"}`, "chat.message", `{"text":"two"}`)
	old := a.For("alice").Holding(first.Generation)
	if err := old.AppendEvents(ctx, "s", events[:1]); err != nil {
		t.Fatal(err)
	}
	second := attached(t, b, "s", "computer")
	if err := old.AppendEvents(ctx, "s", events[1:]); !errors.Is(err, ErrTaken) {
		t.Errorf("an event: %v", err)
	}
	if err := old.SetSeal(ctx, "s", journal.Seal{}); !errors.Is(err, ErrTaken) {
		t.Errorf("a seal: %v", err)
	}
	for _, to := range []api.State{api.Away, api.Ended} {
		if _, err := old.ChangeSession(ctx, "s", to, func(*Session) {}); !errors.Is(err, ErrTaken) {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := b.For("alice").Holding(second.Generation).AppendEvents(ctx, "s", events); err != nil {
		t.Errorf("its holder: %v", err)
	}
	if row, err := a.Session(ctx, "s"); err != nil || row.State != api.Active || row.Node != "b" {
		t.Errorf("%+v, %v", row, err)
	}
}

// A lease that has ended is told of, and one that another relay has given up is lost, with
// the sessions of its node.
func TestGroup_Leases(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	a, nodeA := nodeOf(t, place, "a")
	b, nodeB := nodeOf(t, place, "b")
	if err := a.AddSession(ctx, new(session("s"))); err != nil {
		t.Fatal(err)
	}
	row := attached(t, a, "s", "computer")
	if lapsed, all, err := a.RenewNode(ctx, nodeA); lapsed || err != nil || len(all) != 2 || !slices.Equal(all[1].Names, nodeA.Names) || all[1].Until.Before(a.Now()) {
		t.Errorf("%v, %+v, %v", lapsed, all, err)
	}
	if done, err := b.EndNode(ctx, nodeA, 0); done || err != nil {
		t.Errorf("one that is alive was given up: %v, %v", done, err)
	}
	set(t, b, fmt.Sprintf(`UPDATE nodes SET until = %d WHERE name = 'a'`, b.Now().Add(-time.Second).UnixMilli()))
	if done, err := b.EndNode(ctx, nodeA, time.Minute); done || err != nil {
		t.Errorf("one whose lease has just ended was given up: %v, %v", done, err)
	}
	if lapsed, _, err := a.RenewNode(ctx, nodeA); !lapsed || err != nil {
		t.Errorf("a lease that had ended: %v, %v", lapsed, err)
	}
	set(t, b, `UPDATE nodes SET until = 1 WHERE name = 'a'`)
	if done, err := b.EndNode(ctx, nodeA, time.Minute); !done || err != nil {
		t.Errorf("one whose time is long over: %v, %v", done, err)
	}
	if _, _, err := a.RenewNode(ctx, nodeA); !errors.Is(err, ErrLost) {
		t.Errorf("one that was given up: %v", err)
	}
	if done, err := b.EndNode(ctx, nodeA, time.Minute); done || err != nil {
		t.Errorf("given up twice: %v, %v", done, err)
	}
	if lost, err := b.Session(ctx, "s"); err != nil || lost.State != api.Away || lost.Generation <= row.Generation {
		t.Errorf("%+v, %v", lost, err)
	}
	// It begins anew, and gives up what an earlier process of its name had.
	attached(t, a, "s", "computer")
	nodeA.Holder = "another process"
	if err := a.AddNode(ctx, nodeA, takeAll); err != nil {
		t.Fatal(err)
	}
	if lost, err := b.Session(ctx, "s"); err != nil || lost.State != api.Away {
		t.Errorf("%+v, %v", lost, err)
	}
	// It leaves, and takes nothing of the others along.
	if err := b.AddSession(ctx, new(session("t"))); err != nil {
		t.Fatal(err)
	}
	attached(t, b, "t", "another computer")
	if done, err := a.EndNode(ctx, nodeA, -2*Lease); !done || err != nil {
		t.Errorf("%v, %v", done, err)
	}
	if kept, err := a.Session(ctx, "t"); err != nil || kept.State != api.Active {
		t.Errorf("%+v, %v", kept, err)
	}
	if _, all, err := b.RenewNode(ctx, nodeB); err != nil || all[0].Name != "a" || all[0].Holder != "" {
		t.Errorf("%+v, %v", all, err)
	}
}

// What a relay has left that was alone before there was a group ends in its time, too, also
// where nothing has changed about it since the schema knows of groups.
func TestGroup_TakesOverWhatOneRelayHasLeft(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	alone := open(t, place)
	if err := errors.Join(alone.AddSession(ctx, new(session("s"))), alone.AddSession(ctx, new(session("t")))); err != nil {
		t.Fatal(err)
	}
	attached(t, alone, "s", "computer")
	set(t, alone, `ALTER TABLE sessions DISABLE TRIGGER sessions_changed`)
	set(t, alone, `UPDATE sessions SET change_number = 0, generation = 0`)
	set(t, alone, `ALTER TABLE sessions ENABLE TRIGGER sessions_changed`)
	if err := alone.Close(); err != nil { // it was killed: it said nothing of its sessions
		t.Fatal(err)
	}
	a, _ := nodeOf(t, place, "a")
	if row, err := a.Session(ctx, "s"); err != nil || row.State != api.Away {
		t.Errorf("a computer that was connected to it: %+v, %v", row, err)
	}
	row, err := a.Session(ctx, "t")
	if err == nil {
		_, err = a.Unchanged(row.Changed).ChangeSession(ctx, "t", api.Ended, func(*Session) {})
	}
	if err != nil || row.Changed != 0 {
		t.Errorf("a number that nobody has used: %+v, %v", row, err)
	}
}

// A node that comes is compared with those that are alive, or with the one that was there
// last.
func TestGroup_WhoIsCompared(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	a, nodeA := nodeOf(t, place, "a")
	b, nodeB := nodeOf(t, place, "b")
	c := open(t, place)
	if err := c.ServeAs(ctx, "c"); err != nil {
		t.Fatal(err)
	}
	compared := func() (names []string) {
		err := c.AddNode(ctx, Node{Name: "c", Holder: "c"}, func(others []Node) error {
			for _, n := range others {
				names = append(names, n.Name)
			}
			return ErrState
		})
		if !errors.Is(err, ErrState) {
			t.Errorf("%v", err)
		}
		slices.Sort(names)
		return names
	}
	if got := compared(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%v", got)
	}
	for _, gone := range []struct {
		s *Store
		n Node
	}{{b, nodeB}, {a, nodeA}} {
		if _, err := gone.s.EndNode(ctx, gone.n, -2*Lease); err != nil {
			t.Fatal(err)
		}
	}
	set(t, a, `UPDATE nodes SET until = 1 WHERE name = 'b'`)
	if got := compared(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("%v", got)
	}
	if all, err := a.Nodes(ctx); err != nil || len(all) != 2 {
		t.Errorf("one that was refused is there: %+v, %v", all, err)
	}
	if err := c.AddNode(ctx, Node{Name: "c", Holder: "c"}, takeAll); err != nil {
		t.Fatal(err)
	}
	if all, err := a.Nodes(ctx); err != nil || len(all) != 2 || all[0].Name != "a" || all[1].Name != "c" {
		t.Errorf("one that has long been gone is there: %+v, %v", all, err)
	}
}

// M7: changes are found in their order whether or not anybody heard of them, and those who
// listen hear of them.
func TestM7_ChangesAreFoundAndHeard(t *testing.T) {
	onServer(t)
	place := file(t)
	ctx, cancel := context.WithCancel(t.Context())
	a, _ := nodeOf(t, place, "a")
	b, _ := nodeOf(t, place, "b")
	heard, ended := make(chan struct{}, 1000), make(chan struct{})
	go func() { defer close(ended); b.Listen(ctx, func() { heard <- struct{}{} }) }()
	defer func() { cancel(); <-ended }()
	select {
	case <-heard: // it listens
	case <-time.After(time.Minute):
		t.Fatal("nobody listens")
	}
	after, err := b.LastChange(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := a.AddSession(ctx, new(session(fmt.Sprintf("s%d", i)))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.SetNote(ctx, "s1", "noted"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.AddMisses(ctx, []Miss{miss(1, 100), miss(2, 200)}, false, time.Unix(0, 0)), b.AddMisses(ctx, []Miss{miss(3, 300)}, false, time.Unix(0, 0))); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for len(ids) < 5 {
		rows, err := b.SessionsChanged(ctx, after, 2)
		if err != nil || len(rows) == 0 {
			t.Fatalf("%v after %v", err, ids)
		}
		for _, row := range rows {
			if row.Changed <= after {
				t.Errorf("%d after %d", row.Changed, after)
			}
			after = row.Changed
			ids = append(ids, row.ID)
		}
	}
	if !slices.Equal(ids, []string{"s0", "s2", "s3", "s4", "s1"}) {
		t.Errorf("%v", ids)
	}
	misses, last, err := b.MissesChanged(ctx, 0, 10)
	if err != nil || len(misses) != 2 || misses[0].Source != miss(1, 100).Source || !misses[1].At.Equal(miss(2, 200).At) {
		t.Errorf("%+v, %v", misses, err)
	}
	if misses, same, err := b.MissesChanged(ctx, last, 10); err != nil || len(misses) != 0 || same != last {
		t.Errorf("%+v, %d, %v", misses, same, err)
	}
	testkit.Eventually(t, "it was heard of", func() bool { return len(heard) > 0 })
}
