package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
)

// added is a new session as it is known to whoever has added it.
func added(t *testing.T, s *Store, id string) Session {
	t.Helper()
	row := session(id)
	must(t, s.AddSession(t.Context(), &row))
	return row
}

func joins(computer string) func(*Session) {
	return func(row *Session) { row.Identity, row.Joined = computer, time.UnixMilli(7).UTC() }
}

// Whoever knows a session changes it as it is stored, also where they do not know all.
func TestWhatIsKnownOfASessionMayBeOld(t *testing.T) {
	place, ctx := file(t), t.Context()
	s, other := open(t, place), open(t, place)
	known := added(t, s, "s")
	if _, err := other.SetNote(ctx, "s", "a note"); err != nil {
		t.Fatal(err)
	}
	old := known
	old.Note, old.Owner = "an old one", "nobody"
	joined, err := s.ChangeKnown(ctx, old, api.Active, joins("computer"))
	if stored, _ := s.Session(ctx, "s"); err != nil || joined != stored || stored.Note != "a note" || stored.Owner != "alice" || stored.Identity != "computer" {
		t.Fatalf("%+v, stored %+v, %v", joined, stored, err)
	}
	if _, err := s.ChangeKnown(ctx, known, api.Active, joins("another computer")); !errors.Is(err, ErrJoined) {
		t.Errorf("another computer: %v", err)
	}
	away, err := s.ChangeKnown(ctx, joined, api.Away, func(row *Session) { row.Away, row.Note = time.Now(), "not by this" })
	if stored, _ := s.Session(ctx, "s"); err != nil || away != stored || stored.State != api.Away || stored.Note != "a note" {
		t.Fatalf("%+v, stored %+v, %v", away, stored, err)
	}
	// It is known as one that may not become that, and has become one that may.
	known.State = api.Ended
	if _, err := s.ChangeKnown(ctx, known, api.Ended, func(*Session) {}); err != nil {
		t.Errorf("known as ended: %v", err)
	}
	if _, err := s.ChangeKnown(ctx, away, api.Active, joins("computer")); !errors.Is(err, ErrState) {
		t.Errorf("it has ended: %v", err)
	}
	if _, err := s.ChangeKnown(ctx, Session{ID: "x", State: api.Waiting, Changed: 9}, api.Active, joins("computer")); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody knows it: %v", err)
	}
}

// What several want changed is written together: what one of them knows wrongly, or may not
// have, takes nothing from the others.
func TestKnownSessionsAreChangedTogether(t *testing.T) {
	for _, fault := range []string{"none", "old", "twice"} {
		t.Run(fault, func(t *testing.T) {
			place, ctx := file(t), t.Context()
			s, other := open(t, place), open(t, place)
			const n = 8
			var known []Session
			for i := range n {
				known = append(known, added(t, s, fmt.Sprint("s", i)))
			}
			computer := func(i int) string { return fmt.Sprint("computer ", i) }
			switch fault {
			case "old":
				if _, err := other.ChangeSession(ctx, "s3", api.Active, joins("another one")); err != nil {
					t.Fatal(err)
				}
			case "twice": // a key that has joined another session
				added(t, s, "first")
				if _, err := other.ChangeSession(ctx, "first", api.Active, joins(computer(3))); err != nil {
					t.Fatal(err)
				}
			}
			release := holdWriter(t, s)
			changed, errs := make([]Session, n), make([]error, n)
			var joining sync.WaitGroup
			for i := range n {
				joining.Go(func() { changed[i], errs[i] = s.ChangeKnown(ctx, known[i], api.Active, joins(computer(i))) })
				testkit.Eventually(t, "it waits", func() bool {
					s.turns.mu.Lock()
					defer s.turns.mu.Unlock()
					return len(s.turns.waiting[computers]) == i+1
				})
			}
			release()
			joining.Wait()
			for i := range n {
				stored, err := other.Session(ctx, known[i].ID)
				must(t, err)
				if i == 3 && fault != "none" {
					if errs[i] == nil || fault == "old" && (!errors.Is(errs[i], ErrJoined) || stored.Identity != "another one") || fault == "twice" && (!isDuplicate(errs[i]) || stored.State != api.Waiting) {
						t.Errorf("%+v, %v", stored, errs[i])
					}
					continue
				}
				if errs[i] != nil || changed[i] != stored || stored.Identity != computer(i) {
					t.Errorf("%d: %+v, stored %+v, %v", i, changed[i], stored, errs[i])
				}
			}
		})
	}
}

