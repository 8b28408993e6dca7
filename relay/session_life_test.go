package relay

import (
	"errors"
	"math"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay/store"
	"supportd/relay/unjoined"
)

// A session that two have found at once is held once and counted once, and is found by its
// number and its computer's key.
func TestASessionIsHeldOnce(t *testing.T) {
	w := newWorld(t, nil)
	s := w.opened()
	n := s.row.Load().Number
	row := *s.row.Load()
	w.relay.reserve("alice", math.MaxInt)
	if again := w.relay.hold(row); again != s || w.relay.find(n) != s || w.count("alice") != 1 {
		t.Errorf("%p, found %p, held was %p, %d are counted", again, w.relay.find(n), s, w.count("alice"))
	}
	if w.relay.findIdentity("") != nil {
		t.Error("a session without a computer is found by no key")
	}
	// The number of another session: what ends later does not take it away.
	picture := &journal.Picture{Seq: 7}
	w.relay.reserve("bob", math.MaxInt)
	other := w.relay.hold(store.Session{ID: "other", Number: n, Owner: "bob", State: api.Active, Identity: "key", Created: time.Now(), Picture: picture})
	if other == s || w.relay.find(n) != other || w.relay.findIdentity("key") != other || other.picture.Load() != picture {
		t.Errorf("%p, found %p and %p", other, w.relay.find(n), w.relay.findIdentity("key"))
	}
	if err := s.end(t.Context(), "alice", "enough"); err != nil || w.relay.find(n) != other || w.count("bob") != 1 {
		t.Errorf("%v, found %p", err, w.relay.find(n))
	}
	other.ended(store.Session{ID: "other", Number: n, Owner: "bob", State: api.Ended, Identity: "key"})
	if w.relay.find(n) != nil || w.relay.findIdentity("key") != nil || w.count("bob") != 0 {
		t.Error("an ended session is found")
	}
}

// A session ends once, and what only looks like its end is none.
func TestASessionEndsOnce(t *testing.T) {
	w := newWorld(t, nil)
	s, other := w.opened(), w.opened()
	n := s.row.Load().Number
	s.ended(*s.row.Load())
	s.expire(new(*s.row.Load())) // another state of it than there is now
	if got := s.row.Load(); got.State != api.Waiting || w.relay.find(n) != s {
		t.Fatalf("%+v", got)
	}
	if err := s.end(t.Context(), "alice", "enough"); err != nil {
		t.Fatal(err)
	}
	if row := w.inDatabase(s); row.State != api.Ended || row.EndedBy != "alice" || row.Reason != "enough" || row.Ended.IsZero() {
		t.Errorf("%+v", row)
	}
	late := *s.row.Load()
	late.Reason = "another one"
	for range 2 {
		if err := s.end(t.Context(), "bob", "late"); !errors.Is(err, store.ErrState) {
			t.Errorf("ended twice: %v", err)
		}
		s.ended(late)
	}
	if s.row.Load().Reason != "enough" || w.relay.find(n) != nil || w.relay.find(other.row.Load().Number) != other || w.count("alice") != 1 {
		t.Errorf("%+v, %d are counted", s.row.Load(), w.count("alice"))
	}
}

// What another program has ended in the database is noticed by the first change here that
// does not go: the time that is over, a computer that goes, one that comes.
func TestWhatWasEndedBesideIsNoticed(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	for name, change := range map[string]func(s *session, p *pc){
		"the time is over": func(s *session, _ *pc) { s.expire(s.row.Load()) },
		"a computer goes":  func(_ *session, p *pc) { p.Close() },
		"one comes": func(_ *session, p *pc) {
			if m := w.computer(p.key, "").resume(); m.Code != wire.CodeEnded {
				t.Errorf("code %d", m.Code)
			}
		},
	} {
		n := alice.start()
		p := w.joined(n)
		s := w.relay.find(n)
		w.beside(func(st *store.Store) error {
			_, err := st.ChangeSession(t.Context(), s.row.Load().ID, api.Ended, func(row *store.Session) { row.Ended, row.EndedBy = time.Now(), "operator" })
			return err
		})
		change(s, p)
		testkit.Eventually(t, name+": it is noticed", func() bool { return w.relay.find(n) == nil })
		if row := s.row.Load(); row.State != api.Ended || row.EndedBy != "operator" {
			t.Errorf("%s: %+v", name, row)
		}
	}
	for _, line := range []string{"cannot end a session", "cannot let a computer in", "cannot write that a computer is away"} {
		if strings.Contains(w.log.String(), line) {
			t.Errorf("%q is in the log", line)
		}
	}
	w.sql(`ALTER TABLE sessions RENAME TO gone`)
	w.relay.reconcileLater()
	testkit.Eventually(t, "it is in the log", func() bool { return strings.Contains(w.log.String(), "cannot compare the sessions with the database") })
	w.sql(`ALTER TABLE gone RENAME TO sessions`)
}

