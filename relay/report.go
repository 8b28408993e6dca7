package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/wire"
	"supportd/relay/store"
)

// reportOf is the report of a session as the database has it.
func reportOf(ctx context.Context, st *store.Store, row store.Session) (report.Source, error) {
	src := report.Source{
		Events:  func() iter.Seq2[journal.Event, error] { return st.Events(ctx, row.ID, 0) },
		Outline: func() iter.Seq2[journal.Event, error] { return st.Outline(ctx, row.ID) },
	}
	seal, err := st.Seal(ctx, row.ID)
	switch {
	case err == nil:
		src.Seal = &seal
	case errors.Is(err, wire.ErrPayload):
		return src, &report.Broken{Why: "the seal that is stored is none", Err: err}
	case !errors.Is(err, store.ErrNotFound):
		return src, err
	}
	tombstone, err := st.Tombstone(ctx, row.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		src.Header, err = headerOf(ctx, st, row)
	case err == nil:
		if json.Unmarshal([]byte(tombstone), &src.Header) != nil || src.Header.Pruned == nil {
			return src, &report.Broken{Why: "what is left of the deleted events cannot be read"}
		}
		src.Header.Note = row.Note
		// What an interrupted prune has left counts as deleted.
		none := func() iter.Seq2[journal.Event, error] { return func(func(journal.Event, error) bool) {} }
		src.Events, src.Outline = none, none
	}
	return src, err
}

// headerOf is the header of a session whose events are there.
func headerOf(ctx context.Context, st *store.Store, row store.Session) (report.Header, error) {
	h := report.Header{
		Number: row.Number, ID: row.ID, State: string(row.State), Ticket: row.Ticket, Note: row.Note, Owner: row.Owner,
		Created: row.Created, Ended: row.Ended, EndedBy: row.EndedBy, Reason: row.Reason, Key: row.Identity,
	}
	last, err := st.LastEvent(ctx, row.ID)
	if err != nil {
		return h, err
	}
	for e, err := range st.Presence(ctx, row.ID) {
		if err != nil {
			return h, err
		}
		if e.Seq <= last.Seq { // more may have come meanwhile
			h.Observe(e)
		}
	}
	h.Finish(last)
	if last.Seq == 0 { // nothing has arrived, but this is known
		h.Customer, h.Host, h.OS, h.Joined = row.Customer, row.Host, row.OS, row.Joined
	}
	return h, nil
}

// pruneBatch is how many sessions are looked for at a time.
const pruneBatch = 100

// Prune deletes the journals of support sessions that ended before a time, also
// beside a running relay. Of each it leaves the header of its report, the last
// event, which tells in short what the others did, and the computer's seal: they
// prove the header. Open
// sessions are never touched. done is told of each session.
func Prune(ctx context.Context, st *store.Store, before, now time.Time, done func(wire.Number)) error {
	for {
		rows, err := st.PrunableSessions(ctx, before, pruneBatch)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			if err := pruneOne(ctx, st, row, now); err != nil {
				return fmt.Errorf("session %s: %w", row.Number.Spoken(), err)
			}
			done(row.Number)
		}
	}
}

// pruneOne leaves a session's tombstone in the place of its events.
func pruneOne(ctx context.Context, st *store.Store, row store.Session, now time.Time) error {
	h, err := headerOf(ctx, st, row)
	if err != nil {
		return err
	}
	last, err := st.LastEvent(ctx, row.ID)
	if err != nil {
		return err
	}
	_, err = st.Seal(ctx, row.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, wire.ErrPayload) {
		return err
	}
	text, err := json.Marshal(h.Bury(now, last, err == nil))
	if err != nil {
		return err
	}
	return st.Prune(ctx, row.ID, string(text))
}
