package relay

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay/store"
	"supportd/relay/unjoined"
)

// MaxMisses is [unjoined.MaxMisses], for programs that measure or test a relay.
const MaxMisses = unjoined.MaxMisses

const (
	// justEnded is how long after a session's end its number is still no guess: people
	// type it again on the same day.
	justEnded = 24 * time.Hour
	// delayShown is how long after a computer's turn its CSR is still told that it
	// waits: it asks again every [wire.JoinPause].
	delayShown = 5 * time.Second
)

// attempt is what the relay says to a computer that tries a session number.
type attempt struct {
	// code is CodeOK where a session waits for the number, and otherwise why none does.
	code wire.Code
	// wait is set with CodeLimited: the number was not looked up, and may be tried
	// again after that. It is more than 0.
	wait time.Duration

	session *session // with CodeOK
	inLine  bool     // with CodeLimited: they have a place
	wrong   bool     // it was a guess
}

// tryNumber is the one door for session numbers, whatever way computers come. from is
// the real address, as a /32 or /64. who is the computer's key in the form of
// authorized_keys: it tells it from others behind that address, and keeps its place in
// the line of a slowed source. The join page looks no number up, so it does not come here.
//
// Wrong is a number that no open session has, and none had that ended less than 24 h
// ago: who has such a number was told it. A number whose check digit does not fit is a
// slip of the fingers, and nobody finds a session with it: it is CodeUnknown, counts
// for nothing and never reaches the database.
func (r *Relay) tryNumber(ctx context.Context, from netip.Prefix, who, number string) attempt {
	n, err := wire.ParseNumber(number)
	if err != nil || string(n) != number {
		return attempt{code: wire.CodeUnknown}
	}
	turn := r.numbers.Turn(from)
	turn.Lock()
	defer turn.Unlock()
	if wait, inLine := r.numbers.Ask(from, who, r.now()); wait > 0 {
		r.tellDelay(n, from, wait)
		return attempt{code: wire.CodeLimited, wait: wait, inLine: inLine}
	}
	s, code, wrong := r.waitingSession(ctx, n, who)
	switch {
	case wrong:
		r.missed(ctx, from, who)
	case code != wire.CodeBusy: // then it is looked up again
		r.numbers.Leave(from, who)
	}
	return attempt{code: code, session: s, wrong: wrong}
}

// waitingSession finds the session that somebody may join with a number, or says why
// there is none, and whether that was a guess.
func (r *Relay) waitingSession(ctx context.Context, n wire.Number, who string) (s *session, code wire.Code, wrong bool) {
	if s := r.find(n); s != nil {
		// The same key may join again: its welcome may have been lost.
		if row := s.row.Load(); row.State != api.Waiting && row.Identity != who {
			return nil, wire.CodeUsed, false
		}
		return s, wire.CodeOK, false
	}
	row, err := r.data.Store.SessionByNumber(ctx, n)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		r.log.Error("cannot look up a session", "err", err)
		return nil, wire.CodeBusy, false
	}
	code = wire.CodeEnded
	switch {
	case err != nil:
		return nil, wire.CodeUnknown, true
	case r.group != nil && (row.State == api.Waiting || row.State != api.Ended && row.Identity == who): // another relay has opened it a moment ago
		return r.learn(ctx, row), wire.CodeOK, false
	case row.State != api.Ended:
		return nil, wire.CodeUsed, false
	case row.Joined.IsZero() && row.EndedBy == journal.ByRelay:
		code = wire.CodeExpired
	}
	return nil, code, row.State == api.Ended && r.now().Sub(row.Ended) >= justEnded
}

// missed counts a wrong number, and says so in the log: never the number.
func (r *Relay) missed(ctx context.Context, from netip.Prefix, who string) {
	now := r.now()
	address := Address(from)
	until, alarm := r.numbers.Wrong(from, who, now)
	r.count.wrong.Add(1)
	r.security(EventWrong, "a wrong session number was tried", address)
	if !until.IsZero() {
		r.security(EventSlowed, "too many wrong session numbers: this address is slowed", address, "until", until.UTC().Truncate(time.Second), "one_try_each", unjoined.SlowPause)
	}
	if alarm {
		r.count.alarms.Add(1)
		r.security(EventAlarm, "ALARM: many session numbers are tried in vain; somebody may be searching", address, "at_least", unjoined.MissAlarm, "within", time.Minute)
	}
	r.keepMiss(store.Miss{Source: from, At: now}, alarm)
}

// Address is how people read a source: an IPv4 address, or an IPv6 network.
func Address(from netip.Prefix) string {
	if from.IsSingleIP() {
		return from.Addr().String()
	}
	return from.String()
}

// tellDelay lets the CSR of a waiting session know that somebody who has its number
// has to wait.
func (r *Relay) tellDelay(n wire.Number, from netip.Prefix, wait time.Duration) {
	s := r.find(n)
	if s == nil || s.row.Load().State != api.Waiting {
		return
	}
	d := api.Delay{From: Address(from), Until: time.Now().Add(wait).UTC().Round(time.Second)}
	const same = 2 * time.Second // what is said every second differs by less
	if old := s.delay.Load(); old != nil && old.From == d.From && d.Until.Sub(old.Until).Abs() <= same {
		return
	}
	s.delay.Store(&d)
	s.tellChange()
}

// delayed is who waits, nil where it is nobody any more.
func (s *session) delayed(now time.Time) *api.Delay {
	if d := s.delay.Load(); d != nil && now.Before(d.Until.Add(delayShown)) {
		return d
	}
	return nil
}
