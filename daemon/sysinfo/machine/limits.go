package machine

import (
	"context"
	"time"
)

// Longest is how long the answer to one question is waited for: as long as one
// category may take.
const Longest = 4 * time.Second

// MaxLooking bounds one slow part of a category, so that there is time left to
// show the rest of it.
const MaxLooking = 2 * time.Second

// Soft is a context for the slow part of a category. It ends well before ctx, so that
// there is time left to show what was found.
func Soft(ctx context.Context) (context.Context, context.CancelFunc) { return within(ctx, 65) }

// within is a context with that percentage of the time that ctx has left.
func within(ctx context.Context, percent time.Duration) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)*percent/100)
}
