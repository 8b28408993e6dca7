package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"
)

// Listen calls began when it listens to a channel, which has to be a plain name, and heard
// with the payload of each notification there, until ctx is done or the connection has
// ended. What is sent while nobody listens is lost. https://www.postgresql.org/docs/current/sql-listen.html
func (a *Address) Listen(ctx context.Context, channel string, began func(), heard func(payload string)) error {
	config := a.config.Copy()
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { heard(n.Payload) }
	pg, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return wrap(ctx, err)
	}
	conn := &Conn{pg: pg}
	defer conn.Close()
	if err := conn.simple(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	began()
	for {
		if err := pg.WaitForNotification(ctx); err != nil {
			return wrap(ctx, err)
		}
	}
}
