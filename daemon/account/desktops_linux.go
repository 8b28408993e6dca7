package account

import (
	"context"
	"errors"
	"fmt"

	"supportd/daemon/internal/logind"
)

func lockDesktops(ctx context.Context, bus string) (unlock func(context.Context) error, err error) {
	var locked []string
	unlock = func(ctx context.Context) error {
		if len(locked) == 0 {
			return nil
		}
		return withSessions(ctx, bus, func(conn *logind.Conn, s logind.Session) error {
			for _, id := range locked {
				if s.ID == id {
					return conn.Unlock(ctx, id)
				}
			}
			return nil
		})
	}
	err = withSessions(ctx, bus, func(conn *logind.Conn, s logind.Session) error {
		if !s.Desktop() || s.Remote || s.Locked {
			return nil
		}
		if err := conn.Lock(ctx, s.ID); err != nil {
			return err
		}
		locked = append(locked, s.ID)
		return nil
	})
	return unlock, err
}

// withSessions visits every session; where there is no logind there are none.
func withSessions(ctx context.Context, bus string, visit func(*logind.Conn, logind.Session) error) error {
	conn, err := logind.Open(ctx, bus)
	if errors.Is(err, logind.ErrAbsent) {
		return nil
	} else if err != nil {
		return err
	}
	defer conn.Close()
	sessions, err := conn.Sessions(ctx)
	if errors.Is(err, logind.ErrAbsent) {
		return nil
	}
	for _, s := range sessions {
		if e := visit(conn, s); e != nil {
			err = errors.Join(err, fmt.Errorf("session %s: %w", s.ID, e))
		}
	}
	return err
}
