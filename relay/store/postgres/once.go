package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	beginStatement  = "BEGIN ISOLATION LEVEL READ COMMITTED"
	commitStatement = "COMMIT"
)

// errUndone is the answer to the commit of a transaction in which something has failed.
var errUndone = errors.New("the database has undone the transaction")

// AtOnce runs one query with each of several lists of values, in a transaction of its own.
// All of it is sent together, so that the server is waited for once. It returns the first row
// of each answer, nil where there is none. After an error nothing was written, or that is not
// known, as after every commit whose answer does not come.
func (c *Conn) AtOnce(ctx context.Context, query string, lists [][]any) ([][]driver.Value, error) {
	limited, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	rows, err := c.atOnce(limited, query, lists)
	if err == nil {
		return rows, nil
	}
	c.isStale(err)
	if c.IsValid() && c.pg.TxStatus() != 'I' {
		err = errors.Join(err, c.simple(context.WithoutCancel(ctx), "ROLLBACK"))
	}
	return nil, wrap(ctx, err)
}

func (c *Conn) atOnce(ctx context.Context, query string, lists [][]any) ([][]driver.Value, error) {
	what, err := c.asked(ctx, query)
	if err != nil {
		return nil, err
	}
	batch := &pgconn.Batch{}
	begun, err := c.addBegin(ctx, batch)
	if err != nil {
		return nil, err
	}
	for _, values := range lists {
		sent, formats, err := encode(values)
		if err != nil {
			return nil, err
		}
		batch.ExecStatement(what, sent, formats, binaryResults())
	}
	batch.ExecParams(commitStatement, nil, nil, nil, nil)
	answers, err := c.pg.ExecBatch(ctx, batch).ReadAll()
	if err != nil {
		return nil, err
	}
	last := begun + len(lists)
	if len(answers) != last+1 || answers[last].CommandTag.String() != commitStatement {
		return nil, &Error{Other, errUndone}
	}
	rows := make([][]driver.Value, len(lists))
	for i, answer := range answers[begun:last] {
		if rows[i], err = firstRow(answer); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// asked is a statement that is prepared as soon as it is asked.
func (c *Conn) asked(ctx context.Context, query string) (*pgconn.StatementDescription, error) {
	if what := c.known[query]; what != nil {
		return what, nil
	}
	what, err := c.prepare(ctx, query)
	if err == nil {
		c.know(query, what)
	}
	return what, err
}

// addBegin adds to a batch what begins a transaction, and returns how many answers that has.
// It is prepared: to read and plan it takes the server longer than to do it.
func (c *Conn) addBegin(ctx context.Context, batch *pgconn.Batch) (answers int, err error) {
	for _, statement := range []string{beginStatement, c.opts.Begin} {
		if statement == "" {
			continue
		}
		what, err := c.asked(ctx, statement)
		if err != nil {
			return 0, err
		}
		batch.ExecStatement(what, nil, nil, nil)
		answers++
	}
	return answers, nil
}

// begin begins a transaction.
func (c *Conn) begin(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	batch := &pgconn.Batch{}
	_, err := c.addBegin(limited, batch)
	if err == nil {
		err = c.pg.ExecBatch(limited, batch).Close()
	}
	c.isStale(err)
	return wrap(ctx, err)
}

func firstRow(answer *pgconn.Result) (row []driver.Value, err error) {
	if len(answer.Rows) == 0 {
		return nil, nil
	}
	row = make([]driver.Value, len(answer.Rows[0]))
	for i, raw := range answer.Rows[0] {
		if row[i], err = decode(answer.FieldDescriptions[i].DataTypeOID, raw); err != nil {
			return nil, fmt.Errorf("%s: %w", answer.FieldDescriptions[i].Name, err)
		}
	}
	return row, nil
}
