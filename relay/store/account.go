package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"supportd/library"
	"supportd/library/text"
)

// Account is a CSR.
type Account struct {
	Name     string // what they log in as, and what their sessions and scripts belong to
	Display  string // what customers see
	Admin    bool
	Disabled bool
	Created  time.Time
	Keys     []Key
	Invited  time.Time // until when an invitation is open; zero is that there is none
}

// Key is a public key that may log in for an account.
type Key struct {
	Fingerprint string // SHA256:…
	Line        string // as in authorized_keys, without a comment
	Comment     string // what its file said of it; foreign text
	Created     time.Time
	Used        time.Time // when it logged in last, see [Store.KeyUsed]; zero is never
}

// Category is a heading under which scripts are filed.
type Category struct {
	Name    string
	Created time.Time
}

// AddAccount stores a new account with its keys; all or nothing. Where sessions
// or scripts of a removed account of this name are left, it is [ErrOwns] unless
// the same person comes back: nobody else may read those.
func (s *Store) AddAccount(ctx context.Context, a Account, samePerson bool) error {
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := ownsNothing(ctx, tx, a.Name); err != nil && !samePerson {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO accounts (name, display, admin, disabled, created) VALUES ($1, $2, $3, $4, $5)`,
			a.Name, a.Display, bit(a.Admin), bit(a.Disabled), millis(a.Created))
		if isDuplicate(err) {
			return text.Errorf("account %s: %w", a.Name, ErrExists)
		}
		if err != nil {
			return err
		}
		return addKeys(ctx, tx, a.Name, a.Keys)
	})
}

func ownsNothing(ctx context.Context, tx *sql.Tx, name string) error {
	var known, sessions, scripts int
	err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM accounts WHERE name = $1),
		(SELECT count(*) FROM sessions WHERE owner = $1), (SELECT count(*) FROM scripts WHERE owner = $1)`, name).
		Scan(&known, &sessions, &scripts)
	if err == nil && known == 0 && sessions+scripts > 0 {
		err = text.Errorf("account %s: sessions: %d, scripts: %d: %w", name, sessions, scripts, ErrOwns)
	}
	return err
}

// AddKeys lets more keys log in for an account, which may have at most most; all
// or nothing.
func (s *Store) AddKeys(ctx context.Context, account string, keys []Key, most int) error {
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := accountExists(ctx, tx, account); err != nil {
			return err
		}
		var have int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account_keys WHERE account = $1`, account).Scan(&have); err != nil {
			return err
		}
		if have+len(keys) > most {
			return text.Errorf("%d keys for %s: %w", have+len(keys), account, ErrLimit)
		}
		return addKeys(ctx, tx, account, keys)
	})
}

func accountExists(ctx context.Context, tx *sql.Tx, name string) error {
	err := tx.QueryRowContext(ctx, `SELECT name FROM accounts WHERE name = $1`, name).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return text.Errorf("account %s: %w", name, ErrNotFound)
	}
	return err
}

func addKeys(ctx context.Context, tx *sql.Tx, account string, keys []Key) error {
	for _, k := range keys {
		_, err := tx.ExecContext(ctx, `INSERT INTO account_keys (fingerprint, account, line, created, comment) VALUES ($1, $2, $3, $4, $5)`,
			k.Fingerprint, account, k.Line, millis(k.Created), k.Comment)
		if isDuplicate(err) {
			return text.Errorf("key %s: %w", k.Fingerprint, ErrExists)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveKey takes a key from an account.
func (s *Store) RemoveKey(ctx context.Context, account, fingerprint string) error {
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM account_keys WHERE account = $1 AND fingerprint = $2`, account, fingerprint)
		return one(res, err, "key "+fingerprint+" of "+account)
	})
}