// A session whose end cannot be written goes on, and is tried again.
func TestD2_AnEndThatCannotBeWrittenIsTriedAgain(t *testing.T) {
	w := newWorld(t, nil)
	s := w.opened()
	w.sql(`CREATE TRIGGER broken BEFORE UPDATE ON sessions BEGIN SELECT RAISE(FAIL, 'no'); END`)
	s.mu.Lock()
	s.timer.Stop()
	s.timer = nil
	s.mu.Unlock()
	s.expire(s.row.Load())
	s.mu.Lock()
	again := s.timer != nil
	s.mu.Unlock()
	if !again || s.row.Load().State != api.Waiting || !strings.Contains(w.log.String(), "cannot end a session whose time is over; trying again") {
		t.Errorf("tried again: %v, %+v", again, s.row.Load())
	}
	if err := s.setNote(t.Context(), "x"); err == nil || s.row.Load().Note != "" {
		t.Errorf("a note: %v, %+v", err, s.row.Load())
	}
	if err := s.end(t.Context(), "alice", ""); err == nil || w.relay.find(s.row.Load().Number) != s {
		t.Errorf("an end: %v", err)
	}
	w.sql(`DROP TRIGGER broken`)
}

// A note changes nothing about when a number ends, nor does a database that could not be
// written to when the computer went.
func TestTheTimeIsOverAllTheSame(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.NumberLife, o.Window = time.Second, time.Second })
	alice := w.login("alice", w.account("alice", false))
	s := w.opened()
	if err := s.setNote(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	if row := s.row.Load(); row.Note != "x" {
		t.Errorf("%+v", row)
	}
	testkit.Eventually(t, "the number has ended", func() bool { return w.relay.find(s.row.Load().Number) == nil })
	if row := w.inDatabase(s); row.State != api.Ended || row.EndedBy != journal.ByRelay || strings.Contains(w.log.String(), "cannot end a session") {
		t.Errorf("%+v", row)
	}
	n := alice.start()
	p := w.joined(n)
	w.sql(`CREATE TRIGGER broken BEFORE UPDATE ON sessions WHEN NEW.state = 'away' BEGIN SELECT RAISE(FAIL, 'no'); END`)
	p.Close()
	testkit.Eventually(t, "the session has ended", func() bool { return w.relay.find(n) == nil })
	if !strings.Contains(w.log.String(), "cannot write that a computer is away") {
		t.Error("it could be written that the computer is away")
	}
	w.sql(`DROP TRIGGER broken`)
}

// A number that is in use already is not given out: another one is tried, but not for ever.
func TestANumberInUseIsNotGivenOut(t *testing.T) {
	w := newWorld(t, nil)
	w.account("alice", false)
	const taken = `BEGIN INSERT INTO accounts (name, display, admin, disabled, created) VALUES ('alice', '', 0, 0, 0); END`
	w.sql(`CREATE TRIGGER taken BEFORE INSERT ON sessions WHEN NEW.number LIKE '%7' ` + taken)
	for range 60 {
		if s, err := w.relay.open(t.Context(), "alice", "T-1", func(row *store.Session) { row.Name = "printer" }); err != nil || s.row.Load().Name != "printer" || s.row.Load().Ticket != "T-1" {
			t.Fatal(s, err)
		}
	}
	w.sql(`DROP TRIGGER taken; CREATE TRIGGER taken BEFORE INSERT ON sessions ` + taken)
	if s, err := w.relay.open(t.Context(), "alice", ""); !errors.Is(err, store.ErrExists) || s != nil || w.count("alice") != 60 {
		t.Errorf("%v, %v, %d are counted", s, err, w.count("alice"))
	}
	w.sql(`DROP TRIGGER taken`)
}

// The operator is told once that the database does not answer, and once that it does again.
func TestM3_ADatabaseThatDoesNotAnswerIsToldOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.relay.catchUp(writePatience)
	const away, back = "the database cannot be reached", "the database is back"
	for range 2 {
		if w.relay.catchUp(-time.Second); !w.relay.away.Load() {
			t.Error("it answers in no time")
		}
	}
	if got := w.log.String(); strings.Count(got, away) != 1 || strings.Contains(got, back) || strings.Contains(got, "cannot read the accounts") {
		t.Error(got)
	}
	for range 2 {
		if w.relay.catchUp(writePatience); w.relay.away.Load() {
			t.Error("it does not answer")
		}
	}
	if got := w.log.String(); strings.Count(got, away) != 1 || strings.Count(got, back) != 1 || strings.Contains(got, "cannot read the accounts") {
		t.Error(got)
	}
}

