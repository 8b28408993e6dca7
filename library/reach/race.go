package reach

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"supportd/library/panics"
)

const (
	// stagger lies between the starts of two ways: a way that works at all is heard
	// of by then in most networks, so the next costs the relay nothing.
	// With many ways it is shorter, so that all have started after startTime.
	stagger   = 250 * time.Millisecond
	startTime = 2 * time.Second
	// rememberedTime is the same after the way that worked last, and heardTime after
	// SSH was heard on one way. Both spare a relay that is busy: it would be busier
	// with three connections of each client.
	rememberedTime = time.Second
	heardTime      = 2 * time.Second
	// reachTime bounds a way up to the relay's host key, provedTime from then on.
	reachTime  = 10 * time.Second
	provedTime = 20 * time.Second
)

var (
	errNoAnswer  error = noAnswer{}
	errOtherWay        = errors.New("another way was first")
	errPanicked        = errors.New("a mistake of ours, see the log")
	errNoAddress       = errors.New("reach: no address")
)

// noAnswer is a time limit that has passed. It is a timeout as net.Error means it.
type noAnswer struct{}

func (noAnswer) Error() string   { return "no answer in time" }
func (noAnswer) Timeout() bool   { return true }
func (noAnswer) Temporary() bool { return true }

// race is the trying of the ways of one [Connect].
type race[T any] struct {
	d      *Dialer
	pinned bool
	hand   Handshake[T]

	ctx    context.Context // of all attempts
	wait   sync.WaitGroup  // the attempts
	events chan event[T]   // has room for all that can come
	turn   chan struct{}   // holds one item while an attempt is past known
}

type eventKind int

const (
	eventHeard  eventKind = iota // SSH was heard
	eventProved                  // known has let the attempt go on
	eventDone                    // the attempt is over
)

// event is what an attempt tells the race.
type event[T any] struct {
	kind eventKind
	way  int
	made T
	err  error
}

// outcome is how a way ended.
type outcome struct {
	way way
	err error
}

// standing is what the race knows of its attempts.
type standing struct {
	next    int          // the first way that has not been started
	due     time.Time    // when it is
	heard   map[int]bool // attempts on which SSH was heard
	proved  map[int]bool // attempts that went on after known
	over    map[int]bool // attempts that have ended
	running int
}

// result is how a race ended: with what a handshake made, where ok, else with an
// error that ends everything, else with the ways that were tried in vain.
type result[T any] struct {
	made   T
	ok     bool
	err    error
	failed []outcome
}

// run tries the ways in their order. slow is called when after a while no relay has
// been heard of. Attempts may still run when it returns.
func (r *race[T]) run(ctx context.Context, ways []way, remembered bool, slow func()) result[T] {
	failed := make([]outcome, len(ways))
	s := standing{due: time.Now(), heard: map[int]bool{}, proved: map[int]bool{}, over: map[int]bool{}}
	tell := time.NewTimer(portalTime)
	defer tell.Stop()
	for s.next < len(ways) || s.running > 0 {
		start := time.NewTimer(time.Until(s.due))
		if s.next == len(ways) || len(s.proved) > 0 {
			start.Stop()
		}
		select {
		case <-ctx.Done():
			start.Stop()
			return result[T]{err: context.Cause(ctx)}
		case <-tell.C:
			if len(s.heard)+len(s.proved) == 0 {
				slow()
			}
		case <-start.C:
			r.start(s.next, ways[s.next])
			s.started(remembered, len(ways))
		case e := <-r.events:
			s.note(e.kind, e.way)
			if e.kind == eventDone {
				failed[e.way] = outcome{ways[e.way], e.err}
				if last, over := r.decided(e, failed[e.way]); over {
					start.Stop()
					return last
				}
			}
		}
		start.Stop()
	}
	return result[T]{failed: failed}
}

// decided reports whether the end of one attempt ends the race, and how.
func (r *race[T]) decided(e event[T], o outcome) (last result[T], over bool) {
	var no *final
	var untrusted *untrustedError
	switch {
	case e.err == nil:
		r.d.SetLast(o.way.String())
		return result[T]{made: e.made, ok: true}, true
	case errors.As(e.err, &no):
		return result[T]{err: no.err}, true
	}
	r.d.logger().Info("a way to the relay does not work", "way", o.way.String(), "err", e.err)
	if !r.pinned && errors.As(e.err, &untrusted) {
		return result[T]{failed: []outcome{o}}, true
	}
	return last, false
}

