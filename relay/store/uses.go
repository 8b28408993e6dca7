package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"supportd/library"
	"supportd/library/journal"
)

// countUse counts the end of a script, where the script is one of the library:
// in the transaction that stores the event, so that none counts twice.
func countUse(ctx context.Context, tx *sql.Tx, session string, exit journal.Event) error {
	ended := journal.Of[journal.ScriptExit](exit)
	if ended.Outcome == nil || ended.Outcome.Reason == journal.NotReached {
		return nil
	}
	step, err := stepOf(ctx, tx, session, ended.Step)
	if err != nil || step.SHA256 == "" {
		return err
	}
	script, err := scriptThatRan(ctx, tx, session, step)
	if err != nil || script == "" {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO script_uses (script, runs, last, ok) VALUES ($1, 1, $2, $3)
		ON CONFLICT (script) DO UPDATE SET runs = script_uses.runs + 1, last = excluded.last, ok = excluded.ok`,
		script, millis(exit.Time), bit(ended.Outcome.OK()))
	return err
}

// scriptThatRan finds the script of the library that a computer says it ran, in
// whatever version; "" where there is none. The computer may say anything, so only
// what the session's owner could have run is looked at: nobody else's private
// scripts can be counted up, or found out. Of several with the same files it is
// the one whose name the folder has, as supportctl brings it, or else the oldest.
func scriptThatRan(ctx context.Context, tx *sql.Tx, session string, step journal.Ran) (id string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT s.id, s.key, s.created FROM script_versions v JOIN scripts s ON s.id = v.script
		WHERE (v.parts = $2 OR v.parts = '' AND v.program = $3)
		AND (s.published = 1 AND v.published = 1 OR s.owner = (SELECT owner FROM sessions WHERE id = $1))
		ORDER BY s.created, s.id`, session, step.Package, step.SHA256)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	folder, _, _ := strings.Cut(step.Name, "/")
	for rows.Next() {
		var found, key string
		var created int64
		if err := rows.Scan(&found, &key, &created); err != nil {
			return "", err
		}
		if key == library.Key(folder) {
			return found, nil
		}
		if id == "" {
			id = found
		}
	}
	return id, rows.Err()
}

// stepOf is the script that ran as a step of a run, the zero one where the
// journal does not say.
func stepOf(ctx context.Context, tx *sql.Tx, session string, step journal.Step) (journal.Ran, error) {
	// A run's start is nearly always the last one: there is one at a time.
	var data string
	err := tx.QueryRowContext(ctx, `SELECT data FROM events WHERE session = $1 AND kind = $2 ORDER BY seq DESC LIMIT 1`,
		session, journal.KindRunStart).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Ran{}, nil
	}
	start := journal.Of[journal.RunStart](journal.Event{Data: []byte(data)})
	if err != nil || start.Run != step.Run || step.Step < 1 || step.Step > len(start.Scripts) {
		return journal.Ran{}, err
	}
	return start.Scripts[step.Step-1], nil
}
