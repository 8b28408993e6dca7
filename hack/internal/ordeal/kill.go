//go:build unix

package ordeal

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"supportd/hack/internal/rig"
)

// Kill ends the relay or the daemon with kill -9, kills times in all and each
// time at another moment, while scripts print numbered lines. It returns an
// error unless every line is in the relay's journal exactly once, the chain holds, the
// exit codes are right, and nothing is left behind. Everything lies below dir; seed
// repeats the same choices.
func Kill(ctx context.Context, p rig.Programs, dir string, kills int, seed uint64, progress io.Writer) (err error) {
	w, err := newWorld(ctx, p, dir, progress)
	if err != nil {
		return err
	}
	defer w.close()
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\nthe relay wrote:\n%.4000s\nthe daemon wrote:\n%.4000s", err, w.relay.Log, w.agent.log)
		}
	}()
	const most = 3 // kills of one run
	choose := rand.New(rand.NewPCG(seed, 0))
	relays, daemons := 0, 0
	for round := 1; relays+daemons < kills; round++ {
		r := &run{
			name: fmt.Sprintf("numbers-%d.sh", round), lines: 20 + choose.IntN(60), pause: 10 * time.Millisecond, code: choose.IntN(4),
		}
		if err := w.start(ctx, r); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		// A run outlives relays, but only one daemon.
		daemon := choose.IntN(3) == 0
		n := min(1+choose.IntN(most), kills-relays-daemons)
		if daemon {
			n = 1
		}
		for range n {
			if err := pause(ctx, time.Duration(choose.IntN(500))*time.Millisecond); err != nil {
				return err
			}
			if daemon {
				daemons++
				err = w.restartAgent()
			} else {
				relays++
				err = w.restartRelay(ctx, time.Duration(choose.IntN(100))*time.Millisecond)
			}
			if err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
		}
		if err := w.checkRun(ctx, r, daemon); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		w.say("round %d: %d kills of the relay, %d of the daemon so far; %d events", round, relays, daemons, len(w.events))
	}
	if err := w.active(ctx); err != nil {
		return err
	}
	if err := w.finish(ctx); err != nil {
		return err
	}
	w.say("%d kills of the relay, %d of the daemon: no line is lost or doubled in %d events, and nothing is left", relays, daemons, len(w.events))
	return nil
}
