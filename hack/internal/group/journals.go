//go:build linux

package group

import (
	"context"
	"errors"
	"fmt"

	"supportd/hack/internal/customers"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay/store"
)

// compare says nothing more is to be handed over, and compares each journal in the database
// with what its computer was acknowledged.
func (s *site) compare(ctx context.Context) (err error) {
	all, _, err := s.ask(customers.Ask{Journals: true})
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, s.url, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	events, wrong := 0, all.Wrong
	for _, j := range all.Journals {
		n, err := compareOne(ctx, db, j)
		if events += n; err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", j.Number, err))
		}
	}
	if len(wrong) > 0 {
		s.say("wrong: %q", wrong[:min(len(wrong), 20)])
	}
	s.row("each journal compared with what its computer was acknowledged", "0 events lost or doubled", len(wrong) == 0 && len(all.Journals) > 0,
		"%d events of %d computers, %d wrong", events, len(all.Journals), len(wrong))
	s.row("", "all events arrive in the end", all.Waiting == 0, "%d not acknowledged", all.Waiting)
	return nil
}

// compareOne also follows the chain: an event that is there twice breaks it.
func compareOne(ctx context.Context, db *store.Store, j customers.Journal) (n int, err error) {
	row, err := db.SessionByNumber(ctx, wire.Number(j.Number))
	if err != nil {
		return 0, err
	}
	var last journal.Event
	found := false
	for e, err := range db.Events(ctx, row.ID, 0) {
		if err != nil {
			return n, err
		}
		if err := e.Follows(last); err != nil {
			return n, err
		}
		if last = e; e.Seq == j.Seq {
			found = e.Hash == j.Hash
		}
		n++
	}
	switch {
	case !found:
		return n, fmt.Errorf("event %d, which was acknowledged, is not there", j.Seq)
	case last.Seq > j.Seq+1, last.Seq == j.Seq+1 && last.Hash != j.Next:
		return n, fmt.Errorf("%d events are there, and %d were sent", last.Seq, j.Seq)
	}
	return n, nil
}