// After a failover the number of a change may be given once more, for another change. What
// was known then is not taken for what is stored.
func TestM9_ANumberOfAChangeIsGivenTwice(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	s, other := open(t, place), open(t, place)
	for what, change := range map[string]string{
		"joined":                    `state = 'active', identity = 'another computer'`,
		"taken":                     `generation = generation + 1`,
		"ended":                     `state = 'ended'`,
		"another node has taken it": `node = 'b', generation = generation + 1`,
	} {
		known := added(t, s, what)
		if what == "another node has taken it" { // in the same generation as this one did
			known.Generation++
		}
		set(t, other, `ALTER TABLE sessions DISABLE TRIGGER sessions_changed`)
		set(t, other, `UPDATE sessions SET `+change+` WHERE id = $1`, what)
		set(t, other, `ALTER TABLE sessions ENABLE TRIGGER sessions_changed`)
		changed, err := s.ChangeKnown(ctx, known, api.Active, func(row *Session) { row.Identity, row.Generation = "computer of "+what, row.Generation+1 })
		stored, _ := other.Session(ctx, what)
		switch what {
		case "joined", "ended":
			if err == nil || stored.Identity == "computer of "+what {
				t.Errorf("%s: %v; stored %+v", what, err, stored)
			}
		default: // it is read again
			if err != nil || changed.Generation != 2 || changed != stored || (stored.Node == "b") != (what != "taken") {
				t.Errorf("%s: %+v, %v; stored %+v", what, changed, err, stored)
			}
		}
	}
}

// The answer to a change is lost, or the server has restarted: it is done, and done once.
func TestD5_AKnownSessionAndAConnectionThatWasCut(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	between := newCutter(t, place)
	s, other := open(t, between.place+"&application_name=known"), open(t, place)
	known := added(t, s, "s")
	join := func(row *Session) { row.Identity, row.Generation = "computer", row.Generation+1 }
	between.cut.Store(true)
	joined, err := s.ChangeKnown(ctx, known, api.Active, join)
	if stored, _ := other.Session(ctx, "s"); err != nil || joined != stored || stored.Generation != 1 || between.cut.Load() {
		t.Errorf("%+v, %v; stored %+v", joined, err, stored)
	}
	if _, err := other.lister.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'known'`); err != nil {
		t.Fatal(err)
	}
	if ended, err := s.ChangeKnown(ctx, joined, api.Ended, func(row *Session) { row.Reason = "done" }); err != nil || ended.Reason != "done" {
		t.Errorf("after a restart: %+v, %v", ended, err)
	}
}

// Somebody between has reset the connection, so that the server has forgotten what was prepared.
func TestD5_TheServerForgetsWhatWasPrepared(t *testing.T) {
	onServer(t)
	s, ctx := open(t, file(t)), t.Context()
	must(t, s.Serve(ctx))
	known := added(t, s, "s")
	for what, do := range map[string]func() error{
		"a new session": func() error { return s.AddSession(ctx, new(session("t"))) },
		"a known one": func() (err error) {
			known, err = s.ChangeKnown(ctx, known, api.Active, joins("computer"))
			return err
		},
		"one by its name": func() error { _, err := s.ChangeSession(ctx, "s", api.Active, joins("computer")); return err },
		"the revision":    func() error { _, err := s.Revision(ctx); return err },
	} {
		must(t, do()) // prepares
		for _, db := range []*sql.DB{s.writer, s.reader} {
			if _, err := db.ExecContext(ctx, `DEALLOCATE ALL -- before `+what); err != nil {
				t.Fatal(err)
			}
		}
		if what == "a new session" {
			must(t, func() error { _, err := s.ChangeSession(ctx, "t", api.Ended, func(*Session) {}); return err }())
			continue
		}
		if err := do(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// While another program writes for longer than we wait, that is said once.
func TestD5_AKnownSessionWhileAnotherProgramWrites(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	const patience = 2 * time.Second
	s, err := Open(ctx, place, patience)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	other := open(t, place)
	known := added(t, s, "s")
	err = other.write(ctx, people, "", func(context.Context, *sql.Tx) error {
		began := time.Now()
		_, err := s.ChangeKnown(ctx, known, api.Active, joins("computer"))
		if took := time.Since(began); !errors.Is(err, ErrBusy) || took > 2*patience {
			t.Errorf("after %v: %v", took, err)
		}
		return nil
	})
	must(t, err)
	if _, err := s.ChangeKnown(ctx, known, api.Active, joins("computer")); err != nil {
		t.Error(err)
	}
}
