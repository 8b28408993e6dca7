//go:build linux

// Command soak takes the product through long ordeals: programs that are killed
// again and again, a relay that is away for minutes, a journal without an end.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/group"
	"supportd/hack/internal/ordeal"
	"supportd/hack/internal/pages"
	"supportd/hack/internal/rig"
)

func main() {
	if err := ordeal.Trapped(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() error { return run(ctx, os.Args[1:], os.Stdout) }
	if len(os.Args) > 1 && os.Args[1] == customers.Verb {
		run = func() error { return customers.Run(os.Args[2:]) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return errors.New("usage: hack/soak kill [--kills N] [--seed N] | outage [--for DURATION] | long [--events N] | stop [--times N] | syncs [--first N] | disk [--rounds N] | slow [--clients N] | sysinfo [--tries N] | answers [--answers N] | backup [--tunnels N] [--runs N] | hold [--tunnels N] [--hold DURATION] | acme | group [--tunnels N] [--relays N] [--only M1,M2,…] [--logs DIR] | pages [--out DIR]")
	}
	flags := flag.NewFlagSet("soak "+args[0], flag.ContinueOnError)
	kills := flags.Int("kills", 200, "how often a program is killed")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "repeats the same choices")
	away := flags.Duration("for", 5*time.Minute, "how long the relay is away")
	hold := flags.Duration("hold", 30*time.Minute, "how long the tunnels are held")
	events := flags.Int("events", 1_000_000, "how long the journal is")
	times := flags.Int("times", 100, "how often a support session is stopped")
	first := flags.Int("first", 1, "the first sync before which the daemon is killed")
	answers := flags.Int("answers", 1000, "how many questions are answered on three screens at once")
	tunnels := flags.Int("tunnels", 0, "how many tunnels there are, of a relay that is backed up (1000), of one that holds them (15000) or of a group (10000)")
	relays := flags.Int("relays", 2, "how many relays a group has")
	only := flags.String("only", "", "the faults of a group, with commas between them; all")
	logs := flags.String("logs", "", "a directory for the logs of a group's relays")
	runs := flags.Int("runs", 50, "on how many computers a script runs meanwhile")
	clients := flags.Int("clients", 500, "how many slow clients there are of each protocol")
	tries := flags.Int("tries", 9, "how often each computer's system information is asked for")
	out := flags.String("out", "pages", "the directory for the pictures of the join page")
	rounds := flags.Int("rounds", 5, "how often each part of a support session has each fault")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	base := ""
	if args[0] == "syncs" {
		base = "/var/tmp" // what lies in /tmp does not come back after a restart
	}
	dir, err := os.MkdirTemp(base, "supportd-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	programs := filepath.Join(dir, "bin")
	p, err := rig.Build(ctx, ".", programs)
	if err != nil {
		return err
	}
	switch args[0] {
	case "kill":
		fmt.Fprintf(stdout, "%d kills, seed %d\n", *kills, *seed)
		return ordeal.Kill(ctx, p, dir, *kills, *seed, stdout)
	case "outage":
		return ordeal.Outage(ctx, p, dir, *away, stdout)
	case "long":
		return ordeal.Long(ctx, p, dir, *events, stdout)
	case "stop":
		return ordeal.Stop(ctx, p, dir, *times, stdout)
	case "syncs":
		return ordeal.Syncs(ctx, p, dir, ordeal.SyncsOptions{First: *first}, stdout)
	case "disk":
		return ordeal.Disk(ctx, p, dir, *rounds, stdout)
	case "slow":
		return ordeal.Slow(ctx, p, dir, *clients, stdout)
	case "sysinfo":
		return ordeal.Sysinfo(ctx, p, dir, *tries, stdout)
	case "answers":
		return ordeal.Answers(ctx, dir, *answers, stdout)
	case "backup":
		return ordeal.Backup(ctx, p, dir, cmp.Or(*tunnels, 1000), *runs, stdout)
	case "hold":
		return ordeal.Hold(ctx, p, dir, cmp.Or(*tunnels, 15_000), *hold, stdout)
	case "acme":
		return ordeal.ACME(ctx, p, dir, stdout)
	case "group":
		if *logs != "" {
			if err := os.MkdirAll(*logs, 0o700); err != nil {
				return err
			}
		}
		opts := group.Options{Logs: *logs, Tunnels: cmp.Or(*tunnels, 10_000), Relays: *relays}
		if *only != "" {
			opts.Only = strings.Split(*only, ",")
		}
		return group.Run(ctx, p, dir, opts, stdout)
	case "pages":
		return pages.Look(ctx, p, dir, *out, stdout)
	}
	return fmt.Errorf("unknown ordeal %q", args[0])
}
