package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

const (
	// journalBlock is how much of a journal is committed at once: large enough for
	// speed, and for any line.
	journalBlock = 256 << 10
	// journalIdle is the size of the buffer of a journal in which nothing happens.
	journalIdle = 1 << 10
	// journalPause is how long the relay waits before it tries again to commit,
	// e.g. on a full disk; the computer waits meanwhile.
	journalPause = time.Second
	// journalBurst and journalRate are how much of its journal a computer may bring:
	// journalBurst at once, which is a million ordinary events or the output of long
	// scripts while the relay was down, and then journalRate for each second since its
	// session was opened. What is more has to wait, and the computer with it. So a
	// journal grows slowly to its limit, not at the speed of the relay's disk.
	journalBurst = 512 << 20
	journalRate  = 1 << 20
	// lateGrace is how long a computer may stay that was away when its session
	// ended, and brings the rest of its journal.
	lateGrace = time.Minute
)

// Why the relay takes no more of a journal.
var (
	errNoJournal = errors.New("this computer has no support session here")
	errDeleted   = errors.New("what happened in this support session was deleted here")
	errLater     = errors.New("the database cannot be read; try again later")
	errTwice     = errors.New("this connection hands over its journal already")
	errLongLine  = errors.New("a line is too long")
	errPastSeal  = errors.New("there is something behind the seal")
	errPanicked  = errors.New("internal error")
)

// handleJournal serves wire.JournalChannel. What goes wrong with a journal ends
// its channel, never the tunnel: the customer's computer has to stay reachable.
//
// Its goroutine waits as long as the channel is open, mostly in [intake.serve], so it must
// keep little on its stack. A computer that has nothing to say closes it.
func (r *Relay) handleJournal(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
	if in := r.takeJournal(ctx, c, nc); in != nil {
		in.serve(ctx)
	}
}

// takeJournal opens the channel of a computer that may bring a journal now; nil is one
// that may not.
func (r *Relay) takeJournal(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) *intake {
	t := computer(c)
	if t == nil {
		c.Reject(nc, ssh.Prohibited, errNoJournal.Error())
		return nil
	}
	row, err := r.journalOf(ctx, t)
	switch {
	case errors.Is(err, errNoJournal), errors.Is(err, errDeleted):
		c.Reject(nc, ssh.Prohibited, err.Error())
		return nil
	case err != nil:
		r.log.Error("cannot find out whose journal this is", "err", err)
		c.Reject(nc, ssh.ResourceShortage, errLater.Error())
		return nil
	}
	if !t.journal.CompareAndSwap(false, true) {
		c.Reject(nc, ssh.ResourceShortage, errTwice.Error())
		return nil
	}
	ch, requests, err := nc.Accept()
	if err != nil {
		t.journal.Store(false)
		return nil
	}
	in := &intake{relay: r, tunnel: t, row: row, ch: ch, blocks: blocks{src: ch, pool: &r.journals}}
	in.draining.Go(func() { ssh.DiscardRequests(requests) }) // until the channel is closed
	in.stop = context.AfterFunc(ctx, func() { ch.Close() })
	return in
}

// serve takes the journal in, until it ends or ctx is done.
func (in *intake) serve(ctx context.Context) {
	defer in.close()
	in.tell(ctx, in.run(ctx))
}

// tell says in the log why a journal was refused.
func (in *intake) tell(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		in.relay.log.Warn("a journal was refused", "session", in.row.ID, "err", err)
	}
}

// close ends the channel. A computer that hears of that may bring its journal again.
func (in *intake) close() {
	in.stop()
	in.tunnel.journal.Store(false)
	in.ch.Close()
	in.draining.Wait()
}

// journalOf finds the session whose journal a computer may bring: the one that
// it has joined, or the one that ended while it was away.
func (r *Relay) journalOf(ctx context.Context, t *tunnel) (*store.Session, error) {
	if s := t.session.Load(); s != nil {
		return s.row.Load(), nil
	}
	row, err := r.data.Store.SessionByIdentity(ctx, t.identity())
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && row.State != api.Ended:
		return nil, errNoJournal
	case err != nil:
		return nil, err
	}
	switch _, err := r.data.Store.Tombstone(ctx, row.ID); {
	case err == nil:
		return nil, errDeleted
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	// Once: who opens the channel again and again must not keep the place for ever.
	if !t.late.Swap(true) {
		t.grace.Reset(lateGrace)
	}
	return &row, nil
}

// intake takes one journal. It has the row where it is: a journal's goroutine waits as
// long as the channel is open, and a copy of the row would make its stack large.
type intake struct {
	relay    *Relay
	tunnel   *tunnel
	row      *store.Session // does not change
	ch       ssh.Channel
	draining sync.WaitGroup // of its requests
	stop     func() bool    // ends the wait for the end of the context
	blocks   blocks
	sealed   bool
	weight   int64 // of what the relay has
}

// run says how much the relay has, and then takes what follows. What it has
// acknowledged is in the database.
func (in *intake) run(ctx context.Context) error {
	defer in.blocks.release()
	var seq uint64
	// A computer hands its journal over once over one connection, which may last for days:
	// what is refused because the database is away would not be brought again when it is back.
	err := in.relay.apart(func() error {
		return in.commit(ctx, func() error {
			var err error
			seq, in.weight, err = in.relay.data.Store.JournalEnd(ctx, in.row.ID)
			return err
		})
	})
	for err == nil {
		answer := fmt.Sprintf("%d\n", seq)
		if in.sealed {
			answer += wire.JournalSealed + "\n"
		}
		if _, err := io.WriteString(in.ch, answer); err != nil {
			return nil // the computer has gone
		}
		if err := in.pace(ctx, in.relay.now()); err != nil {
			return err
		}
		var block []byte
		if block, err = in.blocks.next(); err != nil {
			return ignoreEOF(err)
		}
		err = in.relay.apart(func() (err error) {
			seq, err = in.take(ctx, block, seq)
			return err
		})
	}
	return err
}