// DisableAccount locks an account, or unlocks it.
func (s *Store) DisableAccount(ctx context.Context, name string, disabled bool) error {
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE accounts SET disabled = $2 WHERE name = $1`, name, bit(disabled))
		return one(res, err, "account "+name)
	})
}

// EditAccount changes what customers see of an account, and whether it is an admin's; nil
// stays as it is.
func (s *Store) EditAccount(ctx context.Context, name string, display *string, admin *bool) error {
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if display != nil {
			res, err := tx.ExecContext(ctx, `UPDATE accounts SET display = $2 WHERE name = $1`, name, *display)
			if err := one(res, err, "account "+name); err != nil {
				return err
			}
		}
		if admin != nil {
			res, err := tx.ExecContext(ctx, `UPDATE accounts SET admin = $2 WHERE name = $1`, name, bit(*admin))
			return one(res, err, "account "+name)
		}
		return nil
	})
}

// KeyUsed remembers that a key has logged in. It is no change of the accounts.
func (s *Store) KeyUsed(ctx context.Context, fingerprint string, at time.Time) error {
	return s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		return exec(ctx, tx, `UPDATE account_keys SET used = $2 WHERE fingerprint = $1`, fingerprint, millis(at))
	})
}

// RemoveAccount deletes an account and its keys, and ends its support sessions.
func (s *Store) RemoveAccount(ctx context.Context, name, by string, now time.Time) error {
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM accounts WHERE name = $1`, name)
		if err := one(res, err, "account "+name); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE sessions SET state = 'ended', ended = $2, ended_by = $3, reason = $4 WHERE owner = $1 AND state <> 'ended'`,
			name, millis(now), by, "the account was removed")
		if err != nil {
			return err
		}
		// Somebody else may have the name later.
		_, err = tx.ExecContext(ctx, `UPDATE script_versions SET approver = '', approval = '' WHERE approver = $1`, name)
		return err
	})
}

// Accounts lists all accounts with their keys, by name.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	accounts, err := query(ctx, s, s.reader, `SELECT name, display, admin, disabled, created,
		coalesce((SELECT expires FROM invitations WHERE account = accounts.name), 0) FROM accounts ORDER BY name`, nil,
		func(row *sql.Rows) (a Account, err error) {
			var created, invited int64
			err = row.Scan(&a.Name, &a.Display, &a.Admin, &a.Disabled, &created, &invited)
			a.Created, a.Invited = moment(created), moment(invited)
			return a, err
		})
	if err != nil {
		return nil, err
	}
	at := map[string]*Account{}
	for i := range accounts {
		at[accounts[i].Name] = &accounts[i]
	}
	_, err = query(ctx, s, s.reader, `SELECT account, fingerprint, line, created, comment, used FROM account_keys ORDER BY created, fingerprint`, nil,
		func(row *sql.Rows) (k Key, err error) {
			var account string
			var created, used int64
			err = row.Scan(&account, &k.Fingerprint, &k.Line, &created, &k.Comment, &used)
			k.Created, k.Used = moment(created), moment(used)
			if a := at[account]; a != nil {
				a.Keys = append(a.Keys, k)
			}
			return k, err
		})
	return accounts, err
}

// AddCategory stores a new category.
func (s *Store) AddCategory(ctx context.Context, c Category) error {
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// Two headings that people read as one are one.
		rows, err := tx.QueryContext(ctx, `SELECT name FROM categories`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			if library.Key(name) == library.Key(c.Name) {
				return text.Errorf("category %s: %w", name, ErrExists)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO categories (name, created) VALUES ($1, $2)`, c.Name, millis(c.Created))
		if isDuplicate(err) {
			return text.Errorf("category %s: %w", c.Name, ErrExists)
		}
		return err
	})
}

// RemoveCategory deletes a category; [ErrInUse] while a script is in it.
func (s *Store) RemoveCategory(ctx context.Context, name string) error {
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var scripts int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM scripts WHERE category = $1`, name).Scan(&scripts); err != nil {
			return err
		}
		if scripts > 0 {
			return text.Errorf("category %s: %w: %d scripts are in it", name, ErrInUse, scripts)
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM categories WHERE name = $1`, name)
		return one(res, err, "category "+name)
	})
}

// Categories lists all categories, by name.
func (s *Store) Categories(ctx context.Context) ([]Category, error) {
	return query(ctx, s, s.reader, `SELECT name, created FROM categories ORDER BY name`, nil, func(row *sql.Rows) (c Category, err error) {
		var created int64
		err = row.Scan(&c.Name, &created)
		c.Created = moment(created)
		return c, err
	})
}

// Revision is another number after every change of accounts or categories, by
// whichever process. Asking for it costs next to nothing.
func (s *Store) Revision(ctx context.Context) (n int64, err error) {
	if s.pg != nil {
		return s.revisionAndTime(ctx)
	}
	err = s.prepared.revision.QueryRowContext(ctx).Scan(&n)
	return n, s.explain(err)
}

func (s *Store) writeAccounts(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	return s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		var revision int64
		err := tx.QueryRowContext(ctx, `UPDATE revisions SET value = value + 1 WHERE name = 'accounts' RETURNING value`).Scan(&revision)
		if err == nil && s.revised != nil {
			s.revised(revision)
		}
		return err
	})
}

// one turns a change of no row into [ErrNotFound].
func one(res sql.Result, err error, what string) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return text.Errorf("%s: %w", what, ErrNotFound)
}

// query collects rows.
func query[T any](ctx context.Context, s *Store, from *sql.DB, text string, args []any, scan func(*sql.Rows) (T, error)) (all []T, err error) {
	rows, err := from.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, s.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, s.explain(err)
		}
		all = append(all, row)
	}
	return all, s.explain(rows.Err())
}
