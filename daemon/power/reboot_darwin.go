package power

import (
	"context"
	"os"
)

func (s System) check(context.Context) error {
	if os.Geteuid() != 0 {
		// shutdown(8) is root's; the dialog that System Events shows to everybody
		// else could be cancelled by any open document without a word to us.
		return &Refusal{Cause: Forbidden}
	}
	return nil
}

func (s System) restart(ctx context.Context, _ string) error {
	if s.Tools != nil {
		return runTools(ctx, s.Tools)
	}
	return runTools(ctx, [][]string{{"/sbin/shutdown", "-r", "now"}})
}
