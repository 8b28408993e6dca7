package daemon

import (
	"context"
	"time"

	"supportd/library/sshd"
	"supportd/library/wire"
)

// handleRequest answers the channel requests that do what verbs do. It may take
// as long as the customer thinks; ctx is done when the CSR's channel is closed.
func (d *Daemon) handleRequest(ctx context.Context, s *sshd.Session, act func(context.Context, *visit) error) bool {
	ok := false
	d.serve(ctx, s, func(ctx context.Context, v *visit) int {
		err := act(ctx, v)
		ok = err == nil
		return tell(s, err)
	})
	return ok
}

// requests are the channel requests of package wire.
func (d *Daemon) requests() map[string]func(context.Context, *sshd.Session, []byte) bool {
	return map[string]func(context.Context, *sshd.Session, []byte) bool{
		wire.RebootRequest: func(ctx context.Context, s *sshd.Session, payload []byte) bool {
			m, err := wire.ParseReboot(payload)
			return err == nil && d.handleRequest(ctx, s, func(ctx context.Context, v *visit) error {
				return v.reboot(ctx, time.Duration(m.Delay)*time.Second, m.Reason)
			})
		},
		wire.LogonRequest: func(ctx context.Context, s *sshd.Session, payload []byte) bool {
			m, err := wire.ParseLogon(payload)
			return err == nil && d.handleRequest(ctx, s, func(ctx context.Context, v *visit) error {
				return v.logonAs(ctx, m.User, v.typePassword)
			})
		},
		wire.LogoffRequest: func(ctx context.Context, s *sshd.Session, payload []byte) bool {
			return len(payload) == 0 && d.handleRequest(ctx, s, func(_ context.Context, v *visit) error { return v.logOffNow() })
		},
	}
}
