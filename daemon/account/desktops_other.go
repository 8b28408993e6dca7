//go:build !linux && !windows

package account

import "context"

func lockDesktops(context.Context, string) (func(context.Context) error, error) {
	return func(context.Context) error { return nil }, nil
}
