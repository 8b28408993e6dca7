package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"time"

	"supportd/library"
	"supportd/library/author"
	"supportd/library/text"
)

// Errors of the script library.
var (
	ErrCategory = errors.New("there is no such category")
	ErrChanged  = errors.New("it was changed meanwhile")
	ErrInUse    = errors.New("it is in use")
	ErrSigned   = errors.New("its author has signed something else")
)

// ScriptChange is what an edit makes of a script: all of it, or nothing.
type ScriptChange struct {
	By        string // account
	At        time.Time
	IfVersion int // 0 is any
	// Edit changes name, category, description and publication. Its error ends the
	// whole change.
	Edit func(*library.Script) error
	// Package is the new package; nil keeps the one that is there.
	Package *library.Package
	// Signature is the author's of what comes of the change, which the caller has proved
	// with its files. Without one, that of the version before stays where it still says the
	// truth: where files, name and category stay.
	Signature Signature
}

// Signature is an author's signature of a version of a script. The zero Signature is none.
type Signature struct {
	Signer string // SHA256:… of the key
	Signed author.Signed
}

// line is a signature as it is stored. The error is [ErrSigned] where it is for something
// else than a script that has replaced the version before; the zero Version is none.
func (g Signature) line(sc library.Script, before library.Version) (string, error) {
	if g.Signer == "" {
		return "", nil
	}
	if !g.Signed.IsFor(sc.Name, sc.Owner, sc.Category, sc.Current.Number, before.SHA256) {
		return "", text.Errorf("script %s: %w", sc.Name, ErrSigned)
	}
	return g.Signed.Line()
}

// Library is what authors call this library in what they sign: random text that was drawn
// when the database was made. It stays where the database goes, and when the relay's keys
// are changed.
func (s *Store) Library() string { return s.library }

// nameLibrary reads it, and draws it where there is none.
func (s *Store) nameLibrary(ctx context.Context) error {
	const find = `SELECT id FROM library WHERE one = 1`
	err := s.reader.QueryRowContext(ctx, find).Scan(&s.library)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = s.writer.ExecContext(ctx, `INSERT INTO library (one, id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING`, rand.Text())
		if err == nil { // another relay may have been faster
			err = s.writer.QueryRowContext(ctx, find).Scan(&s.library)
		}
	}
	return s.explain(err)
}

// AddScript stores a new script with its first version. The error is
// [ErrExists] where the name is taken, in whatever spelling, and [ErrCategory].
func (s *Store) AddScript(ctx context.Context, sc library.Script, p library.Package) (library.Script, error) {
	return s.AddSigned(ctx, sc, p, Signature{})
}

// AddSigned is [Store.AddScript] for a script that its author has signed, which the caller
// has proved with its files. [ErrSigned] is another error of it.
func (s *Store) AddSigned(ctx context.Context, sc library.Script, p library.Package, sig Signature) (library.Script, error) {
	sc.ID = rand.Text()
	err := s.write(ctx, people, sc.Owner, func(ctx context.Context, tx *sql.Tx) error {
		if err := hasCategory(ctx, tx, sc.Category); err != nil {
			return err
		}
		sc.Current = library.Version{Number: 1, By: sc.Owner, Changed: sc.Created, Name: sc.Name, Published: sc.Published, Signer: sig.Signer}
		signed, err := sig.line(sc, library.Version{})
		if err != nil {
			return err
		}
		if err := mayAdd(ctx, tx, sc.Owner); err != nil {
			return err
		}
		has, err := savePackage(ctx, tx, &sc.Current, p)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO scripts (id, key, name, category, description, owner, published, created, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, sc.ID, library.Key(sc.Name), sc.Name, sc.Category, sc.Description, sc.Owner,
			bit(sc.Published), millis(sc.Created), sc.Current.Number)
		if isDuplicate(err) {
			return text.Errorf("script %s: %w", sc.Name, ErrExists)
		}
		if err != nil {
			return err
		}
		return saveVersion(ctx, tx, sc, has, signedText{author: signed})
	})
	return sc, err
}

