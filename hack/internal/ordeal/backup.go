//go:build linux

package ordeal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/sshd"
	"supportd/relay"
)

const (
	backups = 5 // beside the runs
	logins  = 5 // beside each backup
	// starters is how many runs are started at once: no more logins are let in from one
	// address (sshd.MaxPerSource), and here all come from one.
	starters = 4
	// mostLogin is how long a CSR waits for an answer while a backup is made.
	mostLogin = 5 * time.Second
)

// Backup backs up a relay with that many tunnels while scripts run on that many computers,
// and again when all support sessions are over. It returns an error unless every backup can
// be restored and holds of each computer's journal what was stored before, byte for byte
// and no line twice; the last one all of it, sealed. A relay is started from that one, and
// shows every report. Everything lies below dir.
func Backup(ctx context.Context, p rig.Programs, dir string, tunnels, runs int, progress io.Writer) error {
	w, err := newSession(ctx, p, dir, progress)
	if err != nil {
		return err
	}
	defer w.close()
	idle, err := w.idle(ctx, tunnels)
	defer func() {
		for _, c := range idle {
			_ = c.Close()
		}
	}()
	if err != nil {
		return err
	}
	w.say("%d tunnels that do nothing", len(idle))
	computers, err := w.computers(ctx, runs)
	defer func() {
		for _, c := range computers {
			c.agent.kill()
		}
	}()
	if err != nil {
		return err
	}
	w.say("%d computers with a run each", len(computers))
	var all []backedUp
	for i := range backups {
		b, err := w.backUp(ctx, i, computers)
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	for _, c := range computers {
		if err := c.checkRun(ctx, c.run, false); err != nil {
			return fmt.Errorf("%s: %w", c.dir, err)
		}
		if err := c.finish(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.dir, err)
		}
	}
	last, err := w.backUp(ctx, backups, computers)
	if err != nil {
		return err
	}
	for _, b := range append(all, last) {
		if err := w.proveBackup(ctx, b, computers); err != nil {
			return fmt.Errorf("%s: %w", b.file, err)
		}
	}
	return w.takeOver(ctx, last, computers)
}

// computer is a world of its own at the same relay, and what runs there.
type computer struct {
	*world
	run *run
}

// idle joins n computers that do nothing, each from an address of its own.
func (w *world) idle(ctx context.Context, n int) (idle []*sshd.Client, err error) {
	for i := range n {
		number, err := w.openSession(ctx)
		if err != nil {
			return idle, err
		}
		from := netip.AddrFrom4([4]byte{127, 1, byte(i >> 7), 2 + byte(i&127)})
		c, _, err := w.joinBy(ctx, &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}, number)
		if err != nil {
			return idle, err
		}
		idle = append(idle, c)
	}
	return idle, nil
}

// computers starts n computers and a run on each.
func (w *world) computers(ctx context.Context, n int) (all []*computer, err error) {
	for i := range n {
		dir := w.path(fmt.Sprintf("computer-%d", i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return all, err
		}
		c := &computer{
			&world{programs: w.programs, dir: dir, progress: w.progress, state: filepath.Join(dir, "state"), relay: w.relay, csr: w.csr, key: w.key},
			&run{name: fmt.Sprintf("numbers-%d.sh", i), lines: 400, pause: 100 * time.Millisecond, code: i % 3},
		}
		if c.number, err = c.openSession(ctx); err != nil {
			return all, err
		}
		if err := c.startAgent(); err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, together(starters, func(first int) error {
		for i := first; i < n; i += starters {
			if err := all[i].active(ctx); err != nil {
				return err
			}
			if err := all[i].start(ctx, all[i].run); err != nil {
				return err
			}
		}
		return nil
	})
}

// together calls f for each number below n at the same time.
func together(n int, f func(i int) error) error {
	failed := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { failed[i] = f(i) })
	}
	all.Wait()
	return errors.Join(failed...)
}

// backedUp is a backup, and how many events each computer's journal had at the relay when
// it began: so many it has to hold.
type backedUp struct {
	file  string
	least []int
}

// backUp makes one while a CSR works.
func (w *world) backUp(ctx context.Context, i int, computers []*computer) (b backedUp, err error) {
	for _, c := range computers {
		if err := c.read(ctx); err != nil {
			return b, err
		}
		b.least = append(b.least, len(c.events))
	}
	b.file = w.path(fmt.Sprintf("backup-%d", i))
	began := time.Now()
	slowest := time.Duration(0)
	err = together(2, func(i int) error {
		if i == 0 {
			_, err := w.relay.Admin(ctx, "backup", b.file)
			return err
		}
		for range logins {
			began := time.Now()
			if _, err := rig.Run(w.csr.SSH(ctx, "relay", "whoami")); err != nil {
				return err
			}
			slowest = max(slowest, time.Since(began))
		}
		return nil
	})
	if err != nil {
		return b, err
	}
	info, err := os.Stat(b.file)
	if err != nil {
		return b, err
	}
	w.say("backup %d: %d kB after %v; the slowest of %d logins beside it took %v", i, info.Size()>>10, time.Since(began).Round(time.Millisecond), logins, slowest.Round(time.Millisecond))
	if slowest > mostLogin {
		return b, fmt.Errorf("a login took %v", slowest)
	}
	return b, nil
}

// proveBackup restores one, and holds it against the customers' journals.
func (w *world) proveBackup(ctx context.Context, b backedUp, computers []*computer) error {
	data := b.file + "-restored"
	if _, err := rig.Run(exec.CommandContext(ctx, w.programs.Relay, "restore", b.file, "--data", data)); err != nil {
		return err
	}
	restored, err := relay.OpenData(ctx, data, false)
	if err != nil {
		return err
	}
	defer restored.Close()
	for i, c := range computers {
		name, err := c.customersJournal()
		if err != nil {
			return err
		}
		here, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		there, n := "", 0
		for e, err := range restored.Store.Events(ctx, c.id, 0) {
			if err != nil {
				return err
			}
			line, err := e.Line()
			if err != nil {
				return err
			}
			there, n = there+string(line), n+1
		}
		switch {
		case n < b.least[i]:
			return fmt.Errorf("%s: %d events of %d that were stored", c.dir, n, b.least[i])
		case !strings.HasPrefix(string(here), there):
			return fmt.Errorf("%s: this is not the customer's journal", c.dir)
		}
	}
	return nil
}

// takeOver starts a relay from a backup in the place of the one that was backed up, as
// after the loss of a disk. Every report has to stand there, proved.
func (w *world) takeOver(ctx context.Context, b backedUp, computers []*computer) error {
	if err := w.relay.Stop(); err != nil {
		return err
	}
	again, err := rig.StartRelay(ctx, w.programs, b.file+"-restored", w.relay.Addr, nil)
	if err != nil {
		return err
	}
	w.relay = again
	for _, c := range computers {
		c.relay, c.events = again, nil
		if err := c.read(ctx); err != nil {
			return err
		}
		if err := errors.Join(c.compare(ctx), c.balanced()); err != nil {
			return fmt.Errorf("%s: %w", c.dir, err)
		}
		out, err := rig.Run(c.csr.SSH(ctx, "relay", "report", "show", string(c.number), "-o", "json"))
		if err != nil {
			return err
		}
		var report struct{ Events []json.RawMessage }
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			return err
		}
		if len(report.Events) != len(c.events) {
			return fmt.Errorf("%s: the report shows %d events of %d", c.dir, len(report.Events), len(c.events))
		}
	}
	w.say("%d backups hold what was stored, and the relay of the last one shows %d reports that are the customers' journals, sealed", backups+1, len(computers))
	return nil
}
