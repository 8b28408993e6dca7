//go:build linux

// Command bench measures the product beside OpenSSH, in one run, for the same
// work: a relay in the middle, a tunnel from the customer's computer to it, and
// a CSR's stock ssh through both. Every measurement alternates between the two,
// so that a noisy machine is noisy for both, and medians are compared.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() error { return runBench(ctx, os.Args[1:], os.Stdout, os.Stderr) }
	if len(os.Args) > 1 && os.Args[1] == customers.Verb {
		run = func() error { return customers.Run(os.Args[2:]) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(exitCode(err))
	}
}

// errUsage says that the command line is wrong.
var errUsage = errors.New("usage")

// exitCode is what hack/bench says about its exit codes.
func exitCode(err error) int {
	switch {
	case errors.Is(err, errUsage):
		return 2
	case errors.Is(err, errNotHad):
		return 8
	}
	return 1
}

// plan says how much is measured.
type plan struct {
	rounds  int   // of every transfer
	bytes   int64 // per transfer
	probes  int   // of a trivial exec
	tunnels []int // idle tunnels of ours
	storms  []int // tunnels of a relay that is killed
	idle    int   // idle tunnels by each way
	peers   int   // idle tunnels of OpenSSH's
}

// row is a line of the result. Ratio is ours by OpenSSH's. The values of rivals, by name, are
// in it where they were asked for, and never decide.
type row struct {
	Name    string  `json:"name"`
	Unit    string  `json:"unit"`
	Ours    float64 `json:"supportd"`
	OpenSSH float64 `json:"openssh,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
	Wanted  string  `json:"wanted,omitempty"`
	Holds   bool    `json:"holds"`

	Rivals map[string]float64 `json:"rivals,omitempty"`

	judge func(r *row) bool // nil decides nothing
}

// judged is the row with its ratio and whether it holds.
func (r row) judged() row {
	r.Ratio, r.Holds = 0, true
	if r.OpenSSH != 0 {
		r.Ratio = r.Ours / r.OpenSSH
	}
	if r.judge != nil {
		r.Holds = r.judge(&r)
	}
	return r
}

// beside is a row with OpenSSH's value.
func (r row) beside(openssh float64) row {
	r.OpenSSH = openssh
	return r.judged()
}

// among is the row with the values of rivals.
func (r row) among(rivals map[string]float64) row {
	r.Rivals = rivals
	return r
}

// compared makes a row that says something but decides nothing.
func compared(name, unit string, ours, openssh float64) row {
	return row{Name: name, Unit: unit, Ours: ours, OpenSSH: openssh}.judged()
}

// compare makes a row whose ratio has to be within limit: at least that where
// more is better, at most that where less is.
func compare(name, unit string, ours, openssh float64, more bool, limit float64) row {
	r := row{Name: name, Unit: unit, Ours: ours, OpenSSH: openssh}
	if more {
		r.Wanted, r.judge = fmt.Sprintf("≥ %.2f×", limit), func(r *row) bool { return r.Ratio >= limit }
	} else {
		r.Wanted, r.judge = fmt.Sprintf("≤ %.2f×", limit), func(r *row) bool { return r.Ratio <= limit }
	}
	return r.judged()
}

// ratioOf makes a row of how many times as much ours is as another way of ours, at
// least.
func ratioOf(name string, ours, other, least float64) row {
	return atLeast(name, "×", ours/other, least)
}

// told makes a row of ours alone that decides nothing.
func told(name, unit string, ours float64) row {
	return row{Name: name, Unit: unit, Ours: ours}.judged()
}

// within makes a row of ours alone that may have limit at most.
func within(name, unit string, ours, limit float64) row {
	return row{Name: name, Unit: unit, Ours: ours, Wanted: fmt.Sprintf("≤ %g", limit), judge: func(r *row) bool { return r.Ours <= limit }}.judged()
}

// exactly makes a row of ours alone that must have wanted.
func exactly(name, unit string, ours, wanted float64) row {
	return row{Name: name, Unit: unit, Ours: ours, Wanted: fmt.Sprintf("= %g", wanted), judge: func(r *row) bool { return r.Ours == wanted }}.judged()
}

// between makes a row of ours alone that must have least, and may have most.
func between(name, unit string, ours, least, most float64) row {
	return row{Name: name, Unit: unit, Ours: ours, Wanted: fmt.Sprintf("%g to %g", least, most),
		judge: func(r *row) bool { return least <= r.Ours && r.Ours <= most }}.judged()
}

// atLeast makes a row of ours alone that must have least.
func atLeast(name, unit string, ours, least float64) row {
	return row{Name: name, Unit: unit, Ours: ours, Wanted: fmt.Sprintf("≥ %g", least), judge: func(r *row) bool { return r.Ours >= least }}.judged()
}

func runBench(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("only", "", "measure only these `PARTS`, with commas between them: "+strings.Join(partNames(), ", "))
	onlyWays := flags.Bool("ways", false, "the same as --only ways: compare the ways to the relay with each other")
	quick := flags.Bool("quick", false, "measure less, and what takes longest not at all: 4 minutes")
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	others := flags.Bool("rivals", false, "measure other programs for the same work too, which are downloaded and built for that; they never judge")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if *onlyWays {
		*only = "ways"
	}
	chosen, err := choose(*only, *quick)
	if err != nil {
		return err
	}
	if *others && !slices.ContainsFunc(chosen, func(p part) bool { return p.rivals }) {
		return fmt.Errorf("%w: none of these parts measures a rival; these do: %s", errUsage, strings.Join(namesOf(slices.DeleteFunc(parts(), func(p part) bool { return !p.rivals })), ", "))
	}
	p := plan{rounds: 7, bytes: 512 << 20, probes: 41, tunnels: []int{1000, 5000, 10_000}, storms: []int{5000, 10_000}, idle: 5000, peers: 200}
	if *quick {
		p.rounds, p.bytes, p.probes, p.tunnels, p.storms, p.peers = 3, 256<<20, 21, []int{1000}, nil, 50
	}
	dir, err := os.MkdirTemp("", "supportd-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{plan: p, dir: dir, progress: stderr}
	if *others {
		b.rivals = rivals()
	}
	rows, err := b.run(ctx, chosen)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(rows)
	} else {
		table(stdout, rows, b.rivals)
	}
	return errors.Join(err, missed(rows))
}

// missed is an error where a limit does not hold.
func missed(rows []row) error {
	n := 0
	for _, r := range rows {
		if !r.Holds {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d of the limits do not hold here; on a machine that is busy with something else, run it again", n)
}

// bench is one run: both sides, set up below dir.
type bench struct {
	plan
	dir      string
	programs rig.Programs
	progress io.Writer
	own      *ours
	peer     *side
	// peerPinned is OpenSSH with the algorithms of [pinned].
	peerPinned *side
	rivals     []*rival // none where they were not asked for
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }

func table(w io.Writer, rows []row, rivals []*rival) {
	others := func(cell func(name string) string) (cells string) {
		for _, r := range rivals {
			cells += fmt.Sprintf(" %10s", cell(r.name))
		}
		return cells
	}
	fmt.Fprintf(w, "%-42s %-9s %10s %10s%s %8s  %s\n", "", "", "supportd", "OpenSSH", others(func(name string) string { return name }), "ratio", "wanted")
	for _, r := range rows {
		openssh, ratio, verdict := "", "", "ok"
		if r.OpenSSH != 0 {
			openssh, ratio = number(r.OpenSSH), fmt.Sprintf("%.2f", r.Ratio)
		}
		if !r.Holds {
			verdict = "MISSED"
		}
		if r.Wanted == "" {
			verdict = ""
		}
		measured := others(func(name string) string {
			if value, ok := r.Rivals[name]; ok {
				return number(value)
			}
			return ""
		})
		fmt.Fprintf(w, "%-42s %-9s %10s %10s%s %8s  %-8s %s\n", r.Name, r.Unit, number(r.Ours), openssh, measured, ratio, r.Wanted, verdict)
	}
}

// number prints three digits that count.
func number(f float64) string {
	switch {
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

func firstWord(s string) string {
	for word := range strings.FieldsSeq(s) {
		return word
	}
	return ""
}