// Changed is [ErrChanged] of a script, in its newest version.
func Changed(sc library.Script) error {
	return text.Errorf("script %s: %w: version %d is the newest", sc.Name, ErrChanged, sc.Current.Number)
}

// ChangeScript makes a new version of a script.
func (s *Store) ChangeScript(ctx context.Context, name string, change ScriptChange) (sc library.Script, err error) {
	err = s.write(ctx, people, change.By, func(ctx context.Context, tx *sql.Tx) error {
		var has content
		if sc, has, err = oneScript(ctx, tx, name); err != nil {
			return err
		}
		before := sc
		if err := change.Edit(&sc); err != nil {
			return err
		}
		if change.IfVersion != 0 && change.IfVersion != before.Current.Number {
			return Changed(before)
		}
		if err := hasCategory(ctx, tx, sc.Category); err != nil {
			return err
		}
		// Taking something back is always possible, and only once.
		withdrawn := before.Published && !sc.Published
		if sc.Current.Number >= MaxVersions && !withdrawn {
			return text.Errorf("script %s: %w: it has %d versions", before.Name, ErrLimit, MaxVersions)
		}
		sc.Current.Number++
		sc.Current.By, sc.Current.Changed = change.By, change.At
		sc.Current.Name, sc.Current.Published = sc.Name, sc.Published
		signed, err := change.signature(ctx, tx, &sc, before)
		if err != nil {
			return err
		}
		if change.Package != nil {
			if has, err = savePackage(ctx, tx, &sc.Current, *change.Package); err != nil {
				return err
			}
		} else if err := mayOwn(ctx, tx, change.By, 0); err != nil && !withdrawn {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE scripts SET key = $2, name = $3, category = $4, description = $5, published = $6, version = $7 WHERE id = $1`,
			sc.ID, library.Key(sc.Name), sc.Name, sc.Category, sc.Description, bit(sc.Published), sc.Current.Number)
		if isDuplicate(err) {
			return text.Errorf("script %s: %w", sc.Name, ErrExists)
		}
		if err != nil {
			return err
		}
		return saveVersion(ctx, tx, sc, has, signed)
	})
	return sc, err
}

// signedText are the signatures of a version, as they are stored.
type signedText struct {
	author             string // what the author has signed
	approver, approval string // who else has signed it, and that
}

// size is the bytes that they take.
func (t signedText) size() int { return len(t.author) + len(t.approval) }

// signature is what a changed script has of signatures, and says in the script whose they
// are. What another person has signed goes with what the author had signed.
func (change ScriptChange) signature(ctx context.Context, tx *sql.Tx, sc *library.Script, before library.Script) (has signedText, err error) {
	same := change.Package == nil && sc.Name == before.Name && sc.Category == before.Category
	if change.Signature.Signer == "" && same {
		err = tx.QueryRowContext(ctx, `SELECT signature, approver, approval FROM script_versions WHERE script = $1 AND version = $2`, before.ID, before.Current.Number).
			Scan(&has.author, &has.approver, &has.approval)
		return has, err
	}
	sc.Current.Signer, sc.Current.Approver = change.Signature.Signer, ""
	has.author, err = change.Signature.line(*sc, before.Current)
	return has, err
}

// Signature reads the signature of a version of a script; nil where it has none.
func (s *Store) Signature(ctx context.Context, script string, version int) (*author.Signed, error) {
	found, err := query(ctx, s, s.lister, `SELECT signature FROM script_versions WHERE script = $1 AND version = $2`, []any{script, version}, func(row *sql.Rows) (line string, err error) {
		err = row.Scan(&line)
		return line, err
	})
	if err != nil || len(found) != 1 || found[0] == "" {
		return nil, err
	}
	signed, err := author.Parse(found[0])
	return &signed, err
}

// RemoveScript takes a script out of the library if may has no error. Its
// versions stay for the reports.
func (s *Store) RemoveScript(ctx context.Context, name string, may func(library.Script) error) error {
	return s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		sc, _, err := oneScript(ctx, tx, name)
		if err != nil {
			return err
		}
		if err := may(sc); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM scripts WHERE id = $1`, sc.ID)
		return one(res, err, "script "+name)
	})
}

