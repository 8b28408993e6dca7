package unjoined

import (
	"hash/fnv"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// MaxMisses is how many wrong numbers a source, a /32 or /64, may try within
	// MissWindow before it is slowed: enough for bad lines and typing errors, far too
	// few to find one of 90 million numbers.
	MaxMisses = 5
	// MissWindow is how long a wrong number counts.
	MissWindow = 10 * time.Minute
	// SlowPause is how long a slowed source waits after each wrong number.
	SlowPause = 30 * time.Second
	// MissAlarm within a minute from everywhere says that somebody is searching
	// with many addresses, and goes to the log.
	MissAlarm = 20
	// MaxSources bounds the memory; beyond it old sources are forgotten.
	MaxSources = 10_000
	// maxLine bounds those of one source who wait in line: every connection that may
	// wait has a place.
	maxLine = MaxPerSource
	// PlaceLife is how long a place in the line is kept for somebody whose turn it is
	// and who does not come: they ask every second.
	PlaceLife = 5 * time.Second
)

// Limiter counts the numbers that were tried and that nobody waits for, and slows
// those from whose address too many came. What is no guess is not counted, so that an
// office behind one address can join.
//
// Those of a slowed source who ask wait in one line: first come, first served, and who
// has tried goes to its end. Only a wrong number makes the next one wait: right ones go
// through one after the other. So what a neighbour tries keeps nobody out and only
// holds them up: each place before theirs costs SlowPause and PlaceLife at most. The
// line has a place for every connection that a source may have before it joins; a
// connection keeps its place by asking in pace, and one that asks faster is ended.
type Limiter struct {
	mu      sync.Mutex // no other lock is taken under it
	sources map[netip.Prefix]*Attempts
	recent  []time.Time // of all sources, within the last minute
	alarmed time.Time

	// turns are locks by source. Lock order: one of them before every other lock of the
	// relay, as an invitation that is taken reads the accounts again.
	turns [64]sync.Mutex
}

// Attempts are what is known of one /32 or /64.
type Attempts struct {
	misses []time.Time // the latest wrong numbers, at most MaxMisses, the oldest first
	line   []waiter    // those who wait, who came first stands first
}

// waiter has a place in a line.
type waiter struct {
	who  string
	till time.Time // it is lost unless they ask again before
}

// Turn is the lock that a source holds while a number of its is looked up: without
// it many attempts at once would each count as the first.
func (l *Limiter) Turn(from netip.Prefix) *sync.Mutex {
	h := fnv.New32a()
	h.Write(from.Addr().AsSlice())
	return &l.turns[h.Sum32()%uint32(len(l.turns))]
}

// Until is until when the source is slowed: a time that is over where it is not.
func (s *Attempts) Until() time.Time {
	if len(s.misses) < MaxMisses {
		return time.Time{}
	}
	return s.misses[len(s.misses)-MaxMisses].Add(MissWindow)
}

// Next is when a slowed source may try again.
func (s *Attempts) Next() time.Time { return s.misses[len(s.misses)-1].Add(SlowPause) }

// Ask is how long somebody has to wait until a number of theirs is looked up; 0 is
// now. who tells them from others of the source and keeps their place in the line,
// for as long as they ask again in time; "" gets no place. inLine reports whether they
// have one. Whoever may try keeps the first place until [Limiter.Wrong] or
// [Limiter.Leave].
func (l *Limiter) Ask(from netip.Prefix, who string, now time.Time) (wait time.Duration, inLine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sources[from]
	if s == nil {
		return 0, false
	}
	s.clampMisses(now)
	if !now.Before(s.Until()) {
		s.line = nil
		return 0, false
	}
	s.line = slices.DeleteFunc(s.line, func(p waiter) bool { return !now.Before(p.till) })
	before := s.enter(who)
	inLine = before < len(s.line)
	wait = max(s.Next().Sub(now), 0) + time.Duration(before)*SlowPause
	if inLine {
		s.line[before].till = now.Add(wait + PlaceLife)
	}
	return wait, inLine
}

