package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"supportd/library/journal"
	"supportd/library/report"
	"supportd/library/wire"
	"supportd/relay/store"
)

// reportOf is the report of a session as the database has it.
func reportOf(ctx context.Context, st *store.Store, row store.Session) (report.Source, error) {
	src, _, err := reportWithin(ctx, st, row, math.MaxInt)
	return src, err
}

// reportWithin is reportOf with the limit of [headerOf].
func reportWithin(ctx context.Context, st *store.Store, row store.Session, most int) (_ report.Source, whole bool, _ error) {
	src := report.Source{
		Events:  func() iter.Seq2[journal.Event, error] { return st.Events(ctx, row.ID, 0) },
		Outline: func() iter.Seq2[journal.Event, error] { return st.Outline(ctx, row.ID) },
	}
	seal, err := st.Seal(ctx, row.ID)
	switch {
	case err == nil:
		src.Seal = &seal
	case errors.Is(err, wire.ErrPayload):
		return src, true, &report.Broken{Why: "the stored seal cannot be read", Err: err}
	case !errors.Is(err, store.ErrNotFound):
		return src, true, err
	}
	whole = true
	tombstone, err := st.Tombstone(ctx, row.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		src.Header, whole, err = headerOf(ctx, st, row, most)
	case err == nil:
		if json.Unmarshal([]byte(tombstone), &src.Header) != nil || src.Header.Pruned == nil {
			return src, true, &report.Broken{Why: "what is left of the deleted events cannot be read"}
		}
		src.Header.Note = row.Note
		// Events that an interrupted prune has left count as deleted.
		none := func() iter.Seq2[journal.Event, error] { return func(func(journal.Event, error) bool) {} }
		src.Events, src.Outline = none, none
	}
	return src, whole, err
}

// headerOf is the header of a session whose events are there. It reads at most so
// many of the events that say who was there, and reports whether those are all.
func headerOf(ctx context.Context, st *store.Store, row store.Session, most int) (_ report.Header, whole bool, _ error) {
	h := report.Header{
		Number: row.Number, ID: row.ID, State: string(row.State), Ticket: row.Ticket, Name: row.Name, Note: row.Note, Owner: row.Owner,
		Created: row.Created, Ended: row.Ended, EndedBy: row.EndedBy, Reason: row.Reason, Key: row.Identity,
	}
	last, err := st.LastEvent(ctx, row.ID)
	if err != nil {
		return h, false, err
	}
	whole = true
	for e, err := range st.Presence(ctx, row.ID) {
		if err != nil {
			return h, false, err
		}
		if most--; most < 0 {
			whole = false
			break
		}
		if e.Seq <= last.Seq { // more may have come meanwhile
			h.Observe(e)
		}
	}
	h.Finish(last)
	if last.Seq == 0 { // nothing has arrived, but this is known
		h.Customer, h.Host, h.OS, h.Joined = row.Customer, row.Host, row.OS, row.Joined
	}
	return h, whole, nil
}

// pruneBatch is how many sessions are looked for at a time.
const pruneBatch = 100

// Prune deletes the journals of support sessions that ended before a time, also
// beside a running relay. Of each it leaves the header of its report, the last
// event, which sums up the others, and the computer's seal: they prove the header.
// Open sessions are never touched. done is called for each session.
func Prune(ctx context.Context, st *store.Store, before, now time.Time, done func(wire.Number)) error {
	for noted := false; ; noted = true {
		rows, err := st.PrunableSessions(ctx, before, pruneBatch)
		if err != nil || len(rows) == 0 {
			return err
		}
		if !noted { // for the log of a relay that runs
			if err := st.Note(ctx, store.NotePruned, now); err != nil {
				return err
			}
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
	h, _, err := headerOf(ctx, st, row, math.MaxInt)
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