func hasCategory(ctx context.Context, tx *sql.Tx, name string) error {
	var found string
	err := tx.QueryRowContext(ctx, `SELECT name FROM categories WHERE name = $1`, name).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return text.Errorf("%q: %w", name, ErrCategory)
	}
	return err
}

// What one account may have in the library: hundreds of large scripts fit, or
// thousands of changes to small ones, and nobody can fill the relay's disk by
// themselves.
const (
	// MaxOwned bounds what all versions that an account has made take, those of
	// scripts that were deleted too, in bytes as they are stored: each package once,
	// versionRow for each version, and its signatures.
	MaxOwned = 256 << 20
	// MaxScripts bounds the scripts that an account owns.
	MaxScripts = 1000
	// MaxVersions bounds the versions of a script.
	MaxVersions = 1000
	// versionRow is what a version takes beside its package: names, paths, hashes
	// and their places in the indexes.
	versionRow = 2 << 10
)

// mayAdd is [ErrLimit] where an account has as many scripts as it may.
func mayAdd(ctx context.Context, tx *sql.Tx, owner string) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM scripts WHERE owner = $1`, owner).Scan(&n); err != nil {
		return err
	}
	if n >= MaxScripts {
		return text.Errorf("your scripts: %w: there are %d", ErrLimit, n)
	}
	return nil
}

// mayOwn is [ErrLimit] where an account has no room for another version, whose
// package takes so many bytes.
func mayOwn(ctx context.Context, tx *sql.Tx, editor string, stored int) error {
	var owned, rows int64
	err := tx.QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(stored + signed), 0) AS bigint), CAST(COALESCE(SUM(n), 0) AS bigint)
		FROM (SELECT stored, SUM(signed) AS signed, count(*) AS n FROM script_versions WHERE editor = $1 GROUP BY sha256, stored) AS packages`, editor).Scan(&owned, &rows)
	if err != nil {
		return err
	}
	if owned += rows * versionRow; owned+versionRow+int64(stored) > MaxOwned {
		return text.Errorf("your scripts and their older versions: %w: they take %d bytes, of %d", ErrLimit, owned, MaxOwned)
	}
	return nil
}

// content is what a version's package is, beside what people see of it.
type content struct {
	program string // SHA-256 of the executable
	parts   string // see [consent.Program.Sum]
	stored  int    // bytes that it takes
}

