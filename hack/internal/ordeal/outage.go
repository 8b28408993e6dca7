//go:build unix

package ordeal

import (
	"context"
	"io"
	"time"

	"supportd/hack/internal/rig"
)

// Outage takes the relay away in the middle of a run, for a while. It returns an
// error unless the run finishes meanwhile and everything is in the relay's
// journal afterwards.
func Outage(ctx context.Context, p rig.Programs, dir string, away time.Duration, progress io.Writer) error {
	w, err := newWorld(ctx, p, dir, progress)
	if err != nil {
		return err
	}
	defer w.close()
	const pause = 20 * time.Millisecond
	r := &run{name: "numbers.sh", lines: int(away / pause / 2), pause: pause}
	if err := w.start(ctx, r); err != nil {
		return err
	}
	if err := w.restartRelay(ctx, away); err != nil {
		return err
	}
	w.say("the relay is back after %v", away)
	if err := w.settle(ctx, r, false); err != nil {
		return err
	}
	if err := w.finish(ctx); err != nil {
		return err
	}
	w.say("%d lines and %d events are there", r.lines, len(w.events))
	return nil
}
