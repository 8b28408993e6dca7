package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"supportd/relay/store/postgres"
)

// movedTable is a table that is moved.
type movedTable struct {
	name string
	key  []string // columns by which rows are told apart, in whose order they are read
	// page is how many rows are in memory at a time: some MiB at most. 0 is all of them,
	// where rows may be the same and are few.
	page int
	// afresh says that the table is small and is emptied before it is copied: its rows stand
	// in others, or others in them.
	afresh bool
	// found says that the table only serves to find something. What of it the other database
	// cannot hold may stay behind.
	found bool
	// loosen is done first in a target that holds something already, so that no row which
	// has changed there stands in the way of another one.
	loosen string
}

const (
	smallRows = 500 // rows of a few hundred bytes
	eventRows = 256 // of up to 64 KiB
	largeRows = 8   // of up to 1.4 MiB
)

// movedTables are all tables of the schema, those that others refer to first, but for nodes:
// while a relay is moved there is none.
func movedTables() []movedTable {
	return []movedTable{
		{name: "revisions", key: []string{"name"}, page: smallRows},
		{name: "library", key: []string{"one"}, page: smallRows},
		{name: "accounts", key: []string{"name"}, page: smallRows, afresh: true},
		{name: "account_keys", key: []string{"fingerprint"}, page: smallRows, afresh: true},
		{name: "invitations", key: []string{"name"}, page: smallRows, afresh: true},
		{name: "categories", key: []string{"name"}, page: smallRows, afresh: true},
		{name: "scripts", key: []string{"id"}, page: smallRows, afresh: true},
		{name: "script_versions", key: []string{"script", "version"}, page: eventRows},
		{name: "script_uses", key: []string{"script"}, page: smallRows},
		{name: "packages", key: []string{"sha256"}, page: largeRows},
		{name: "sessions", key: []string{"id"}, page: smallRows, loosen: `UPDATE sessions SET state = 'ended', identity = '' WHERE state <> 'ended'`},
		{name: "session_scripts", key: []string{"session", "name"}, page: smallRows, found: true},
		{name: "events", key: []string{"session", "seq"}, page: eventRows},
		{name: "seals", key: []string{"session"}, page: smallRows},
		{name: "tombstones", key: []string{"session"}, page: eventRows},
		{name: "wrong_numbers", key: []string{"source", "at"}, afresh: true},
		{name: "unlocks", key: []string{"source"}, page: smallRows},
		{name: "alarms", key: []string{"name"}, page: smallRows},
	}
}

// column is one of a table.
type column struct {
	name string
	kind string // text, bigint or, in PostgreSQL, bytea
}

// row has a value for each column: a text, which may be bytes, or an int64.
type row []any

// columns lists the columns of a table that are moved. The numbers of changes are each
// database's own.
func (e *end) columns(ctx context.Context, table string) ([]column, error) {
	ask := `SELECT name, lower(type) FROM pragma_table_info($1) WHERE name <> 'change_number' ORDER BY name`
	if e.store.pg != nil {
		ask = `SELECT CAST(column_name AS text) AS name, CAST(data_type AS text) FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 AND column_name <> 'change_number' ORDER BY CAST(column_name AS text) COLLATE "C"`
	}
	return collect(ctx, e, ask, []any{table}, func(r *sql.Rows) (c column, err error) { return c, r.Scan(&c.name, &c.kind) })
}

// collect is query on the connection of an end.
func collect[T any](ctx context.Context, e *end, text string, args []any, scan func(*sql.Rows) (T, error)) (all []T, err error) {
	rows, err := e.conn.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, e.store.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, e.store.explain(err)
		}
		all = append(all, row)
	}
	return all, e.store.explain(rows.Err())
}

// count counts the rows of a table, for whoever watches: 0 where a server takes too long
// for that. The connection that holds the locks does not wait for it.
func (e *end) count(ctx context.Context, table string) (n int64, err error) {
	ask := `SELECT count(*) FROM ` + table
	if e.store.pg == nil {
		return n, e.store.explain(e.conn.QueryRowContext(ctx, ask).Scan(&n))
	}
	if err := e.store.lister.QueryRowContext(ctx, ask).Scan(&n); err != nil {
		n = 0
	}
	return n, ctx.Err()
}

