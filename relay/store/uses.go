package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"supportd/relay/wire"
)

// countUse counts the end of a script, where the script is one of the library:
// in the transaction that stores the event, so that none counts twice.
func countUse(ctx context.Context, tx *sql.Tx, session string, exit wire.Event) error {
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
	program, err := programOfStep(ctx, tx, session, ended.Run, ended.Step)
	if err != nil || program == "" {
		return err
	}
	ok := ended.Outcome.Reason == "exit" && ended.Outcome.Code == 0
	_, err = tx.ExecContext(ctx, `INSERT INTO program_uses (program, runs, last, ok)
		SELECT $1, 1, $2, $3 WHERE EXISTS (SELECT 1 FROM script_versions WHERE program = $1)
		ON CONFLICT (program) DO UPDATE SET runs = program_uses.runs + 1, last = excluded.last, ok = excluded.ok`,
		program, millis(exit.Time), bit(ok))
	return err
}

// programOfStep is the SHA-256 of the executable that ran as a step of a run, ""
// where the journal does not say.
func programOfStep(ctx context.Context, tx *sql.Tx, session, run string, step int) (string, error) {
	// A run's start is nearly always the last one: there is one at a time.
	var data string
	err := tx.QueryRowContext(ctx, `SELECT data FROM events WHERE session = $1 AND kind = 'run.start' ORDER BY seq DESC LIMIT 1`, session).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	var start struct {
		Run     string `json:"run"`
		Scripts []struct {
			SHA256 string `json:"sha256"`
		} `json:"scripts"`
	}
	if err != nil || json.Unmarshal([]byte(data), &start) != nil || start.Run != run || step < 1 || step > len(start.Scripts) {
		return "", err
	}
	return start.Scripts[step-1].SHA256, nil
}
