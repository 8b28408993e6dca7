package sysinfo

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v3/host"
)

// addLoggedOn lists who is logged on now.
func addLoggedOn(ctx context.Context, s *sheet) {
	t := s.table("logged_on", col("user", UserNames), col("terminal"), col("from", Addresses), col("since"))
	users, err := host.UsersWithContext(ctx)
	if err != nil {
		t.fail(err)
		return
	}
	for _, u := range users {
		t.add(u.User, u.Terminal, u.Host, time.Unix(int64(u.Started), 0))
	}
}