// savePackage stores the files and says in the version what they are. The error
// is [ErrLimit] where its maker has too many.
func savePackage(ctx context.Context, tx *sql.Tx, v *library.Version, p library.Package) (content, error) {
	archive, err := p.Tar()
	if err != nil {
		return content{}, err
	}
	v.Executable, v.Size, v.SHA256 = p.Executable, p.Size(), library.Sum(archive)
	text := base64.StdEncoding.EncodeToString(archive)
	if err := mayOwn(ctx, tx, v.By, len(text)); err != nil {
		return content{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO packages (sha256, archive) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING`, v.SHA256, text)
	program := p.Program()
	return content{program.SHA256, program.Sum(), len(text)}, err
}

func saveVersion(ctx context.Context, tx *sql.Tx, sc library.Script, has content, signed signedText) error {
	v := sc.Current
	_, err := tx.ExecContext(ctx, `INSERT INTO script_versions (script, version, name, editor, changed, published, executable, program, size, sha256, stored, parts, signer, signature, signed, approver, approval)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		sc.ID, v.Number, v.Name, v.By, millis(v.Changed), bit(v.Published), v.Executable, has.program, v.Size, v.SHA256, has.stored, has.parts, v.Signer, signed.author, signed.size(),
		signed.approver, signed.approval)
	return err
}

const selectScripts = `SELECT s.id, s.name, s.category, s.description, s.owner, s.published, s.created,
	v.version, v.name, v.editor, v.changed, v.published, v.executable, v.size, v.sha256, v.signer, ` + approver + `, v.program, v.stored, v.parts,
	COALESCE(u.runs, 0), COALESCE(u.last, 0), COALESCE(u.ok, 0)
	FROM scripts s JOIN script_versions v ON v.script = s.id AND v.version = s.version
	LEFT JOIN script_uses u ON u.script = s.id `

func scanScript(row interface{ Scan(...any) error }) (sc library.Script, has content, err error) {
	var created, changed, last int64
	v := &sc.Current
	err = row.Scan(&sc.ID, &sc.Name, &sc.Category, &sc.Description, &sc.Owner, &sc.Published, &created,
		&v.Number, &v.Name, &v.By, &changed, &v.Published, &v.Executable, &v.Size, &v.SHA256, &v.Signer, &v.Approver, &has.program, &has.stored, &has.parts, &sc.Uses.Runs, &last, &sc.Uses.OK)
	sc.Created, v.Changed, sc.Uses.Last = moment(created), moment(changed), moment(last)
	return sc, has, err
}

func oneScript(ctx context.Context, tx *sql.Tx, name string) (library.Script, content, error) {
	sc, has, err := scanScript(tx.QueryRowContext(ctx, selectScripts+`WHERE s.key = $1`, library.Key(name)))
	if errors.Is(err, sql.ErrNoRows) {
		err = text.Errorf("script %s: %w", name, ErrNotFound)
	}
	return sc, has, err
}

// Scripts lists the whole library, by name.
func (s *Store) Scripts(ctx context.Context) ([]library.Script, error) {
	return query(ctx, s, s.lister, selectScripts+`ORDER BY s.key`, nil, func(row *sql.Rows) (library.Script, error) {
		sc, _, err := scanScript(row)
		return sc, err
	})
}

// Script finds a script by its name, in whatever spelling; [ErrNotFound].
func (s *Store) Script(ctx context.Context, name string) (library.Script, error) {
	found, err := query(ctx, s, s.lister, selectScripts+`WHERE s.key = $1`, []any{library.Key(name)}, func(row *sql.Rows) (library.Script, error) {
		sc, _, err := scanScript(row)
		return sc, err
	})
	if err == nil && len(found) == 0 {
		err = text.Errorf("script %s: %w", name, ErrNotFound)
	}
	if err != nil {
		return library.Script{}, err
	}
	return found[0], nil
}

// Versions lists the states of a script, the first one first.
func (s *Store) Versions(ctx context.Context, id string) ([]library.Version, error) {
	const text = `SELECT v.version, v.name, v.editor, v.changed, v.published, v.executable, v.size, v.sha256, v.signer, ` + approver + ` FROM script_versions v WHERE v.script = $1 ORDER BY v.version`
	return query(ctx, s, s.lister, text, []any{id}, func(row *sql.Rows) (v library.Version, err error) {
		var changed int64
		err = row.Scan(&v.Number, &v.Name, &v.By, &changed, &v.Published, &v.Executable, &v.Size, &v.SHA256, &v.Signer, &v.Approver)
		v.Changed = moment(changed)
		return v, err
	})
}

// Package reads the package of a version, as an archive and taken apart.
func (s *Store) Package(ctx context.Context, v library.Version) (archive []byte, p library.Package, err error) {
	found, err := query(ctx, s, s.lister, `SELECT archive FROM packages WHERE sha256 = $1`, []any{v.SHA256}, func(row *sql.Rows) (text string, err error) {
		err = row.Scan(&text)
		return text, err
	})
	if err != nil {
		return nil, p, err
	}
	if len(found) == 1 {
		if archive, err = base64.StdEncoding.DecodeString(found[0]); err == nil && library.Sum(archive) == v.SHA256 {
			p, err = library.ReadTar(bytes.NewReader(archive), v.Executable)
			return archive, p, err
		}
	}
	return nil, p, text.Errorf("%s: the package %s: %w", s.path, v.SHA256, ErrDamaged)
}
