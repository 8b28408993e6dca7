// Package pgtest runs a PostgreSQL server for tests: Debian's, on a port of loopback that
// was free, in a temporary directory, and never as root. It is ended by its process's id.
package pgtest

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrMissing is that no PostgreSQL is installed, or none can be started on this system.
var ErrMissing = errors.New("PostgreSQL is not installed: on Debian, apt-get install postgresql")

// Options are how a server runs.
type Options struct {
	Host     string   // its address; "" is that of loopback. Elsewhere, whoever is in the same network is let in
	Dir      string   // where its directory is made; "" is that for temporary files
	Settings []string // NAME=VALUE each, for what the tests set otherwise

	follows *Server // nil: it is the first
	name    string  // what the first one calls it
}

// defaultHost is nobody else's.
const defaultHost = "127.0.0.1"

func (o Options) orDefault() Options {
	if o.Host == "" {
		o.Host = defaultHost
	}
	return o
}

// programs is the directory with the programs of the newest server that is installed.
func programs() (dir string, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", ErrMissing
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// version is that of the server whose programs lie at a path like /usr/lib/postgresql/15/bin.
func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}

// Address is its HOST:PORT.
func (s *Server) Address() string { return net.JoinHostPort(s.opts.Host, strconv.Itoa(s.port)) }

// Installed reports whether there is a server to start.
func Installed() bool { _, err := programs(); return err == nil }

// URL is the address of the server's database. A busy machine takes its time to answer.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable&connect_timeout=60", s.Address())
}

// Durable are the settings of a server that waits for its disk, as in life: for what is
// measured.
func Durable() []string {
	return []string{"fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=128MB"}
}
