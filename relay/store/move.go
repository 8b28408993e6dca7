package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"supportd/library/text"
)

// Errors of a relay that is moved from one database into another one.
var (
	ErrUnfinished = errors.New("a migration into this database is not finished")
	ErrMoved      = errors.New("the relay was migrated from here into another database")
	ErrNotEmpty   = errors.New("the database holds something already")
	ErrDiffers    = errors.New("the two databases are not the same")
)

// Move brings everything that a relay has stored from one database into another one, from
// a file of SQLite to PostgreSQL or back. While it is open nobody else writes to either of
// them. It may be interrupted at any moment and begun anew, and goes on then:
//
//   - Before anything else, the target gets a mark, with which nobody opens it.
//   - [Move.Leave] gives the source such a mark, and then takes away that of the target. So
//     at no moment both can be served, and what was changed in the source meanwhile is
//     taken over by the next [Move.Copy].
//
// Only one goroutine may use it.
type Move struct {
	// Left says that the source has its mark from an earlier time: it does not change.
	Left bool
	// Whole says that the target has everything, and that there is nothing to copy.
	Whole bool

	from, to *end
	library  string       // by which the target is known again: see nameLibrary
	tables   []movedTable // those that others refer to first
}

// end is one of the two databases.
type end struct {
	store *Store
	conn  *sql.Conn // that alone is used; it holds the locks
}

// Progress says how far a [Move] is.
type Progress struct {
	Checking bool // else it copies
	Table    string
	Rows     int64 // of it that are done
	Of       int64 // the rows that it has; 0 is unknown
}

// OpenMove opens the two databases: one is the path of a file, the other one the address
// of a PostgreSQL database. The source is brought up to date. The target has to be new, or
// to hold what an earlier Move of this relay has left there; else it is [ErrNotEmpty]. It is
// [ErrServed] where a relay serves one of them, and [ErrBusy] while somebody else uses the
// source. The caller has to call [Move.Close].
func OpenMove(ctx context.Context, from, to string) (*Move, error) {
	if IsPostgres(from) == IsPostgres(to) {
		return nil, errors.New("store: one database is a file, the other one PostgreSQL")
	}
	return openMove(ctx, driverName, from, to, DefaultPatience)
}

// openMove is OpenMove with any driver that speaks to SQLite, any patience, and between any
// two databases: from a file to a file, almost all of it can be tested without a server.
func openMove(ctx context.Context, driver, from, to string, patience time.Duration) (_ *Move, err error) {
	m := &Move{tables: movedTables()}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	if m.from, err = openEnd(ctx, driver, from, patience); err != nil {
		return nil, err
	}
	if err := m.openSource(ctx); err != nil {
		return nil, err
	}
	if m.to, err = openEnd(ctx, driver, to, patience); err != nil {
		return nil, err
	}
	return m, m.openTarget(ctx)
}

