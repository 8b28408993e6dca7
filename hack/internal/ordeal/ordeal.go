//go:build unix

// Package ordeal takes one support session through faults and proves afterwards
// what must hold: programs killed at any moment, a relay that is away, on one
// machine with the real programs and the stock OpenSSH client. The soak and a
// short test in hack/e2e share it.
package ordeal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay"
)

// patience is how long anything may take until it counts as broken. After a
// fault a computer waits up to 30 s before it comes back.
const patience = 3 * rig.Patience

// poll is how often something is looked at again that another process changes.
const poll = 50 * time.Millisecond

// world is a relay, a CSR, and a customer's computer in one support session.
type world struct {
	programs rig.Programs
	dir      string
	progress io.Writer
	state    string // the daemon's state directory
	relay    *rig.Relay
	csr      rig.CSR
	key      string // the relay's fingerprint
	number   wire.Number
	agent    *agent
	stage    string // see enterStage; "" is none

	id     string          // of the session in the database
	events []journal.Event // what the relay has stored, as far as we have read
}

// agent is a support-agent that runs.
type agent struct {
	cmd    *exec.Cmd
	log    *rig.Log
	exited chan struct{}
	watch  *sync.WaitGroup // what else watches it, or nil
}

// newWorld starts all three.
func newWorld(ctx context.Context, p rig.Programs, dir string, progress io.Writer) (*world, error) {
	w, err := newSession(ctx, p, dir, progress)
	if err != nil {
		return nil, err
	}
	err = w.startAgent()
	if err == nil {
		err = w.active(ctx)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// newSession is a world without the customer.
func newSession(ctx context.Context, p rig.Programs, dir string, progress io.Writer) (_ *world, err error) {
	w := &world{programs: p, dir: dir, progress: progress, state: filepath.Join(dir, "bob")}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.relay, err = rig.StartRelay(ctx, p, w.path("relay"), "", nil); err != nil {
		return nil, err
	}
	if w.csr, err = rig.NewCSR(ctx, w.relay, "alice", "Alice Kim", w.path("alice")); err != nil {
		return nil, err
	}
	if w.key, err = w.relay.Admin(ctx, "fingerprint"); err != nil {
		return nil, err
	}
	w.key = strings.TrimSpace(w.key)
	w.number, err = w.openSession(ctx)
	return w, err
}

// openSession opens a support session as the CSR.
func (w *world) openSession(ctx context.Context) (wire.Number, error) {
	out, err := rig.Run(w.csr.SSH(ctx, "relay", "session", "start", "--json"))
	if err != nil {
		return "", err
	}
	var s struct{ Number wire.Number }
	err = json.Unmarshal([]byte(out), &s)
	return s.Number, err
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) say(format string, args ...any) { fmt.Fprintf(w.progress, format+"\n", args...) }

// close kills what still runs.
func (w *world) close() {
	if w.agent != nil {
		w.agent.kill()
	}
	if w.relay != nil {
		w.relay.Kill()
	}
}

// startAgent joins the session, or comes back to it: a customer types the same.
func (w *world) startAgent() error { return w.startAgentWith((*exec.Cmd).Start) }

func (w *world) startAgentWith(start func(*exec.Cmd) error) error {
	if w.agent != nil {
		w.agent.kill() // it has ended; what watches it may not have
	}
	a := &agent{log: rig.NewLog(nil), exited: make(chan struct{})}
	a.cmd = exec.Command(w.programs.Agent, "join", string(w.number), "--relay", w.relay.Addr, "--relay-key", w.key,
		"--allow", "sysinfo,script", "--ui", "none", "--state", w.state)
	a.cmd.Stdout, a.cmd.Stderr = a.log, a.log
	a.cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if err := start(a.cmd); err != nil {
		return err
	}
	go func() {
		defer close(a.exited)
		_ = a.cmd.Wait() // ProcessState says how it ended
	}()
	w.agent = a
	return nil
}

func (a *agent) kill() {
	_ = a.cmd.Process.Kill()
	<-a.exited
	if a.watch != nil {
		a.watch.Wait()
	}
}

// restartAgent kills the daemon as a power cut does, and starts it again.
func (w *world) restartAgent() error {
	w.agent.kill()
	return w.startAgent()
}

// restartRelay does the same with the relay, which is away meanwhile.
func (w *world) restartRelay(ctx context.Context, away time.Duration) error {
	w.relay.Kill()
	if err := pause(ctx, away); err != nil {
		return err
	}
	return w.startRelay(ctx)
}

// startRelay starts the relay again that was killed, at the same address. Where
// it does not start, the one before stays: its log tells the most.
func (w *world) startRelay(ctx context.Context) error {
	r, err := rig.StartRelay(ctx, w.programs, w.relay.Data, w.relay.Addr, nil)
	if err != nil {
		return err
	}
	w.relay = r
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// eventually tries until f has no error.
func eventually(ctx context.Context, what string, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := f()
		if err == nil {
			return nil
		}
		if pause(ctx, poll) != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
	}
}

// active waits until a CSR gets through to the computer.
func (w *world) active(ctx context.Context) error {
	return eventually(ctx, "the computer", func() error {
		_, err := rig.Run(w.csr.SSH(ctx, w.number.Host(), "status"))
		return err
	})
}

// read takes over what the relay has stored meanwhile. The chain has to hold.
func (w *world) read(ctx context.Context) error {
	data, err := relay.OpenData(ctx, w.relay.Data, false)
	if err != nil {
		return err
	}
	defer data.Close()
	if w.id == "" {
		row, err := data.Store.SessionByNumber(ctx, w.number)
		if err != nil {
			return err
		}
		w.id = row.ID
	}
	var last journal.Event
	if n := len(w.events); n > 0 {
		last = w.events[n-1]
	}
	for e, err := range data.Store.Events(ctx, w.id, last.Seq) {
		if err == nil {
			err = e.Follows(last)
		}
		if err != nil {
			return err
		}
		w.events, last = append(w.events, e), e
	}
	return nil
}

// finish ends the session as its CSR, and proves what must hold then: the report
// is the customer's journal, everything that began has its end, and nothing is
// left on the computer.
func (w *world) finish(ctx context.Context) error {
	if err := w.endSession(ctx); err != nil {
		return err
	}
	if err := w.concluded(ctx, 0); err != nil {
		return err
	}
	return errors.Join(w.balanced(), w.nothingLeft())
}

func (w *world) endSession(ctx context.Context) error {
	_, err := rig.Run(w.csr.SSH(ctx, "relay", "session", "end", string(w.number)))
	return err
}

// concluded waits for the daemon's end, and proves that the relay has the
// customer's journal byte for byte and sealed.
func (w *world) concluded(ctx context.Context, code int) error {
	select {
	case <-w.agent.exited:
	case <-time.After(patience):
		return errors.New("the daemon does not end with the session")
	}
	if got := w.agent.cmd.ProcessState.ExitCode(); got != code {
		return fmt.Errorf("the daemon ended with exit code %d, not %d:\n%s", got, code, w.agent.log)
	}
	if err := w.read(ctx); err != nil {
		return err
	}
	return w.compare(ctx)
}

// compare holds the relay's copy against the customer's.
func (w *world) compare(ctx context.Context) error {
	name, err := w.customersJournal()
	if err != nil {
		return err
	}
	here, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var there strings.Builder
	for _, e := range w.events {
		line, err := e.Line()
		if err != nil {
			return err
		}
		there.Write(line)
	}
	data, err := relay.OpenData(ctx, w.relay.Data, false)
	if err != nil {
		return err
	}
	defer data.Close()
	seal, err := data.Store.Seal(ctx, w.id)
	if err != nil {
		return err
	}
	if err := seal.Verify(w.events[len(w.events)-1]); err != nil {
		return err
	}
	line, err := seal.Line()
	if err != nil {
		return err
	}
	if there.Write(line); there.String() != string(here) {
		return errors.New("the relay's copy of the journal is not the customer's")
	}
	return nil
}

// customersJournal is the file in which the daemon keeps its journal.
func (w *world) customersJournal() (string, error) {
	names, err := filepath.Glob(filepath.Join(w.state, "journal-*"))
	if err != nil {
		return "", err
	}
	if len(names) != 1 {
		return "", fmt.Errorf("the customer's journals: %v", names)
	}
	return names[0], nil
}

// balanced counts starts and ends.
func (w *world) balanced() error {
	n := map[string]int{}
	for _, e := range w.events {
		n[e.Kind]++
	}
	for start, end := range map[string]string{
		journal.KindSessionJoin: journal.KindSessionEnd, journal.KindConnOpen: journal.KindConnClose,
		journal.KindRunStart: journal.KindRunEnd, journal.KindScriptStart: journal.KindScriptExit,
	} {
		if n[start] != n[end] || n[start] == 0 {
			return fmt.Errorf("%d times %s, %d times %s", n[start], start, n[end], end)
		}
	}
	return nil
}

// nothingLeft looks for files and processes of the session.
func (w *world) nothingLeft() error {
	entries, err := os.ReadDir(w.state)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || !strings.HasPrefix(e.Name(), "journal-") && e.Name() != "lock" {
			return fmt.Errorf("left behind: %s", e.Name())
		}
	}
	return eventually(context.Background(), "the scripts' processes", func() error {
		out, err := rig.Run(exec.Command("ps", "-eo", "args="))
		if err == nil && strings.Contains(out, w.state) {
			err = fmt.Errorf("still there:\n%s", out)
		}
		return err
	})
}
