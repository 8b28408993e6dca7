package power

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

func bootID() (string, error) {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoBootID, err)
	}
	return id, nil
}

func serve(ctx context.Context, run func(context.Context) error) error { return run(ctx) }
