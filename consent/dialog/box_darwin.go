package dialog

import "context"

// show shows a box.
func show(ctx context.Context, start Starter, n note) (click, error) {
	return runOsascript(ctx, start, osascript, n)
}
