package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"time"

	"supportd/library/text"
)

// MaxTries is how often an invitation may be named with another secret, or for another
// account; with the last of them it is void. A person types one wrong now and then.
const MaxTries = 5

// ErrInvitation is that no such invitation is open for the account: it never was, has
// been used, is over, or was tried too often.
var ErrInvitation = errors.New("no such invitation is open for this account")

// Invitation lets somebody register one key for an account.
type Invitation struct {
	Name    string // what it is found by, no secret
	Hash    string // of the whole of it
	Account string
	Expires time.Time
}

// Invite stores an invitation, which makes the one void that its account may have. Where
// there is no account of that name, a is added; whether that was so is returned. An
// account that is there stays as it is, and where a says more of it than its name,
// that is [ErrExists]. See [Store.AddAccount] for samePerson.
func (s *Store) Invite(ctx context.Context, inv Invitation, a Account, samePerson bool) (added bool, err error) {
	err = s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := accountExists(ctx, tx, a.Name)
		added = errors.Is(err, ErrNotFound)
		switch {
		case added:
			err = s.addInvited(ctx, tx, a, samePerson)
		case err == nil && (a.Display != "" || a.Admin || samePerson):
			err = text.Errorf("account %s: %w", a.Name, ErrExists)
		}
		if err != nil {
			return err
		}
		if err := exec(ctx, tx, `DELETE FROM invitations WHERE account = $1`, a.Name); err != nil {
			return err
		}
		return exec(ctx, tx, `INSERT INTO invitations (name, account, hash, expires) VALUES ($1, $2, $3, $4)`, inv.Name, a.Name, inv.Hash, millis(inv.Expires))
	})
	return added, err
}

func (s *Store) addInvited(ctx context.Context, tx *sql.Tx, a Account, samePerson bool) error {
	if a.Display == "" {
		a.Display = a.Name
	}
	if err := ownsNothing(ctx, tx, a.Name); err != nil && !samePerson {
		return err
	}
	return exec(ctx, tx, `INSERT INTO accounts (name, display, admin, disabled, created) VALUES ($1, $2, $3, 0, $4)`,
		a.Name, a.Display, bit(a.Admin), millis(a.Created))
}

// Register uses an invitation up: the key logs in for its account from then on, which may
// have at most most. Where that fails for the key's sake ([ErrExists], [ErrLimit]) the
// invitation stays open. A wrong one is [ErrInvitation].
func (s *Store) Register(ctx context.Context, offered Invitation, k Key, most int, now time.Time) error {
	open, err := s.invitation(ctx, offered.Name, now)
	switch {
	case err != nil:
		return err
	case subtle.ConstantTimeCompare([]byte(open.Hash), []byte(offered.Hash)) != 1 || open.Account != offered.Account:
		return errors.Join(ErrInvitation, s.triedWrong(ctx, offered.Name))
	}
	return s.writeAccounts(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// It is looked for once more: another one may have used it meanwhile.
		res, err := tx.ExecContext(ctx, `DELETE FROM invitations WHERE name = $1 AND hash = $2 AND account IN (SELECT name FROM accounts WHERE disabled = 0)`, open.Name, open.Hash)
		if err := one(res, err, "invitation"); err != nil {
			if errors.Is(err, ErrNotFound) {
				return ErrInvitation
			}
			return err
		}
		var have int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account_keys WHERE account = $1`, open.Account).Scan(&have); err != nil {
			return err
		}
		if have >= most {
			return text.Errorf("%d keys for %s: %w", have+1, open.Account, ErrLimit)
		}
		return addKeys(ctx, tx, open.Account, []Key{k})
	})
}

// invitation finds one that is open.
func (s *Store) invitation(ctx context.Context, name string, now time.Time) (inv Invitation, err error) {
	found, err := query(ctx, s, s.reader, `SELECT name, account, hash, expires FROM invitations WHERE name = $1 AND expires > $2`, []any{name, millis(now)},
		func(row *sql.Rows) (inv Invitation, err error) {
			var expires int64
			err = row.Scan(&inv.Name, &inv.Account, &inv.Hash, &expires)
			inv.Expires = moment(expires)
			return inv, err
		})
	if err == nil && len(found) == 0 {
		err = ErrInvitation
	}
	if err != nil {
		return inv, err
	}
	return found[0], nil
}

func (s *Store) triedWrong(ctx context.Context, name string) error {
	return s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		if err := exec(ctx, tx, `UPDATE invitations SET tries = tries + 1 WHERE name = $1`, name); err != nil {
			return err
		}
		return exec(ctx, tx, `DELETE FROM invitations WHERE name = $1 AND tries >= $2`, name, MaxTries)
	})
}

// VoidInvitations makes all of them void: what comes from a backup may have been used
// since it was made.
func (s *Store) VoidInvitations(ctx context.Context) error {
	return s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		return exec(ctx, tx, `DELETE FROM invitations`)
	})
}
