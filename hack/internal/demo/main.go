//go:build unix

// Command demo plays a whole support session on one machine, as people would
// see it: every command it runs and what came back, and the customer's screen
// with the questions and the typed answers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"supportd/hack/internal/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := runDemo(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func runDemo(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	interactive := flags.Bool("interactive", false, "be the customer, from the join page on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !*interactive {
		// The customer at this terminal decides what Ctrl-C means, a tour just ends.
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt)
		defer stop()
	}
	dir, err := os.MkdirTemp("", "supportd-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintln(out, "Building the programs …")
	building, stop := signal.NotifyContext(ctx, os.Interrupt)
	programs, err := rig.Build(building, ".", filepath.Join(dir, "bin"))
	stop()
	if err != nil {
		return err
	}
	start := func() (*rig.Relay, error) { return rig.StartRelay(ctx, programs, filepath.Join(dir, "relay"), "", nil) }
	if *interactive {
		start = func() (*rig.Relay, error) { return front(ctx, programs, dir) }
	}
	relay, err := start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, relay.Stop()) }()
	alice, err := rig.NewCSR(ctx, relay, "alice", "Alice Kim", filepath.Join(dir, "alice"))
	if err != nil {
		return err
	}
	if *interactive {
		return host(ctx, alice, dir, out)
	}
	t := &tour{ctx: ctx, out: out, dir: dir, programs: programs, relay: relay, alice: alice}
	return t.run()
}