// openEnd opens a database for nobody else.
func openEnd(ctx context.Context, driver, place string, patience time.Duration) (*end, error) {
	s := newStore(place, patience)
	if IsPostgres(place) {
		if err := s.connectPostgres(place); err != nil {
			return nil, err
		}
	} else {
		if err := prepareFile(place); err != nil {
			return nil, err
		}
		// With this lock other programs cannot even read: who has opened the file waits, and
		// would write to one that has been left.
		alone, err := s.connect(driver, s.patience, "immediate", 1, "locking_mode(EXCLUSIVE)")
		if err != nil {
			return nil, err
		}
		s.writer, s.reader, s.lister = alone, alone, alone
	}
	e := &end{store: s}
	if err := s.Serve(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	if s.pg == nil { // it takes the lock
		if err := s.transact(ctx, func(context.Context, *sql.Tx) error { return nil }); err != nil {
			return nil, errors.Join(err, e.close())
		}
	}
	return e, nil
}

func (e *end) close() error {
	var err error
	if e.conn != nil {
		err = e.conn.Close()
	}
	return errors.Join(err, e.store.Close())
}

// take takes the connection that is used from now on.
func (e *end) take(ctx context.Context) (err error) {
	e.conn, err = e.store.writer.Conn(ctx)
	return e.store.explain(err)
}

// transact runs f in a transaction.
func (e *end) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := e.conn.BeginTx(ctx, nil)
	if err != nil {
		return e.store.explain(err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return e.store.explain(err)
	}
	return e.store.explain(tx.Commit())
}

func (m *Move) openSource(ctx context.Context) error {
	s := m.from.store
	if err := s.holdsTables(ctx); err != nil {
		return err
	}
	mark, err := s.readMark(ctx)
	if err != nil {
		return err
	}
	if mark.state == filling {
		return mark.refusal(s)
	}
	m.Left = mark.state == left
	steps := []func(context.Context) error{s.migrate, s.nameLibrary}
	if !m.Left { // else it takes no writes
		steps = append(steps, s.Check)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	m.library = s.library
	if err := m.from.take(ctx); err != nil || s.pg == nil {
		return err
	}
	// Other programs that have it open read. What they write waits, and is refused then.
	_, err = m.from.conn.ExecContext(ctx, `SELECT pg_advisory_lock($1, hashtext(current_schema()))`, lockWriter)
	return s.explain(err)
}

// openTarget finds out whether the target may be used, and marks it.
func (m *Move) openTarget(ctx context.Context) error {
	s := m.to.store
	mark, err := s.readMark(ctx)
	if err != nil {
		return err
	}
	switch {
	case mark.state == filling && mark.library == m.library:
	case mark.state == left && mark.library == m.library && !m.Left: // it was moved from there once
	case mark.state != unmarked && mark.library != m.library:
		return fmt.Errorf("%s: %w: by another relay, %s", s.path, ErrNotEmpty, mark.other())
	case mark.state != unmarked:
		return mark.refusal(s)
	default:
		if m.Whole, err = m.holdsAll(ctx); err != nil || m.Whole {
			return err
		}
		if m.Left {
			return fmt.Errorf("%s: %w", m.from.store.path, ErrMoved)
		}
	}
	err = s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return s.setMark(ctx, tx, migrationMark{filling, m.library, m.from.store.path, time.Now()})
	})
	if err == nil {
		err = s.migrate(ctx)
	}
	if err == nil {
		err = m.to.take(ctx)
	}
	return err
}

// holdsAll reports whether a target without a mark is the one that the source was moved
// into. One with anything else in it is [ErrNotEmpty].
func (m *Move) holdsAll(ctx context.Context) (bool, error) {
	s := m.to.store
	var found string
	for _, t := range append(m.tables, movedTable{name: "goose_db_version"}) {
		there, err := s.hasTable(ctx, t.name)
		if err != nil {
			return false, err
		}
		if there {
			found = t.name
			break
		}
	}
	if found == "" {
		return false, nil
	}
	if there, err := s.hasTable(ctx, "library"); err != nil || !there || !m.Left {
		return false, errors.Join(err, fmt.Errorf("%s: %w: a table %s", s.path, ErrNotEmpty, found))
	}
	var library string
	err := s.reader.QueryRowContext(ctx, `SELECT id FROM library WHERE one = 1`).Scan(&library)
	if err != nil || library != m.library {
		return false, errors.Join(s.explain(err), fmt.Errorf("%s: %w: another relay", s.path, ErrNotEmpty))
	}
	return true, nil
}

// Target is what people may call the database that everything is brought into.
func (m *Move) Target() string { return m.to.store.Name() }

// Leave says in the source that it is not to be used any more, and makes the target one
// that is. called is what people call the target.
func (m *Move) Leave(ctx context.Context, called string) error {
	err := m.from.transact(ctx, func(tx *sql.Tx) error {
		return m.from.store.setMark(ctx, tx, migrationMark{left, m.library, called, time.Now()})
	})
	if err != nil {
		return err
	}
	return m.to.transact(ctx, func(tx *sql.Tx) error { return exec(ctx, tx, `DROP TABLE migration`) })
}

// Close ends the use of both databases.
func (m *Move) Close() (err error) {
	for _, e := range []*end{m.from, m.to} {
		if e != nil {
			err = errors.Join(err, e.close())
		}
	}
	m.from, m.to = nil, nil
	return err
}