// within are the rows of a table behind after and up to upTo, keys that may be nil.
func (t movedTable) within(after, upTo []any) (where string, args []any) {
	key := strings.Join(t.key, ", ")
	for _, bound := range []struct {
		is  string
		key []any
	}{{">", after}, {"<=", upTo}} {
		if bound.key == nil {
			continue
		}
		var marks []string
		for i := range bound.key {
			marks = append(marks, fmt.Sprintf("$%d", len(args)+i+1))
		}
		where += fmt.Sprintf(" AND (%s) %s (%s)", key, bound.is, strings.Join(marks, ", "))
		args = append(args, bound.key...)
	}
	return strings.Replace(where, " AND", " WHERE", 1), args
}

// read reads rows in the order of their keys, at most limit; 0 is all.
func (e *end) read(ctx context.Context, t movedTable, columns []column, after, upTo []any, limit int) ([]row, error) {
	where, args := t.within(after, upTo)
	order := strings.Join(t.key, ", ")
	if t.page == 0 {
		order = names(columns) // rows of one key may differ
	}
	ask := fmt.Sprintf(`SELECT %s FROM %s%s ORDER BY %s`, names(columns), t.name, where, order)
	if limit > 0 {
		ask += fmt.Sprintf(` LIMIT %d`, limit)
	}
	return collect(ctx, e, ask, args, func(r *sql.Rows) (row, error) {
		values, into := make(row, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := r.Scan(into...); err != nil {
			return nil, err
		}
		for i, v := range values {
			switch v := v.(type) {
			case []byte:
				values[i] = string(v)
			case string, int64:
			default:
				return nil, fmt.Errorf("%s: %w: %s.%s holds a value of the type %T", e.store.path, ErrDamaged, t.name, columns[i].name, v)
			}
		}
		return values, nil
	})
}

func names(columns []column) string {
	var all []string
	for _, c := range columns {
		all = append(all, c.name)
	}
	return strings.Join(all, ", ")
}

// key is that of a row.
func (t movedTable) keyOf(columns []column, r row) []any {
	var key []any
	for _, name := range t.key {
		key = append(key, r[slices.IndexFunc(columns, func(c column) bool { return c.name == name })])
	}
	return key
}

// changes is what a database cannot hold as it is.
type changes struct {
	texts int64 // that were changed
	rows  int64 // that stayed behind
}

// pages reads a table of the source, as the target can hold it.
type pages struct {
	m       *Move
	table   movedTable
	columns []column // of the source; bytes are bytea where one of the databases says so
	after   []any
	done    bool
	changes changes
}

// pages begins to read a table.
func (m *Move) pages(ctx context.Context, t movedTable) (*pages, error) {
	from, err := m.from.columns(ctx, t.name)
	if err != nil {
		return nil, err
	}
	to, err := m.to.columns(ctx, t.name)
	if err != nil {
		return nil, err
	}
	if len(from) == 0 || names(from) != names(to) {
		return nil, fmt.Errorf("%s: %w: its table %s has other columns than that of %s", m.from.store.path, ErrDamaged, t.name, m.to.store.path)
	}
	for i := range from {
		if to[i].kind == bytesType {
			from[i].kind = bytesType
		}
	}
	return &pages{m: m, table: t, columns: from}, nil
}

// bytesType is the type of bytes in PostgreSQL.
const bytesType = "bytea"

// next reads the next page, and how many rows of the source that were.
func (p *pages) next(ctx context.Context) (fit []row, n int, err error) {
	rows, err := p.m.from.read(ctx, p.table, p.columns, p.after, nil, p.table.page)
	if err != nil {
		return nil, 0, err
	}
	if p.done = p.table.page == 0 || len(rows) < p.table.page; !p.done {
		p.after = p.table.keyOf(p.columns, rows[len(rows)-1])
	}
	fit = rows[:0]
	for _, r := range rows {
		keep, err := p.fit(r)
		if err != nil {
			return nil, 0, err
		}
		if keep {
			fit = append(fit, r)
		}
	}
	return fit, len(rows), nil
}

// fit makes of a row what the target can hold, and reports whether there is such a thing.
// PostgreSQL holds texts without NUL and in UTF-8: other characters are put there by the
// relay, too. A key is not changed: it would be another row.
func (p *pages) fit(r row) (bool, error) {
	if p.m.to.store.pg == nil {
		return true, nil
	}
	for i, c := range p.columns {
		said, is := r[i].(string)
		if !is || c.kind == bytesType {
			continue
		}
		can := postgres.Storable(said)
		switch {
		case can == said:
		case slices.Contains(p.table.key, c.name) && p.table.found:
			p.changes.rows++
			return false, nil
		case slices.Contains(p.table.key, c.name), p.table.name == "events": // its hash is over that
			return false, fmt.Errorf("%s: %w: %s.%s holds a text that is none", p.m.from.store.path, ErrDamaged, p.table.name, c.name)
		default:
			p.changes.texts++
			r[i] = can
		}
	}
	return true, nil
}

// Copy makes the target's tables the same as the source's. What is the same already stays
// as it is. tell is called after each page.
func (m *Move) Copy(ctx context.Context, tell func(Progress)) error {
	err := m.to.transact(ctx, func(tx *sql.Tx) error {
		for _, t := range slices.Backward(m.tables) {
			statement := t.loosen
			if t.afresh {
				statement = `DELETE FROM ` + t.name
			}
			if statement == "" {
				continue
			}
			if err := exec(ctx, tx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	for _, t := range m.tables {
		if err == nil {
			err = m.copyTable(ctx, t, tell)
		}
	}
	return err
}

func (m *Move) copyTable(ctx context.Context, t movedTable, tell func(Progress)) error {
	p, err := m.pages(ctx, t)
	if err != nil {
		return err
	}
	done := Progress{Table: t.name}
	if done.Of, err = m.from.count(ctx, t.name); err != nil {
		return err
	}
	var after []any
	for !p.done {
		rows, n, err := p.next(ctx)
		if err != nil {
			return err
		}
		var upTo []any // nil behind the last row: what is left there goes
		if !p.done {
			if len(rows) == 0 {
				continue
			}
			upTo = t.keyOf(p.columns, rows[len(rows)-1])
		}
		if err := m.replace(ctx, p, after, upTo, rows); err != nil {
			return err
		}
		after = upTo
		done.Rows += int64(n)
		tell(done)
	}
	return nil
}

// replace makes these rows those that the target has between two keys.
func (m *Move) replace(ctx context.Context, p *pages, after, upTo []any, rows []row) error {
	have, err := m.to.read(ctx, p.table, p.columns, after, upTo, len(rows)+1)
	if err != nil {
		return err
	}
	if slices.EqualFunc(have, rows, func(a, b row) bool { return slices.Equal(a, b) }) {
		return ctx.Err()
	}
	return m.to.transact(ctx, func(tx *sql.Tx) error {
		if len(have) > 0 {
			where, args := p.table.within(after, upTo)
			if err := exec(ctx, tx, `DELETE FROM `+p.table.name+where, args...); err != nil {
				return err
			}
		}
		return m.to.insert(ctx, tx, p, rows)
	})
}

// insert stores rows: in SQLite each by itself, in PostgreSQL many with one statement, as
// [Store.insert] does.
func (e *end) insert(ctx context.Context, tx *sql.Tx, p *pages, rows []row) error {
	into := fmt.Sprintf(`INSERT INTO %s (%s) VALUES `, p.table.name, names(p.columns))
	if e.store.pg != nil {
		for some := range slices.Chunk(rows, insertRows) {
			var values []any
			for _, r := range some {
				for i, v := range r {
					if said, is := v.(string); is && p.columns[i].kind == bytesType {
						v = []byte(said)
					}
					values = append(values, v)
				}
			}
			if err := exec(ctx, tx, into+places(len(some), len(p.columns)), values...); err != nil {
				return err
			}
		}
		return nil
	}
	one, err := tx.PrepareContext(ctx, into+places(1, len(p.columns)))
	if err != nil {
		return err
	}
	defer one.Close()
	for _, r := range rows {
		if _, err := one.ExecContext(ctx, r...); err != nil {
			return err
		}
	}
	return nil
}
