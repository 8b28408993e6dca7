//go:build unix

package power

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"supportd/library/text"
)

// runTools restarts with the first of the programs that exists.
func runTools(ctx context.Context, tools [][]string) error {
	for _, argv := range tools {
		if _, err := os.Stat(argv[0]); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
		cmd.WaitDelay = time.Second
		out, err := cmd.CombinedOutput()
		if err != nil {
			return &Refusal{Cause: causeOfTool(), Err: fmt.Errorf("%s: %w: %s", argv[0], err, text.Escape(string(out)))}
		}
		return nil
	}
	return &Refusal{Cause: Unsupported, Err: errors.New("no program that restarts was found")}
}

// causeOfTool is why a tool did not restart: only root may, so anybody else was
// refused.
func causeOfTool() Cause {
	if os.Geteuid() != 0 {
		return Forbidden
	}
	return Failed
}
