package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/hack/testkit/pgtest"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/relay/store/postgres"
)

// testServer is where TestMain says to the tests on which server they keep databases.
const testServer = "SUPPORTD_TEST_POSTGRES"

// TestMain runs the tests with SQLite, or with -args -postgres with a PostgreSQL server
// of their own.
func TestMain(m *testing.M) {
	with := flag.Bool("postgres", false, "keep the tests' databases in PostgreSQL")
	flag.Parse()
	if !*with {
		os.Exit(m.Run())
	}
	server, err := pgtest.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := 1
	if err = os.Setenv(testServer, server.URL()); err == nil {
		code = m.Run()
	}
	if err := errors.Join(err, server.Close()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// file is where a test keeps a database of its own: a file, or a schema.
func file(t *testing.T) string {
	t.Helper()
	server := os.Getenv(testServer)
	if server == "" {
		return filepath.Join(t.TempDir(), "relay.db")
	}
	name := "test_" + strings.ToLower(rand.Text())
	address, err := postgres.ParseAddress(server)
	if err != nil {
		t.Fatal(err)
	}
	db := address.Open(postgres.Options{})
	if _, err := db.ExecContext(t.Context(), `CREATE SCHEMA `+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := db.ExecContext(context.WithoutCancel(t.Context()), `DROP SCHEMA `+name+` CASCADE`)
		if err := errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
	})
	return server + "&search_path=" + name
}

// onFile is for a test of what only a file has.
func onFile(t *testing.T) {
	t.Helper()
	if os.Getenv(testServer) != "" {
		t.Skip("a file of SQLite is tested here")
	}
}

// onServer is for a test of what only PostgreSQL does.
func onServer(t *testing.T) {
	t.Helper()
	if os.Getenv(testServer) == "" {
		t.Skip("for PostgreSQL: go test ./relay/store -args -postgres")
	}
}

// called is how a database is called in errors.
func called(t *testing.T, place string) string {
	t.Helper()
	if !IsPostgres(place) {
		return place
	}
	address, err := postgres.ParseAddress(place)
	if err != nil {
		t.Fatal(err)
	}
	return address.String()
}

// Of two relays one serves a database, and what the other one would write is not written,
// whichever was the first.
func TestD5_OneRelayServesADatabase(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	first, second, command := open(t, place), open(t, place), open(t, place)
	if err := first.Serve(ctx); err != nil {
		t.Fatal(err)
	}
	if err := second.Serve(ctx); !errors.Is(err, ErrServed) || !strings.Contains(err.Error(), "connected from 127.0.0.1 since 20") {
		t.Errorf("%v", err)
	}
	if err := errors.Join(first.AddAccount(ctx, account("alice"), false), command.AddAccount(ctx, account("bob"), false)); err != nil {
		t.Error(err)
	}
	// The first one loses its connection, and the second one is faster.
	var pid int64
	if err := first.writer.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
		t.Fatal(err)
	}
	if _, err := command.lister.ExecContext(ctx, `SELECT pg_terminate_backend($1)`, pid); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the second relay serves", func() bool { return second.Serve(ctx) == nil })
	// On a busy machine its connection may be made late.
	testkit.Eventually(t, "the first relay cannot write", func() bool { return errors.Is(first.AddAccount(ctx, account("carol"), false), ErrServed) })
	testkit.Eventually(t, "the first relay is not ready", func() bool { return errors.Is(first.Ready(ctx), ErrServed) })
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	testkit.Eventually(t, "the first relay has it again", func() bool { return first.Ready(ctx) == nil })
	if err := first.AddAccount(ctx, account("carol"), false); err != nil {
		t.Error(err)
	}
	if all, err := command.Accounts(ctx); err != nil || len(all) != 3 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestD5_AConnectionThatWasCutIsMadeAgain(t *testing.T) {
	onServer(t)
	s, ctx := open(t, file(t)+"&application_name=cut"), t.Context()
	other := open(t, file(t))
	if err := errors.Join(s.Serve(ctx), s.AddSession(ctx, new(session("before")))); err != nil {
		t.Fatal(err)
	}
	if _, err := other.lister.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut'`); err != nil {
		t.Fatal(err)
	}
	if err := s.AddSession(ctx, new(session("after"))); err != nil {
		t.Errorf("writing: %v", err)
	}
	if all, err := s.OpenSessions(ctx); err != nil || len(all) != 2 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := s.Ready(ctx); err != nil {
		t.Error(err)
	}
}

// What somebody has given up costs the relay a connection, and not its place: the next one
// waits until the server has noticed.
func TestD5_WhoGivesUpTakesNobodysPlace(t *testing.T) {
	onServer(t)
	s, ctx := open(t, file(t)), t.Context()
	if err := s.Serve(ctx); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		short, cancel := context.WithCancel(ctx)
		err := s.write(short, people, "", func(ctx context.Context, tx *sql.Tx) error {
			time.AfterFunc(time.Millisecond, cancel)
			return exec(ctx, tx, `SELECT pg_sleep(60)`)
		})
		cancel()
		if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "\n") {
			t.Errorf("given up: %v", err)
		}
		if err := s.AddSession(ctx, new(session(fmt.Sprint("after ", i)))); err != nil {
			t.Errorf("the next one: %v", err)
		}
	}
}

// A commit waits for the disk, and a statement sees what was committed before it, whatever
// is usual on the server.
func TestD5_TheServersDefaultsAreNotOurs(t *testing.T) {
	onServer(t)
	s, ctx := open(t, file(t)+"&default_transaction_isolation=serializable"), t.Context()
	var waits, sees string
	if err := s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		return errors.Join(tx.QueryRowContext(ctx, `SHOW synchronous_commit`).Scan(&waits), tx.QueryRowContext(ctx, `SHOW transaction_isolation`).Scan(&sees))
	}); err != nil || waits != "on" || sees != "read committed" {
		t.Errorf("%s, %s, %v", waits, sees, err)
	}
}

