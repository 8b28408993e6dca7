// Package postgres lets database/sql speak to PostgreSQL. It is a small driver on the
// lowest layer of pgx, which knows the protocol, ways to log in and TLS: texts, whole
// numbers, yes or no, and bytes go over it, which is all that a relay stores. The driver
// that pgx brings for database/sql knows every type of PostgreSQL and is three megabytes
// larger.
//
// It promises that no password is in its errors, that an answer is complete or an error,
// and that a transaction that the database has undone is never told of as committed.
package postgres

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// connectTime bounds the making of a connection, unless the address has another
	// connect_timeout.
	connectTime = 5 * time.Second
	// answerTime bounds one statement: none of a relay takes a second, and a server that
	// is gone without a word says nothing.
	answerTime = 30 * time.Second
)

// Both ends find out within half a minute that the other one is gone without a word.
const (
	keepIdle     = 10 * time.Second
	keepInterval = 5 * time.Second
	keepCount    = 3
)

// Address is where a database is, and how to log in there.
type Address struct {
	config *pgconn.Config
	secret bool
}

// IsAddress reports whether a text is meant to be the address of a PostgreSQL database.
func IsAddress(s string) bool {
	scheme, _, found := strings.Cut(s, "://")
	return found && (strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql"))
}

// ParseAddress reads postgres://USER@HOST:PORT/DATABASE?NAME=VALUE, as libpq takes it.
// Over a network it has to say what of TLS is wanted: by default a server that is not
// the right one would be sent everything.
func ParseAddress(s string) (*Address, error) {
	const form = "postgres://USER@HOST:PORT/DATABASE is wanted"
	if !IsAddress(s) {
		return nil, errors.New(form)
	}
	parsed, err := url.Parse(s)
	if err != nil {
		return nil, errors.New(form) // the error has all of the address in it
	}
	config, err := pgconn.ParseConfig(s)
	if err != nil {
		var why error
		if bad := new(pgconn.ParseConfigError); errors.As(err, &bad) {
			why = bad.Unwrap()
		}
		if why == nil {
			return nil, errors.New(form + ", with parameters as libpq has them")
		}
		return nil, fmt.Errorf("%s: %w", form, why)
	}
	if config.Database == "" {
		return nil, errors.New("it names no database: " + form)
	}
	mode := parsed.Query().Get("sslmode")
	if !slices.Contains([]string{"verify-full", "verify-ca", "require", "disable"}, mode) && slices.ContainsFunc(hosts(config), overNetwork) {
		return nil, errors.New("it goes over a network: add ?sslmode=verify-full, with &sslrootcert=FILE for a CA of your own")
	}
	if parsed.Query().Get("connect_timeout") == "" {
		config.ConnectTimeout = connectTime
	}
	config.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepIdle, Interval: keepInterval, Count: keepCount}}).DialContext
	for _, c := range tlsOf(config) {
		// Each record has a system call of its own, and a relay that is stopped between two of
		// them has sent a half: see mostAtOnce of package store.
		c.DynamicRecordSizingDisabled = true
	}
	for name, value := range map[string]string{
		"application_name": "support-relay", "client_encoding": "UTF8",
		"tcp_keepalives_idle": seconds(keepIdle), "tcp_keepalives_interval": seconds(keepInterval), "tcp_keepalives_count": strconv.Itoa(keepCount),
	} {
		if config.RuntimeParams[name] == "" {
			config.RuntimeParams[name] = value
		}
	}
	_, secret := parsed.User.Password()
	return &Address{config, secret || parsed.Query().Has("password") || parsed.Query().Has("sslpassword")}, nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// tlsOf are the settings of TLS for all ways that are tried.
func tlsOf(config *pgconn.Config) (all []*tls.Config) {
	for _, c := range append([]*pgconn.FallbackConfig{{TLSConfig: config.TLSConfig}}, config.Fallbacks...) {
		if c.TLSConfig != nil {
			all = append(all, c.TLSConfig)
		}
	}
	return all
}

// hosts are all of those that are tried.
func hosts(config *pgconn.Config) []string {
	all := []string{config.Host}
	for _, f := range config.Fallbacks {
		all = append(all, f.Host)
	}
	return all
}

// overNetwork reports whether a host is not this computer itself.
func overNetwork(host string) bool {
	if host == "localhost" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err != nil || !ip.IsLoopback()
}

// Secret reports whether the address has a password in it.
func (a *Address) Secret() bool { return a.secret }

// String is what people may see of it: server and database.
func (a *Address) String() string {
	if strings.HasPrefix(a.config.Host, "/") {
		return fmt.Sprintf("PostgreSQL %s in %s", a.config.Database, a.config.Host)
	}
	return fmt.Sprintf("PostgreSQL %s at %s", a.config.Database, net.JoinHostPort(a.config.Host, strconv.Itoa(int(a.config.Port))))
}
