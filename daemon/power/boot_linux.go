package power

import (
	"context"
	"fmt"
	"os"
	"strings"
)

func bootID() (string, error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoBootID, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func serve(ctx context.Context, run func(context.Context) error) error { return run(ctx) }
