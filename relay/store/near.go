package store

import (
	"context"
	"database/sql"
)

// Near is an account that has nearly as much of something as it may.
type Near struct {
	Owner      string
	What       Limited
	Have, Most int64
}

// Limited is what an account may have so much of.
type Limited int

// The things that are limited, in the order in which they are told.
const (
	OpenSessions Limited = iota + 1
	Scripts
	ScriptBytes // of all versions, as they are stored: see [MaxOwned]
)

// NearLimits lists the accounts that have at least so many percent of what they may;
// maxOpen is how many open sessions an account may have.
func (s *Store) NearLimits(ctx context.Context, percent, maxOpen int64) (all []Near, err error) {
	for _, limit := range []struct {
		what Limited
		most int64
		text string
	}{
		{OpenSessions, maxOpen, `SELECT owner, count(*) FROM sessions WHERE state <> 'ended' GROUP BY owner HAVING count(*) >= $1 ORDER BY owner`},
		{Scripts, MaxScripts, `SELECT owner, count(*) FROM scripts GROUP BY owner HAVING count(*) >= $1 ORDER BY owner`},
		{ScriptBytes, MaxOwned, `SELECT editor, CAST(SUM(stored + n * $2) AS bigint) FROM (SELECT editor, stored, count(*) AS n FROM script_versions GROUP BY editor, sha256, stored) AS packages
			GROUP BY editor HAVING SUM(stored + n * $2) >= $1 ORDER BY editor`},
	} {
		args := []any{limit.most * percent / 100}
		if limit.what == ScriptBytes {
			args = append(args, versionRow)
		}
		found, err := query(ctx, s, s.lister, limit.text, args, func(r *sql.Rows) (Near, error) {
			n := Near{What: limit.what, Most: limit.most}
			return n, r.Scan(&n.Owner, &n.Have)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
