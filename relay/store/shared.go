package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"

	"supportd/library/journal"
)

// changeWeight is that of a change of a session, which is small.
const changeWeight = 1 << 10

// maxShared is how much may be written in one transaction for several sessions, by the
// weight of its events: about what one session brings at most at once. So nobody waits
// longer for the writer because others share it.
const maxShared = 256 << 10

// work is what somebody wants to write, and others may write for them. Each commit waits
// for the disk; many small ones together wait once.
type work struct {
	ctx    context.Context // of whoever waits for it
	weight int64
	do     func(context.Context, *sql.Tx) error
	done   chan error // has room for the answer
}

// errAlone answers work that was undone because something went wrong with what it was
// shared with, or with the database. Whoever wanted it tries again by themselves.
var errAlone = errors.New("it has to be written alone")

// isVerdict reports whether an error is about the work alone. Whoever returns one from
// a work's do has written nothing there.
func isVerdict(err error) bool {
	for _, verdict := range []error{ErrNotFound, ErrState, ErrTaken, ErrJoined, ErrLimit, journal.ErrChain, journal.ErrSeal} {
		if errors.Is(err, verdict) {
			return true
		}
	}
	return false
}

// writeShared is write for what may be committed together with the work of others in
// the same lane. f may be called twice. Where its error is one that isVerdict knows, it
// must not have written anything.
func (s *Store) writeShared(ctx context.Context, in lane, party string, weight int64, f func(context.Context, *sql.Tx) error) error {
	if s.party != "" {
		party = s.party
	}
	own := &work{ctx: ctx, weight: weight, do: f, done: make(chan error, 1)}
	patient, cancel := context.WithTimeoutCause(ctx, s.patience, ErrBusy)
	defer cancel()
	shared, err := s.turns.takeOrShare(patient, in, party, own)
	switch {
	case shared:
	case err != nil:
		return s.gaveUp(ctx, err)
	default:
		s.doTogether(append([]*work{own}, s.turns.share(in, maxShared-weight)...))
		err = <-own.done
	}
	if errors.Is(err, errAlone) {
		return s.write(ctx, in, party, f)
	}
	return err
}

// doTogether does everything in one transaction, tells each how it went, and gives the
// writer back.
func (s *Store) doTogether(all []*work) {
	answers := make([]error, len(all))
	for i := range all {
		answers[i] = errAlone
	}
	defer func() { // after a panic too
		s.turns.give()
		for i, w := range all {
			w.done <- answers[i]
		}
	}()
	// It goes on as long as anybody waits for it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(all[0].ctx))
	defer cancel()
	var left atomic.Int32
	left.Store(int32(len(all)))
	for _, w := range all {
		defer context.AfterFunc(w.ctx, func() {
			if left.Add(-1) == 0 {
				cancel()
			}
		})()
	}
	verdicts := make([]error, len(all))
	err := s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for i, w := range all {
			if verdicts[i] = w.do(ctx, tx); verdicts[i] != nil && !isVerdict(verdicts[i]) {
				return verdicts[i]
			}
		}
		return nil
	})
	switch {
	case err == nil:
		answers = verdicts
	case len(all) == 1:
		answers[0] = err
	}
}
