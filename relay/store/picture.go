package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"supportd/library/journal"
)

// pictureEvents is how many of the last events a picture is made of for a session whose
// journal an older program has begun.
const pictureEvents = 1000

// parsePicture reads a picture; what cannot be read is an empty one.
func parsePicture(s string) (p journal.Picture) {
	if s == "" || json.Unmarshal([]byte(s), &p) != nil {
		return journal.Picture{}
	}
	return p
}

// Seeing is the same store, whose [Store.AppendEvents] tells f the session's picture when it
// has changed, and is stored.
func (s *Store) Seeing(f func(journal.Picture)) *Store {
	own := *s
	own.seen = f
	return &own
}

// savePicture lets a session's picture see new events; nil is that they changed nothing.
func (s *Store) savePicture(ctx context.Context, tx *sql.Tx, session string, events []journal.Event) (*journal.Picture, error) {
	if !slices.ContainsFunc(events, func(e journal.Event) bool { return e.Kind != journal.KindScriptOutput }) {
		return nil, nil
	}
	var before string
	err := tx.StmtContext(ctx, s.prepared.picture).QueryRowContext(ctx, session).Scan(&before)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // a journal outlives its session
	}
	if err != nil {
		return nil, err
	}
	p, now, changed := parsePicture(before), time.Now(), false
	for _, e := range events {
		changed = p.See(e, now) || changed
	}
	if !changed {
		return nil, nil
	}
	return &p, s.writePicture(ctx, tx, session, p)
}

func (s *Store) writePicture(ctx context.Context, tx *sql.Tx, session string, p journal.Picture) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.StmtContext(ctx, s.prepared.setPicture).ExecContext(ctx, session, string(raw))
	return err
}

// CatchUpPictures makes the pictures of open sessions whose journals an older program has
// begun, of the last events there.
func (s *Store) CatchUpPictures(ctx context.Context) error {
	ids, err := query(ctx, s, s.lister, `SELECT id FROM sessions WHERE state <> 'ended' AND picture = '' AND EXISTS (SELECT 1 FROM events WHERE session = id)`, nil,
		func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return err
	}
	for _, id := range ids {
		last, err := s.eventsWhere(ctx, s.lister, `WHERE session = $1 `+noOutput+` ORDER BY seq DESC LIMIT $2`, id, pictureEvents)
		if err != nil {
			return err
		}
		var p journal.Picture
		for _, e := range slices.Backward(last) {
			p.See(e, e.Time)
		}
		err = s.write(ctx, journals, id, func(ctx context.Context, tx *sql.Tx) error { return s.writePicture(ctx, tx, id, p) })
		if err != nil {
			return err
		}
	}
	return nil
}
