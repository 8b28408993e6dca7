//go:build linux

// Package group takes several relays on one PostgreSQL through faults: relays that are
// killed, stopped and cut off, and a database that goes away, is full or is another one
// from now on. Every relay is a process of its own, as are the customers' computers. It
// makes a table of what had to hold and what was measured.
package group

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"supportd/hack/internal/rig"
)

// Options say how much is done.
type Options struct {
	Tunnels int      // of customers' computers, in the fault that has most of them
	Relays  int      // at least 2
	Only    []string // faults, such as M1; none is all
	Logs    string   // a directory for what the relays say; "" is nowhere
}

// fault is one of the catalogue's, in security.md and SECURITY.md.
type fault struct {
	id  string
	run func(*campaign, context.Context) error
}

func faults() []fault {
	return []fault{
		{"M1", (*campaign).killed},
		{"M2", (*campaign).oneNumber},
		{"M3", (*campaign).databaseAway},
		{"M4", (*campaign).cutOff},
		{"M5", (*campaign).otherClocks},
		{"M6", (*campaign).stopped},
		{"M7", (*campaign).unheard},
		{"M9", (*campaign).unwilling},
		{"M10", (*campaign).raised},
		{"M11", (*campaign).strangers},
	}
}

// row is something that had to hold.
type row struct {
	fault, did, must, measured string
	took                       time.Duration
	holds                      bool
}

type campaign struct {
	Options
	programs rig.Programs
	dir      string
	progress io.Writer
	fault    string
	began    time.Time // of the fault
	rows     []row
	places   int
}

// Run does it, with everything below dir. The error is nil only when all held.
func Run(ctx context.Context, p rig.Programs, dir string, opts Options, out io.Writer) error {
	c := &campaign{Options: opts, programs: p, dir: dir, progress: out}
	if c.Relays < 2 || c.Tunnels < 40 {
		return errors.New("a group has at least 2 relays, and here 40 tunnels")
	}
	chosen := faults()
	for _, id := range c.Only {
		if !slices.ContainsFunc(chosen, func(f fault) bool { return f.id == id }) {
			return fmt.Errorf("there is no fault %q", id)
		}
	}
	for _, f := range chosen {
		if len(c.Only) > 0 && !slices.Contains(c.Only, f.id) {
			continue
		}
		c.fault, c.began = f.id, time.Now()
		if err := f.run(c, ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			c.row("", "it can be done", false, "%s", firstLine(err))
			c.say("%v", err)
		}
	}
	return c.table(out)
}

// each does the steps of a fault, also those behind one that failed.
func (c *campaign) each(ctx context.Context, steps ...func(*campaign, context.Context) error) (err error) {
	for _, step := range steps {
		err = errors.Join(err, step(c, ctx))
	}
	return err
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// say tells of progress.
func (c *campaign) say(format string, args ...any) {
	fmt.Fprintf(c.progress, "%s %s %s\n", time.Now().Format(time.TimeOnly), c.fault, fmt.Sprintf(format, args...))
}

// row adds a row to the table: what was done, what had to hold, and what was measured.
func (c *campaign) row(did, must string, holds bool, measured string, args ...any) {
	r := row{c.fault, did, must, fmt.Sprintf(measured, args...), time.Since(c.began), holds}
	c.rows = append(c.rows, r)
	c.say("%s: %s: %s", verdict(holds), must, r.measured)
}

func verdict(holds bool) string {
	if holds {
		return "holds"
	}
	return "FAILS"
}

func (c *campaign) table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nfault\twhat was done\twhat had to hold\tmeasured\tafter\t")
	var failed []string
	for _, r := range c.rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.0f s\t%s\n", r.fault, r.did, r.must, r.measured, r.took.Seconds(), verdict(r.holds))
		if !r.holds {
			failed = append(failed, r.fault+": "+r.must)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("did not hold: %s", strings.Join(failed, "; "))
	}
	return nil
}

// place is a new directory.
func (c *campaign) place() (string, error) {
	c.places++
	dir := filepath.Join(c.dir, fmt.Sprintf("%s-%d", strings.ToLower(c.fault), c.places))
	return dir, os.MkdirAll(dir, 0o755)
}

// until waits until ready, and reports after what time it was.
func until(ctx context.Context, limit time.Duration, ready func() bool) (took time.Duration, ok bool) {
	began := time.Now()
	for !ready() {
		if time.Since(began) > limit || pause(ctx, 50*time.Millisecond) != nil {
			return time.Since(began), false
		}
	}
	return time.Since(began), true
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
