package relay

import (
	"hash/fnv"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// MaxMisses is how many wrong numbers a source, a /32 or /64, may try within
	// missWindow before it is slowed: enough for bad lines and typing errors, far too
	// few to find one of 90 million numbers.
	MaxMisses  = 5
	missWindow = 10 * time.Minute
	// slowPause is how long a slowed source waits after each wrong number.
	slowPause = 30 * time.Second
	// MissAlarm within a minute from everywhere says that somebody is searching
	// with many addresses, and goes to the log.
	MissAlarm = 20
	// maxSources bounds the memory; beyond it old sources are forgotten.
	maxSources = 10_000
	// maxLine bounds those of one source who wait in line: every connection that may
	// wait has a place.
	maxLine = maxUnjoinedPerSource
	// placeLife is how long a place in the line is kept for somebody whose turn it is
	// and who does not come: they ask every [wire.JoinPause].
	placeLife = 5 * time.Second
)

// limiter counts the numbers that were tried and that nobody waits for, and slows
// those from whose address too many came. What is no guess is not counted, so that an
// office behind one address can join.
//
// Those of a slowed source who ask wait in one line: first come, first served, and who
// has tried goes to its end. Only a wrong number makes the next one wait: right ones go
// through one after the other. So what a neighbour tries keeps nobody out and only
// holds them up: each place before theirs costs slowPause and placeLife at most. The
// line has a place for every connection that a source may have before it joins; a
// connection keeps its place by asking in pace, and one that asks faster is ended.
type limiter struct {
	mu      sync.Mutex // no other lock is taken under it
	sources map[netip.Prefix]*attempts
	recent  []time.Time // of all sources, within the last minute
	alarmed time.Time

	// turns are locks by source. Lock order: one of them before every other lock of the
	// relay, as an invitation that is taken reads the accounts again.
	turns [64]sync.Mutex
}

// attempts are what is known of one /32 or /64.
type attempts struct {
	misses []time.Time // the latest wrong numbers, at most MaxMisses, the oldest first
	line   []waiter    // those who wait, who came first stands first
}

// waiter has a place in a line.
type waiter struct {
	who  string
	till time.Time // it is lost unless they ask again before
}

// turn is the lock that a source holds while a number of its is looked up: without
// it many attempts at once would each count as the first.
func (l *limiter) turn(from netip.Prefix) *sync.Mutex {
	h := fnv.New32a()
	h.Write(from.Addr().AsSlice())
	return &l.turns[h.Sum32()%uint32(len(l.turns))]
}

// until is until when the source is slowed: a time that is over where it is not.
func (s *attempts) until() time.Time {
	if len(s.misses) < MaxMisses {
		return time.Time{}
	}
	return s.misses[len(s.misses)-MaxMisses].Add(missWindow)
}

// next is when a slowed source may try again.
func (s *attempts) next() time.Time { return s.misses[len(s.misses)-1].Add(slowPause) }

// ask is how long somebody has to wait until a number of theirs is looked up; 0 is
// now. who tells them from others of the source and keeps their place in the line,
// for as long as they ask again in time; "" gets no place. inLine reports whether they
// have one. Whoever may try keeps the first place until [limiter.wrong] or
// [limiter.leave].
func (l *limiter) ask(from netip.Prefix, who string, now time.Time) (wait time.Duration, inLine bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sources[from]
	if s == nil {
		return 0, false
	}
	s.clampMisses(now)
	if !now.Before(s.until()) {
		s.line = nil
		return 0, false
	}
	s.line = slices.DeleteFunc(s.line, func(p waiter) bool { return !now.Before(p.till) })
	before := s.enter(who)
	inLine = before < len(s.line)
	wait = max(s.next().Sub(now), 0) + time.Duration(before)*slowPause
	if inLine {
		s.line[before].till = now.Add(wait + placeLife)
	}
	return wait, inLine
}

// clampMisses makes wrong numbers after now count as now: the clock was set back.
func (s *attempts) clampMisses(now time.Time) {
	for i, at := range s.misses {
		if at.After(now) {
			s.misses[i] = now
		}
	}
}

// enter gives somebody a place in the line unless they have one, and returns how many
// stand before them.
func (s *attempts) enter(who string) (before int) {
	if i := slices.IndexFunc(s.line, func(p waiter) bool { return p.who == who }); i >= 0 {
		return i
	}
	n := len(s.line)
	if who != "" && n < maxLine {
		s.line = append(s.line, waiter{who: who})
	}
	return n
}

// leave gives up a place in the line, where there is one.
func (l *limiter) leave(from netip.Prefix, who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.sources[from]; s != nil {
		s.leave(who)
	}
}

func (s *attempts) leave(who string) {
	s.line = slices.DeleteFunc(s.line, func(p waiter) bool { return p.who == who })
}

// wrong counts a wrong number. slowed is until when its source is slowed, where that
// begins with it, and the zero time otherwise; alarm says that it is time to raise it.
func (l *limiter) wrong(from netip.Prefix, who string, now time.Time) (slowed time.Time, alarm bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sourceLocked(from, now)
	s.clampMisses(now)
	s.leave(who)
	if was := now.Before(s.until()); s.add(now) && !was {
		slowed = s.until()
	}
	l.recent = append(after(l.recent, now.Add(-time.Minute)), now)
	if len(l.recent) < MissAlarm || now.Sub(l.alarmed) < time.Minute {
		return slowed, false
	}
	l.alarmed = now
	return slowed, true
}

// add counts a wrong number, and reports whether the source is slowed now.
func (s *attempts) add(at time.Time) bool {
	s.misses = append(s.misses, at)
	s.misses = s.misses[max(len(s.misses)-MaxMisses, 0):]
	return at.Before(s.until())
}

// sourceLocked finds a source, and makes it where it is new.
func (l *limiter) sourceLocked(from netip.Prefix, now time.Time) *attempts {
	if s := l.sources[from]; s != nil {
		return s
	}
	if l.sources == nil {
		l.sources = map[netip.Prefix]*attempts{}
	}
	if len(l.sources) >= maxSources {
		l.forgetLocked(now)
	}
	s := &attempts{}
	l.sources[from] = s
	return s
}

// restore counts a wrong number of before the relay's start, or at another relay.
func (l *limiter) restore(from netip.Prefix, at, now time.Time) {
	if at.After(now) { // the clock was set back
		at = now
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sourceLocked(from, now)
	s.add(at)
	slices.SortFunc(s.misses, time.Time.Compare) // of those at another relay it hears later
}

// forgive forgets the wrong numbers of a source up to a time, to the millisecond, and
// those after now, from before the clock was set back. It reports whether there were any.
func (l *limiter) forgive(from netip.Prefix, upTo, now time.Time) bool {
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
func (l *limiter) forgetLocked(now time.Time) {
	forget := func(enough int, some func(*attempts) bool) {
		for from, s := range l.sources {
			if len(l.sources) < enough {
				return
			}
			if some(s) {
				delete(l.sources, from)
			}
		}
	}
	forget(0, func(s *attempts) bool { return !s.misses[len(s.misses)-1].After(now.Add(-missWindow)) })
	forget(maxSources, func(s *attempts) bool { return !now.Before(s.until()) })
	forget(maxSources, func(*attempts) bool { return true })
}

// after drops the times, in order, that are not after since.
func after(times []time.Time, since time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(since) {
		times = times[1:]
	}
	return times
}
