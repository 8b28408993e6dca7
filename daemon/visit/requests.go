package visit

import (
	"context"
	"time"

	"supportd/library/sshd"
	"supportd/library/wire"
)

// handleRequest answers the channel requests that do what verbs do. It may take
// as long as the customer thinks; ctx is done when the CSR's channel is closed.
func (s *Server) handleRequest(ctx context.Context, channel *sshd.Session, act func(context.Context, *visit) error) bool {
	ok := false
	s.serve(ctx, channel, func(v *visit, ctx context.Context) int {
		err := act(ctx, v)
		ok = err == nil
		return report(channel, err)
	})
	return ok
}

// requests are the channel requests of package wire.
func (s *Server) requests() map[string]func(context.Context, *sshd.Session, []byte) bool {
	return map[string]func(context.Context, *sshd.Session, []byte) bool{
		wire.RebootRequest: func(ctx context.Context, channel *sshd.Session, payload []byte) bool {
			m, err := wire.ParseReboot(payload)
			return err == nil && s.handleRequest(ctx, channel, func(ctx context.Context, v *visit) error {
				return v.reboot(ctx, time.Duration(m.Delay)*time.Second, m.Reason)
			})
		},
		wire.LogonRequest: func(ctx context.Context, channel *sshd.Session, payload []byte) bool {
			m, err := wire.ParseLogon(payload)
			return err == nil && s.handleRequest(ctx, channel, func(ctx context.Context, v *visit) error {
				return v.logonAs(ctx, m.User, v.typePassword)
			})
		},
		wire.LogoffRequest: func(ctx context.Context, channel *sshd.Session, payload []byte) bool {
			return len(payload) == 0 && s.handleRequest(ctx, channel, func(_ context.Context, v *visit) error { return v.logOffNow() })
		},
	}
}