// The server commits, and its answer is lost: that is an error, and whoever tries again
// stores nothing twice.
func TestD5_ACommitWithoutAnAnswer(t *testing.T) {
	onServer(t)
	place, ctx := file(t), t.Context()
	between := newCutter(t, place)
	s, other := open(t, between.place), open(t, place)
	if err := errors.Join(s.Serve(ctx), s.AddSession(ctx, new(session("s")))); err != nil {
		t.Fatal(err)
	}
	events := follow(journal.Event{}, 3, "x")
	activate := func() error {
		_, err := s.ChangeSession(ctx, "s", api.Active, func(*Session) {})
		return err
	}
	for what, do := range map[string]func() error{
		"events": func() error { return s.AppendEvents(ctx, "s", events) },
		"change": activate,
	} {
		between.cut.Store(true)
		if err := do(); !errors.Is(err, ErrAway) {
			t.Errorf("%s: %v", what, err)
		}
		if between.cut.Load() {
			t.Errorf("%s: nothing was cut", what)
		}
		if err := do(); err != nil {
			t.Errorf("%s, once more: %v", what, err)
		}
	}
	if last, err := other.LastEvent(ctx, "s"); err != nil || last.Seq != events[2].Seq || last.Hash != events[2].Hash {
		t.Errorf("%+v, %v", last, err)
	}
	if got, err := other.Session(ctx, "s"); err != nil || got.State != api.Active {
		t.Errorf("%+v, %v", got, err)
	}
}

// cutter stands before a server. When cut is set it cuts the connection on which the next
// commit comes, once the server has answered it.
type cutter struct {
	place string
	cut   atomic.Bool
}

func newCutter(t *testing.T, place string) *cutter {
	t.Helper()
	at, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := at.Host
	at.Host = l.Addr().String()
	c := &cutter{place: at.String()}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { c.serve(t, near, server) })
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() }) // after the stores, which are closed first
	return c
}

func (c *cutter) serve(t *testing.T, near net.Conn, server string) {
	defer near.Close()
	far, err := net.Dial("tcp", server)
	if err != nil {
		t.Error(err)
		return
	}
	defer far.Close()
	var drop atomic.Bool // what the server answers
	var asking sync.WaitGroup
	defer asking.Wait()
	defer near.Close()
	asking.Go(func() {
		defer far.Close()
		chunk := make([]byte, 1<<16)
		for {
			n, err := near.Read(chunk)
			if bytes.Contains(chunk[:n], []byte("COMMIT\x00")) && c.cut.CompareAndSwap(true, false) {
				drop.Store(true)
			}
			if _, werr := far.Write(chunk[:n]); err != nil || werr != nil {
				return
			}
		}
	})
	chunk := make([]byte, 1<<16)
	for {
		n, err := far.Read(chunk)
		if err != nil || drop.Load() {
			return
		}
		if _, err := near.Write(chunk[:n]); err != nil {
			return
		}
	}
}

func TestTheTimeIsTheDatabases(t *testing.T) {
	onServer(t)
	s, ctx := open(t, file(t)), t.Context()
	if _, err := s.Revision(ctx); err != nil {
		t.Fatal(err)
	}
	if off := time.Since(s.Now()).Abs(); off > testkit.Patience {
		t.Errorf("one clock, and %v between them", off)
	}
	// A computer whose clock is wrong.
	s.ahead.Store(int64(5 * time.Minute))
	if off := time.Until(s.Now()); off < 4*time.Minute {
		t.Errorf("%v", off)
	}
	if _, err := s.Revision(ctx); err != nil {
		t.Fatal(err)
	}
	if off := time.Since(s.Now()).Abs(); off > testkit.Patience {
		t.Errorf("%v after the database was asked", off)
	}
}

func TestAddressesOfPostgres(t *testing.T) {
	for place, want := range map[string]string{
		"postgres://u@db.example/relay":                         "sslmode=verify-full",
		"postgres://u:canary@db.example/relay?sslmode=prefer":   "sslmode=verify-full",
		"postgres://u:canary@127.0.0.1:x/relay":                 "is wanted",
		"postgres://u:canary@127.0.0.1/relay?sslmode=canary":    "is wanted",
		"postgres://u:canary@127.0.0.1:1/relay?sslmode=disable": ErrAway.Error(),
	} {
		_, err := Open(t.Context(), place, time.Second)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "u:canary") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", place, err)
		}
	}
	for _, place := range []string{"postgres://u:p@localhost/relay", "postgres://u@localhost/relay?password=p", "postgres://u@localhost/relay?sslpassword=p"} {
		if secret, err := CheckPostgres(place); err != nil || !secret {
			t.Errorf("%s: %v, %v", place, secret, err)
		}
	}
}

func TestTextsThatPostgresCannotHold(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	row := session("one")
	row.Ticket = "a\x00b\xffc"
	if err := s.AddSession(ctx, &row); err != nil {
		t.Fatal(err)
	}
	got, err := s.Session(ctx, "one")
	if err != nil || got.Ticket != row.Ticket && got.Ticket != "a\uFFFDb\uFFFDc" {
		t.Errorf("%q, %v", got.Ticket, err)
	}
}

// postgresAddress is an address at which no server has to be.
func postgresAddress(t *testing.T) (*postgres.Address, error) {
	t.Helper()
	return postgres.ParseAddress("postgres://u@localhost/relay?sslmode=disable")
}
