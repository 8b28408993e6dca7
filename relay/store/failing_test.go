package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
)

// errBroken is what a failing database says.
var errBroken = errors.New("the database broke")

// failing is the SQLite driver in which one use of the database fails: the first,
// the second, and so on.
type failing struct {
	driver.Driver

	mu   sync.Mutex
	left int // uses until one fails; negative when none does
	hit  bool
}

// after makes the use fail that comes after n others; -1 is none. It reports whether
// the one before was reached.
func (f *failing) after(n int) (hit bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hit, f.left, f.hit = f.hit, n, false
	return hit
}

// use is called for everything that is asked of the database.
func (f *failing) use() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left < 0 {
		return nil
	}
	f.left--
	if f.left < 0 {
		f.hit = true
		return errBroken
	}
	return nil
}

func (f *failing) Open(name string) (driver.Conn, error) {
	c, err := f.Driver.Open(name)
	return &failingConn{c, f}, err
}

type failingConn struct {
	driver.Conn
	f *failing
}

func (c *failingConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.f.use(); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
	return &failingTx{tx, c.f}, err
}

func (c *failingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.f.use(); err != nil {
		return nil, err
	}
	res, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	return &failingResult{res, c.f}, err
}

func (c *failingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.f.use(); err != nil {
		return nil, err
	}
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	return &failingRows{rows, c.f}, err
}

func (c *failingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.f.use(); err != nil {
		return nil, err
	}
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	return &failingStmt{stmt, c.f}, err
}

type failingStmt struct {
	driver.Stmt
	f *failing
}

func (s *failingStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.f.use(); err != nil {
		return nil, err
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s *failingStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.f.use(); err != nil {
		return nil, err
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	return &failingRows{rows, s.f}, err
}

type failingTx struct {
	driver.Tx
	f *failing
}

// Commit fails like a full disk: what was done is undone.
func (t *failingTx) Commit() error {
	if err := t.f.use(); err != nil {
		return errors.Join(err, t.Tx.Rollback())
	}
	return t.Tx.Commit()
}

type failingResult struct {
	driver.Result
	f *failing
}

func (r *failingResult) RowsAffected() (int64, error) {
	if err := r.f.use(); err != nil {
		return 0, err
	}
	return r.Result.RowsAffected()
}

type failingRows struct {
	driver.Rows
	f *failing
}

// Next also fails behind the last row, where a caller must ask for the error.
func (r *failingRows) Next(into []driver.Value) error {
	if err := r.f.use(); err != nil {
		return err
	}
	return r.Rows.Next(into)
}

// registered is the driver under its name: database/sql knows drivers for the life
// of a process, so each test has its own.
func registered(name string) *failing {
	db, err := sql.Open(driverName, "")
	if err != nil {
		panic(err)
	}
	f := &failing{Driver: db.Driver(), left: -1}
	sql.Register(name, f)
	return f
}