// clampMisses makes wrong numbers after now count as now: the clock was set back.
func (s *Attempts) clampMisses(now time.Time) {
	for i, at := range s.misses {
		if at.After(now) {
			s.misses[i] = now
		}
	}
}

// enter gives somebody a place in the line unless they have one, and returns how many
// stand before them.
func (s *Attempts) enter(who string) (before int) {
	if i := slices.IndexFunc(s.line, func(p waiter) bool { return p.who == who }); i >= 0 {
		return i
	}
	n := len(s.line)
	if who != "" && n < maxLine {
		s.line = append(s.line, waiter{who: who})
	}
	return n
}

// Leave gives up a place in the line, where there is one.
func (l *Limiter) Leave(from netip.Prefix, who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.sources[from]; s != nil {
		s.leave(who)
	}
}

// leave gives up a place in the line, where there is one.
func (s *Attempts) leave(who string) {
	s.line = slices.DeleteFunc(s.line, func(p waiter) bool { return p.who == who })
}

// Wrong counts a wrong number. slowed is until when its source is slowed, where that
// begins with it, and the zero time otherwise; alarm says that it is time to raise it.
func (l *Limiter) Wrong(from netip.Prefix, who string, now time.Time) (slowed time.Time, alarm bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sourceLocked(from, now)
	s.clampMisses(now)
	s.leave(who)
	if was := now.Before(s.Until()); s.Add(now) && !was {
		slowed = s.Until()
	}
	l.recent = append(after(l.recent, now.Add(-time.Minute)), now)
	if len(l.recent) < MissAlarm || now.Sub(l.alarmed) < time.Minute {
		return slowed, false
	}
	l.alarmed = now
	return slowed, true
}

// Add counts a wrong number, and reports whether the source is slowed now.
func (s *Attempts) Add(at time.Time) bool {
	s.misses = append(s.misses, at)
	s.misses = s.misses[max(len(s.misses)-MaxMisses, 0):]
	return at.Before(s.Until())
}

// sourceLocked finds a source, and makes it where it is new.
func (l *Limiter) sourceLocked(from netip.Prefix, now time.Time) *Attempts {
	if s := l.sources[from]; s != nil {
		return s
	}
	if l.sources == nil {
		l.sources = map[netip.Prefix]*Attempts{}
	}
	if len(l.sources) >= MaxSources {
		l.forgetLocked(now)
	}
	s := &Attempts{}
	l.sources[from] = s
	return s
}

// Restore counts a wrong number of before the relay's start, or at another relay.
func (l *Limiter) Restore(from netip.Prefix, at, now time.Time) {
	if at.After(now) { // the clock was set back
		at = now
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sourceLocked(from, now)
	s.Add(at)
	slices.SortFunc(s.misses, time.Time.Compare) // of those at another relay it hears later
}

// Forgive forgets the wrong numbers of a source up to a time, to the millisecond, and
// those after now, from before the clock was set back. It reports whether there were any.
func (l *Limiter) Forgive(from netip.Prefix, upTo, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sources[from]
	if s == nil {
		return false
	}
	n := len(s.misses)
	s.misses = slices.DeleteFunc(s.misses, func(at time.Time) bool { return at.UnixMilli() <= upTo.UnixMilli() || at.After(now) })
	if len(s.misses) == 0 {
		delete(l.sources, from)
	}
	return len(s.misses) < n
}

// forgetLocked makes room for one: it forgets the sources whose misses are over, then
// any that are not slowed, and at last any others.
func (l *Limiter) forgetLocked(now time.Time) {
	forget := func(enough int, some func(*Attempts) bool) {
		for from, s := range l.sources {
			if len(l.sources) < enough {
				return
			}
			if some(s) {
				delete(l.sources, from)
			}
		}
	}
	forget(0, func(s *Attempts) bool { return !s.misses[len(s.misses)-1].After(now.Add(-MissWindow)) })
	forget(MaxSources, func(s *Attempts) bool { return !now.Before(s.Until()) })
	forget(MaxSources, func(*Attempts) bool { return true })
}

// after drops the times, in order, that are not after since.
func after(times []time.Time, since time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(since) {
		times = times[1:]
	}
	return times
}
