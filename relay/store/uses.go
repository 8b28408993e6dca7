package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"supportd/library"
	"supportd/library/journal"
)

// ran is a script as the journal tells of it.
type ran struct {
	Name    string `json:"name"`    // the executable's, below the folder that it was brought in
	SHA256  string `json:"sha256"`  // of the executable
	Package string `json:"package"` // see [consent.Program.Sum]
}

// countUse counts the end of a script, where the script is one of the library:
// in the transaction that stores the event, so that none counts twice.
func countUse(ctx context.Context, tx *sql.Tx, session string, exit journal.Event) error {
	var ended struct {
		Run     string `json:"run"`
		Step    int    `json:"step"`
		Outcome struct {
			Reason string `json:"reason"`
			Code   int    `json:"code"`
		} `json:"outcome"`
	}
	if json.Unmarshal(exit.Data, &ended) != nil || ended.Outcome.Reason == "not-run" {
		return nil
	}
	step, err := stepOf(ctx, tx, session, ended.Run, ended.Step)
	if err != nil || step.SHA256 == "" {
		return err
	}
	script, err := scriptThatRan(ctx, tx, session, step)
	if err != nil || script == "" {
		return err
	}
	ok := ended.Outcome.Reason == "exit" && ended.Outcome.Code == 0
	_, err = tx.ExecContext(ctx, `INSERT INTO script_uses (script, runs, last, ok) VALUES ($1, 1, $2, $3)
		ON CONFLICT (script) DO UPDATE SET runs = script_uses.runs + 1, last = excluded.last, ok = excluded.ok`,
		script, millis(exit.Time), bit(ok))
	return err
}

// scriptThatRan finds the script of the library that a computer says it ran, in
// whatever version; "" where there is none. The computer may say anything, so only
// what the session's owner could have run is looked at: nobody else's private
// scripts can be counted up, or found out. Of several with the same files it is
// the one whose name the folder has, as supportctl brings it, or else the oldest.
func scriptThatRan(ctx context.Context, tx *sql.Tx, session string, step ran) (id string, err error) {
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
func stepOf(ctx context.Context, tx *sql.Tx, session, run string, step int) (ran, error) {
	// A run's start is nearly always the last one: there is one at a time.
	var data string
	err := tx.QueryRowContext(ctx, `SELECT data FROM events WHERE session = $1 AND kind = 'run.start' ORDER BY seq DESC LIMIT 1`, session).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return ran{}, nil
	}
	var start struct {
		Run     string `json:"run"`
		Scripts []ran  `json:"scripts"`
	}
	if err != nil || json.Unmarshal([]byte(data), &start) != nil || start.Run != run || step < 1 || step > len(start.Scripts) {
		return ran{}, err
	}
	return start.Scripts[step-1], nil
}