// A markState is why nobody may use a database.
type markState string

const (
	unmarked markState = ""
	filling  markState = "filling" // not everything is there yet
	left     markState = "left"    // the relay is in another one now
)

// migrationMark is the row of a table that a database has while it must not be used. It is
// no step of the schema: a database that is used does not have it.
type migrationMark struct {
	state   markState
	library string // of the relay
	place   string // what people call the other database
	at      time.Time
}

// setMark puts a mark in the place of the one before.
func (s *Store) setMark(ctx context.Context, tx *sql.Tx, m migrationMark) error {
	statements := []string{
		`CREATE TABLE IF NOT EXISTS migration (one bigint PRIMARY KEY CHECK (one = 1), state text NOT NULL, library text NOT NULL, place text NOT NULL, at bigint NOT NULL)`,
		`DELETE FROM migration`,
	}
	if s.pg != nil {
		statements = append(statements, refuseWrites(m.state == left)...)
	}
	for _, statement := range statements {
		if err := exec(ctx, tx, statement); err != nil {
			return err
		}
	}
	return exec(ctx, tx, `INSERT INTO migration (one, state, library, place, at) VALUES (1, $1, $2, $3, $4)`, string(m.state), m.library, m.place, millis(m.at))
}

// refuseWrites has PostgreSQL refuse every change, or take changes again. Programs that had
// the database open before look for no mark: what they wrote would be lost. The error is
// that of a database for reading alone.
func refuseWrites(refuse bool) []string {
	all := []string{`DROP FUNCTION IF EXISTS relay_was_migrated() CASCADE`}
	if !refuse {
		return all
	}
	all = append(all, `CREATE FUNCTION relay_was_migrated() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION '`+ErrMoved.Error()+`' USING ERRCODE = 'read_only_sql_transaction'; END $$`)
	for _, t := range movedTables() {
		all = append(all, `CREATE TRIGGER relay_was_migrated BEFORE INSERT OR UPDATE OR DELETE ON `+t.name+` FOR EACH STATEMENT EXECUTE FUNCTION relay_was_migrated()`)
	}
	return all
}

// readMark reads the mark of a database; the zero one where it has none.
func (s *Store) readMark(ctx context.Context) (m migrationMark, err error) {
	there, err := s.hasTable(ctx, "migration")
	if err != nil || !there {
		return m, err
	}
	var at int64
	err = s.reader.QueryRowContext(ctx, `SELECT state, library, place, at FROM migration WHERE one = 1`).Scan(&m.state, &m.library, &m.place, &at)
	m.at = moment(at)
	if errors.Is(err, sql.ErrNoRows) || err == nil && m.state != filling && m.state != left {
		err = fmt.Errorf("%s: %w: its table migration says nothing", s.path, ErrDamaged)
	}
	return m, s.explain(err)
}

// other is what people call the other database.
func (m migrationMark) other() string {
	const most = 300
	return text.Plain(m.place, most)
}

// refusal is why a database with this mark is not used.
func (m migrationMark) refusal(s *Store) error {
	other, when := m.other(), m.at.UTC().Format("2006-01-02 15:04:05Z")
	if m.state == left {
		return fmt.Errorf("%s: %w: into %s, at %s", s.path, ErrMoved, other, when)
	}
	return fmt.Errorf("%s: %w: from %s, begun at %s", s.path, ErrUnfinished, other, when)
}

// notMigrating refuses a database that has a mark.
func (s *Store) notMigrating(ctx context.Context) error {
	m, err := s.readMark(ctx)
	if err != nil || m.state == unmarked {
		return err
	}
	return m.refusal(s)
}

// hasTable reports whether there is a table of this name.
func (s *Store) hasTable(ctx context.Context, name string) (bool, error) {
	ask := `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1`
	if s.pg != nil {
		ask = `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1`
	}
	var tables int
	err := s.reader.QueryRowContext(ctx, ask, name).Scan(&tables)
	return tables > 0, s.explain(err)
}
