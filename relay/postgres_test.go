package relay

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"supportd/hack/testkit/pgtest"
)

// server has the relays' databases; nil where they are files.
var server *pgtest.Server

// making is held while a database is made there.
var making sync.Mutex

// inGroup makes each relay of the tests the only one of a group.
var inGroup = flag.Bool("group", false, "with -postgres: each relay is the only one of a group")

// TestMain runs the tests with SQLite, or with -args -postgres with a PostgreSQL server
// of their own.
func TestMain(m *testing.M) {
	with := flag.Bool("postgres", false, "keep the relays' databases in PostgreSQL")
	flag.Parse()
	if !*with {
		os.Exit(m.Run())
	}
	var err error
	if server, err = pgtest.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// newPlace is where a relay of a test keeps its data, in dir and perhaps elsewhere.
func newPlace(t testing.TB, dir string) Place {
	t.Helper()
	if server == nil {
		return Place{Dir: dir}
	}
	making.Lock()
	defer making.Unlock()
	database, err := server.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return Place{Dir: dir, Database: database}
}

// onFile is for a test of what only a file has.
func onFile(t testing.TB) {
	t.Helper()
	if server != nil {
		t.Skip("a file of SQLite is tested here")
	}
}
