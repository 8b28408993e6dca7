package power

import (
	"context"
	"errors"
	"slices"

	"supportd/daemon/internal/logind"
)

// AtScreen lists the users who are logged in at the computer itself, sorted;
// nobody where that cannot be known.
func (s System) AtScreen(ctx context.Context) ([]string, error) {
	conn, err := logind.Open(ctx, s.Bus)
	if errors.Is(err, logind.ErrAbsent) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer conn.Close()
	sessions, err := conn.Sessions(ctx)
	if err != nil && !errors.Is(err, logind.ErrAbsent) {
		return nil, err
	}
	var users []string
	for _, session := range sessions {
		// A login without terminal and windows belongs to a program, such as ours.
		if session.Class == "user" && !session.Remote && (session.TTY != "" || session.Desktop()) {
			users = append(users, session.User)
		}
	}
	slices.Sort(users)
	return slices.Compact(users), nil
}
