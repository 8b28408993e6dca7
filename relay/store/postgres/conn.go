package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Options say how connections are used.
type Options struct {
	// Settings are set for each connection.
	Settings map[string]string
	// Begin is the first statement of each transaction, if any. Each of its statements sees
	// what was committed before it, whatever the server's default is.
	Begin string
	// Connected is called for each new connection, which is not used where it returns an
	// error. Nil does nothing.
	Connected func(ctx context.Context, c *Conn) error
}

// Open makes a pool of connections. Nothing is connected yet.
func (a *Address) Open(opts Options) *sql.DB {
	config := a.config.Copy()
	maps.Copy(config.RuntimeParams, opts.Settings)
	// After a server has failed over, the one that was the first follows.
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	return sql.OpenDB(&connector{config, opts})
}

type connector struct {
	config *pgconn.Config
	opts   Options
}

// Driver implements [driver.Connector].
func (c *connector) Driver() driver.Driver { return noDriver{} }

// noDriver is what a pool that was made with a connector never asks.
type noDriver struct{}

func (noDriver) Open(string) (driver.Conn, error) {
	return nil, errors.New("postgres: use Address.Open")
}

// Connect implements [driver.Connector].
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	pg, err := pgconn.ConnectConfig(ctx, c.config)
	if err != nil {
		return nil, wrap(ctx, err)
	}
	conn := &Conn{pg: pg, opts: &c.opts}
	if err = unsuitable(pg.ParameterStatus("server_version"), pg.ParameterStatus("server_encoding")); err == nil {
		err = conn.simple(ctx, durable)
	}
	if err == nil && c.opts.Connected != nil {
		err = c.opts.Connected(ctx, conn)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// durable has a commit wait for the disk where the server's default is that it does not: what
// a computer has been told is taken it never sends again. Stricter defaults stay.
// https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT
const durable = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`

// Conn is one connection. Only one goroutine uses it at a time.
type Conn struct {
	pg       *pgconn.PgConn
	opts     *Options
	prepared int                                     // so many statements
	known    map[string]*pgconn.StatementDescription // those that were asked; nil: once
	inTx     bool
}

// Close implements [driver.Conn].
func (c *Conn) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTime)
	defer cancel()
	_ = c.pg.Close(ctx) // it is closed in any case
	return nil
}

// IsValid implements [driver.Validator].
func (c *Conn) IsValid() bool { return !c.pg.IsClosed() }

// ResetSession implements [driver.SessionResetter].
func (c *Conn) ResetSession(context.Context) error {
	if !c.IsValid() || c.pg.TxStatus() != 'I' {
		return driver.ErrBadConn
	}
	return nil
}

// Ping implements [driver.Pinger].
func (c *Conn) Ping(ctx context.Context) error {
	if err := c.simple(ctx, "SELECT 1"); err != nil {
		return c.unused(ctx, err)
	}
	return nil
}

// Begin implements [driver.Conn].
func (c *Conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx implements [driver.ConnBeginTx].
func (c *Conn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	err := c.begin(ctx)
	switch {
	case err == nil:
		c.inTx = true
		return tx{c}, nil
	case !c.IsValid() && ctx.Err() == nil && !pgconn.Timeout(err):
		return nil, driver.ErrBadConn // the server has closed it since it was used last; nothing was begun
	case c.IsValid() && c.pg.TxStatus() != 'I':
		err = errors.Join(err, c.simple(context.WithoutCancel(ctx), "ROLLBACK"))
	}
	return nil, err
}

// simple runs statements without values.
func (c *Conn) simple(ctx context.Context, statements string) error {
	limited, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	_, err := c.pg.Exec(limited, statements).ReadAll()
	return wrap(ctx, err)
}

type tx struct{ c *Conn }

// Commit implements [driver.Tx].
func (t tx) Commit() error {
	t.c.inTx = false
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	results, err := t.c.pg.Exec(ctx, commitStatement).ReadAll()
	if err == nil && (len(results) != 1 || results[0].CommandTag.String() != commitStatement) {
		err = &Error{Other, errUndone}
	}
	return wrap(context.Background(), err)
}

// Rollback implements [driver.Tx].
func (t tx) Rollback() error {
	t.c.inTx = false
	return t.c.simple(context.Background(), "ROLLBACK")
}

// Prepare implements [driver.Conn].
func (c *Conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// PrepareContext implements [driver.ConnPrepareContext].
func (c *Conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	limited, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	what, err := c.prepare(limited, query)
	if err != nil {
		return nil, c.unused(ctx, err)
	}
	return &stmt{c, what}, nil
}

func (c *Conn) prepare(ctx context.Context, query string) (*pgconn.StatementDescription, error) {
	c.prepared++
	return c.pg.Prepare(ctx, "s"+strconv.Itoa(c.prepared), query, nil)
}

// unused is the error of something that may be done once more without harm on another
// connection, where this one was closed while nobody used it. A server that has not answered
// in time would not do so once more.
func (c *Conn) unused(ctx context.Context, err error) error {
	if !c.IsValid() && !c.inTx && ctx.Err() == nil && !pgconn.Timeout(err) {
		return driver.ErrBadConn
	}
	return wrap(ctx, err)
}

// ExecContext implements [driver.ExecerContext].
func (c *Conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	answer, err := c.ask(ctx, query, nil, args)
	if err != nil {
		return nil, wrap(ctx, err)
	}
	return driver.RowsAffected(answer.CommandTag.RowsAffected()), nil
}

// QueryContext implements [driver.QueryerContext]. The whole answer is read at once.
func (c *Conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	answer, err := c.ask(ctx, query, nil, args)
	if err != nil {
		return nil, c.unused(ctx, err)
	}
	return &rows{answer: answer}, nil
}

// Text asks for one row with one column, as text; "" is no row. Values are $1, $2 and so on.
func (c *Conn) Text(ctx context.Context, query string, values ...string) (string, error) {
	args := make([]driver.NamedValue, len(values))
	for i, v := range values {
		args[i].Value = v
	}
	answer, err := c.ask(ctx, query, nil, args)
	if err != nil || len(answer.Rows) == 0 || len(answer.Rows[0]) == 0 {
		return "", wrap(ctx, err)
	}
	return string(answer.Rows[0][0]), nil
}

// ask runs one statement: a prepared one, or query.
func (c *Conn) ask(ctx context.Context, query string, prepared *pgconn.StatementDescription, args []driver.NamedValue) (*pgconn.Result, error) {
	given := make([]any, len(args))
	for i, arg := range args {
		given[i] = arg.Value
	}
	values, formats, err := encode(given)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	usual := prepared
	if usual == nil {
		if usual, err = c.usual(ctx, query); err != nil {
			return nil, err
		}
	}
	if usual == nil {
		answer := c.pg.ExecParams(ctx, query, values, nil, formats, binaryResults()).Read()
		return answer, answer.Err
	}
	answer := c.pg.ExecStatement(ctx, usual, values, formats, binaryResults()).Read()
	if stale := c.isStale(answer.Err); stale && prepared == nil && !c.inTx {
		answer = c.pg.ExecParams(ctx, query, values, nil, formats, binaryResults()).Read()
	}
	return answer, answer.Err
}

const textFormat, binaryFormat = 0, 1

// binaryResults asks for all columns as bytes: text needs no decoding then, nor do bytes.
func binaryResults() []int16 { return []int16{binaryFormat} }

// encode writes values as text, whose type the server finds by where they stand; bytes
// go as they are.
func encode(given []any) (values [][]byte, formats []int16, err error) {
	values, formats = make([][]byte, len(given)), make([]int16, len(given))
	for i, value := range given {
		switch v := value.(type) {
		case nil:
		case string:
			values[i] = []byte(Storable(v))
		case []byte:
			values[i], formats[i] = v, binaryFormat
			if v == nil {
				values[i] = []byte{}
			}
		case int64:
			values[i] = strconv.AppendInt(nil, v, 10)
		case bool:
			values[i] = strconv.AppendBool(nil, v)
		default:
			return nil, nil, fmt.Errorf("postgres: a value of type %T cannot be sent", v)
		}
	}
	return values, formats, nil
}

// Storable is a text as PostgreSQL can hold it: without NUL, and valid UTF-8. What has
// to stay as it is goes as bytes.
func Storable(s string) string {
	const replacement = "\uFFFD"
	return strings.ReplaceAll(strings.ToValidUTF8(s, replacement), "\x00", replacement)
}

type stmt struct {
	c    *Conn
	what *pgconn.StatementDescription
}

// Close implements [driver.Stmt].
func (s *stmt) Close() error {
	if !s.c.IsValid() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	return wrap(ctx, s.c.pg.Deallocate(ctx, s.what.Name))
}

// NumInput implements [driver.Stmt].
func (s *stmt) NumInput() int { return len(s.what.ParamOIDs) }

var errNoContext = errors.New("postgres: only statements with a context are run")

// Exec implements [driver.Stmt].
func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errNoContext }

// Query implements [driver.Stmt].
func (s *stmt) Query([]driver.Value) (driver.Rows, error) { return nil, errNoContext }

// ExecContext implements [driver.StmtExecContext].
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	answer, err := s.c.ask(ctx, "", s.what, args)
	if err != nil {
		return nil, wrap(ctx, err)
	}
	return driver.RowsAffected(answer.CommandTag.RowsAffected()), nil
}

// QueryContext implements [driver.StmtQueryContext].
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	answer, err := s.c.ask(ctx, "", s.what, args)
	if err != nil {
		return nil, s.c.unused(ctx, err)
	}
	return &rows{answer: answer}, nil
}

// rows is an answer that is read already.
type rows struct {
	answer *pgconn.Result
	next   int
}

// Columns implements [driver.Rows].
func (r *rows) Columns() []string {
	names := make([]string, len(r.answer.FieldDescriptions))
	for i, f := range r.answer.FieldDescriptions {
		names[i] = f.Name
	}
	return names
}

// Close implements [driver.Rows].
func (r *rows) Close() error { return nil }

// Next implements [driver.Rows].
func (r *rows) Next(into []driver.Value) (err error) {
	if r.next == len(r.answer.Rows) {
		return io.EOF
	}
	for i, raw := range r.answer.Rows[r.next] {
		if into[i], err = decode(r.answer.FieldDescriptions[i].DataTypeOID, raw); err != nil {
			return err
		}
	}
	r.next++
	return nil
}

// The numbers of types, from pg_type.dat of PostgreSQL.
const (
	typeBool    = 16
	typeBytea   = 17
	typeName    = 19
	typeInt8    = 20
	typeInt2    = 21
	typeInt4    = 23
	typeText    = 25
	typeUnknown = 705
	typeVarchar = 1043
)

// decode reads a value in the binary format.
func decode(oid uint32, raw []byte) (driver.Value, error) {
	if raw == nil {
		return nil, nil
	}
	switch {
	case oid == typeText, oid == typeVarchar, oid == typeName, oid == typeUnknown:
		return string(raw), nil
	case oid == typeBytea:
		return raw, nil
	case oid == typeInt8 && len(raw) == 8:
		return int64(binary.BigEndian.Uint64(raw)), nil
	case oid == typeInt4 && len(raw) == 4:
		return int64(int32(binary.BigEndian.Uint32(raw))), nil
	case oid == typeInt2 && len(raw) == 2:
		return int64(int16(binary.BigEndian.Uint16(raw))), nil
	case oid == typeBool && len(raw) == 1:
		return raw[0] != 0, nil
	}
	return nil, fmt.Errorf("postgres: a column has the type %d in %d bytes, which nothing here stores", oid, len(raw))
}
