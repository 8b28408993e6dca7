package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"supportd/relay/store/postgres"
)

// Errors of a database that several programs reach over a network.
var (
	ErrAway       = errors.New("the database cannot be reached")
	ErrDenied     = errors.New("the database does not let this user in, or do that")
	ErrServed     = errors.New("another relay serves this database")
	ErrEmpty      = errors.New("the database holds no relay")
	ErrUnsuitable = errors.New("the database cannot hold a relay")
	ErrNoCopy     = errors.New("a PostgreSQL database is copied with its own tools")
)

// The first halves of our advisory locks; the second is made of the schema's name, so
// that relays in several schemas of one database do not know of each other.
// https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
const (
	lockWriter = 1_937_077_101 // a transaction that writes: there is one at a time, as in SQLite
	lockRelay  = 1_937_077_102 // the relay that serves the database
	lockSchema = 1_937_077_103 // whoever changes the schema
	lockNode   = 1_937_077_104 // the node of a group with this name; its relays share lockRelay
)

// pausedWriter is after what time the server undoes a transaction of which nothing comes.
const pausedWriter = 5 * time.Second

// IsPostgres reports whether a place is the address of a PostgreSQL database, and not a
// file.
func IsPostgres(place string) bool { return postgres.IsAddress(place) }

// CheckPostgres reports what is wrong with the address of a PostgreSQL database; secret
// is whether a password is in it.
func CheckPostgres(place string) (secret bool, err error) {
	address, err := postgres.ParseAddress(place)
	if err != nil {
		return false, err
	}
	return address.Secret(), nil
}

// connectPostgres makes the pools of connections, as in SQLite.
func (s *Store) connectPostgres(place string) (err error) {
	if s.pg, err = postgres.ParseAddress(place); err != nil {
		return err
	}
	s.path = s.pg.String()
	patience := map[string]string{"lock_timeout": strconv.FormatInt(s.patience.Milliseconds(), 10)}
	// A relay that is stopped in the middle of a write keeps no other one waiting for long.
	writing := map[string]string{"idle_in_transaction_session_timeout": strconv.FormatInt(pausedWriter.Milliseconds(), 10)}
	maps.Copy(writing, patience)
	s.writer = s.pg.Open(postgres.Options{
		Settings:  writing,
		Begin:     fmt.Sprintf("SELECT pg_advisory_xact_lock(%d, hashtext(current_schema()))", lockWriter),
		Connected: s.writerConnected,
	})
	s.writer.SetMaxOpenConns(1)
	s.writer.SetMaxIdleConns(1)
	s.reader, s.lister = s.pg.Open(postgres.Options{}), s.pg.Open(postgres.Options{Settings: patience})
	s.reader.SetMaxOpenConns(2)
	s.reader.SetMaxIdleConns(2)
	s.lister.SetMaxOpenConns(2)
	s.lister.SetMaxIdleConns(2)
	return nil
}

// writerConnected is called for each connection that is to write: that of a relay that
// serves the database holds its lock. So what a relay writes, it writes under the lock,
// and one that has lost it to another relay writes nothing.
func (s *Store) writerConnected(ctx context.Context, c *postgres.Conn) error {
	if s.serving.Load() == nil {
		return nil
	}
	return s.keepOthersOff(ctx, c)
}

// servedPause is how long a relay waits before it tries again to get the lock of one
// that has just ended, and servedTries how often.
const (
	servedPause = 100 * time.Millisecond
	servedTries = 30
)

// keepOthersOff takes the lock of the relay that serves the database. It waits a while for
// one that has just ended, and ends what the server still does for a connection of ours that
// has gone: it may not have noticed.
func (s *Store) keepOthersOff(ctx context.Context, c *postgres.Conn) error {
	for tries := 1; ; tries++ {
		err := s.takeRelayLock(ctx, c)
		if err == nil {
			own, err := c.Text(ctx, `SELECT `+backend+` FROM pg_stat_activity a WHERE a.pid = pg_backend_pid()`)
			if err == nil {
				s.serving.Store(&own)
			}
			return err
		}
		if !errors.Is(err, ErrServed) || tries == servedTries {
			return err
		}
		if before := s.serving.Load(); before != nil {
			if _, err := c.Text(ctx, `SELECT pg_terminate_backend(a.pid)::text `+holder(lockRelay, schemaKey)+` AND `+backend+` = $1`, *before); err != nil {
				return err
			}
		}
		if err := pause(ctx, servedPause); err != nil {
			return err
		}
	}
}

