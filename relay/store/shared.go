package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync/atomic"

	"supportd/library/journal"
	"supportd/relay/store/postgres"
)

// changeWeight is that of a change of a session, which is small.
const changeWeight = 1 << 10

// maxShared is how much may be written in one transaction for several sessions, by the
// weight of its events: about what one session brings at most at once. So nobody waits
// longer for the writer because others share it.
const maxShared = 256 << 10

// mostAtOnce is how many changes are sent together: with names of usual lengths few enough
// for one system call, which sends at most 16 kB through TLS. A relay that is stopped has then
// sent all of it or nothing, and a server that waits for the rest would let nobody else write.
const mostAtOnce = 16

// work is what somebody wants to write, and others may write for them. Each commit waits
// for the disk; many small ones together wait once.
type work struct {
	ctx    context.Context // of whoever waits for it
	weight int64
	do     func(context.Context, *sql.Tx) error
	done   chan error // has room for the answer

	// change is the same work in one statement, the values of [changeQuery], or nil: changed is
	// told the number of the change. Where that changes nothing, do is called; and also where
	// it is unsure whether it did, because the answer did not come.
	change  []any
	changed func(number int64)
	unsure  bool
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
	return s.writeWork(in, party, &work{ctx: ctx, weight: weight, do: f, done: make(chan error, 1)})
}

func (s *Store) writeWork(in lane, party string, own *work) error {
	if s.party != "" {
		party = s.party
	}
	patient, cancel := context.WithTimeoutCause(own.ctx, s.patience, ErrBusy)
	defer cancel()
	shared, err := s.turns.takeOrShare(patient, in, party, own)
	switch {
	case shared:
	case err != nil:
		return s.gaveUp(own.ctx, err)
	default:
		s.doTogether(append([]*work{own}, s.turns.share(in, maxShared-own.weight)...))
		err = <-own.done
	}
	if errors.Is(err, errAlone) {
		return s.write(own.ctx, in, party, own.do)
	}
	return err
}

// doTogether does everything, tells each how it went, and gives the writer back.
func (s *Store) doTogether(all []*work) {
	answers := make(map[*work]error, len(all))
	for _, w := range all {
		answers[w] = errAlone
	}
	defer func() { // after a panic too
		s.turns.give()
		for _, w := range all {
			w.done <- answers[w]
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
	ctx, stop := context.WithTimeoutCause(ctx, s.patience+workLimit, ErrBusy)
	defer stop()
	rest := s.changeAtOnce(ctx, all, answers)
	if len(rest) == 0 {
		return
	}
	verdicts := make([]error, len(rest))
	err := s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for i, w := range rest {
			if verdicts[i] = w.do(ctx, tx); verdicts[i] != nil && !isVerdict(verdicts[i]) {
				return verdicts[i]
			}
		}
		return nil
	})
	switch {
	case err == nil:
		for i, w := range rest {
			answers[w] = verdicts[i]
		}
	case len(rest) == 1:
		answers[rest[0]] = err
	}
}

// changeAtOnce does what can be done in one statement each, where the database is a server:
// with one answer of it for all together. It says which are done, and returns the others.
func (s *Store) changeAtOnce(ctx context.Context, all []*work, answers map[*work]error) (rest []*work) {
	var able []*work
	var values [][]any
	for _, w := range all {
		if w.change != nil {
			able, values = append(able, w), append(values, w.change)
		}
	}
	if s.pg == nil || len(able) == 0 {
		return all
	}
	for len(able) > 0 {
		n := min(len(able), mostAtOnce)
		numbers, err := s.atOnce(ctx, changeQuery, values[:n])
		if err = s.explain(err); errors.Is(err, ErrBusy) { // with somebody else, for as long as we wait
			for _, w := range all {
				if answers[w] != nil {
					answers[w] = err
				}
			}
			return nil
		}
		for i, w := range able[:n] {
			switch {
			case err != nil: // the other way tells what is wrong, or does it on another connection
				w.unsure = true
			case len(numbers[i]) == 1:
				w.changed(numbers[i][0].(int64))
				answers[w] = nil
			}
		}
		able, values = able[n:], values[n:]
	}
	for _, w := range all {
		if answers[w] != nil {
			rest = append(rest, w)
		}
	}
	return rest
}

// atOnce is [postgres.Conn.AtOnce] on the connection that writes.
func (s *Store) atOnce(ctx context.Context, query string, values [][]any) (rows [][]driver.Value, err error) {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		rows, err = c.(*postgres.Conn).AtOnce(ctx, query, values)
		return err
	})
	return rows, err
}
