package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"supportd/library"
	"supportd/library/journal"
)

// maxAlike is how many versions with the same files are looked at for the script
// that ran: more than people have, and little work.
const maxAlike = 100

// use is the end of a script of the library, which counts once.
type use struct {
	seq    uint64 // of the event
	script string
	at     time.Time
	ok     bool
}

// usesOf finds what events say about scripts of the library. That is done before
// the events are stored and not while others wait for the writer, and once for
// each script, however often it has ended.
func (s *Store) usesOf(ctx context.Context, session string, events []journal.Event) (uses []use, err error) {
	var run *journal.RunStart // the last one; there is one at a time
	found := map[journal.Ran]string{}
	for _, e := range events {
		if e.Kind == journal.KindRunStart {
			start := runOf(e)
			run = &start
		}
		ended := journal.ScriptExit{}
		if e.Kind == journal.KindScriptExit {
			ended = journal.Of[journal.ScriptExit](e)
		}
		if ended.Outcome == nil || ended.Outcome.Reason == journal.NotReached {
			continue
		}
		if run == nil {
			start, err := s.runBefore(ctx, session, events[0].Seq)
			if err != nil {
				return nil, err
			}
			run = &start
		}
		if run.Run != ended.Run || ended.Step.Step < 1 || ended.Step.Step > len(run.Scripts) {
			continue
		}
		step := run.Scripts[ended.Step.Step-1]
		script, known := found[step]
		if !known {
			if script, err = s.scriptThatRan(ctx, session, step); err != nil {
				return nil, err
			}
			found[step] = script
		}
		if script != "" {
			uses = append(uses, use{e.Seq, script, e.Time, ended.Outcome.OK()})
		}
	}
	return uses, nil
}

// runOf is the run that an event begins. One with more scripts than a customer can
// be shown is none: no honest computer has asked for it.
func runOf(e journal.Event) journal.RunStart {
	run := journal.Of[journal.RunStart](e)
	if len(run.Scripts) > library.MaxScripts {
		return journal.RunStart{}
	}
	return run
}

// runBefore is the last run that was begun before an event, the zero one where
// there is none.
func (s *Store) runBefore(ctx context.Context, session string, seq uint64) (journal.RunStart, error) {
	last, err := s.eventsWhere(ctx, s.reader, `WHERE session = $1 AND seq < $2 AND kind = 'run.start' ORDER BY seq DESC LIMIT 1`, session, int64(seq))
	if err != nil || len(last) == 0 {
		return journal.RunStart{}, err
	}
	return runOf(last[0]), nil
}

// scriptThatRan finds the script of the library that a computer says it ran, in
// whatever version; "" where there is none. The computer may say anything, so only
// what the session's owner could have run is looked at: nobody else's private
// scripts can be counted up, or found out. Of several with the same files it is
// the one whose name the folder has, as supportctl brings it, or else the oldest
// of [maxAlike] versions.
func (s *Store) scriptThatRan(ctx context.Context, session string, step journal.Ran) (id string, err error) {
	if step.SHA256 == "" {
		return "", nil
	}
	const (
		scripts = ` FROM scripts s JOIN `
		may     = ` (s.published = 1 AND v.published = 1 OR s.owner = (SELECT owner FROM sessions WHERE id = $1)) `
		alike   = `SELECT script, published FROM script_versions WHERE `
	)
	folder, _, _ := strings.Cut(step.Name, "/")
	id, err = s.text(ctx, `SELECT s.id`+scripts+`script_versions v ON v.script = s.id
		WHERE s.key = $4 AND (v.parts = $2 AND v.parts <> '' OR v.parts = '' AND v.program = $3) AND`+may+`LIMIT 1`,
		session, step.Package, step.SHA256, library.Key(folder))
	if err != nil || id != "" {
		return id, err
	}
	return s.text(ctx, `SELECT id FROM (
		SELECT s.id, s.created`+scripts+`(`+alike+`parts = $2 AND parts <> '' LIMIT $4) v ON v.script = s.id WHERE`+may+`UNION ALL
		SELECT s.id, s.created`+scripts+`(`+alike+`program = $3 AND parts = '' LIMIT $4) v ON v.script = s.id WHERE`+may+`
		) AS found ORDER BY created, id LIMIT 1`, session, step.Package, step.SHA256, maxAlike)
}

// text is a row's only column, "" where there is no row.
func (s *Store) text(ctx context.Context, query string, args ...any) (found string, err error) {
	err = s.reader.QueryRowContext(ctx, query, args...).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return found, s.explain(err)
}

// countUses counts what has ended, in the transaction that stores the events, so
// that none counts twice: those up to an event number were there already.
func countUses(ctx context.Context, tx *sql.Tx, uses []use, stored uint64) error {
	type sum struct {
		runs int
		last use
	}
	sums := map[string]sum{}
	for _, u := range uses {
		if u.seq > stored {
			sums[u.script] = sum{sums[u.script].runs + 1, u}
		}
	}
	for script, sum := range sums {
		_, err := tx.ExecContext(ctx, `INSERT INTO script_uses (script, runs, last, ok) VALUES ($1, $2, $3, $4)
			ON CONFLICT (script) DO UPDATE SET runs = script_uses.runs + excluded.runs, last = excluded.last, ok = excluded.ok`,
			script, sum.runs, millis(sum.last.at), bit(sum.last.ok))
		if err != nil {
			return err
		}
	}
	return nil
}

// maxNames bounds the names of scripts by which a session is found, and maxNameLength
// each of them in bytes: more than people run in one session.
const (
	maxNames      = 1000
	maxNameLength = 255
)

// saveNames keeps what scripts were run, so that sessions are found by them without
// reading their journals.
func saveNames(ctx context.Context, tx *sql.Tx, session string, events []journal.Event) error {
	var names []string
	for _, e := range events {
		if e.Kind != journal.KindRunStart {
			continue
		}
		for _, script := range runOf(e).Scripts {
			if name := strings.ToLower(script.Name); name != "" && len(name) <= maxNameLength {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return nil
	}
	var have int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM session_scripts WHERE session = $1`, session).Scan(&have); err != nil {
		return err
	}
	for _, name := range names[:min(len(names), max(maxNames-have, 0))] {
		_, err := tx.ExecContext(ctx, `INSERT INTO session_scripts (session, name) VALUES ($1, $2) ON CONFLICT (session, name) DO NOTHING`, session, name)
		if err != nil {
			return err
		}
	}
	return nil
}
