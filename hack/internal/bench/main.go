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

// within makes a row of ours alone that may have limit at most.
func within(name, unit string, ours, limit float64) row {
	return row{Name: name, Unit: unit, Ours: ours, Wanted: fmt.Sprintf("≤ %g", limit), Holds: ours <= limit}
}

func runBench(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "measure less: at most 4 minutes")
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := plan{same: true, rounds: 7, bytes: 512 << 20, probes: 41, tunnels: []int{1000, 5000}, peers: 200}
	if *quick {
		p.same, p.rounds, p.bytes, p.probes, p.peers = false, 3, 256<<20, 15, 100
	}
	dir, err := os.MkdirTemp("", "supportd-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	rows, err := measure(ctx, p, dir, stderr)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(rows)
	}
	table(stdout, rows)
	return nil
}

// measure sets both sides up in dir and measures them.
func measure(ctx context.Context, p plan, dir string, progress io.Writer) (rows []row, err error) {
	say := func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }
	say("building")
	programs, err := rig.Build(ctx, ".", filepath.Join(dir, "bin"), false)
	if err != nil {
		return nil, err
	}
	if err := keys(ctx, dir); err != nil {
		return nil, err
	}
	inner, err := startServer(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer inner.stop()
	peer, err := newOpenSSH(ctx, dir, inner.addr)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, peer.stop()) }()
	own, err := newOurs(ctx, dir, inner.addr, programs)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, own.stop()) }()

	say("throughput: %d rounds of %d MiB each way, to each side's own server", p.rounds, p.bytes>>20)
	a, b, err := throughput(ctx, p, dir, "bulk", own.side, peer)
	if err != nil {
		return nil, err
	}
	rows = append(rows,
		compare("throughput, customer to CSR", "MB/s", median(a.down), median(b.down), true, 1.5),
		compare("throughput, CSR to customer", "MB/s", median(a.up), median(b.up), true, 1.5),
		compare("relay CPU, customer to CSR", "s/GB", median(a.downCPU), median(b.downCPU), false, 1),
		compare("relay CPU, CSR to customer", "s/GB", median(a.upCPU), median(b.upCPU), false, 1))
	if p.same {
		say("throughput: the same, to the same sshd for both")
		if a, b, err = throughput(ctx, p, dir, "sshd", own.side, peer); err != nil {
			return nil, err
		}
		rows = append(rows,
			compared("  with the same sshd at the end, down", "MB/s", median(a.down), median(b.down)),
			compared("  with the same sshd at the end, up", "MB/s", median(a.up), median(b.up)))
	}
	say("files: %d rounds of %d files of 1 MiB each way", p.rounds, filesPerRound)
	files, err := transfers(ctx, p, dir, own.side, peer)
	if err != nil {
		return nil, err
	}
	say("first byte: %d rounds", p.probes)
	first, err := firstByte(ctx, p, own.side, peer)
	if err != nil {
		return nil, err
	}
	agent, err := memoryOf(own.agent.Process().Pid)
	if err != nil {
		return nil, err
	}
	say("idle tunnels: %v, and %d of OpenSSH's", p.tunnels, p.peers)
	idle, err := idleTunnels(ctx, p, dir, own)
	if err != nil {
		return nil, err
	}
	rows = append(rows, files...)
	rows = append(rows, first)
	rows = append(rows, idle...)
	return append(rows, within("memory of an idle support-agent", "MB", float64(agent)/1e6, 25)), nil
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
