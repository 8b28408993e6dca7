package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// mostUsual bounds the statements that a connection knows, and longestUsual the length of
	// each in bytes: what is asked again and again is short.
	mostUsual, longestUsual = 100, 2000
	// stalePlan is the code for a prepared statement whose columns another program has
	// changed (feature_not_supported), and lostStatement for one that the server does not have
	// any more (invalid_sql_statement_name): somebody between has reset the connection.
	stalePlan, lostStatement = "0A000", "26000"
)

// usual is a statement that is asked more than once, prepared the second time: the server
// reads and plans it once, which takes it longer than what it does. Nil is any other one.
func (c *Conn) usual(ctx context.Context, query string) (*pgconn.StatementDescription, error) {
	if len(query) > longestUsual {
		return nil, nil
	}
	what, asked := c.known[query]
	if what != nil || !asked && len(c.known) == mostUsual {
		return what, nil
	}
	if asked {
		var err error
		if what, err = c.prepare(ctx, query); err != nil {
			return nil, err
		}
	}
	c.know(query, what)
	return what, nil
}

func (c *Conn) know(query string, what *pgconn.StatementDescription) {
	if c.known == nil {
		c.known = map[string]*pgconn.StatementDescription{}
	}
	c.known[query] = what
}

// isStale reports whether an error says that the tables are others than when a statement was
// prepared. All are forgotten then. Where the server has forgotten them, the connection is of
// no use.
func (c *Conn) isStale(err error) bool {
	var said *pgconn.PgError
	if !errors.As(err, &said) {
		return false
	}
	switch said.Code {
	case stalePlan:
		c.known = nil
		return true
	case lostStatement:
		_ = c.Close()
	}
	return false
}