// A connection that waits in the line has its time anew, one that is not in it has not; and
// who has tried a wrong number makes room for a newcomer.
func TestW4_WhoWaitsInTheLineHasTime(t *testing.T) {
	for name, c := range map[string]struct{ inLine, missed, stays, ended bool }{
		"in the line":              {true, false, true, false},
		"in the line, has guessed": {true, true, false, false},
		"out of it":                {false, false, false, true},
		"out of it, has guessed":   {false, true, false, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			places, from := unjoined.NewPlaces(), netip.MustParsePrefix("10.0.0.0/32")
			var put, ended atomic.Bool
			tun := &tunnel{missed: c.missed, place: places.Enter(from, func() { put.Store(true) })}
			for range unjoined.MaxPerSource - 1 {
				<-time.After(time.Millisecond)
				places.Enter(from, func() {})
			}
			begun := time.Now()
			tun.joinBy = begun.Add(joinGrace)
			tun.grace = time.AfterFunc(joinGrace, func() { ended.Store(true) })
			<-time.After(unjoined.Patience)
			tun.waits(c.inLine)
			if !tun.limited.Equal(time.Now()) || tun.joinBy.After(begun.Add(joinGrace)) != c.inLine {
				t.Errorf("%s: %v, %v", name, tun.limited, tun.joinBy)
			}
			if places.Enter(from, func() {}) == nil || put.Load() == c.stays {
				t.Errorf("%s: a newcomer has put it out: %v", name, put.Load())
			}
			<-time.After(time.Until(begun.Add(joinGrace + time.Millisecond)))
			if ended.Load() != c.ended {
				t.Errorf("%s: its time was over: %v", name, ended.Load())
			}
			<-time.After(joinGrace)
			if !ended.Load() {
				t.Errorf("%s: its time is never over", name)
			}
		})
	}
}

// A computer that got nothing by what it asked has no more time to join than before, and one
// that has joined is not ended then.
func TestWhoGotNothingHasNoMoreTime(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		alice := w.login("alice", w.account("alice", false))
		n := alice.start()
		joined := w.joined(n)
		from := time.Now()
		p := w.computer(testkit.NewKey(t), "")
		<-time.After(joinGrace / 2)
		if m := p.join(n); m.Code != wire.CodeUsed {
			t.Errorf("code %d", m.Code)
		}
		<-p.done
		within(t, "turning it away", from, joinGrace, joinGrace+time.Second)
		<-time.After(2*confirmGrace + 2*joinGrace)
		select {
		case <-joined.done:
			t.Error("the computer that has joined was ended, too")
		default:
		}
	})
}

// What other programs change about keys, journals and addresses is taken up by itself.
func TestO9_ChangesBesideAreTakenUp(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		w.slow("")
		from := w.connFrom()
		data, err := OpenPlace(t.Context(), w.place, false)
		if err != nil {
			t.Fatal(err)
		}
		for kind, change := range map[Event]func() error{
			EventHostKey: data.NewHostKey,
			EventCAKey:   data.NewCAKey,
			EventPruned:  func() error { return data.Store.Note(t.Context(), store.NotePruned, time.Now()) },
			EventUnlocked: func() error {
				_, err := data.Store.Unlock(t.Context(), from, time.Now(), time.Now().Add(-unjoined.MissWindow))
				return err
			},
		} {
			if strings.Contains(w.log.String(), "event="+string(kind)) {
				t.Errorf("%s is told before", kind)
			}
			if err := change(); err != nil {
				t.Fatal(err)
			}
			<-time.After(revokeInterval + time.Second)
			if !strings.Contains(w.log.String(), "event="+string(kind)) {
				t.Errorf("%s is not told", kind)
			}
		}
		if err := data.Close(); err != nil {
			t.Error(err)
		}
	})
}

// connFrom is from where computers come.
func (w *world) connFrom() netip.Prefix {
	w.t.Helper()
	p := w.computer(testkit.NewKey(w.t), "")
	defer p.Close()
	for _, c := range w.relay.ssh.Conns() {
		if computer(c) != nil {
			return c.Network()
		}
	}
	w.t.Fatal("no computer is connected")
	return netip.Prefix{}
}
