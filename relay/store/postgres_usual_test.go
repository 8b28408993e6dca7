package store

import (
	"testing"
)

// A statement that was prepared is asked anew when another program has changed the table.
func TestM10_PreparedStatementsFollowTheTables(t *testing.T) {
	onServer(t)
	s, ctx := open(t, file(t)), t.Context()
	if err := s.AddSession(ctx, new(session("s"))); err != nil {
		t.Fatal(err)
	}
	s.reader.SetMaxOpenConns(1) // the connection that has prepared it
	ask := func() (note any, err error) {
		err = s.reader.QueryRowContext(ctx, `SELECT note FROM sessions WHERE id = $1`, "s").Scan(&note)
		return note, err
	}
	for range 3 {
		if _, err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	set(t, s, `ALTER TABLE sessions ALTER COLUMN note DROP DEFAULT, ALTER COLUMN note TYPE bytea USING convert_to(note, 'UTF8')`)
	for range 3 {
		if _, err := ask(); err != nil {
			t.Error(err)
		}
	}
}
