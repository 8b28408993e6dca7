//go:build unix

package ordeal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
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
	const beat = 20 * time.Millisecond
	r := &run{name: "numbers.sh", lines: int(away / beat / 2), pause: beat}
	if err := w.start(ctx, r); err != nil {
		return err
	}
	w.relay.Kill()
	if err := pause(ctx, away); err != nil {
		return err
	}
	// It comes back only when the run has ended without it.
	if err := eventually(ctx, "the run's end in the customer's journal", func() error { return w.endedHere() }); err != nil {
		return err
	}
	if err := w.startRelay(ctx); err != nil {
		return err
	}
	w.say("the run has ended without the relay, which is back after %v", away)
	if err := w.checkRun(ctx, r, false); err != nil {
		return err
	}
	if err := w.finish(ctx); err != nil {
		return err
	}
	w.say("%d lines and %d events are there", r.lines, len(w.events))
	return nil
}

// endedHere looks for a run's end in the journal on the customer's computer.
func (w *world) endedHere() error {
	name, err := w.customersJournal()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written
		}
		e, err := journal.ParseEvent(line)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if e.Kind == journal.KindRunEnd {
			return nil
		}
	}
	return errors.New("it has not ended")
}
