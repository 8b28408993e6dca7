package store

import (
	"context"
	"database/sql"

	"supportd/library"
	"supportd/library/author"
)

// approver is the column of who else has signed the version v: nobody, where their account
// is disabled. Who is removed has signed nothing any more.
const approver = `CASE WHEN EXISTS (SELECT 1 FROM accounts a WHERE a.name = v.approver AND a.disabled = 0) THEN v.approver ELSE '' END`

// Approve keeps the signature of somebody else than the author, which the caller has proved,
// in the place of an earlier one. The error is [ErrChanged] where another version is the
// newest now.
func (s *Store) Approve(ctx context.Context, sc library.Script, n author.Second) error {
	line, err := n.Line()
	if err != nil {
		return err
	}
	return s.write(ctx, people, n.Account, func(ctx context.Context, tx *sql.Tx) error {
		now, _, err := oneScript(ctx, tx, sc.Name)
		if err != nil {
			return err
		}
		if now.ID != sc.ID || now.Current.Number != sc.Current.Number {
			return Changed(now)
		}
		has := signedText{approver: n.Account, approval: line}
		err = tx.QueryRowContext(ctx, `SELECT signature FROM script_versions WHERE script = $1 AND version = $2`, sc.ID, sc.Current.Number).Scan(&has.author)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE script_versions SET approver = $3, approval = $4, signed = $5 WHERE script = $1 AND version = $2`,
			sc.ID, sc.Current.Number, has.approver, has.approval, has.size())
		return err
	})
}

// Approval reads that signature; nil where nobody else has signed a version, or who has may
// not log in any more.
func (s *Store) Approval(ctx context.Context, script string, version int) (*author.Second, error) {
	const find = `SELECT v.approval FROM script_versions v WHERE v.script = $1 AND v.version = $2 AND v.approval <> '' AND ` + approver + ` <> ''`
	found, err := query(ctx, s, s.lister, find, []any{script, version}, func(row *sql.Rows) (line string, err error) {
		err = row.Scan(&line)
		return line, err
	})
	if err != nil || len(found) != 1 {
		return nil, err
	}
	n, err := author.ParseSecond(found[0])
	return &n, err
}
