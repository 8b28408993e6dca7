//go:build linux

package ordeal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
	"supportd/library/wire"
)

// phase is a part of a support session in which the daemon is killed.
type phase struct {
	name  string
	stage bool // it needs one
	// kill brings the daemon into the phase and kills it before its sync number n
	// there. It reports false where the phase has fewer.
	kill func(w *world, ctx context.Context, n int) (bool, error)
}

// phases are all of them. A restart is played: the tools that restart a computer are
// replaced, see [enterStage].
func phases() []phase {
	return []phase{
		{"join", false, (*world).killedJoining}, {"resume", false, (*world).killedResuming}, {"run", false, (*world).killedRunning},
		{"restart", true, (*world).killedRestarting}, {"return from a restart", true, (*world).killedReturning},
		{"end by the CSR", false, (*world).killedAtEnd}, {"end by the customer", false, (*world).killedAtStop},
	}
}

// SyncsOptions choose the kills of [Syncs]. The zero value is all of them.
type SyncsOptions struct {
	// Parts is how many parts of a support session are tried, of a random choice.
	Parts int
	// First is the sync of each before which the daemon is killed first, from 1, and
	// Once that it is killed before no other.
	First int
	Once  bool
}

// Syncs kills the daemon before every sync of each part of a support session. It
// returns an error unless the support
// session goes on or ends, the relay has the whole journal in the end, and nothing is left:
// the oracle of SECURITY.md.
func Syncs(ctx context.Context, p rig.Programs, dir string, o SyncsOptions, progress io.Writer) error {
	w, err := newSession(ctx, p, dir, progress)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.setStage(); err != nil {
		return err
	}
	kills := 0
	all := phases()
	if o.Parts > 0 {
		rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		all = all[:o.Parts]
	}
	for _, ph := range all {
		if ph.stage && w.stage == "" {
			w.say("%s: left out, it needs root", ph.name)
			continue
		}
		for n := max(o.First, 1); ; n++ {
			killed, err := ph.kill(w, ctx, n)
			if err == nil && killed {
				kills++
				err = w.recovers(ctx)
			} else if err == nil {
				err = w.leaves(ctx)
			}
			if err != nil {
				return fmt.Errorf("%s, sync %d: %w\nthe daemon wrote:\n%.4000s", ph.name, n, err, w.agent.log)
			}
			if !killed {
				w.say("%s: killed before each of %d syncs", ph.name, n-1)
				break
			}
			if o.Once {
				w.say("%s: killed before sync %d", ph.name, n)
				break
			}
		}
	}
	w.say("%d kills: every support session went on or ended, its journal is whole, and nothing is left", kills)
	return nil
}

// startTrappedAgent is startAgent with a trap.
func (w *world) startTrappedAgent(at int) (*trap, error) {
	var t *trap
	err := w.startAgentWith(func(cmd *exec.Cmd) (err error) {
		t, err = startTrapped(cmd, w.stage, at, (*exec.Cmd).Start)
		return err
	})
	if err == nil {
		w.agent.watch = &t.work
	}
	return t, err
}

// startAgentAgain is startAgent for a customer who types the same line once more, on
// the stage where the one before was.
func (w *world) startAgentAgain() error {
	_, err := w.startTrappedAgent(0)
	return err
}

func (w *world) killedJoining(ctx context.Context, n int) (bool, error) {
	t, err := w.startTrappedAgent(n)
	if err != nil {
		return false, err
	}
	return w.killedBefore(ctx, t, w.active)
}

func (w *world) killedResuming(ctx context.Context, n int) (bool, error) {
	if err := w.startAgentAgain(); err != nil {
		return false, err
	}
	if err := w.active(ctx); err != nil {
		return false, err
	}
	w.agent.kill()
	return w.killedJoining(ctx, n)
}

// killedBefore does what the daemon is killed in, and reports whether it was.
func (w *world) killedBefore(ctx context.Context, t *trap, act func(context.Context) error) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- act(ctx) }()
	select {
	case <-w.agent.exited:
		if t.disarm() {
			return false, <-done
		}
		cancel()
		<-done // an error says that the daemon is gone
		return true, nil
	case err := <-done:
		if t.disarm() {
			return false, err
		}
		<-w.agent.exited
		return true, nil
	}
}

func (w *world) killedRunning(ctx context.Context, n int) (bool, error) {
	t, err := w.startTrappedAgent(0)
	if err != nil {
		return false, err
	}
	if err := w.active(ctx); err != nil {
		return false, err
	}
	t.arm(n)
	return w.killedBefore(ctx, t, func(ctx context.Context) error {
		r := &run{name: "numbers.sh", lines: 4, pause: 10 * time.Millisecond}
		if err := w.start(ctx, r); err != nil {
			return err
		}
		<-r.gone
		return nil
	})
}

