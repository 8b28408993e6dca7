package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"sync"
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

// savePicture lets a session's picture, as it is stored, see new events; nil is that they
// changed nothing, or that the session is gone.
func (s *Store) savePicture(ctx context.Context, tx *sql.Tx, session string, before sql.NullString, events []journal.Event) (*journal.Picture, error) {
	news := func(e journal.Event) bool { return e.Kind != journal.KindScriptOutput }
	if !before.Valid || !slices.ContainsFunc(events, news) {
		return nil, nil
	}
	p, now, changed := s.pictures.parse(before.String), time.Now(), false
	for _, e := range events {
		changed = p.See(e, now) || changed
	}
	if !changed {
		return nil, nil
	}
	after, err := s.writePicture(ctx, tx, session, p)
	if err == nil {
		s.pictures.replace(before.String, after, p)
	}
	return &p, err
}

// writePicture stores a picture, and returns it as it is stored.
func (s *Store) writePicture(ctx context.Context, tx *sql.Tx, session string, p journal.Picture) (string, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	_, err = tx.StmtContext(ctx, s.prepared.setPicture).ExecContext(ctx, session, string(raw))
	return string(raw), err
}

// maxParsed bounds how many pictures are kept as they were parsed.
const maxParsed = 256

// parsedPictures are the pictures that were stored last, by how they are stored. To parse
// one takes longer than to store an event, and who sends many events brings the same again.
// Whatever is stored meanwhile, a text means the same. It is safe for concurrent use.
type parsedPictures struct {
	mu sync.Mutex
	by map[string]journal.Picture // their maps and slices are never changed: see [journal.Picture.See]
}

func (k *parsedPictures) parse(stored string) journal.Picture {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p, known := k.by[stored]; known {
		return p
	}
	return parsePicture(stored)
}

// replace keeps a picture instead of the one before it.
func (k *parsedPictures) replace(before, after string, p journal.Picture) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.by, before)
	if k.by == nil || len(k.by) >= maxParsed {
		k.by = map[string]journal.Picture{}
	}
	k.by[after] = p
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
		err = s.write(ctx, journals, id, func(ctx context.Context, tx *sql.Tx) error {
			_, err := s.writePicture(ctx, tx, id, p)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
