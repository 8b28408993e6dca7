package store

import (
	"context"
	"time"
)

// Now is the time that counts for what is stored: that of the database's computer, where
// it is another one than ours. It is as exact as the last answer of the database was
// quick; see [Store.Revision].
func (s *Store) Now() time.Time {
	now := time.Now()
	if ahead := s.ahead.Load(); ahead != 0 {
		return now.Add(time.Duration(ahead))
	}
	return now
}

// revisionAndTime is [Store.Revision] of PostgreSQL, which also asks what time it is there.
func (s *Store) revisionAndTime(ctx context.Context) (revision int64, err error) {
	asked := time.Now()
	var micros int64
	err = s.reader.QueryRowContext(ctx, `SELECT value, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) FROM revisions WHERE name = 'accounts'`).
		Scan(&revision, &micros)
	if err != nil {
		return 0, s.explain(err)
	}
	took := time.Since(asked)
	// Two clocks that agree to within the time of the answer are the same one.
	ahead := time.UnixMicro(micros).Sub(asked.Add(took / 2))
	if ahead.Abs() <= max(took, sameClock) {
		ahead = 0
	}
	s.ahead.Store(int64(ahead))
	return revision, nil
}

// sameClock is by how much two clocks may differ that count as one.
const sameClock = 5 * time.Millisecond

// Ready reports why nothing can be stored now.
func (s *Store) Ready(ctx context.Context) error {
	if _, err := s.Revision(ctx); err != nil || s.pg == nil {
		return err
	}
	return s.explain(s.writer.PingContext(ctx))
}
