//go:build linux

package group

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"

	"supportd/hack/internal/rig"
)

const (
	// mostBlocked is how long a relay that is stopped in the middle of a write keeps
	// others from writing.
	mostBlocked = 6 * time.Second
	// stopsMidWrite is how often a relay is stopped so.
	stopsMidWrite = 3
)

// writers are the nodes whose transaction has the writer's lock, which only one has at a
// time. A relay's connection that writes has the lock of its node, too; see
// relay/store/postgres.go.
const writers = `SELECT n.name, a.pid, a.xact_start FROM pg_stat_activity a
	JOIN pg_locks w ON w.pid = a.pid AND w.locktype = 'advisory' AND w.granted AND w.classid = 1937077101
	JOIN pg_locks k ON k.pid = a.pid AND k.locktype = 'advisory' AND k.granted AND k.classid = 1937077104
	JOIN nodes n ON k.objid::bigint = hashtext(current_schema() || '/' || n.name)::bigint & 4294967295
	WHERE `

const (
	// waits is true where the transaction has stored an event, and waits for the row of its
	// session, which somebody holds: see Store.AppendEvents. What is sent together with its
	// COMMIT is not meant, since the server would commit it by itself.
	waits = `a.state = 'active' AND a.backend_xid IS NOT NULL AND a.query LIKE 'UPDATE sessions SET picture%'
	AND a.wait_event_type = 'Lock' AND a.wait_event IN ('transactionid', 'tuple')`
	// halfDone is true where it has changed something, and the server waits for what comes next.
	halfDone = `a.state = 'idle in transaction' AND a.backend_xid IS NOT NULL`
)

// stopsWriter stops relays in the middle of a write: when they have changed something, and
// not yet committed it.
func (c *campaign) stopsWriter(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, 80, 500*time.Millisecond); err != nil {
		return err
	}
	number, err := s.nodes[0].session()
	if err != nil {
		return err
	}
	slowest, latest, hit := time.Duration(0), time.Duration(0), 0
	for ; hit < stopsMidWrite; hit++ {
		blocked, back, err := s.stopMidWrite(ctx, number)
		if err != nil {
			c.row("", fmt.Sprintf("it can be done %d times", stopsMidWrite), false, "%d times: %s", hit, firstLine(err))
			break
		}
		slowest, latest = max(slowest, blocked), max(latest, back)
	}
	s.row("SIGSTOP of a relay in the middle of a write", fmt.Sprintf("another one writes after ≤ %.0f s", mostBlocked.Seconds()),
		hit == stopsMidWrite && slowest <= mostBlocked, "%d of %d times, the slowest %.1f s", hit, stopsMidWrite, slowest.Seconds())
	s.row("", fmt.Sprintf("it is ready again ≤ %.0f s after SIGCONT", mostBack.Seconds()), hit == stopsMidWrite && latest <= mostBack, "the slowest %.1f s", latest.Seconds())
	return s.compare(ctx)
}

// stopMidWrite stops the relay that writes just then, and lets it go on when another one has
// written. It measures after what time that was, and after what time it was ready again.
func (s *site) stopMidWrite(ctx context.Context, number string) (blocked, back time.Duration, err error) {
	conn, err := pgconn.Connect(ctx, s.server.URL())
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	victim, backend, err := s.stopWaiting(ctx, conn)
	if victim == nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, victim.signal(syscall.SIGCONT)) }() // also where something failed
	if err != nil {
		return 0, 0, err
	}
	released := time.Now()
	if _, ok := until(ctx, rig.Patience, func() bool {
		return s.isWriter(ctx, conn, halfDone, backend)
	}); !ok {
		return 0, 0, fmt.Errorf("the transaction of relay %s is not open, though it is stopped", victim.name)
	}
	s.say("relay %s is stopped with its transaction open, connection %s", victim.name, backend)
	other := s.nodes[0]
	if other == victim {
		other = s.nodes[1]
	}
	if _, err := other.command("session note " + number + " 'written while " + victim.name + " is stopped'"); err != nil {
		return 0, 0, err
	}
	blocked = time.Since(released)
	if s.isWriter(ctx, conn, "true", backend) {
		return 0, 0, fmt.Errorf("two transactions write at once: relay %s still has the writer's lock", victim.name)
	}
	if err := victim.signal(syscall.SIGCONT); err != nil {
		return 0, 0, err
	}
	back, ok := until(ctx, time.Minute, func() bool { return victim.ready(ctx) == 200 })
	if !ok {
		return 0, 0, fmt.Errorf("relay %s is not ready again", victim.name)
	}
	return blocked, back, nil
}

// stopWaiting stops the relay whose write waits for a row. It is not left to chance: we
// hold the rows of the sessions until the relay has stopped, but for those that are written
// just now: to wait for these would be a deadlock. Its statement ends in the server then, whose
// transaction waits for what the relay does not send. A lock of the table would stop a new
// connection when it prepares the statement, before anything is written.
func (s *site) stopWaiting(ctx context.Context, conn *pgconn.PgConn) (victim *node, backend string, err error) {
	// A connection of its own: in a transaction pg_stat_activity stays as it was at first.
	holding, err := pgconn.Connect(ctx, s.server.URL())
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, holding.Close(context.WithoutCancel(ctx))) }()
	if _, err := ask(ctx, holding, `BEGIN; SELECT 1 FROM sessions FOR UPDATE SKIP LOCKED`); err != nil {
		return nil, "", err
	}
	var rows []string
	_, ok := until(ctx, rig.Patience, func() bool {
		rows, err = ask(ctx, conn, writers+waits)
		return err != nil || len(rows) == 1
	})
	if err != nil {
		return nil, "", err
	}
	if !ok {
		return nil, "", errors.New("no relay writes an event")
	}
	name, backend, _ := strings.Cut(rows[0], " ")
	for _, n := range s.nodes {
		if n.name == name {
			victim = n
		}
	}
	if victim == nil {
		return nil, "", fmt.Errorf("there is no relay %q", name)
	}
	if err := victim.freeze(); err != nil {
		return victim, backend, err
	}
	// It may have given up before.
	if !s.isWriter(ctx, conn, waits, backend) {
		err = fmt.Errorf("relay %s has stopped, but its write does not wait any more", name)
	}
	return victim, backend, err
}

// isWriter reports whether a connection has the writer's lock, and is as a condition says.
func (s *site) isWriter(ctx context.Context, conn *pgconn.PgConn, is, backend string) bool {
	rows, err := ask(ctx, conn, writers+is)
	if err != nil || len(rows) != 1 {
		return false
	}
	_, now, _ := strings.Cut(rows[0], " ")
	return now == backend
}

// freeze stops the relay and waits until all of its threads have stopped.
func (n *node) freeze() error {
	if err := n.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		if err := unix.Waitid(unix.P_PID, n.Process().Pid, nil, unix.WSTOPPED, nil); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
