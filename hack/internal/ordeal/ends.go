//go:build unix

package ordeal

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
)

// Ends lets sessions end in every way that there is, and returns an error unless
// the relay has the whole journal and its seal after each.
func Ends(ctx context.Context, p rig.Programs, dir string, progress io.Writer) error {
	const interrupted = 130
	stop := func(signal os.Signal) func(*world) error {
		return func(w *world) error { return w.agent.cmd.Process.Signal(signal) }
	}
	for _, way := range []struct {
		name, by string
		code     int
		end      func(*world) error
	}{
		{"csr", "relay", 0, func(w *world) error { return w.endSession(ctx) }},
		{"ctrl-c", "customer", interrupted, stop(os.Interrupt)},
		{"term", "customer", interrupted, stop(syscall.SIGTERM)},
		{"operator", "relay", 0, func(w *world) error {
			_, err := w.relay.Admin(ctx, "csr", "remove", "alice")
			return err
		}},
		{"while-away", "relay", 0, func(w *world) error {
			w.agent.kill()
			if err := w.endSession(ctx); err != nil {
				return err
			}
			return w.startAgent()
		}},
	} {
		if err := os.Mkdir(filepath.Join(dir, way.name), 0o700); err != nil {
			return err
		}
		w, err := newWorld(ctx, p, filepath.Join(dir, way.name), progress)
		if err != nil {
			return err
		}
		err = way.end(w)
		if err == nil {
			err = w.concluded(ctx, way.code)
		}
		if err == nil {
			err = w.endedBy(way.by)
		}
		w.close()
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
	}
	return nil
}

// endedBy looks at the last event.
func (w *world) endedBy(want string) error {
	last := w.events[len(w.events)-1]
	if last.Kind != journal.KindSessionEnd || last.Actor != want {
		return fmt.Errorf("the last event is %s by %s", last.Kind, last.Actor)
	}
	return nil
}
