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
	"path/filepath"
	"strings"
	"syscall"

	"supportd/hack/internal/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() error { return runBench(ctx, os.Args[1:], os.Stdout, os.Stderr) }
	if len(os.Args) > 1 && os.Args[1] == "load" {
		run = func() error { return runLoad(os.Args[2:]) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// plan says how much is measured.
type plan struct {
	same    bool  // throughput also with the same sshd at the end of both
	rounds  int   // of every transfer
	bytes   int64 // per transfer
	probes  int   // of a trivial exec
	tunnels []int // idle tunnels of ours
	idle    int   // idle tunnels by each way
	peers   int   // idle tunnels of OpenSSH's
}

// row is a line of the result. Ratio is ours by OpenSSH's.
type row struct {
	Name    string  `json:"name"`
	Unit    string  `json:"unit"`
	Ours    float64 `json:"supportd"`
	OpenSSH float64 `json:"openssh,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
	Wanted  string  `json:"wanted,omitempty"`
	Holds   bool    `json:"holds"`
}

// compared makes a row that says something but decides nothing.
func compared(name, unit string, ours, openssh float64) row {
	return row{Name: name, Unit: unit, Ours: ours, OpenSSH: openssh, Ratio: ours / openssh, Holds: true}
}

// compare makes a row whose ratio has to be within limit: at least that where
// more is better, at most that where less is.
func compare(name, unit string, ours, openssh float64, more bool, limit float64) row {
	r := compared(name, unit, ours, openssh)
	if more {
		r.Wanted, r.Holds = fmt.Sprintf("≥ %.2f×", limit), r.Ratio >= limit
	} else {
		r.Wanted, r.Holds = fmt.Sprintf("≤ %.2f×", limit), r.Ratio <= limit
	}
	return r
}

// ratioOf makes a row of how many times as much ours is as another way of ours, at
// least.
func ratioOf(name string, ours, other, least float64) row {
	return row{Name: name, Unit: "×", Ours: ours / other, Wanted: fmt.Sprintf("≥ %g", least), Holds: ours/other >= least}
}

// told makes a row of ours alone that decides nothing.
func told(name, unit string, ours float64) row {
	return row{Name: name, Unit: unit, Ours: ours, Holds: true}
}

// within makes a row of ours alone that may have limit at most.
func within(name, unit string, ours, limit float64) row {
	return row{Name: name, Unit: unit, Ours: ours, Wanted: fmt.Sprintf("≤ %g", limit), Holds: ours <= limit}
}

func runBench(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	onlyWays := flags.Bool("ways", false, "compare only the ways to the relay with each other")
	quick := flags.Bool("quick", false, "measure less: some minutes")
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := plan{same: true, rounds: 7, bytes: 512 << 20, probes: 41, tunnels: []int{1000, 5000}, idle: 5000, peers: 200}
	if *quick {
		p.same, p.rounds, p.bytes, p.probes, p.idle, p.peers = false, 3, 256<<20, 21, 3000, 100
	}
	dir, err := os.MkdirTemp("", "supportd-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{plan: p, dir: dir, progress: stderr}
	rows, err := b.run(ctx, *onlyWays)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(rows)
	} else {
		table(stdout, rows)
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
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }

// run builds the programs and measures everything, or only the ways to the relay.
func (b *bench) run(ctx context.Context, onlyWays bool) (rows []row, err error) {
	b.say("building")
	if b.programs, err = rig.Build(ctx, ".", filepath.Join(b.dir, "bin")); err != nil {
		return nil, err
	}
	if err := keys(ctx, b.dir); err != nil {
		return nil, err
	}
	if onlyWays {
		return b.ways(ctx)
	}
	return b.beside(ctx)
}

// beside sets both sides up and measures one thing after the other.
func (b *bench) beside(ctx context.Context) (rows []row, err error) {
	inner, err := startServer(ctx, b.dir)
	if err != nil {
		return nil, err
	}
	defer inner.stop()
	if b.peer, err = newOpenSSH(ctx, b.dir, inner.addr); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.peer.stop()) }()
	if b.own, err = newOurs(ctx, b.dir, inner.addr, b.programs); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.own.stop()) }()
	for _, measure := range []func(context.Context) ([]row, error){
		b.throughput, b.sameServer, b.files, b.firstByte, b.sysinfo, b.agent, b.many, b.library, b.ways, b.idleTunnels,
	} {
		more, err := measure(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func table(w io.Writer, rows []row) {
	fmt.Fprintf(w, "%-42s %-9s %10s %10s %8s  %s\n", "", "", "supportd", "OpenSSH", "ratio", "wanted")
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
		fmt.Fprintf(w, "%-42s %-9s %10s %10s %8s  %-8s %s\n", r.Name, r.Unit, number(r.Ours), openssh, ratio, r.Wanted, verdict)
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