// backend is what tells the connection a from all others, also of the past.
const backend = `(a.pid || ' ' || extract(epoch FROM a.backend_start))`

// holder is the part of a query that finds the connection a which has one of our locks,
// whose second half is key.
func holder(lock int, key string) string {
	return fmt.Sprintf(`FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %d AND l.objid::bigint = %s::bigint & 4294967295
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`, lock, key)
}

// The second halves of the locks of a schema, and of a node there, whose name is $1.
const (
	schemaKey = `hashtext(current_schema())`
	nodeKey   = `hashtext(current_schema() || '/' || $1)`
)

// takeRelayLock keeps other relays off: all of them, or those of a node's name and those
// that are in no group.
func (s *Store) takeRelayLock(ctx context.Context, c *postgres.Conn) error {
	if s.node == "" {
		return takeLock(ctx, c, "pg_try_advisory_lock", lockRelay, schemaKey)
	}
	if err := takeLock(ctx, c, "pg_try_advisory_lock", lockNode, nodeKey, s.node); err != nil {
		return fmt.Errorf("node %s: %w", s.node, err)
	}
	err := takeLock(ctx, c, "pg_try_advisory_lock_shared", lockRelay, schemaKey)
	if err != nil {
		_, _ = c.Text(ctx, fmt.Sprintf(`SELECT pg_advisory_unlock(%d, %s)::text`, lockNode, nodeKey), s.node) // else the connection's end does it
	}
	return err
}

func takeLock(ctx context.Context, c *postgres.Conn, how string, lock int, key string, values ...string) error {
	got, err := c.Text(ctx, fmt.Sprintf(`SELECT %s(%d, %s)::text`, how, lock, key), values...)
	if err != nil || got == "true" {
		return err
	}
	who, err := c.Text(ctx, `SELECT 'connected from ' || coalesce(host(a.client_addr), 'its own computer') || ' since ' ||
		to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || 'Z' `+holder(lock, key), values...)
	if err != nil || who == "" {
		who = "it has just gone, or this user may not see it"
	}
	return fmt.Errorf("%w (%s)", ErrServed, who)
}

// Serve keeps every other relay off the database until the store is closed: [ErrServed]
// where one is there. Other programs may use it meanwhile. A file is kept by its
// directory's lock.
func (s *Store) Serve(ctx context.Context) error {
	if s.pg == nil {
		return nil
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return s.explain(err)
	}
	defer conn.Close()
	return s.explain(conn.Raw(func(c any) error { return s.keepOthersOff(ctx, c.(*postgres.Conn)) }))
}

// holdsRelay is [ErrEmpty] where the database has none of our tables.
func (s *Store) holdsRelay(ctx context.Context) error {
	var tables int
	err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'revisions'`).Scan(&tables)
	if err == nil && tables == 0 {
		err = fmt.Errorf("%s: %w", s.path, ErrEmpty)
	}
	return s.explain(err)
}

// explainPostgres wraps what went wrong in one of our errors and names the database.
func (s *Store) explainPostgres(err error) error {
	var failed *postgres.Error
	switch {
	case errors.Is(err, ErrServed):
		return fmt.Errorf("%s: %w", s.path, err)
	case !errors.As(err, &failed):
		return err
	}
	kinds := map[postgres.Kind]error{
		postgres.Away: ErrAway, postgres.Busy: ErrBusy, postgres.Full: ErrFull, postgres.Disk: ErrDisk,
		postgres.ReadOnly: ErrReadOnly, postgres.Damaged: ErrDamaged, postgres.Denied: ErrDenied, postgres.Unsuitable: ErrUnsuitable,
	}
	// A person reads it in one line.
	said := oneLine{err}
	if kind := kinds[failed.Kind]; kind != nil {
		return fmt.Errorf("%s: %w: %w", s.path, kind, said)
	}
	return fmt.Errorf("%s: %w", s.path, said)
}

// oneLine is an error whose text has no line ends.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e oneLine) Unwrap() error { return e.error }

// Name is what people may call the database: its file, or its server and name there.
func (s *Store) Name() string { return s.path }

// IsServer reports whether the database is that of a server, and no file.
func (s *Store) IsServer() bool { return s.pg != nil }

// PostgresName is [Store.Name] of the database that an address names.
func PostgresName(place string) (string, error) {
	address, err := postgres.ParseAddress(place)
	if err != nil {
		return "", err
	}
	return address.String(), nil
}
