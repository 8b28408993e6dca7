package store

import (
	"context"
	"database/sql"
)

// statements are what computers ask of the writer again and again, and what each login asks
// of the reader. They are prepared once: reading the text of one takes SQLite longer than
// doing what it says.
type statements struct {
	head, insert, setPicture, session, change *sql.Stmt

	revision *sql.Stmt // of the reader
}

const revisionQuery = `SELECT value FROM revisions WHERE name = 'accounts'`

// prepare is called when the schema is the newest. The database closes what it prepares.
func (s *Store) prepare(ctx context.Context) error {
	for _, one := range []struct {
		of    *sql.DB
		into  **sql.Stmt
		query string
	}{
		{s.writer, &s.prepared.head, s.headQuery()},
		{s.writer, &s.prepared.insert, insertQuery},
		{s.writer, &s.prepared.setPicture, `UPDATE sessions SET picture = $2 WHERE id = $1`},
		{s.writer, &s.prepared.session, `SELECT ` + allColumns + ` FROM sessions WHERE id = $1`},
		{s.writer, &s.prepared.change, changeQuery},
		{s.reader, &s.prepared.revision, revisionQuery},
	} {
		var err error
		if *one.into, err = one.of.PrepareContext(ctx, one.query); err != nil {
			return s.explain(err)
		}
	}
	return nil
}