// late returns what a handshake made while the race was already decided otherwise.
// Nothing runs any more when it is called.
func (r *race[T]) late(ways []way) (made T, ok bool) {
	for {
		select {
		case e := <-r.events:
			if e.kind == eventDone && e.err == nil {
				r.d.SetLast(ways[e.way].String())
				return e.made, true
			}
		default:
			return made, false
		}
	}
}

// started notes that the next way has been started.
func (s *standing) started(remembered bool, ways int) {
	pause := min(stagger, startTime/time.Duration(ways))
	if remembered && s.next == 0 {
		pause = rememberedTime
	}
	s.next, s.running, s.due = s.next+1, s.running+1, time.Now().Add(pause)
}

// note takes an event of an attempt in. A handshake may leave somebody behind who
// still reads when it is over: that counts no more.
func (s *standing) note(kind eventKind, way int) {
	if s.over[way] {
		return
	}
	switch kind {
	case eventHeard:
		s.heard[way] = true
		if due := time.Now().Add(heardTime); due.After(s.due) {
			s.due = due
		}
	case eventProved:
		s.proved[way] = true
	case eventDone:
		s.over[way] = true
		s.running--
		delete(s.heard, way)
		delete(s.proved, way)
		if len(s.heard) == 0 {
			s.due = time.Now()
		}
	}
}

// start begins an attempt.
func (r *race[T]) start(n int, w way) {
	r.wait.Go(func() {
		done := event[T]{kind: eventDone, way: n, err: errPanicked}
		defer func() { r.events <- done }()
		defer panics.Keep(r.d.logger(), "a way to the relay", nil)
		done.made, done.err = r.attempt(n, w)
	})
}

// attempt tries one way from the connection to the end of the handshake.
func (r *race[T]) attempt(n int, w way) (made T, err error) {
	ctx, cancel := context.WithCancelCause(r.ctx)
	defer cancel(nil)
	limit := time.AfterFunc(reachTime, func() { cancel(errNoAnswer) })
	defer limit.Stop()
	l, err := r.d.open(ctx, w)
	if err != nil {
		return made, ended(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	nc := &heardConn{Conn: l, once: func() { r.events <- event[T]{kind: eventHeard, way: n} }}
	t := &turn[T]{race: r, way: n, limit: limit}
	kept := false
	defer func() { // also where the handshake panics
		if !kept {
			l.Close()
			cancel(errOtherWay) // the handshake may have left somebody behind who waits in known
			t.giveBack()
		}
	}()
	made, err = r.hand(ctx, nc, func() error { return t.take(ctx) })
	if err == nil {
		err = t.take(ctx) // the handshake succeeded, so the relay is known
	}
	if kept = stop() && err == nil; kept {
		return made, nil
	}
	if fault := nc.failure(); fault != nil {
		return made, fault
	}
	return made, ended(ctx, err)
}

// ended is why an attempt failed: where a limit closed the connection, that, and
// not what the handshake made of it.
func ended(ctx context.Context, err error) error {
	var last *final
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) || errors.As(err, &last) || errors.Is(err, ErrHostKey) {
		return err
	}
	return cause
}

// turn is an attempt's right to go on after known.
type turn[T any] struct {
	race  *race[T]
	way   int
	limit *time.Timer

	mu   sync.Mutex // held while it waits for the turn; no other lock is taken under it
	mine bool
	over bool // the attempt has failed
}

// take waits until no other attempt is past known. The time limit stands still
// meanwhile.
func (t *turn[T]) take(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
		return errOtherWay
	case t.mine:
		return nil
	}
	t.limit.Stop()
	select {
	case t.race.turn <- struct{}{}:
	case <-ctx.Done():
		return errOtherWay
	}
	t.mine = true
	t.limit.Reset(provedTime)
	t.race.events <- event[T]{kind: eventProved, way: t.way}
	return ctx.Err()
}

// giveBack lets the next attempt go on after this one has failed.
func (t *turn[T]) giveBack() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.mine {
		<-t.race.turn
	}
}

func (d *Dialer) logger() *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log
}

var _ net.Error = noAnswer{}
