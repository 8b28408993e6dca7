//go:build linux

package group

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"supportd/hack/testkit/pgtest"
)

// sql asks the database over one connection; what it answers to the last query is the
// columns of each row with spaces between.
func sql(ctx context.Context, server *pgtest.Server, queries ...string) (rows []string, err error) {
	c, err := pgconn.Connect(ctx, server.URL())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close(ctx)) }()
	for _, query := range queries {
		if rows, err = ask(ctx, c, query); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func ask(ctx context.Context, c *pgconn.PgConn, query string) (rows []string, err error) {
	all, err := c.Exec(ctx, query).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, result := range all {
		for _, row := range result.Rows {
			var columns []string
			for _, value := range row {
				columns = append(columns, string(value))
			}
			rows = append(rows, strings.Join(columns, " "))
		}
	}
	return rows, nil
}