func (w *world) killedAtEnd(ctx context.Context, n int) (bool, error) {
	return w.killedEnding(ctx, n, func() error { return w.endSession(ctx) })
}

func (w *world) killedAtStop(ctx context.Context, n int) (bool, error) {
	return w.killedEnding(ctx, n, func() error { return w.agent.cmd.Process.Signal(os.Interrupt) })
}

func (w *world) killedEnding(ctx context.Context, n int, end func() error) (bool, error) {
	t, err := w.startTrappedAgent(0)
	if err != nil {
		return false, err
	}
	if err := w.active(ctx); err != nil {
		return false, err
	}
	t.arm(n)
	if err := end(); err != nil {
		return false, err
	}
	select {
	case <-w.agent.exited:
		return !t.disarm(), nil
	case <-time.After(patience):
		return false, errors.New("the daemon does not end")
	}
}

// recovers starts the daemon again, as a customer does who types the same line once
// more, and proves the oracle.
func (w *world) recovers(ctx context.Context) error {
	secret := w.secret()
	if err := w.startAgentAgain(); err != nil {
		return err
	}
	if err := w.leaves(ctx); err != nil {
		return err
	}
	if secret != "" && (strings.Contains(w.agent.log.String(), secret) || strings.Contains(w.relay.Log.String(), secret)) {
		return errors.New("O6: the key of the support session is in a log")
	}
	return nil
}

// secret is the session's key as the session file has it, or "".
func (w *world) secret() string {
	text, _ := os.ReadFile(filepath.Join(w.state, "session.json")) // it may be gone
	_, rest, _ := strings.Cut(string(text), `"identity": "`)
	key, _, _ := strings.Cut(rest, `"`)
	return key
}

// leaves ends the support session, if it goes on, and then one more in the same
// directory, which brings what the first still owes. The relay has both, and nothing
// is left.
func (w *world) leaves(ctx context.Context) error {
	number := w.number
	ended, err := w.activeOrEnded(ctx)
	if err != nil {
		return err
	}
	if !ended {
		if err := w.endSession(ctx); err != nil {
			return err
		}
	}
	if err := w.exits(); err != nil {
		return err
	}
	if err := w.nextSession(ctx); err != nil {
		return err
	}
	if err := w.startAgentAgain(); err != nil {
		return err
	}
	if err := w.active(ctx); err != nil {
		return err
	}
	if err := w.endSession(ctx); err != nil {
		return err
	}
	if err := w.exits(); err != nil {
		return err
	}
	for _, n := range []wire.Number{number, w.number} {
		if err := w.whole(ctx, n); err != nil {
			return fmt.Errorf("O2: %w", err)
		}
	}
	if err := errors.Join(w.nothingLeft(), w.signed(), w.noEntry()); err != nil {
		return fmt.Errorf("O3: %w", err)
	}
	return w.nextSession(ctx)
}

// activeOrEnded waits until a CSR gets through to the computer, or until the daemon
// has ended.
func (w *world) activeOrEnded(ctx context.Context) (ended bool, err error) {
	err = eventually(ctx, "the computer, or the daemon's end", func() error {
		select {
		case <-w.agent.exited:
			ended = true
			return nil
		default:
		}
		_, err := rig.Run(w.csr.SSH(ctx, w.number.Host(), "status"))
		return err
	})
	return ended, err
}

// exits waits for the daemon's end, which has to be one that is documented, in words
// for people.
func (w *world) exits() error {
	select {
	case <-w.agent.exited:
	case <-time.After(patience):
		return errors.New("the daemon does not end with the session")
	}
	text := w.agent.log.String()
	switch code := w.agent.cmd.ProcessState.ExitCode(); {
	case code != 0 && code != 6 && code != 130:
		return fmt.Errorf("O1: the daemon ended with exit code %d", code)
	case strings.Contains(text, "goroutine ") || strings.Contains(text, "panic"):
		return errors.New("O1: the daemon broke off")
	}
	return nil
}

// whole waits until the relay has the whole journal of a support session, signed,
// with an end for all that has begun.
func (w *world) whole(ctx context.Context, number wire.Number) error {
	return eventually(ctx, "the journal of "+string(number), func() error {
		_, err := w.last(ctx, number)
		return err
	})
}

// signed looks at each journal on the computer: the last line of each is the seal.
func (w *world) signed() error {
	names, err := filepath.Glob(filepath.Join(w.state, "journal-*"))
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text = bytes.TrimSuffix(text, []byte("\n"))
		if !journal.IsSealLine(text[bytes.LastIndexByte(text, '\n')+1:]) {
			return fmt.Errorf("%s is not signed", name)
		}
	}
	return nil
}
