package store

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date.
func (s *Store) migrate(ctx context.Context) (err error) {
	if s.pg != nil {
		done, lockErr := s.migrateAlone(ctx)
		if lockErr != nil {
			return lockErr
		}
		defer func() { err = errors.Join(err, done()) }()
	}
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	if s.pg != nil {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, s.writer, translated{steps, s.pg != nil})
	if err != nil {
		return err
	}
	have, newest, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return s.explain(err)
	case have > newest:
		return fmt.Errorf("%s: %w (schema %d, this one knows %d)", s.path, ErrNewer, have, newest)
	case have == newest:
		return nil
	}
	_, err = p.Up(ctx)
	return s.explain(err)
}

// migrateAlone waits until no other program changes the schema, and keeps others off it
// until done is called.
func (s *Store) migrateAlone(ctx context.Context) (done func() error, err error) {
	conn, err := s.lister.Conn(ctx)
	if err != nil {
		return nil, s.explain(err)
	}
	waiting, cancel := context.WithTimeoutCause(ctx, s.patience, ErrBusy)
	defer cancel()
	if _, err := conn.ExecContext(waiting, `SELECT pg_advisory_lock($1, hashtext(current_schema()))`, lockSchema); err != nil {
		return nil, errors.Join(s.explain(late(waiting, err)), conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1, hashtext(current_schema()))`, lockSchema)
		return errors.Join(s.explain(err), conn.Close())
	}, nil
}

// translated are the migrations as one of the databases reads them. In the files:
//
//   - bytes is the type of a column for bytes. In SQLite, where a column takes any value,
//     it is text, as it was when there was SQLite alone.
//   - What stands between the lines "-- SQLite alone" and "-- both" takes over what older
//     versions have stored in SQLite, and between "-- PostgreSQL alone" and "-- both" is
//     what several relays on one database need.
//
// PostgreSQL sorts and compares texts by their bytes, too, whatever the language of the
// database is.
type translated struct {
	fs.FS
	postgres bool
}

var (
	columnOfBytes = regexp.MustCompile(`(?m)^(\s*(?:ALTER TABLE \w+ ADD COLUMN )?\w+\s+)bytes\b`)
	columnOfText  = regexp.MustCompile(`(?m)^(\s*(?:ALTER TABLE \w+ ADD COLUMN )?\w+\s+)text\b`)
	sqliteAlone   = regexp.MustCompile(`(?ms)^-- SQLite alone$.*?^-- both$\n`)
	postgresAlone = regexp.MustCompile(`(?ms)^-- PostgreSQL alone$.*?^-- both$\n`)
	marks         = regexp.MustCompile(`(?m)^-- (?:SQLite alone|PostgreSQL alone|both)$\n`)
)

func (t translated) translate(text []byte) []byte {
	if !t.postgres {
		text = postgresAlone.ReplaceAll(text, nil)
		return columnOfBytes.ReplaceAll(marks.ReplaceAll(text, nil), []byte("${1}text"))
	}
	text = marks.ReplaceAll(sqliteAlone.ReplaceAll(text, nil), nil)
	text = columnOfText.ReplaceAll(text, []byte(`${1}text COLLATE "C"`))
	return columnOfBytes.ReplaceAll(text, []byte("${1}bytea"))
}

// Open implements [fs.FS].
func (t translated) Open(name string) (fs.File, error) {
	f, err := t.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	text, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	text = t.translate(text)
	return &translatedFile{bytes.NewReader(text), translatedInfo{info, int64(len(text))}}, nil
}

type translatedFile struct {
	*bytes.Reader
	info translatedInfo
}

func (f *translatedFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *translatedFile) Close() error               { return nil }

type translatedInfo struct {
	fs.FileInfo
	size int64
}

func (i translatedInfo) Size() int64 { return i.size }

// raw is what a column of the type bytes is given.
func (s *Store) raw(b []byte) any {
	if s.pg == nil {
		return string(b)
	}
	return b
}

// holdsTables is for a database that has to be one of a relay already.
func (s *Store) holdsTables(ctx context.Context) error {
	if s.pg != nil {
		return s.holdsRelay(ctx)
	}
	var tables int
	if err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&tables); err != nil {
		return s.explain(err)
	}
	if tables == 0 {
		return fmt.Errorf("%s: %w: it holds nothing; was it copied while a relay used it, without the files beside it?", s.path, ErrDamaged)
	}
	return nil
}