// pace waits until this journal may grow further. It counts the whole journal, so
// a computer gains nothing by connecting again. now is by the clock that Created is of, the
// database's: ours may be slow.
func (in *intake) pace(ctx context.Context, now time.Time) error {
	due := in.row.Created.Add(time.Duration(max(in.weight-journalBurst, 0)) * (time.Second / journalRate))
	wait := due.Sub(now)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// apart runs f in a goroutine of its own, and waits for it. The database needs a
// large stack, which ends with that goroutine; otherwise each of thousands of idle
// journals would keep one.
func (r *Relay) apart(f func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errPanicked
		defer func() { done <- err }()
		defer panics.Keep(r.log, "a journal's database", nil)
		err = f()
	}()
	return <-done
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// take commits whole lines, and returns up to which event the relay has them.
func (in *intake) take(ctx context.Context, block []byte, seq uint64) (uint64, error) {
	events, seal, err := in.parse(block)
	if err != nil {
		return 0, err
	}
	if len(events) > 0 {
		defer in.relay.observe(WorkJournal, time.Now())
		err := in.commit(ctx, func() error {
			return in.relay.storeFor(in.row.Owner, in.tunnel).Seeing(in.see).AppendEvents(ctx, in.row.ID, events)
		})
		if err != nil {
			return 0, err
		}
		for _, e := range events {
			if e.Seq > seq {
				seq = e.Seq
				in.weight += e.Weight()
			}
		}
	}
	if seal != nil {
		in.sealed = true
		return seq, in.commit(ctx, func() error { return in.relay.storeFor(in.row.Owner, in.tunnel).SetSeal(ctx, in.row.ID, *seal) })
	}
	return seq, nil
}

// see makes known what the journal says of the present.
func (in *intake) see(p journal.Picture) {
	if s := in.relay.find(in.row.Number); s != nil && s.row.Load().ID == in.row.ID {
		s.setPicture(p)
	}
}

func (in *intake) parse(block []byte) (events []journal.Event, seal *journal.Seal, err error) {
	for line := range bytes.Lines(block) {
		switch {
		case len(line) > journal.MaxLine:
			return nil, nil, errLongLine
		case in.sealed || seal != nil:
			return nil, nil, errPastSeal
		case journal.IsSealLine(line):
			s, err := journal.ParseSeal(line)
			if err != nil {
				return nil, nil, err
			}
			// The key is the one that this computer has logged in with.
			if s.Key != in.row.Identity || s.Number != string(in.row.Number) {
				return nil, nil, fmt.Errorf("%w: it is of another session", journal.ErrSeal)
			}
			seal = &s
		default:
			e, err := journal.ParseEvent(line)
			if err != nil {
				return nil, nil, err
			}
			if !e.Harmless() {
				return nil, nil, fmt.Errorf("%w: event %d has control or invisible characters as they are", wire.ErrPayload, e.Seq)
			}
			events = append(events, e)
		}
	}
	return events, seal, nil
}

// passes reports whether an error of the database may be over some time later, e.g. when a
// full disk has room again, or another server has taken over.
func passes(err error) bool {
	for _, kind := range []error{store.ErrFull, store.ErrBusy, store.ErrDisk, store.ErrAway, store.ErrReadOnly, store.ErrServed, store.ErrDenied} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// commit tries until what is asked of the database succeeds, or can never succeed.
func (in *intake) commit(ctx context.Context, write func() error) error {
	for logged := false; ; logged = true {
		err := write()
		if !passes(err) {
			return err
		}
		if !logged {
			in.relay.log.Error("a journal cannot be stored; its computer waits", "session", in.row.ID, "err", err)
		}
		for wait := true; wait; wait = in.relay.away.Load() { // thousands would try in vain
			select {
			case <-time.After(journalPause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// blocks reads whole lines, as many as have arrived. Most journals are idle most of
// the time, and then hold only a small buffer.
type blocks struct {
	src  io.Reader
	pool *sync.Pool // of *[journalBlock]byte

	idle       [journalIdle]byte
	buf        *[journalBlock]byte
	have, done int // bytes in buf; and those that next has returned
}

// next returns the next lines; they are valid until the following call.
func (b *blocks) next() ([]byte, error) {
	if b.buf != nil {
		b.have = copy(b.buf[:], b.buf[b.done:b.have])
		b.done = 0
		if b.have == 0 {
			b.release()
		}
	}
	for {
		n, err := b.read()
		if i := bytes.LastIndexByte(b.buf[b.have:b.have+n], '\n'); i >= 0 {
			b.done = b.have + i + 1
			b.have += n
			return b.buf[:b.done], nil
		}
		if b.have += n; b.have > journal.MaxLine {
			return nil, errLongLine
		}
		if err != nil {
			return nil, err
		}
	}
}

// read appends to buf, which is there afterwards.
func (b *blocks) read() (int, error) {
	if b.buf != nil {
		return b.src.Read(b.buf[b.have:])
	}
	n, err := b.src.Read(b.idle[:])
	b.buf = b.pool.Get().(*[journalBlock]byte)
	return copy(b.buf[:], b.idle[:n]), err
}

func (b *blocks) release() {
	if b.buf != nil {
		b.pool.Put(b.buf)
		b.buf = nil
	}
	b.have, b.done = 0, 0
}
